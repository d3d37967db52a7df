#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/cluster/cluster_changes.h"
#include "router/cluster/member_cluster.h"
#include "router/cluster/watch.h"
#include "router/command/address_space.h"
#include "router/command/cluster_options.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/event_lines.h"
#include "router/command/http_front.h"
#include "router/command/service_notice.h"
#include "router/command/signal_watch.h"
#include "shard/node/cluster_member.h"

namespace spoor {
namespace {

// How often the node looks at itself, for what it tells on standard error.
constexpr std::chrono::milliseconds kLookPause(1000);

struct ShardOptions {
  ClusterOptions cluster;
  ClusterMemberOptions member;
  std::string listen = "127.0.0.1:7070";
  int64_t quarantine_s = 86400;
  std::string http_listen;  // empty: nowhere
  ServerOptions http;
  bool insecure = false;
  bool json = false;
};

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "node";
}

// Which store serves each collection, by its address.
using Stores = std::map<std::string, const Served*>;

Stores StoresOf(const NodeCatalog& node) {
  Stores stores;
  for (const auto& served : node.AllServed()) {
    if (served.served != nullptr) stores[served.name] = served.served.get();
  }
  return stores;
}

void TellStores(const Stores& before, const Stores& now, Events& events) {
  for (const auto& [name, store] : now) {
    const auto known = before.find(name);
    if (known != before.end() && known->second == store) continue;
    events.Tell(Events::Level::kInfo, known == before.end() ? "store_opened" : "store_replaced",
                {{"collection", name}});
  }
  for (const auto& [name, store] : before) {
    if (now.count(name) > 0) continue;
    events.Tell(Events::Level::kWarning, "store_removed", {{"collection", name}});
  }
}

// Tells what changes at this node; says that it is ready, once.
class NodeWatch {
 public:
  NodeWatch(const NodeCatalog& node, Cluster& cluster, Events& events, std::function<void()> ready)
      : node_(node),
        cluster_(cluster),
        events_(events),
        ready_(std::move(ready)),
        watch_(kLookPause, [this] { Look(); }) {}

 private:
  void Look() {
    if (ready_ != nullptr && cluster_.Ready().ok()) std::exchange(ready_, nullptr)();
    Stores stores = StoresOf(node_);
    TellStores(stores_, stores, events_);
    stores_ = std::move(stores);
    auto now = cluster_.Describe({});
    if (!now.ok()) return;
    TellChanges(seen_, *now, events_);
    seen_ = *std::move(now);
  }

  const NodeCatalog& node_;
  Cluster& cluster_;
  Events& events_;
  std::function<void()> ready_;  // null: it has been called
  Stores stores_;
  ClusterDescription seen_;
  Watch watch_;  // goes first
};

void SayReady(const ShardOptions& options, const std::string& address, Terminal& terminal) {
  if (options.json) {
    terminal.out << boost::json::serialize(boost::json::object{{"ready", true},
                                                               {"node", options.member.name},
                                                               {"address", address},
                                                               {"data", options.member.data_dir}})
                 << std::endl;
  } else {
    terminal.out << "spoor shard '" << options.member.name << "' is ready: " << address
                 << ", data in " << options.member.data_dir << std::endl;
  }
  TellServiceManager("READY=1");
}

// Null where it is not wanted.
absl::StatusOr<std::unique_ptr<ProbeServer>> StartProbes(const ShardOptions& options,
                                                         Cluster& cluster) {
  if (options.http_listen.empty()) return nullptr;
  const auto listen = ParseListen(options.http_listen, options.insecure);
  if (!listen.ok()) return listen.status();
  return ProbeServer::Start(*listen, options.http, cluster);
}

int RunShard(ShardOptions options, Terminal& terminal) {
  const auto tls = OpenTls(options.cluster);
  if (!tls.ok()) return Fail(terminal, tls.status());
  // With certificates on both sides it is known who calls.
  const auto listen = ParseListen(options.listen, options.insecure || *tls != nullptr);
  if (!listen.ok()) return Fail(terminal, listen.status());
  const uint64_t memory = options.member.following.memory_bytes;
  if (absl::Status s = CheckAddressSpace(memory); !s.ok()) return Fail(terminal, s);
  SignalWatch signals;  // before any thread is started
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto logs = OpenLogs(options.cluster);
  if (!logs.ok()) return Fail(terminal, logs.status());
  options.member.cluster = options.cluster.cluster;
  options.member.rpc.address = listen->address;
  options.member.rpc.port = listen->port;
  options.member.rpc.tls = *tls;
  options.member.following.quarantine.keep = std::chrono::seconds(options.quarantine_s);
  EventLines events(terminal.err);
  options.http.events = &events;
  options.member.following.quarantine.tell = events.Sink(Events::Level::kWarning, "quarantine");
  options.member.following.follower.engine.on_damage = events.Sink(Events::Level::kError, "damage");
  auto member = ClusterMember::Start(options.member, **meta, **logs);
  if (!member.ok()) return Fail(terminal, member.status());
  const std::string address = (*member)->address();
  const auto cluster = MemberCluster(options.member.name, address, (*member)->node());
  const auto probes = StartProbes(options, *cluster);
  if (!probes.ok()) return Fail(terminal, probes.status());
  events.Tell(Events::Level::kInfo, "listening",
              {{"address", address}, {"http", *probes == nullptr ? "" : (*probes)->url()}});
  const NodeWatch watch((*member)->node(), *cluster, events,
                        [&] { SayReady(options, address, terminal); });
  while (!signals.WaitFor(std::chrono::hours(1))) {
  }
  return kDone;
}

void AddProbeOptions(CLI::App& shard, ShardOptions& options) {
  shard
      .add_option("--http-listen", options.http_listen,
                  "Where to listen for /healthz, /readyz and /metrics; nowhere when not given")
      ->type_name("ADDR:PORT")
      ->envname("SPOOR_HTTP_LISTEN");
  shard
      .add_option("--allow-host", options.http.allow_hosts,
                  "A name that they may be asked by, besides localhost and addresses; *: any")
      ->type_name("NAME")
      ->delimiter(',')
      ->envname("SPOOR_ALLOW_HOST");
}

// What it may take of its machine.
void AddLimitOptions(CLI::App& shard, ShardOptions& options) {
  ClusterMemberOptions& member = options.member;
  shard
      .add_option("--memory", member.following.memory_bytes,
                  "Memory for all collections together, but for mapped files")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES")
      ->default_str("1G")
      ->envname("SPOOR_MEMORY");
  shard
      .add_option("--quarantine", options.quarantine_s,
                  "Seconds that stores which are needed no more are kept")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 366 * 86400))
      ->capture_default_str()
      ->envname("SPOOR_QUARANTINE");
  shard.add_option("--threads", member.rpc.threads, "That answer routers; 0: as many as cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  shard.add_option("--max-in-flight", member.rpc.max_in_flight, "Calls that wait or run")
      ->capture_default_str();
}

}  // namespace

