#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// A body that is not held at once: it is too large, or still growing.  Whoever sends it asks for
// the next piece when there is room for one, so that a slow reader makes a slow source.
//
//   Next ─▶ bytes     sent, then asked again
//        ─▶ not yet   asked again when `wake` is called or the time has come; no thread waits
//        ─▶ the end
//        ─▶ an error  the connection is broken off, so that nobody takes the part for the whole
//
// When nobody reads on (the reader has hung up, the server stops, a limit is reached) it is
// destroyed without an end, from a thread that must not wait; while Next runs, the `cancelled` of
// the call that it answers tells of it.
//
// Thread safety: one thread at a time.
class BodySource {
 public:
  using Clock = std::chrono::steady_clock;
  // May be called from any thread, any number of times, also when the source is gone.
  using Wake = std::function<void()>;

  struct Piece {
    enum class Kind : uint8_t { kBytes, kNotYet, kEnd };
    Kind kind = Kind::kEnd;
    std::string bytes = {};  // not empty where they are what it is
    Clock::time_point look_again = Clock::time_point::max();
  };
  static Piece Bytes(std::string bytes) {
    return {.kind = Piece::Kind::kBytes, .bytes = std::move(bytes)};
  }
  static Piece NotYet(Clock::time_point look_again = Clock::time_point::max()) {
    return {.kind = Piece::Kind::kNotYet, .look_again = look_again};
  }
  static Piece End() { return {}; }

  virtual ~BodySource() = default;
  // How many bytes Next has still to give, where that is known from the start and promised: the
  // answer has a Content-Length then.
  virtual std::optional<uint64_t> bytes_left() const { return std::nullopt; }
  // May compute and read files, but not wait for what others do.  REQUIRES: no call before has
  // returned the end or an error.
  virtual absl::StatusOr<Piece> Next(const Wake& wake) = 0;
};

using TakePiece = std::function<absl::Status(absl::string_view piece)>;
// Hands over piece after piece until the end; waits in the calling thread where there is none yet.
// Errors: those of the source and of `take`.
absl::Status ReadAll(BodySource& source, const TakePiece& take);

}  // namespace spoor
