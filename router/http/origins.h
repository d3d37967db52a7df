#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/message/request.h"

namespace spoor {

// Which web pages may talk to this server through a visitor's browser.  Nobody is asked who he is,
// so that any page could, if the browser's own words were not heeded: Host, which tells under what
// name the page believes to have found the server, and Origin, which tells whose page it is.
//
// * Host must be an address, localhost, or a name that was allowed.  A page that leads its own name
//   to this machine (DNS rebinding) has a name of its own; an address says by itself where it
//   leads.
// * Origin, which browsers send with whatever may change something, must be the server's own or one
//   that was allowed.  Programs that are no browsers send none.
class Origins {
 public:
  Origins() = default;
  // hosts: names without a port, or "*" for any.  origins: "https://map.example", as browsers send
  // them, or "*" for any.  InvalidArgument, naming the bad one.
  static absl::StatusOr<Origins> Make(const std::vector<std::string>& hosts,
                                      const std::vector<std::string>& origins);

  // host: the value of a Host header, or what stands there in a target, with or without a port.
  bool KnowsHost(absl::string_view host) const;
  // Whether a page of this origin may ask the server that it has found under `host`.
  bool Allows(absl::string_view origin, absl::string_view host) const;
  // Whether answers depend on who asks, which caches have to know.
  bool any_allowed() const { return any_origin_ || !origins_.empty(); }

 private:
  bool any_host_ = false, any_origin_ = false;
  std::vector<std::string> hosts_, origins_;  // in lower case
};

// Whether a browser asks, before it sends a request for a page of another origin, if it may.
bool IsPreflight(const ApiRequest& request);
// That it may.
ApiResponse PreflightAnswer();

// The headers by which a browser shows an answer to a page of this origin.
std::vector<std::pair<std::string, std::string>> SharingHeaders(absl::string_view origin);

}  // namespace spoor
