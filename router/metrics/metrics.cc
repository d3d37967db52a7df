#include "router/metrics/metrics.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// One figure of every collection.
struct CollectionGauge {
  absl::string_view name, help;
  uint64_t (*value)(const EngineStats& stats);
};
constexpr CollectionGauge kCollectionGauges[] = {
    {"spoor_trajectories", "Trajectories stored.",
     [](const EngineStats& s) { return s.trajectories; }},
    {"spoor_fixes", "Fixes stored.", [](const EngineStats& s) { return s.fixes; }},
    {"spoor_postings", "Postings of live trajectories.",
     [](const EngineStats& s) { return s.geodabs; }},
    {"spoor_disk_bytes", "Bytes on disk.", [](const EngineStats& s) { return s.disk_bytes; }},
    {"spoor_memory_bytes", "Bytes of the index in memory only.",
     [](const EngineStats& s) { return s.memory_bytes; }},
    {"spoor_mapped_bytes", "Bytes of mapped files of the index, which are on disk.",
     [](const EngineStats& s) { return s.mapped_bytes; }},
    {"spoor_segments", "Sealed segments.",
     [](const EngineStats& s) { return uint64_t{s.segments}; }},
    {"spoor_memory_segments", "Segments in memory.",
     [](const EngineStats& s) { return uint64_t{s.memory_segments}; }},
    {"spoor_log_position", "Position of the log.", [](const EngineStats& s) { return s.position; }},
    {"spoor_generation", "Generation of the index.",
     [](const EngineStats& s) { return s.generation; }},
    {"spoor_reindexing", "1 while a generation is built.",
     [](const EngineStats& s) { return uint64_t{s.reindexing}; }},
    {"spoor_disk_full", "1 while writes are refused.",
     [](const EngineStats& s) { return uint64_t{s.disk_full}; }},
    {"spoor_damages", "Damage found since the start: index files made anew, records unreadable.",
     [](const EngineStats& s) { return s.damages; }},
    {"spoor_records_left_out", "Records that no answer has, because of damage.",
     [](const EngineStats& s) { return s.left_out; }},
};

// One figure of every store.
struct StorageGauge {
  absl::string_view name, help;
  uint64_t StoreFigures::* figure;
};
constexpr StorageGauge kStorageGauges[] = {
    {"spoor_store_memtable_bytes", "Write buffers of the store.", &StoreFigures::memtable_bytes},
    {"spoor_store_memtables_waiting", "Write buffers that are full and not written yet.",
     &StoreFigures::memtables_waiting},
    {"spoor_store_table_readers_bytes", "Indexes and filters of tables, beside the cache.",
     &StoreFigures::table_readers_bytes},
    {"spoor_store_sst_bytes", "Table files, also those that only readers still hold.",
     &StoreFigures::sst_bytes},
    {"spoor_store_live_sst_bytes", "Table files in use.", &StoreFigures::live_sst_bytes},
    {"spoor_store_level0_files", "Table files that no compaction has taken yet.",
     &StoreFigures::level0_files},
    {"spoor_store_wal_bytes", "Write-ahead log.", &StoreFigures::wal_bytes},
    {"spoor_store_pending_compaction_bytes", "What compactions have to rewrite, about.",
     &StoreFigures::pending_compaction_bytes},
    {"spoor_store_running_compactions", "Compactions that run.",
     &StoreFigures::running_compactions},
    {"spoor_store_running_flushes", "Write buffers on their way to a file.",
     &StoreFigures::running_flushes},
    {"spoor_store_write_stopped", "1 while no write gets on.", &StoreFigures::write_stopped},
    {"spoor_store_delayed_write_bytes_per_second", "To which writes are slowed down; 0: not.",
     &StoreFigures::delayed_write_bytes_per_s},
    {"spoor_store_background_errors", "Errors of flushes and compactions since it was opened.",
     &StoreFigures::background_errors},
    {"spoor_store_snapshots", "Snapshots that readers hold.", &StoreFigures::snapshots},
    {"spoor_store_oldest_snapshot_timestamp_seconds", "Since when the oldest is held; 0: none.",
     &StoreFigures::oldest_snapshot_unix_s},
};

}  // namespace

void WriteStorageFigures(const std::vector<std::pair<std::string, StoreFigures>>& stores,
                         MetricsText& text) {
  if (stores.empty()) return;
  for (const StorageGauge& gauge : kStorageGauges) {
    text.Begin(gauge.name, MetricsText::Kind::kGauge, gauge.help);
    for (const auto& [name, figures] : stores)
      text.Add(figures.*gauge.figure, {{"collection", name}});
  }
  const StoreFigures& any = stores.front().second;  // one cache for all of them
  const auto gauge = [&](absl::string_view name, absl::string_view help, uint64_t bytes) {
    text.Gauge(name, help, static_cast<double>(bytes));
  };
  gauge("spoor_block_cache_bytes", "Blocks of tables in memory.", any.cache_bytes);
  gauge("spoor_block_cache_pinned_bytes", "Of these, that are in use.", any.cache_pinned_bytes);
  gauge("spoor_block_cache_capacity_bytes", "How many there may be.", any.cache_capacity_bytes);
}

void Metrics::CountRequest(absl::string_view route, int status, double seconds) {
  const auto bucket =
      std::lower_bound(kBoundsS.begin(), kBoundsS.end(), seconds) - kBoundsS.begin();
  const MutexLock lock(mutex_);
  ++requests_[{std::string(route), status}];
  Latency& latency = latencies_[std::string(route)];
  ++latency.counts[static_cast<size_t>(bucket)];
  latency.sum_s += seconds;
}

