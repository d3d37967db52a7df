#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/search/query.h"
#include "shard/rpc/call.h"

namespace spoor {

// What answers calls, whatever carries them.  Thread-safe: calls run at the same time on the
// threads of a pool.
class Service {
 public:
  virtual ~Service() = default;
  // Answers one call.  It may block and compute; it asks `patience` as long loops do, which is over
  // when the deadline has passed, the caller has cancelled or its connection is gone.
  virtual Answer Serve(const Call& call, const Patience& patience) = 0;
  // Whether the method takes a few microseconds and never waits.  A server answers such calls on
  // the thread that reads them: a thread woken less, and everything behind them waits for them.
  virtual bool IsQuick(const std::string& /*method*/) const { return false; }
};

// Serves as a pool does: nothing is begun for a caller that has gone, an answer that comes too late
// is none, and an exception is Internal.
Answer ServeInTime(Service& service, const Call& call, const Patience& patience);

// A service by the names of its methods; another name is Unimplemented.
class MethodTable : public Service {
 public:
  using Method = std::function<Answer(const Call&, const Patience&)>;

  // REQUIRES: before the first Serve; the name is new.
  void Add(std::string name, Method method);

  // REQUIRES: it has been added.
  void MarkQuick(const std::string& name) { quick_.insert(name); }

  // A method on protobuf messages: StatusOr<Out> Function(const In&, const Call&, const Patience&).
  // A body that is no In is InvalidArgument.
  template <typename In, typename Function>
  void AddTyped(std::string name, Function function) {
    Add(std::move(name),
        [function = std::move(function)](const Call& call, const Patience& patience) -> Answer {
          In in;
          if (!in.ParseFromString(call.body)) {
            return absl::InvalidArgumentError(
                absl::StrCat("the body of '", call.method, "' is no ", in.GetTypeName()));
          }
          auto out = function(in, call, patience);
          if (!out.ok()) return out.status();
          return out->SerializeAsString();
        });
  }

  Answer Serve(const Call& call, const Patience& patience) override;
  bool IsQuick(const std::string& method) const override { return quick_.count(method) > 0; }

 private:
  std::map<std::string, Method> methods_;
  std::set<std::string> quick_;
};

}  // namespace spoor
