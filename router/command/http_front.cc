#include "router/command/http_front.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/cluster.h"
#include "router/command/command.h"
#include "router/command/signal_watch.h"

namespace spoor {

std::string ListenAddress::text() const {
  const bool v6 = absl::StrContains(address, ":");
  return absl::StrCat(v6 ? "[" : "", address, v6 ? "]" : "", ":", port);
}

absl::StatusOr<ListenAddress> ParseListen(const std::string& listen, bool insecure) {
  const absl::string_view text = listen;
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", text, " is not ADDR:PORT with a port of 0 ... 65535"));
  }
  std::string address(text.substr(0, colon));
  if (address == "localhost") address = "127.0.0.1";
  if (absl::StartsWith(address, "[") && absl::EndsWith(address, "]")) {
    address = address.substr(1, address.size() - 2);
  }
  in_addr v4{};
  in6_addr v6{};
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4) == 1;
  if (!is_v4 && inet_pton(AF_INET6, address.c_str(), &v6) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", text, ": ", address, " is not an IP address or localhost"));
  }
  const bool loopback = is_v4 ? (ntohl(v4.s_addr) >> 24) == 127 : IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  if (!loopback && !insecure) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen ", text,
        " lets other machines in, and nobody would be asked who they are; allowed are ",
        "loopback addresses, or any with --insecure"));
  }
  return ListenAddress{.address = address, .port = static_cast<uint16_t>(port)};
}

namespace {

constexpr char kLimits[] = "Limits";

void AddBytes(CLI::App& command, const std::string& name, uint64_t& value, const char* what,
              const char* shown) {
  command.add_option(name, value, what)
      ->transform(CLI::AsSizeValue(false))  // 1K = 1024
      ->type_name("BYTES")
      ->default_str(shown)
      ->group(kLimits);
}

template <typename T>
void AddNumber(CLI::App& command, const std::string& name, T& value, const char* what) {
  command.add_option(name, value, what)->capture_default_str()->group(kLimits);
}

}  // namespace

void AddHttpOptions(CLI::App& command, HttpFront& front) {
  command.add_option("--listen", front.listen, "Where to listen for HTTP")
      ->type_name("ADDR:PORT")
      ->capture_default_str()
      ->envname("SPOOR_LISTEN");
  command.add_flag("--insecure", front.insecure,
                   "Listen on an address that other machines can reach, without keys");
  command
      .add_option("--threads", front.server.threads,
                  "Of the pool that answers; 0: as many as cores, or, in a router, which waits "
                  "for other machines, as many as requests that may wait or run")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command.add_flag("--json", front.json, "Print the ready line as JSON");
  AddBytes(command, "--max-body", front.api.max_body_bytes, "A request that is not an upload",
           "16M");
  AddBytes(command, "--max-upload", front.api.max_upload_bytes, "One upload, decompressed", "64G");
  AddBytes(command, "--max-record", front.api.max_record_bytes, "One record of an upload", "64M");
  AddNumber(command, "--max-fixes", front.api.max_fixes, "Fixes of one trajectory");
  AddNumber(command, "--max-timeout-ms", front.api.max_timeout_ms, "What ?timeout_ms= may ask for");
  AddNumber(command, "--max-connections", front.server.max_connections, "Open connections");
  AddNumber(command, "--max-in-flight", front.server.max_in_flight, "Requests that wait or run");
  AddNumber(command, "--idle-timeout-s", front.server.idle_timeout_s, "Between two requests");
  AddNumber(command, "--read-timeout-s", front.server.read_timeout_s,
            "Without a byte inside a request");
  AddNumber(command, "--grace-s", front.server.shutdown_grace_s,
            "For running requests at shutdown");
}

void AddJobsOptions(CLI::App& command, HttpFront& front) {
  command
      .add_option("--jobs", front.joins.dir,
                  "Directory of joins and their results; jobs in the data directory when not given")
      ->type_name("DIR")
      ->envname("SPOOR_JOBS");
  AddBytes(command, "--max-result", front.joins.max_result_bytes, "The result of one join", "16G");
  AddNumber(command, "--max-joins", front.joins.max_running, "Joins that run at once");
  AddNumber(command, "--keep-joins", front.joins.max_kept,
            "Joins that have ended whose results are kept, for a week");
}

int ServeHttp(HttpFront front, Cluster& cluster, const ServedThing& thing, SignalWatch& signals,
              Terminal& terminal) {
  const auto listen = ParseListen(front.listen, front.insecure);
  if (!listen.ok()) return Fail(terminal, listen.status());
  front.server.address = listen->address;
  front.server.port = listen->port;
  JoinJobs joins(cluster, front.joins);
  Api api(cluster, front.api, &joins);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Listen(api, front.server);
  if (!server.ok()) return Fail(terminal, server.status());
  const std::string url = absl::StrCat(
      "http://", ListenAddress{.address = listen->address, .port = (*server)->port()}.text());
  if (front.json) {
    terminal.out << boost::json::serialize(boost::json::object{
                        {"ready", true}, {"url", url}, {thing.what, thing.where}})
                 << std::endl;
  } else {
    terminal.out << "spoor is ready: " << url << ", " << thing.what << " in " << thing.where
                 << std::endl;
  }
  signals.OnSignal([&server] { (*server)->Stop(); });
  (*server)->Run();
  signals.OnSignal(nullptr);
  return kDone;
}

}  // namespace spoor