void WriteCollectionStats(const CollectionStats& collections, MetricsText& text) {
  for (const CollectionGauge& gauge : kCollectionGauges) {
    text.Begin(gauge.name, MetricsText::Kind::kGauge, gauge.help);
    for (const auto& [name, stats] : collections)
      text.Add(gauge.value(stats), {{"collection", name}});
  }
}

void WriteClusterFigures(const ClusterDescription& cluster, MetricsText& text) {
  using Kind = MetricsText::Kind;
  using Replica = ClusterDescription::Replica;
  text.Begin("spoor_node_up", Kind::kGauge, "1 for a node that answers.");
  for (const auto& node : cluster.nodes) text.Add(node.up ? 1 : 0, {{"node", node.name}});
  const auto replicas = [&](absl::string_view name, absl::string_view help,
                            uint64_t (*value)(const Replica&)) {
    text.Begin(name, Kind::kGauge, help);
    for (const auto& collection : cluster.collections) {
      for (const Replica& replica : collection.nodes) {
        text.Add(value(replica), {{"collection", collection.name}, {"node", replica.node}});
      }
    }
  };
  replicas("spoor_replica_ready", "1 for a node that has caught up with the collection's log.",
           [](const Replica& r) { return uint64_t{r.ready}; });
  replicas("spoor_replica_lag_records", "Records of the log that the node has not read yet.",
           [](const Replica& r) { return r.lag; });
  replicas("spoor_replica_staleness_ms", "How long ago the node was known to be current.",
           [](const Replica& r) { return uint64_t{r.staleness_ms}; });
  text.Gauge("spoor_mismatches", "Replicas found to differ.",
             static_cast<double>(cluster.mismatches.size()));
  text.Gauge("spoor_metadata_problem", "1 while what is known of the cluster may be old.",
             cluster.metadata_problem.empty() ? 0 : 1);
}

void WriteMemory(const Memory& memory, MetricsText& text) {
  text.Gauge("spoor_memory_budget_bytes", "What --memory allows.",
             static_cast<double>(memory.bytes()));
  text.Begin("spoor_memory_used_bytes", MetricsText::Kind::kGauge,
             "What is in use of the budget, by what for.");
  const Memory::Use use = memory.use();
  text.Add(use.blocks, {{"for", "blocks"}});
  text.Add(use.write_buffers, {{"for", "write_buffers"}});
  text.Add(use.geometry, {{"for", "geometry"}});
  text.Add(use.segments, {{"for", "segments"}});
  text.Add(use.work, {{"for", "work"}});
}

void WriteDamage(const std::vector<DamageReport>& damage, MetricsText& text) {
  text.Begin("spoor_damage", MetricsText::Kind::kCounter,
             "Answers of a node that told of its own damage.");
  for (const DamageReport& report : damage) {
    text.Add(report.times, {{"collection", report.collection}, {"node", report.node}});
  }
}

void Metrics::WriteTo(MetricsText& text) const {
  const auto gauge = [&](absl::string_view name, absl::string_view help, int64_t value) {
    text.Gauge(name, help, static_cast<double>(value));
  };
  const auto counter = [&](absl::string_view name, absl::string_view help, uint64_t value) {
    text.Begin(name, MetricsText::Kind::kCounter, help);
    text.Add(value);
  };
  gauge("spoor_connections", "Open connections.", connections);
  gauge("spoor_requests_in_flight", "Requests that wait or run.", in_flight);
  gauge("spoor_streams", "Answers that flow: of any length, or open.", streams);
  counter("spoor_streams_broken", "Answers that were broken off, so that no part is taken for all.",
          streams_broken);
  counter("spoor_connections_refused", "Connections above the limit.", connections_refused);
  counter("spoor_connections_cut", "Connections cut because they were too slow.", connections_cut);
  counter("spoor_hang_ups", "Clients that left before their answer.", hang_ups);
  counter("spoor_received_bytes", "Bytes received.", received_bytes);
  counter("spoor_sent_bytes", "Bytes sent.", sent_bytes);
  counter("spoor_records_accepted", "Records accepted.", records_accepted);
  counter("spoor_records_rejected", "Records rejected.", records_rejected);
  counter("spoor_fixes_accepted", "Fixes of feeds that are in an open trip or its end.",
          fixes_accepted);
  counter("spoor_fixes_late", "Fixes of feeds that came when their time was settled.", fixes_late);
  counter("spoor_trips_sealed", "Trips of feeds that have ended.", trips_sealed);
  const MutexLock lock(mutex_);
  text.Begin("spoor_requests", MetricsText::Kind::kCounter, "Requests answered.");
  for (const auto& [key, count] : requests_) {
    text.Add(count, {{"route", key.first}, {"status", absl::StrCat(key.second)}});
  }
  text.Begin("spoor_request_seconds", MetricsText::Kind::kHistogram, "Time to make the answer.");
  for (const auto& [route, latency] : latencies_) {
    uint64_t below = 0;
    for (size_t i = 0; i <= kBoundsS.size(); ++i) {
      below += latency.counts[i];
      const std::string bound = i < kBoundsS.size() ? absl::StrCat(kBoundsS[i]) : "+Inf";
      text.AddPart("bucket", static_cast<double>(below), {{"route", route}, {"le", bound}});
    }
    text.AddPart("sum", latency.sum_s, {{"route", route}});
    text.AddPart("count", static_cast<double>(below), {{"route", route}});
  }
}

}  // namespace spoor
