#include "router/message/token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "geo/trajectory.h"
#include "proto/token.pb.h"
#include "router/message/written_to.h"

namespace spoor {
namespace {

// A cursor has an id.  A token has an offset for each partition, of up to ten bytes, and the
// ranges; as text a third more.
constexpr size_t kMaxCursorBytes = 512;
constexpr size_t kMaxTokenBytes = (kMaxPartitions * 10 + kMaxTokenRanges * 16 + 64) / 3 * 4;

template <typename Message>
std::optional<Message> Parse(absl::string_view text, size_t max_bytes) {
  std::string bytes;
  Message message;
  if (text.empty() || text.size() > max_bytes || !absl::WebSafeBase64Unescape(text, &bytes) ||
      !message.ParseFromString(bytes)) {
    return std::nullopt;
  }
  return message;
}

}  // namespace

std::string EncodeToken(const WrittenTo& written_to) {
  v1::SessionToken message;
  message.set_log_id(written_to.position.log_id);
  for (const uint64_t next : written_to.position.next) message.add_next(next);
  // Everywhere is said by naming nothing.
  const HomeSet homes = written_to.homes.all() ? HomeSet::None() : written_to.homes;
  for (const HomeRange& range : homes.ranges()) {
    message.add_homes(range.first);
    message.add_homes(range.last);
  }
  return absl::WebSafeBase64Escape(message.SerializeAsString());
}

std::optional<WrittenTo> DecodeToken(absl::string_view text) {
  const auto message = Parse<v1::SessionToken>(text, kMaxTokenBytes);
  if (!message || message->next_size() > static_cast<int>(kMaxPartitions)) return std::nullopt;
  WrittenTo out{.position = {.log_id = message->log_id(),
                             .next = {message->next().begin(), message->next().end()}},
                .homes = HomeSet::All()};
  if (message->homes_size() % 2 != 0) return std::nullopt;
  std::vector<HomeRange> ranges;
  for (int i = 0; i < message->homes_size(); i += 2) {
    ranges.push_back({.first = message->homes(i), .last = message->homes(i + 1)});
  }
  if (!ranges.empty()) out.homes = TokenHomes(HomeSet(std::move(ranges)));
  // Only ranges that ascend, are apart, not everywhere and not too many are written so.
  if (EncodeToken(out) != text) return std::nullopt;
  return out;
}

namespace {

std::string CursorOf(uint64_t list, absl::string_view after_id) {
  v1::Cursor message;
  message.set_after_id(after_id.data(), after_id.size());
  message.set_list(list);
  return absl::WebSafeBase64Escape(message.SerializeAsString());
}

}  // namespace

std::string TrajectoriesList(absl::string_view collection) {
  return absl::StrCat("trajectories/", collection);
}

std::string EncodeCursor(absl::string_view list, absl::string_view after_id) {
  return CursorOf(StableHash(list), after_id);
}

std::optional<std::string> DecodeCursor(absl::string_view list, absl::string_view text) {
  const auto message = Parse<v1::Cursor>(text, kMaxCursorBytes);
  if (!message || !IsValidName(message->after_id())) return std::nullopt;
  // One of a version that did not name the list is taken as it was.
  if (message->list() != 0 && message->list() != StableHash(list)) return std::nullopt;
  if (CursorOf(message->list(), message->after_id()) != text) return std::nullopt;
  return message->after_id();
}

}  // namespace spoor
