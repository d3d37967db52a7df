#include "router/message/body_source.h"

#include <algorithm>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {
namespace {

// What a reader without an event loop waits for.
class Bell {
 public:
  void Ring() {
    MutexLock lock(mu_);
    rung_ = true;
    rang_.NotifyAll();
  }
  void WaitUntil(BodySource::Clock::time_point time) {
    constexpr std::chrono::milliseconds kMost = std::chrono::hours(1);  // no overflow on the way
    const auto left = time - BodySource::Clock::now();
    MutexLock lock(mu_);
    rang_.WaitFor(mu_, left < kMost ? std::chrono::ceil<std::chrono::milliseconds>(left) : kMost,
                  [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return rung_; });
    rung_ = false;
  }

 private:
  Mutex mu_;
  ConditionVariable rang_;
  bool rung_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

absl::Status ReadAll(BodySource& source, const TakePiece& take) {
  const auto bell = std::make_shared<Bell>();
  const BodySource::Wake wake = [bell] { bell->Ring(); };
  while (source.bytes_left() != uint64_t{0}) {
    const auto piece = source.Next(wake);
    if (!piece.ok()) return piece.status();
    if (piece->kind == BodySource::Piece::Kind::kEnd) break;
    if (piece->kind == BodySource::Piece::Kind::kNotYet) {
      bell->WaitUntil(piece->look_again);
    } else if (const absl::Status taken = take(piece->bytes); !taken.ok()) {
      return taken;
    }
  }
  return absl::OkStatus();
}

}  // namespace spoor
