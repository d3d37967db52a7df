#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// What a connection between nodes carries, byte by byte (shard/doc/rpc.md):
//
//   prefix  24 bytes: magic, kind, lengths of head and body, their checksum, its own checksum
//   head    a message of proto/rpc.proto, by kind
//   body    opaque
//
// The prefix has a checksum of its own, so that a damaged length is found before anyone waits for
// as many bytes as it says.
enum class FrameKind : uint8_t {
  kHello = 1,
  kRequest = 2,
  kReply = 3,
  kError = 4,
  kOverload = 5,  // not done, and nothing was tried: ask another, or later
  kCancel = 6,
  kPing = 7,
  kPong = 8,
};

struct Frame {
  FrameKind kind = FrameKind::kPing;
  std::string head, body;
  friend bool operator==(const Frame&, const Frame&) = default;
};

inline constexpr size_t kFramePrefixBytes = 24;
// A head is a method's name and a few numbers, or an error's message.
inline constexpr uint32_t kMaxHeadBytes = 64 << 10;
// One trajectory of a million fixes is 16 MB; what is larger is sent in pieces by its method.
inline constexpr uint32_t kMaxBodyBytes = 64 << 20;

// Appends the frame.  REQUIRES: head and body are not above the limits.
void AppendFrame(FrameKind kind, absl::string_view head, absl::string_view body, std::string& out);

// Cuts what a connection brings into frames.  It never holds more than one frame that is not whole,
// and no more of it than has come.
class FrameDecoder {
 public:
  explicit FrameDecoder(uint32_t max_body_bytes = kMaxBodyBytes)
      : max_body_bytes_(max_body_bytes) {}

  // Takes the next bytes, any number of them, and appends the frames that they complete.  DataLoss
  // for bytes that are no frame or damaged, ResourceExhausted for a frame above the limits; then
  // the place of the next frame is unknown, and every later call fails the same way.
  absl::Status Feed(absl::string_view bytes, std::vector<Frame>& frames);

  // Whether everything that came was whole frames.
  bool between_frames() const { return partial_.empty(); }

 private:
  struct Prefix {
    FrameKind kind;
    uint32_t head_bytes, body_bytes, checksum;
  };
  absl::Status ReadPrefix(absl::string_view bytes, Prefix* prefix) const;
  // Takes one frame off the front of bytes when it is there; sets `needed_` when it is not.
  absl::Status TakeFrame(absl::string_view& bytes, std::vector<Frame>& frames);

  const uint32_t max_body_bytes_;
  std::string partial_;                // the begin of a frame
  size_t needed_ = kFramePrefixBytes;  // bytes of it before more is known
  absl::Status failed_;
};

}  // namespace spoor
