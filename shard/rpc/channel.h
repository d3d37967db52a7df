#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/search/query.h"
#include "shard/rpc/call.h"

namespace spoor {

// The way to one node, or to any replica of a slot.  Thread-safe.  Three carry calls: Dial
// (tcp_channel.h) over a connection, LocalChannel inside the process, ReplicaChannel over other
// channels.  All mean the same:
//
//   * every call is answered exactly once, at the latest when its deadline has come
//     (DeadlineExceeded), whatever the node does;
//   * a cancelled call is answered with Cancelled, and the node is told to stop;
//   * more calls at once than a cap allows are answered with an OverloadError;
//   * Unavailable: the node cannot be reached, or was lost before it answered.  It may have done
//     the work: send again only what does no harm twice.
class Channel {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Takes the answer.  Called once, on a thread of the channel's or inside Start; it must not block
  // or throw.
  using Done = std::function<void(Answer)>;

  // A call that has been started.  May be dropped at any time, which does not end the call.
  class Running {
   public:
    virtual ~Running() = default;
    // Ends the call, if it still runs, with Cancelled.  Any thread; no effect after the answer.
    virtual void Cancel() = 0;
  };

  virtual ~Channel() = default;

  // Starts a call and returns at once.  Time::max() is no deadline.
  virtual std::shared_ptr<Running> Start(Call call, Time deadline, Done done) = 0;
  // Answers on the caller's thread, where the channel can: what Ask and AskAll try first when there
  // is nothing else to ask meanwhile, because two changes of threads cost more than a small call.
  virtual std::optional<Answer> AnswerHere(const Call& /*call*/, const Patience& /*patience*/) {
    return std::nullopt;
  }

  // Whether others should be asked first, where there are any: nothing was heard of the node for a
  // while although it was called, or the last connection to it was lost.  A guess, which it takes
  // back once it hears something.
  virtual bool IsSilent() const { return false; }

  // The same, waiting for the answer.  REQUIRES: not on a thread that calls `done`.
  Answer Ask(Call call, const Patience& patience);
};

// A call and where it goes.
struct Question {
  Channel* channel = nullptr;
  Call call;
};

// Asks all of them at the same time and waits for every answer; answer i is that of question i.
// REQUIRES: as Ask.
std::vector<Answer> AskAll(std::vector<Question> questions, const Patience& patience);

}  // namespace spoor
