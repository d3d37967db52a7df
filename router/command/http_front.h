#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "router/api/api.h"
#include "router/command/commands.h"
#include "router/http/server.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"

namespace spoor {

class Cluster;
class SignalWatch;

// Where something listens.
struct ListenAddress {
  std::string address;  // an IP address
  uint16_t port = 0;

  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"
};
// Splits ADDR:PORT, or [ADDR]:PORT, and refuses an address that others can reach unless that is
// what is wanted.  InvalidArgument.
absl::StatusOr<ListenAddress> ParseListen(const std::string& text, bool insecure);

// The HTTP side of a command that serves: its options, and the serving.
struct HttpFront {
  std::string listen = "127.0.0.1:8080";
  bool insecure = false;
  bool json = false;
  ApiLimits api;
  ServerOptions server;
  FileJobStoreOptions job_store;
  JobsOptions jobs;
  // Of the process' own jobs makes all that it shows; null: there are no others.
  std::function<std::unique_ptr<JobStore>(std::unique_ptr<JobStore> own)> with_shared_jobs;
};
void AddHttpOptions(CLI::App& command, HttpFront& front);

// What is served, for the ready line: "data in ./spoor-data".
struct ServedThing {
  std::string what, where;
};

// Serves until a signal comes.  Prints one line, and tells the service manager, when /readyz is 200
// for the first time; what happens meanwhile goes to front.server.events.
// REQUIRES: signals was made before any thread; front.server.events is not null, and outlives the
// call.
int ServeHttp(HttpFront front, Cluster& cluster, const ServedThing& thing, SignalWatch& signals,
              Terminal& terminal);

// What a process tells of itself by HTTP beside what it is for: /healthz, /readyz and /metrics of
// the cluster that it is to itself.
class ProbeServer {
 public:
  // `cluster` and `events` outlive it.
  static absl::StatusOr<std::unique_ptr<ProbeServer>> Start(const ListenAddress& listen,
                                                            ServerOptions options,
                                                            Cluster& cluster);
  ~ProbeServer();  // stops
  std::string url() const;

 private:
  ProbeServer(std::string address, Cluster& cluster);
  const std::string address_;
  Api api_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// Its jobs, and where they are kept: in `jobs` of the data directory unless the option says.
void AddJobsOptions(CLI::App& command, HttpFront& front);

}  // namespace spoor
