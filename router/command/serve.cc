#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/cluster/local_cluster.h"
#include "router/command/address_space.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/event_lines.h"
#include "router/command/http_front.h"
#include "router/command/signal_watch.h"
#include "shard/node/node.h"

namespace spoor {
namespace {

struct ServeOptions {
  std::string data = "./spoor-data";
  NodeOptions node;
  HttpFront http;
};

int Serve(ServeOptions options, Terminal& terminal) {
  const auto listen = ParseListen(options.http.listen, options.http.insecure);
  if (!listen.ok()) return Fail(terminal, listen.status());  // before anything is made
  if (absl::Status s = CheckAddressSpace(options.node.memory_bytes); !s.ok()) {
    return Fail(terminal, s);
  }
  SignalWatch signals;  // before any thread is started
  EventLines events(terminal.err);
  options.http.server.events = &events;
  options.node.on_damage = events.Sink(Events::Level::kError, "damage");
  const absl::StatusOr<std::unique_ptr<EmbeddedNode>> node =
      EmbeddedNode::Open(options.data, options.node);
  if (!node.ok()) return Fail(terminal, node.status());
  const std::unique_ptr<Cluster> cluster = LocalCluster(**node);
  if (options.http.job_store.dir.empty()) options.http.job_store.dir = JobsDir(options.data);
  options.http.job_store.min_free_disk_bytes = options.node.min_free_disk_bytes;
  return ServeHttp(std::move(options.http), *cluster, {.what = "data", .where = options.data},
                   signals, terminal);
}

}  // namespace

RunCommand AddServe(CLI::App& spoor) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App& serve =
      *spoor.add_subcommand("serve", "Serve the collections of a data directory over HTTP");
  serve.fallthrough();  // --config
  serve.footer(R"(
Prints one line when it is ready.  SIGINT or SIGTERM lets running requests finish, then stops.

Examples:
  spoor serve
  spoor serve --data /var/lib/spoor --memory 8G
  spoor serve --listen 127.0.0.1:0            any free port; the ready line names it
  spoor serve --listen 0.0.0.0:8080 --insecure    reachable by everyone in the network)");
  serve.add_option("--data", options->data, "Directory of the collections; made when missing")
      ->type_name("DIR")
      ->capture_default_str()
      ->envname("SPOOR_DATA");
  AddHttpOptions(serve, options->http);
  AddJobsOptions(serve, options->http);
  constexpr char kLimits[] = "Limits";
  const CLI::AsSizeValue bytes(false);  // 1K = 1024
  serve
      .add_option("--memory", options->node.memory_bytes,
                  "Memory for all collections together, but for mapped files")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("1G")
      ->envname("SPOOR_MEMORY")
      ->group(kLimits);
  serve
      .add_option("--min-free-disk", options->node.min_free_disk_bytes,
                  "Refuse writes when the disk has less left")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("64M")
      ->group(kLimits);
  serve.add_option("--max-collections", options->node.max_collections, "Collections")
      ->capture_default_str()
      ->group(kLimits);
  return [options](Terminal& terminal) { return Serve(*options, terminal); };
}

}  // namespace spoor
