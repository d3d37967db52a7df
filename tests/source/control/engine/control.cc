// What tests/source/tidy has to find, or it finds nothing: no program has this.
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {

class Control {
 public:
  std::string Unguarded() { return text_; }  // thread-safety-analysis
  size_t UsedAfterMove() {
    const MutexLock lock(mu_);
    std::string text = text_;
    const std::string other = std::move(text);
    return text.size();  // bugprone-use-after-move
  }

 private:
  Mutex mu_;
  std::string text_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
