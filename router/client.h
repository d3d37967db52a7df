#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/access.h"
#include "router/api.h"

namespace spoor {

// Sends requests to a running server, or to a store that it opens itself: the command line does not
// know which.
class Client {
 public:
  virtual ~Client() = default;
  virtual absl::StatusOr<ApiResponse> Call(const ApiRequest& request) = 0;
  // Streams a body: next() fills its argument and returns false at the end.
  virtual absl::StatusOr<ApiResponse> Stream(const ApiRequest& head,
                                             const std::function<bool(std::string*)>& next) = 0;
};

// url: http://HOST:PORT.  Unavailable, naming the url, when nobody answers.
absl::StatusOr<std::unique_ptr<Client>> ConnectHttp(absl::string_view url);
// Opens the data directory in this process, as Node::Open.  Opened for reading it knows no jobs.
// Unavailable when a server has it open.
absl::StatusOr<std::unique_ptr<Client>> OpenLocal(const std::string& data_dir, Access access);

}  // namespace spoor