RunCommand AddShard(CLI::App& spoor) {
  auto options = std::make_shared<ShardOptions>();
  ClusterMemberOptions& member = options->member;
  member.name = HostName();
  member.data_dir = "./spoor-shard";
  CLI::App& shard = *spoor.add_subcommand("shard", "Serve slots of a cluster's collections");
  shard.fallthrough();  // --config
  shard.footer(R"(
A node of a cluster: follows the log of each collection, keeps what lives in the slots placed on it,
and answers routers.  Needs etcd and Kafka; deploy/cluster starts both with nodes and routers on one
machine.  Prints one line when all of its
collections can be read, as /readyz says.  SIGINT or SIGTERM stops it.

Every option may also stand in a file (spoor --config FILE shard, under [shard]) or, where named, in
the environment.

Examples:
  spoor shard --name a --data /var/lib/spoor --etcd 10.0.0.1:2379 --kafka 10.0.0.2:9092
  spoor shard --name b --listen 0.0.0.0:7070 --advertise b.example:7070 --insecure --zone rack2
  spoor --config /etc/spoor.toml shard)");
  shard.add_option("--name", member.name, "Of the node; its place in placements")
      ->type_name("NAME")
      ->capture_default_str()
      ->envname("SPOOR_NODE");
  shard.add_option("--data", member.data_dir, "Directory of its part; made when missing")
      ->type_name("DIR")
      ->capture_default_str()
      ->envname("SPOOR_DATA");
  shard.add_option("--listen", options->listen, "Where to listen for routers")
      ->type_name("ADDR:PORT")
      ->capture_default_str()
      ->envname("SPOOR_LISTEN");
  AddProbeOptions(shard, *options);
  shard.add_option("--advertise", member.advertise, "Where routers reach it, if not there")
      ->type_name("HOST:PORT")
      ->envname("SPOOR_ADVERTISE");
  shard.add_flag("--insecure", options->insecure,
                 "Listen on an address that other machines can reach, without certificates");
  shard.add_option("--zone", member.zone, "What fails together with it, such as a rack")
      ->type_name("ZONE")
      ->envname("SPOOR_ZONE");
  shard.add_option("--weight", member.weight, "What it can bear, in relation to other nodes")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  AddLimitOptions(shard, *options);
  shard.add_flag("--json", options->json, "Print the ready line as JSON");
  AddClusterOptions(shard, options->cluster);
  return [options](Terminal& terminal) { return RunShard(*options, terminal); };
}

}  // namespace spoor
