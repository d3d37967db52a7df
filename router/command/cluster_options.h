#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "router/command/commands.h"
#include "shard/log/log.h"
#include "shard/meta/meta_store.h"

namespace spoor {

class Tls;

// Which cluster a process is of, and what it is made on: options that `shard` and `router` share.
struct ClusterOptions {
  std::string cluster = "spoor";
  std::string etcd = "127.0.0.1:2379";
  std::string kafka = "127.0.0.1:9092";
  int replication = 3;
  std::string tls_ca, tls_certificate, tls_key;
};
void AddClusterOptions(CLI::App& command, ClusterOptions& options);

// Both are connected to when they are used.
absl::StatusOr<std::unique_ptr<MetaStore>> OpenMeta(const ClusterOptions& options);
absl::StatusOr<std::unique_ptr<LogStore>> OpenLogs(const ClusterOptions& options);
// Null when no certificate is named.
absl::StatusOr<std::shared_ptr<const Tls>> OpenTls(const ClusterOptions& options);

}  // namespace spoor
