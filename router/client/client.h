#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/store/access.h"
#include "router/message/request.h"

namespace spoor {

// Sends requests to a running server, or to a store that it opens itself: the command line does not
// know which.
class Client {
 public:
  virtual ~Client() = default;
  virtual absl::StatusOr<ApiResponse> Call(const ApiRequest& request) = 0;
  // As Call, but hands over the body of a 2xx piece by piece, as it comes; any other body is in the
  // answer.  An error of `take` ends the request and is returned; Unavailable where the body was
  // broken off.
  virtual absl::StatusOr<ApiResponse> Read(const ApiRequest& request, const TakePiece& take) = 0;
  // Fills its argument with the next piece of a body; false at the end, an error when there will be
  // no end.
  using NextPiece = std::function<absl::StatusOr<bool>(std::string*)>;
  // Streams a body.  Where next() fails the request is broken off, so that nobody takes what was
  // sent for all of it, and that is what is returned.
  virtual absl::StatusOr<ApiResponse> Stream(const ApiRequest& head, const NextPiece& next) = 0;
};

// url: http://HOST:PORT.  Unavailable, naming the url, when nobody answers.
absl::StatusOr<std::unique_ptr<Client>> ConnectHttp(absl::string_view url);
// Opens the data directory in this process, as EmbeddedNode::Open.  Opened for reading it knows no
// jobs. Unavailable when a server has it open.
absl::StatusOr<std::unique_ptr<Client>> OpenLocal(const std::string& data_dir, Access access);

}  // namespace spoor
