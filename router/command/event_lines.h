#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "engine/wait/mutex.h"
#include "router/events.h"

namespace spoor {

// Writes each event as one line of logfmt:
//   ts=2026-01-31T12:00:00.000Z level=warning event=node_down node=b why="connection refused"
class EventLines : public Events {
 public:
  explicit EventLines(std::ostream& out) : out_(out) {}
  void Tell(Level level, absl::string_view event, const Fields& fields) override;
  // Where a library that knows no events tells something in words: they become an event of this
  // name, as `what`.  Ends before this object.
  std::function<void(absl::string_view)> Sink(Level level, const std::string& event) {
    return [this, level, event](absl::string_view what) {
      Tell(level, event, {{"what", std::string(what)}});
    };
  }

 private:
  Mutex mu_;
  std::ostream& out_;  // one line at a time
};

}  // namespace spoor
