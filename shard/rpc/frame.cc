#include "shard/rpc/frame.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

constexpr absl::string_view kMagic = "sprf";
constexpr size_t kKindAt = 4, kHeadBytesAt = 8, kBodyBytesAt = 12, kPayloadCrcAt = 16,
                 kPrefixCrcAt = 20;
static_assert(kPrefixCrcAt + 4 == kFramePrefixBytes);

void PutFixed32(char* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> 8 * i);
}

uint32_t Fixed32(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << 8 * i;
  }
  return value;
}

bool IsKind(uint8_t byte) {
  return byte >= static_cast<uint8_t>(FrameKind::kHello) &&
         byte <= static_cast<uint8_t>(FrameKind::kPong);
}

}  // namespace

void AppendFrame(FrameKind kind, absl::string_view head, absl::string_view body, std::string& out) {
  assert(head.size() <= kMaxHeadBytes && body.size() <= kMaxBodyBytes);
  char prefix[kFramePrefixBytes] = {};
  std::copy(kMagic.begin(), kMagic.end(), prefix);
  prefix[kKindAt] = static_cast<char>(kind);
  PutFixed32(prefix + kHeadBytesAt, static_cast<uint32_t>(head.size()));
  PutFixed32(prefix + kBodyBytesAt, static_cast<uint32_t>(body.size()));
  PutFixed32(prefix + kPayloadCrcAt, Crc32c(body, Crc32c(head)));
  PutFixed32(prefix + kPrefixCrcAt, Crc32c(absl::string_view(prefix, kPrefixCrcAt)));
  out.reserve(out.size() + sizeof prefix + head.size() + body.size());
  out.append(prefix, sizeof prefix);
  out.append(head.data(), head.size());
  out.append(body.data(), body.size());
}

absl::Status FrameDecoder::ReadPrefix(absl::string_view bytes, Prefix* prefix) const {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return absl::DataLossError("the peer does not speak frames: no magic");
  }
  if (!HasCrc32c(bytes.substr(0, kPrefixCrcAt), Fixed32(bytes, kPrefixCrcAt))) {
    return absl::DataLossError("the prefix of a frame has the wrong checksum");
  }
  const auto kind = static_cast<uint8_t>(bytes[kKindAt]);
  if (!IsKind(kind) || bytes.substr(kKindAt + 1, 3) != absl::string_view("\0\0\0", 3)) {
    return absl::DataLossError(absl::StrCat("unknown kind of frame: ", kind));
  }
  *prefix = {static_cast<FrameKind>(kind), Fixed32(bytes, kHeadBytesAt),
             Fixed32(bytes, kBodyBytesAt), Fixed32(bytes, kPayloadCrcAt)};
  if (prefix->head_bytes > kMaxHeadBytes) {
    return absl::ResourceExhaustedError(absl::StrCat("a frame has a head of ", prefix->head_bytes,
                                                     " bytes; allowed: ", kMaxHeadBytes));
  }
  if (prefix->body_bytes > max_body_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat("a frame has a body of ", prefix->body_bytes,
                                                     " bytes; allowed: ", max_body_bytes_));
  }
  return absl::OkStatus();
}

absl::Status FrameDecoder::TakeFrame(absl::string_view& bytes, std::vector<Frame>& frames) {
  needed_ = kFramePrefixBytes;
  if (bytes.size() < needed_) return absl::OkStatus();
  Prefix prefix;
  if (absl::Status read = ReadPrefix(bytes, &prefix); !read.ok()) return read;
  needed_ = kFramePrefixBytes + prefix.head_bytes + prefix.body_bytes;
  if (bytes.size() < needed_) return absl::OkStatus();
  const absl::string_view payload =
      bytes.substr(kFramePrefixBytes, size_t{prefix.head_bytes} + prefix.body_bytes);
  if (!HasCrc32c(payload, prefix.checksum)) {
    return absl::DataLossError("a frame has the wrong checksum");
  }
  frames.push_back({prefix.kind, std::string(payload.substr(0, prefix.head_bytes)),
                    std::string(payload.substr(prefix.head_bytes))});
  bytes.remove_prefix(needed_);
  return absl::OkStatus();
}

absl::Status FrameDecoder::Feed(absl::string_view bytes, std::vector<Frame>& frames) {
  while (failed_.ok() && !bytes.empty()) {
    if (!partial_.empty()) {
      const size_t taken = std::min(needed_ - partial_.size(), bytes.size());
      partial_.append(bytes.data(), taken);
      bytes.remove_prefix(taken);
      if (partial_.size() < needed_) break;
      absl::string_view whole = partial_;
      failed_ = TakeFrame(whole, frames);
      if (whole.empty()) std::string().swap(partial_);  // a large one is not kept
      continue;
    }
    const size_t before = bytes.size();
    failed_ = TakeFrame(bytes, frames);
    if (bytes.size() < before) continue;
    if (failed_.ok()) partial_.assign(bytes.data(), bytes.size());
    break;
  }
  return failed_;
}

}  // namespace spoor
