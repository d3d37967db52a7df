#include "router/token.h"

#include "absl/strings/escaping.h"
#include "geo/trajectory.h"
#include "proto/token.pb.h"

namespace spoor {
namespace {

constexpr size_t kMaxTextBytes = 512;

template <typename Message>
std::optional<Message> Parse(absl::string_view text) {
  std::string bytes;
  Message message;
  if (text.empty() || text.size() > kMaxTextBytes || !absl::WebSafeBase64Unescape(text, &bytes) ||
      !message.ParseFromString(bytes)) {
    return std::nullopt;
  }
  return message;
}

}  // namespace

std::string EncodeToken(const WrittenTo& written_to) {
  v1::SessionToken message;
  message.set_log_id(written_to.log_id);
  message.set_position(written_to.position);
  return absl::WebSafeBase64Escape(message.SerializeAsString());
}

std::optional<WrittenTo> DecodeToken(absl::string_view text) {
  const auto message = Parse<v1::SessionToken>(text);
  if (!message) return std::nullopt;
  const WrittenTo written_to{.log_id = message->log_id(), .position = message->position()};
  if (EncodeToken(written_to) != text) return std::nullopt;
  return written_to;
}

std::string EncodeCursor(absl::string_view after_id) {
  v1::Cursor message;
  message.set_after_id(after_id.data(), after_id.size());
  return absl::WebSafeBase64Escape(message.SerializeAsString());
}

std::optional<std::string> DecodeCursor(absl::string_view text) {
  const auto message = Parse<v1::Cursor>(text);
  if (!message || !IsValidName(message->after_id())) return std::nullopt;
  if (EncodeCursor(message->after_id()) != text) return std::nullopt;
  return message->after_id();
}

}  // namespace spoor
