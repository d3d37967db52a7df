#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/message/request.h"
#include "router/message/target.h"

namespace spoor {

struct Route;  // router/api/route.h

// Where a path leads.
struct RouteMatch {
  const Route* route = nullptr;    // null when no row has path and method
  std::vector<std::string> names;  // what the braces of its pattern stand for
  std::string allow;               // the methods of the path, for Allow; empty: no such path
};

// A request with where it leads, which is found out once, from its head.
class RoutedRequest {
 public:
  RoutedRequest();
  RoutedRequest(ApiRequest request);  // NOLINT(google-explicit-constructor): the same, with more

  const ApiRequest& request() const { return request_; }
  const absl::StatusOr<Target>& target() const { return target_; }  // as ParseTarget
  const RouteMatch& match() const { return match_; }
  // Whether it is an upload, whose body streams.
  bool is_upload() const;
  // Whether it asks how the process does, which is answered however busy it is.
  bool is_probe() const;
  // Of the request: comes after its head, and says nothing about where it leads.
  std::string& body() { return request_.body; }

 private:
  ApiRequest request_;
  absl::StatusOr<Target> target_;
  RouteMatch match_;
};

}  // namespace spoor
