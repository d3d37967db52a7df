#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/search/query.h"

namespace spoor::etcd {

// host:port; an IPv6 host in brackets.
struct Endpoint {
  std::string host, port;
};

// One kept-alive HTTP connection to etcd's gateway.  Calls block, one at a time; each ends when its
// patience does, and after any error but an answer the connection is of no more use.
class Connection {
 public:
  struct Answer {
    unsigned status = 0;
    std::string body;
  };

  // Unavailable, or as patience ends.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Endpoint& endpoint,
                                                          const Patience& patience);
  ~Connection();

  // Whether the other side still holds it, as far as is known here: false once it was closed.
  bool Usable();

  // Unavailable when the connection fails or the answer is longer than kMaxAnswerBytes.
  absl::StatusOr<Answer> Post(absl::string_view path, const std::string& body,
                              const Patience& patience);

  // The same for an answer that goes on: its lines are read one by one.  OK when it has begun; else
  // what an answer that is not 200 means.
  absl::Status Begin(absl::string_view path, const std::string& body, const Patience& patience);
  // Unavailable also at its end.
  absl::StatusOr<std::string> NextLine(const Patience& patience);

  // Ends a running call with Unavailable, and all that follow.  From any thread.
  void Interrupt();

 private:
  class Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor::etcd
