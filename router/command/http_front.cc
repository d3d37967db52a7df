#include "router/command/http_front.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/cluster.h"
#include "router/cluster/cluster_changes.h"
#include "router/cluster/watch.h"
#include "router/command/command.h"
#include "router/command/service_notice.h"
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
      .add_option("--allow-host", front.server.allow_hosts,
                  "A name that clients may have found the server by, besides localhost and "
                  "addresses; *: any")
      ->type_name("NAME")
      ->delimiter(',')
      ->envname("SPOOR_ALLOW_HOST");
  command
      .add_option("--allow-origin", front.server.allow_origins,
                  "Whose web pages may use the server, besides its own; *: anybody's")
      ->type_name("ORIGIN")
      ->delimiter(',')
      ->envname("SPOOR_ALLOW_ORIGIN");
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
  AddNumber(command, "--max-in-flight", front.server.max_in_flight,
            "Requests that wait or run; one client gets half of them at most");
  AddNumber(command, "--max-streams", front.server.max_streams,
            "Answers without an end yet; one client gets half of them at most");
  AddNumber(command, "--slow-ms", front.server.slow_ms,
            "From when on a request is told of on standard error");
  AddNumber(command, "--idle-timeout-s", front.server.idle_timeout_s, "Between two requests");
  AddNumber(command, "--read-timeout-s", front.server.read_timeout_s,
            "Without a byte inside a request");
  AddNumber(command, "--grace-s", front.server.shutdown_grace_s,
            "For running requests at shutdown");
}

void AddJobsOptions(CLI::App& command, HttpFront& front) {
  command
      .add_option("--jobs", front.job_store.dir,
                  "Directory of jobs and their results; jobs in the data directory when not given")
      ->type_name("DIR")
      ->envname("SPOOR_JOBS");
  JobsOptions& jobs = front.jobs;
  AddBytes(command, "--max-result", jobs.limits.max_result_bytes, "The result of one job", "16G");
  AddBytes(command, "--job-memory", jobs.limits.memory_bytes,
           "What one job may hold in memory; more goes to files", "256M");
  AddNumber(command, "--max-jobs,--max-joins", jobs.max_running, "Jobs that run at once");
  AddNumber(command, "--keep-jobs,--keep-joins", jobs.max_kept,
            "Jobs that have ended whose results are kept, a week unless a job asks for more");
}

namespace {

// Looks at the cluster now and then: tells what changes, and that it is ready, once.
class ReadyWatch {
 public:
  ReadyWatch(Cluster& cluster, Events& events, std::function<void()> ready)
      : cluster_(cluster),
        events_(events),
        ready_(std::move(ready)),
        watch_(kLookPause, [this] { Look(); }) {}

 private:
  static constexpr std::chrono::milliseconds kLookPause{1000};

  void Look() {
    if (ready_ != nullptr && cluster_.Ready().ok()) std::exchange(ready_, nullptr)();
    const Patience patience{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5),
                            .cancelled = nullptr};
    auto now = cluster_.Describe(patience);
    if (!now.ok()) return;
    TellChanges(before_, *now, events_);
    before_ = *std::move(now);
  }

  Cluster& cluster_;
  Events& events_;
  std::function<void()> ready_;  // null: it has been called
  ClusterDescription before_;
  Watch watch_;  // goes first
};

}  // namespace

int ServeHttp(HttpFront front, Cluster& cluster, const ServedThing& thing, SignalWatch& signals,
              Terminal& terminal) {
  const auto listen = ParseListen(front.listen, front.insecure);
  if (!listen.ok()) return Fail(terminal, listen.status());
  front.server.address = listen->address;
  front.server.port = listen->port;
  Events& events = *front.server.events;
  front.jobs.spool_dir = front.job_store.dir;
  front.jobs.min_free_disk_bytes = front.job_store.min_free_disk_bytes;
  std::unique_ptr<JobStore> store = std::make_unique<FileJobStore>(front.job_store);
  if (front.with_shared_jobs != nullptr) store = front.with_shared_jobs(std::move(store));
  Jobs jobs(cluster, std::move(store), front.jobs);
  Api api(cluster, front.api, &jobs);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Listen(api, front.server);
  if (!server.ok()) return Fail(terminal, server.status());
  const std::string url = absl::StrCat(
      "http://", ListenAddress{.address = listen->address, .port = (*server)->port()}.text());
  const auto ready = [&] {
    if (front.json) {
      terminal.out << boost::json::serialize(boost::json::object{
                          {"ready", true}, {"url", url}, {thing.what, thing.where}})
                   << std::endl;
    } else {
      terminal.out << "spoor is ready: " << url << ", " << thing.what << " in " << thing.where
                   << std::endl;
    }
    TellServiceManager("READY=1");
  };
  events.Tell(Events::Level::kInfo, "listening", {{"url", url}});
  ReadyWatch watch(cluster, events, ready);
  signals.OnSignal([&server] { (*server)->Stop(); });
  (*server)->Run();
  signals.OnSignal(nullptr);
  TellServiceManager("STOPPING=1");
  return kDone;
}

ProbeServer::ProbeServer(std::string address, Cluster& cluster)
    : address_(std::move(address)), api_(cluster, ApiLimits(), nullptr, Api::Scope::kProbes) {}

absl::StatusOr<std::unique_ptr<ProbeServer>> ProbeServer::Start(const ListenAddress& listen,
                                                                ServerOptions options,
                                                                Cluster& cluster) {
  auto probes = std::unique_ptr<ProbeServer>(new ProbeServer(listen.address, cluster));
  options.address = listen.address;
  options.port = listen.port;
  options.threads = 1;
  auto server = Server::Listen(probes->api_, options);
  if (!server.ok()) return server.status();
  probes->server_ = *std::move(server);
  probes->thread_ = std::thread([server = probes->server_.get()] { server->Run(); });
  return probes;
}

ProbeServer::~ProbeServer() {
  if (!thread_.joinable()) return;
  server_->Stop();
  thread_.join();
}

std::string ProbeServer::url() const {
  return absl::StrCat("http://",
                      ListenAddress{.address = address_, .port = server_->port()}.text());
}

}  // namespace spoor
