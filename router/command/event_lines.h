#pragma once

#include <iosfwd>

#include "engine/mutex.h"
#include "router/events.h"

namespace spoor {

// Writes each event as one line of logfmt:
//   ts=2026-01-31T12:00:00.000Z level=warning event=node_down node=b why="connection refused"
class EventLines : public Events {
 public:
  explicit EventLines(std::ostream& out) : out_(out) {}
  void Tell(Level level, absl::string_view event, const Fields& fields) override;

 private:
  Mutex mu_;
  std::ostream& out_;  // one line at a time
};

}  // namespace spoor
