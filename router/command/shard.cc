#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "router/command/cluster_options.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/damage_lines.h"
#include "router/command/http_front.h"
#include "router/command/signal_watch.h"
#include "shard/cluster_member.h"

namespace spoor {
namespace {

struct ShardOptions {
  ClusterOptions cluster;
  ClusterMemberOptions member;
  std::string listen = "127.0.0.1:7070";
  bool insecure = false;
  bool json = false;
};

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "node";
}

int RunShard(ShardOptions options, Terminal& terminal) {
  const auto tls = OpenTls(options.cluster);
  if (!tls.ok()) return Fail(terminal, tls.status());
  // With certificates on both sides it is known who calls.
  const auto listen = ParseListen(options.listen, options.insecure || *tls != nullptr);
  if (!listen.ok()) return Fail(terminal, listen.status());
  SignalWatch signals;  // before any thread is started
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto logs = OpenLogs(options.cluster);
  if (!logs.ok()) return Fail(terminal, logs.status());
  options.member.cluster = options.cluster.cluster;
  options.member.rpc.address = listen->address;
  options.member.rpc.port = listen->port;
  options.member.rpc.tls = *tls;
  options.member.following.follower.engine.on_damage = DamageLines(terminal.err);
  auto member = ClusterMember::Start(options.member, **meta, **logs);
  if (!member.ok()) return Fail(terminal, member.status());
  const std::string address = (*member)->address();
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
  while (!signals.WaitFor(std::chrono::hours(1))) {
  }
  return kDone;
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
machine.  Prints one line when it is ready.  SIGINT or SIGTERM stops it.

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
  shard
      .add_option("--memory", member.following.memory_bytes, "Memory for all collections together")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES")
      ->default_str("1G")
      ->envname("SPOOR_MEMORY");
  shard.add_option("--threads", member.rpc.threads, "That answer routers; 0: as many as cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  shard.add_option("--max-in-flight", member.rpc.max_in_flight, "Calls that wait or run")
      ->capture_default_str();
  shard.add_flag("--json", options->json, "Print the ready line as JSON");
  AddClusterOptions(shard, options->cluster);
  return [options](Terminal& terminal) { return RunShard(*options, terminal); };
}

}  // namespace spoor
