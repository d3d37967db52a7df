#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "router/cluster/remote_cluster.h"
#include "router/command/cluster_options.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/event_lines.h"
#include "router/command/http_front.h"
#include "router/command/signal_watch.h"
#include "router/jobs/cluster_job_store.h"
#include "router/jobs/two_job_stores.h"
#include "shard/meta/snapshot_file.h"

namespace spoor {
namespace {

struct RouterOptions {
  ClusterOptions cluster;
  RemoteClusterOptions remote;
  HttpFront http;
  std::string data = "./spoor-router";
};

int RunRouter(RouterOptions options, Terminal& terminal) {
  const auto listen = ParseListen(options.http.listen, options.http.insecure);
  if (!listen.ok()) return Fail(terminal, listen.status());  // before anything is made
  const auto tls = OpenTls(options.cluster);
  if (!tls.ok()) return Fail(terminal, tls.status());
  SignalWatch signals;  // before any thread is started
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto logs = OpenLogs(options.cluster);
  if (!logs.ok()) return Fail(terminal, logs.status());
  std::error_code error;
  std::filesystem::create_directories(options.data, error);
  if (error)
    return Fail(terminal, absl::UnavailableError(absl::StrCat("cannot make ", options.data)));
  if (options.http.job_store.dir.empty()) options.http.job_store.dir = JobsDir(options.data);
  options.remote.cluster = options.cluster.cluster;
  options.remote.snapshot_path = options.data + "/cluster";
  const auto known = ReadSnapshotFile(options.remote.snapshot_path, options.cluster.cluster);
  if (absl::IsFailedPrecondition(known.status())) return Fail(terminal, known.status());
  options.remote.dial.tls = *tls;
  EventLines events(terminal.err);
  options.http.server.events = &events;
  options.remote.tell = events.Sink(Events::Level::kError, "replica_damaged");
  // Requests wait for other machines here, each on a thread: none must keep others from theirs.
  if (options.http.server.threads == 0) {
    options.http.server.threads = static_cast<int>(options.http.server.max_in_flight);
  }
  options.http.with_shared_jobs = [&](std::unique_ptr<JobStore> own) {
    ClusterJobStoreOptions jobs{.cluster = options.cluster.cluster,
                                .name = absl::StrCat("router@", listen->text())};
    jobs.writer.max_result_bytes = options.http.jobs.limits.max_result_bytes;
    return std::make_unique<TwoJobStores>(std::make_unique<ClusterJobStore>(jobs, **meta, **logs),
                                          std::move(own));
  };
  RemoteCluster cluster(options.remote, **meta, **logs);
  return ServeHttp(std::move(options.http), cluster, {.what = "state", .where = options.data},
                   signals, terminal);
}

}  // namespace

RunCommand AddRouter(CLI::App& spoor) {
  auto options = std::make_shared<RouterOptions>();
  CLI::App& router = *spoor.add_subcommand("router", "Serve a cluster's collections over HTTP");
  router.fallthrough();  // --config
  router.footer(R"(
The front of a cluster: takes HTTP requests, asks the nodes whose slots may know the answer, and
writes to the log.  Any number of routers may run; none of them keeps anything but the last view of
the cluster.  Jobs and their results belong to the cluster: any router shows them, and goes on with
those whose router has died.  Prints one line when it knows the cluster, as /readyz says.

Every option may also stand in a file (spoor --config FILE router, under [router]) or, where named,
in the environment.

Examples:
  spoor router --etcd 10.0.0.1:2379 --kafka 10.0.0.2:9092
  spoor router --listen 0.0.0.0:8080 --insecure --replicas 3
  spoor --config /etc/spoor.toml router)");
  router
      .add_option("--data", options->data,
                  "Directory of its last view of the cluster, and of what its jobs spill")
      ->type_name("DIR")
      ->capture_default_str()
      ->envname("SPOOR_DATA");
  router
      .add_option("--replicas", options->remote.replicas,
                  "Nodes that hold each slot of a new collection")
      ->check(CLI::Range(1, static_cast<int>(kMaxReplicas)))
      ->capture_default_str()
      ->envname("SPOOR_REPLICAS");
  router.add_option("--slots", options->remote.slots, "Slots of a new collection")
      ->check(CLI::Range(1, static_cast<int>(kMaxSlots)))
      ->capture_default_str();
  router
      .add_option("--partitions", options->remote.partitions,
                  "Partitions of the log of a new collection")
      ->check(CLI::Range(1, static_cast<int>(kMaxPartitions)))
      ->capture_default_str();
  router.add_option("--max-collections", options->remote.max_collections, "Collections")
      ->capture_default_str();
  AddHttpOptions(router, options->http);
  AddJobsOptions(router, options->http);
  AddClusterOptions(router, options->cluster);
  return [options](Terminal& terminal) { return RunRouter(*options, terminal); };
}

}  // namespace spoor
