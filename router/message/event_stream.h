#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// Server-sent events (HTML, 9.2), as much of them as we speak: events that have data alone.
//
//   data: {"id":"join-1","state":"running"}
//   <empty line>
//   : a comment, which keeps the connection alive
//   <empty line>

// One event; each line of the data becomes one of the stream.
std::string EventText(absl::string_view data);
inline constexpr absl::string_view kEventComment = ":\n\n";

// Takes events out of a stream that comes in pieces of any size; other fields than data, and
// comments, are skipped.
class EventReader {
 public:
  explicit EventReader(size_t max_event_bytes = size_t{16} << 20)
      : max_event_bytes_(max_event_bytes) {}
  // Calls event(data) for each that is complete; its error ends the reading and is returned.
  // ResourceExhausted for an event, or a line, above the limit.
  absl::Status Feed(absl::string_view piece,
                    const std::function<absl::Status(absl::string_view data)>& event);

 private:
  absl::Status TakeLine(absl::string_view line,
                        const std::function<absl::Status(absl::string_view data)>& event);

  const size_t max_event_bytes_;
  std::string line_;  // what has come of one
  std::string data_;  // of the event that has begun
  bool has_data_ = false;
  bool after_return_ = false;  // a line has ended with '\r': '\n' belongs to its end
};

}  // namespace spoor
