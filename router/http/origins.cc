#include "router/http/origins.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "router/message/accept.h"

namespace spoor {
namespace {

constexpr absl::string_view kPreflightSeconds = "600";

// "LocalHost.:8080" -> "localhost", "[::1]:8080" -> "::1".
std::string HostName(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) return absl::AsciiStrToLower(host.substr(0, host.find(']')));
  host = host.substr(0, host.find(':'));
  absl::ConsumeSuffix(&host, ".");
  return absl::AsciiStrToLower(host);
}

bool IsAddress(const std::string& name) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

// What follows the scheme; empty when it is no http or https origin.
absl::string_view AuthorityOf(absl::string_view origin) {
  if (absl::ConsumePrefix(&origin, "http://") || absl::ConsumePrefix(&origin, "https://"))
    return origin;
  return "";
}

bool Has(const std::vector<std::string>& list, absl::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

absl::StatusOr<Origins> Origins::Make(const std::vector<std::string>& hosts,
                                      const std::vector<std::string>& origins) {
  Origins made;
  for (const std::string& host : hosts) {
    if (host == "*") {
      made.any_host_ = true;
    } else if (host.empty() || host.find_first_of("*/:") != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("host '", host, "'; allowed: a name without a port, or *"));
    } else {
      made.hosts_.push_back(HostName(host));
    }
  }
  for (const std::string& origin : origins) {
    const std::string lower = absl::AsciiStrToLower(origin);
    const absl::string_view authority = AuthorityOf(lower);
    if (origin == "*") {
      made.any_origin_ = true;
    } else if (authority.empty() || authority.find_first_of("*/") != absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "origin '", origin, "'; allowed: http://HOST[:PORT], https://HOST[:PORT], or *"));
    } else {
      made.origins_.push_back(lower);
    }
  }
  return made;
}

bool Origins::KnowsHost(absl::string_view host) const {
  const std::string name = HostName(host);
  return any_host_ || name == "localhost" || absl::EndsWith(name, ".localhost") ||
         IsAddress(name) || Has(hosts_, name);
}

bool Origins::Allows(absl::string_view origin, absl::string_view host) const {
  const std::string lower = absl::AsciiStrToLower(origin);
  const absl::string_view authority = AuthorityOf(lower);
  // The server does not know whether somebody in front of it speaks TLS.
  const bool own = !authority.empty() && absl::EqualsIgnoreCase(authority, host);
  return own || any_origin_ || Has(origins_, lower);
}

bool IsPreflight(const ApiRequest& request) {
  return request.method == "OPTIONS" && FindHeader(request, "origin") != nullptr &&
         FindHeader(request, "access-control-request-method") != nullptr;
}

ApiResponse PreflightAnswer() {
  return {.status = 204,
          .content_type = "",
          .headers = {{"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"},
                      {"Access-Control-Allow-Headers",
                       "Accept, Content-Encoding, Content-Type, If-Match, If-None-Match, "
                       "Spoor-Token, X-Request-Id"},
                      {"Access-Control-Allow-Private-Network", "true"},
                      {"Access-Control-Max-Age", std::string(kPreflightSeconds)}},
          .body = ""};
}

std::vector<std::pair<std::string, std::string>> SharingHeaders(absl::string_view origin) {
  return {{"Access-Control-Allow-Origin", std::string(origin)},
          {"Access-Control-Expose-Headers",
           "ETag, Link, Location, Retry-After, Spoor-Token, X-Request-Id"}};
}

}  // namespace spoor
