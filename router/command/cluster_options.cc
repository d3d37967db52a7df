#include "router/command/cluster_options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "shard/log/kafka_log.h"
#include "shard/meta/etcd.h"
#include "shard/rpc/tls.h"

namespace spoor {
namespace {

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return text.str();
}

}  // namespace

void AddClusterOptions(CLI::App& command, ClusterOptions& options) {
  constexpr char kCluster[] = "Cluster";
  const auto add = [&](const char* name, std::string& value, const char* what, const char* type,
                       const char* environment) {
    command.add_option(name, value, what)
        ->type_name(type)
        ->capture_default_str()
        ->envname(environment)
        ->group(kCluster);
  };
  add("--cluster", options.cluster, "Its name: of keys in etcd, topics in Kafka, and calls", "NAME",
      "SPOOR_CLUSTER");
  add("--etcd", options.etcd, "Endpoints of etcd", "HOST:PORT,...", "SPOOR_ETCD");
  add("--kafka", options.kafka, "Brokers of Kafka", "HOST:PORT,...", "SPOOR_KAFKA");
  command
      .add_option("--replication", options.replication,
                  "Copies of the log that brokers keep; 3 where losing a broker must lose nothing")
      ->check(CLI::Range(1, 7))
      ->capture_default_str()
      ->envname("SPOOR_REPLICATION")
      ->group(kCluster);
  add("--tls-ca", options.tls_ca, "Authority of all nodes' certificates, PEM", "FILE",
      "SPOOR_TLS_CA");
  add("--tls-cert", options.tls_certificate, "This process's certificate, PEM", "FILE",
      "SPOOR_TLS_CERT");
  add("--tls-key", options.tls_key, "Its key, PEM", "FILE", "SPOOR_TLS_KEY");
}

absl::StatusOr<std::unique_ptr<MetaStore>> OpenMeta(const ClusterOptions& options) {
  return OpenEtcd({.endpoints = options.etcd});
}

absl::StatusOr<std::unique_ptr<LogStore>> OpenLogs(const ClusterOptions& options) {
  return OpenKafka(
      {.brokers = options.kafka, .cluster = options.cluster, .replication = options.replication});
}

absl::StatusOr<std::shared_ptr<const Tls>> OpenTls(const ClusterOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty() && options.tls_ca.empty()) {
    return std::shared_ptr<const Tls>();
  }
  TlsIdentity identity;
  const std::pair<const std::string*, std::string*> parts[] = {
      {&options.tls_certificate, &identity.certificate},
      {&options.tls_key, &identity.private_key},
      {&options.tls_ca, &identity.authority}};
  for (const auto& [path, text] : parts) {
    if (path->empty()) {
      return absl::InvalidArgumentError("--tls-ca, --tls-cert and --tls-key go together");
    }
  }
  for (const auto& [path, text] : parts) {
    auto read = ReadText(*path);
    if (!read.ok()) return read.status();
    *text = *std::move(read);
  }
  return Tls::Make(identity);
}

}  // namespace spoor
