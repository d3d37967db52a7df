#include "shard/rpc/channel.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {
namespace {

// Patience has a flag, not a bell: this often a waiting caller looks at it.
constexpr std::chrono::milliseconds kLook{5};

// Answers that come in on other threads.  Shared with the calls, so that a late one finds it.
class Gathering {
 public:
  explicit Gathering(size_t wanted)
      : answers_(wanted, absl::UnknownError("not answered")), missing_(wanted) {}

  void Put(size_t i, Answer answer) {
    {
      const MutexLock lock(mu_);
      answers_[i] = std::move(answer);
      if (--missing_ > 0) return;
    }
    all_here_.NotifyAll();  // without the mutex, at which the caller would have to wait again
  }

  // Whether all are here; waits for it, or until the caller should be asked again.
  bool Wait(bool forever) {
    const MutexLock lock(mu_);
    const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return missing_ == 0; };
    if (!forever) return all_here_.WaitFor(mu_, kLook, ready);
    all_here_.Wait(mu_, ready);
    return true;
  }

  std::vector<Answer> Take() {
    const MutexLock lock(mu_);
    return std::move(answers_);
  }

 private:
  Mutex mu_;
  ConditionVariable all_here_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mu_);
  size_t missing_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

Answer Channel::Ask(Call call, const Patience& patience) {
  std::vector<Question> one;
  one.push_back({this, std::move(call)});
  return std::move(AskAll(std::move(one), patience).front());
}

std::vector<Answer> AskAll(std::vector<Question> questions, const Patience& patience) {
  if (questions.size() == 1) {
    auto answer = questions[0].channel->AnswerHere(questions[0].call, patience);
    if (answer) {
      std::vector<Answer> one;
      one.push_back(*std::move(answer));
      return one;
    }
  }
  const auto gathering = std::make_shared<Gathering>(questions.size());
  std::vector<std::shared_ptr<Channel::Running>> running;
  running.reserve(questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    running.push_back(questions[i].channel->Start(
        std::move(questions[i].call), patience.deadline,
        [gathering, i](Answer answer) { gathering->Put(i, std::move(answer)); }));
  }
  const bool can_be_cancelled = patience.cancelled != nullptr;
  while (!gathering->Wait(!can_be_cancelled)) {
    if (!*patience.cancelled) continue;
    for (const auto& call : running) call->Cancel();
    gathering->Wait(true);
    break;
  }
  return gathering->Take();
}

}  // namespace spoor
