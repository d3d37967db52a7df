#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/api.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/signal_watch.h"
#include "router/http/server.h"
#include "router/local_cluster.h"
#include "shard/node.h"

namespace spoor {
namespace {

struct ServeOptions {
  std::string data = "./spoor-data";
  std::string listen = "127.0.0.1:8080";
  bool insecure = false;
  bool json = false;
  NodeOptions node;
  ApiLimits api;
  ServerOptions server;
};

// Splits ADDR:PORT, or [ADDR]:PORT, into options->server, and refuses an address that others can
// reach.
absl::Status ReadListen(ServeOptions* options) {
  const absl::string_view text = options->listen;
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
  if (!loopback && !options->insecure) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen ", text,
        " lets other machines in, and nobody would be asked who they are; allowed are ",
        "loopback addresses, or any with --insecure"));
  }
  options->server.address = address;
  options->server.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

int Serve(ServeOptions options, Terminal& terminal) {
  if (absl::Status s = ReadListen(&options); !s.ok()) return Fail(terminal, s);
  SignalWatch signals;  // before any thread is started
  const absl::StatusOr<std::unique_ptr<Node>> node = Node::Open(options.data, options.node);
  if (!node.ok()) return Fail(terminal, node.status());
  const std::unique_ptr<Cluster> cluster = LocalCluster(**node);
  Api api(*cluster, options.api);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Listen(api, options.server);
  if (!server.ok()) return Fail(terminal, server.status());

  const bool v6 = absl::StrContains(options.server.address, ":");
  const std::string url = absl::StrCat("http://", v6 ? "[" : "", options.server.address,
                                       v6 ? "]" : "", ":", (*server)->port());
  if (options.json) {
    terminal.out << boost::json::serialize(
                        boost::json::object{{"ready", true}, {"url", url}, {"data", options.data}})
                 << std::endl;
  } else {
    terminal.out << "spoor is ready: " << url << ", data in " << options.data << std::endl;
  }
  signals.OnSignal([&server] { (*server)->Stop(); });
  (*server)->Run();
  signals.OnSignal(nullptr);
  return kDone;
}

void AddLimits(CLI::App& serve, ServeOptions& options) {
  const CLI::AsSizeValue bytes(false);  // 1K = 1024
  constexpr char kLimits[] = "Limits";
  serve.add_option("--memory", options.node.memory_bytes, "Memory for all collections together")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("1G")
      ->group(kLimits);
  serve
      .add_option("--min-free-disk", options.node.min_free_disk_bytes,
                  "Refuse writes when the disk has less left")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("64M")
      ->group(kLimits);
  serve.add_option("--max-collections", options.node.max_collections, "Collections")
      ->capture_default_str()
      ->group(kLimits);
  serve.add_option("--max-body", options.api.max_body_bytes, "A request that is not an upload")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("16M")
      ->group(kLimits);
  serve.add_option("--max-upload", options.api.max_upload_bytes, "One upload, decompressed")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("64G")
      ->group(kLimits);
  serve.add_option("--max-record", options.api.max_record_bytes, "One record of an upload")
      ->transform(bytes)
      ->type_name("BYTES")
      ->default_str("64M")
      ->group(kLimits);
  serve.add_option("--max-fixes", options.api.max_fixes, "Fixes of one trajectory")
      ->capture_default_str()
      ->group(kLimits);
  serve.add_option("--max-timeout-ms", options.api.max_timeout_ms, "What ?timeout_ms= may ask for")
      ->capture_default_str()
      ->group(kLimits);
  serve.add_option("--max-connections", options.server.max_connections, "Open connections")
      ->capture_default_str()
      ->group(kLimits);
  serve.add_option("--max-in-flight", options.server.max_in_flight, "Requests that wait or run")
      ->capture_default_str()
      ->group(kLimits);
  serve.add_option("--idle-timeout-s", options.server.idle_timeout_s, "Between two requests")
      ->capture_default_str()
      ->group(kLimits);
  serve
      .add_option("--read-timeout-s", options.server.read_timeout_s,
                  "Without a byte inside a request")
      ->capture_default_str()
      ->group(kLimits);
  serve
      .add_option("--grace-s", options.server.shutdown_grace_s, "For running requests at shutdown")
      ->capture_default_str()
      ->group(kLimits);
}

}  // namespace

RunCommand AddServe(CLI::App& spoor) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App& serve =
      *spoor.add_subcommand("serve", "Serve the collections of a data directory over HTTP");
  serve.footer(R"(
Prints one line when it is ready.  SIGINT or SIGTERM lets running requests finish, then stops.

Examples:
  spoor serve
  spoor serve --data /var/lib/spoor --memory 8G
  spoor serve --listen 127.0.0.1:0            any free port; the ready line names it
  spoor serve --listen 0.0.0.0:8080 --insecure    reachable by everyone in the network)");
  serve.add_option("--data", options->data, "Directory of the collections; made when missing")
      ->type_name("DIR")
      ->capture_default_str();
  serve.add_option("--listen", options->listen, "Where to listen")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  serve.add_flag("--insecure", options->insecure,
                 "Listen on an address that other machines can reach, without keys");
  serve
      .add_option("--threads", options->server.threads,
                  "Of the pool that computes; 0: as many as cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  serve.add_flag("--json", options->json, "Print the ready line as JSON");
  AddLimits(serve, *options);
  return [options](Terminal& terminal) { return Serve(*options, terminal); };
}

}  // namespace spoor
