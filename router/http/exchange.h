#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "router/message/request.h"

namespace spoor {

// The parts of serving HTTP that need no socket.

using HttpClock = std::chrono::steady_clock;

// How fast a peer must move bytes: never silent for longer than `silence`, and at least
// `bytes_per_s` on the average after that time.
class Pace {
 public:
  Pace(std::chrono::seconds silence, uint32_t bytes_per_s, HttpClock::time_point now)
      : silence_(silence), bytes_per_s_(bytes_per_s), start_(now), last_(now) {}

  void Moved(size_t bytes, HttpClock::time_point now);
  // Time in which it was us who kept the peer waiting does not count.
  void Excuse(HttpClock::duration waited) { start_ += waited, last_ += waited; }
  // When the peer has been too slow unless more bytes move.
  HttpClock::time_point deadline() const;

 private:
  const std::chrono::seconds silence_;
  const uint32_t bytes_per_s_;
  HttpClock::time_point start_, last_;
  uint64_t bytes_ = 0;
};

// What an answer's head needs to know of its request.
struct Reply {
  bool head_only = false;  // HEAD
  bool keep_alive = true;
  bool chunks = true;  // the client knows bodies without a length: HTTP/1.1
  std::string request_id;
  std::string coding = "identity";  // that the client takes
  std::string origin = {};          // of the page that may see the answer; empty: none asks
  bool vary_origin = false;         // pages of other origins get it without these headers
};

// Compresses a body that is worth it, and says so in the headers; of one that is still to come it
// only says so.  Events are small and seldom, and what has a promised length is not held at once:
// they stay as they are.
void Compress(ApiResponse& response, absl::string_view coding);

// The head of the message, up to and with the empty line.
std::string ResponseHead(const ApiResponse& response, const Reply& reply);

// Undoes the Content-Encoding that the head tells of; false, with `refusal` set, when it cannot.
bool DecodeBody(const ApiRequest& head, std::string& body, uint64_t max_bytes,
                ApiResponse* refusal);

// The client's X-Request-Id when it may be echoed: 1 ... 128 visible ASCII characters; else empty.
std::string EchoedRequestId(const ApiRequest& request);

// Whether the client waits for "100 Continue" before it sends its body.
bool ExpectsContinue(const ApiRequest& request);

ApiResponse BodyTooLarge(uint64_t max_bytes);

}  // namespace spoor
