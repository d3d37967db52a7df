#include "shard/meta/etcd_endpoints.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shard/meta/etcd_messages.h"

namespace spoor::etcd {
namespace {

constexpr size_t kMaxEndpoints = 16;
// More than threads that talk to etcd at once in any process of ours.
constexpr size_t kMaxIdle = 16;

// A limit that was not the caller's means that the endpoint is not to be reached.
absl::Status AsOf(const Patience& patience, const Endpoint& endpoint, absl::Status status) {
  if (status.code() != absl::StatusCode::kDeadlineExceeded || !patience.Check().ok()) return status;
  return absl::UnavailableError(
      absl::StrCat("etcd at ", endpoint.host, ":", endpoint.port, " does not answer"));
}

bool IsFailure(const absl::Status& status) { return absl::IsUnavailable(status); }

}  // namespace

Patience AtMost(std::chrono::milliseconds limit, const Patience& patience) {
  Patience less = patience;
  less.deadline = std::min(patience.deadline, std::chrono::steady_clock::now() + limit);
  return less;
}

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text) {
  std::vector<Endpoint> endpoints;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const size_t colon = part.rfind(':');
    uint32_t port = 0;
    const bool split = colon != absl::string_view::npos && colon > 0;
    absl::string_view host = split ? part.substr(0, colon) : "";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != absl::string_view::npos) {
      host = "";
    }
    if (host.empty() || host.find_first_of("/ @[]") != absl::string_view::npos ||
        !absl::SimpleAtoi(part.substr(colon + 1), &port) || port == 0 || port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("endpoint is '", absl::CHexEscape(part), "', allowed: host:port,host:port"));
    }
    endpoints.push_back({std::string(host), absl::StrCat(port)});
  }
  if (endpoints.size() > kMaxEndpoints) {
    return absl::InvalidArgumentError(
        absl::StrCat("endpoints are ", endpoints.size(), ", allowed: 1 ... ", kMaxEndpoints));
  }
  return endpoints;
}

Endpoints::Endpoints(std::vector<Endpoint> endpoints, const EtcdOptions& options)
    : endpoints_(std::move(endpoints)), options_(options) {}

absl::StatusOr<std::string> Endpoints::Post(absl::string_view path, const std::string& body,
                                            Repeat repeat, const Patience& patience) {
  absl::Status failed;
  for (size_t tries = 0; tries < endpoints_.size(); ++tries) {
    const size_t at = preferred_ % endpoints_.size();
    const Endpoint& endpoint = endpoints_[at];
    auto connection = Take(at, patience);
    if (!connection.ok()) {
      failed = AsOf(patience, endpoint, connection.status());
      if (!IsFailure(failed)) return failed;
      Next();
      continue;
    }
    auto answer = (*connection)->Post(path, body, AtMost(options_.answer_limit, patience));
    if (answer.ok()) Keep(at, *std::move(connection));
    if (answer.ok() && answer->status == 200) return std::move(answer->body);
    failed = answer.ok() ? ParseError(answer->status, answer->body)
                         : AsOf(patience, endpoint, answer.status());
    if (!IsFailure(failed)) return failed;
    Next();
    if (repeat == Repeat::kForbidden) return failed;
  }
  return failed;
}

absl::StatusOr<std::unique_ptr<Connection>> Endpoints::Open(const Patience& patience) {
  const Endpoint& endpoint = endpoints_[preferred_ % endpoints_.size()];
  auto connection = Connection::Open(endpoint, AtMost(options_.connect_limit, patience));
  if (!connection.ok()) Next();
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> Endpoints::Take(size_t endpoint,
                                                            const Patience& patience) {
  std::vector<std::unique_ptr<Connection>> useless;  // closed after the lock
  {
    const MutexLock lock(mu_);
    for (size_t i = idle_.size(); i-- > 0;) {
      if (idle_[i].endpoint != endpoint) continue;
      auto connection = std::move(idle_[i].connection);
      idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
      if (connection->Usable()) return connection;
      useless.push_back(std::move(connection));
    }
  }
  return Connection::Open(endpoints_[endpoint], AtMost(options_.connect_limit, patience));
}

void Endpoints::Keep(size_t endpoint, std::unique_ptr<Connection> connection) {
  if (!connection->Usable()) return;
  const MutexLock lock(mu_);
  if (idle_.size() < kMaxIdle) idle_.push_back({endpoint, std::move(connection)});
}

}  // namespace spoor::etcd
