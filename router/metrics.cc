#include "router/metrics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

void AppendHead(absl::string_view name, absl::string_view type, absl::string_view help,
                std::string& out) {
  absl::StrAppend(&out, "# TYPE ", name, " ", type, "\n# HELP ", name, " ", help, "\n");
}

void AppendGauge(absl::string_view name, absl::string_view help, int64_t value, std::string& out) {
  AppendHead(name, "gauge", help, out);
  absl::StrAppend(&out, name, " ", value, "\n");
}

void AppendCounter(absl::string_view name, absl::string_view help, uint64_t value,
                   std::string& out) {
  AppendHead(name, "counter", help, out);
  absl::StrAppend(&out, name, "_total ", value, "\n");
}

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
    {"spoor_memory_bytes", "Bytes in memory.", [](const EngineStats& s) { return s.memory_bytes; }},
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

}  // namespace

void Metrics::CountRequest(absl::string_view route, int status, double seconds) {
  const auto bucket =
      std::lower_bound(kBoundsS.begin(), kBoundsS.end(), seconds) - kBoundsS.begin();
  const MutexLock lock(mutex_);
  ++requests_[{std::string(route), status}];
  Latency& latency = latencies_[std::string(route)];
  ++latency.counts[static_cast<size_t>(bucket)];
  latency.sum_s += seconds;
}

std::string Metrics::Text(const CollectionStats& collections) const {
  std::string out;
  AppendGauge("spoor_connections", "Open connections.", connections, out);
  AppendGauge("spoor_requests_in_flight", "Requests that wait or run.", in_flight, out);
  AppendCounter("spoor_connections_refused", "Connections above the limit.", connections_refused,
                out);
  AppendCounter("spoor_connections_cut", "Connections cut because they were too slow.",
                connections_cut, out);
  AppendCounter("spoor_hang_ups", "Clients that left before their answer.", hang_ups, out);
  AppendCounter("spoor_received_bytes", "Bytes received.", received_bytes, out);
  AppendCounter("spoor_sent_bytes", "Bytes sent.", sent_bytes, out);
  AppendCounter("spoor_records_accepted", "Records accepted.", records_accepted, out);
  AppendCounter("spoor_records_rejected", "Records rejected.", records_rejected, out);
  for (const CollectionGauge& gauge : kCollectionGauges) {
    AppendHead(gauge.name, "gauge", gauge.help, out);
    for (const auto& [name, stats] : collections) {  // names hold nothing that needs escaping
      absl::StrAppend(&out, gauge.name, "{collection=\"", name, "\"} ", gauge.value(stats), "\n");
    }
  }
  const MutexLock lock(mutex_);
  AppendHead("spoor_requests", "counter", "Requests answered.", out);
  for (const auto& [key, count] : requests_) {
    absl::StrAppend(&out, "spoor_requests_total{route=\"", key.first, "\",status=\"", key.second,
                    "\"} ", count, "\n");
  }
  AppendHead("spoor_request_seconds", "histogram", "Time to make the answer.", out);
  for (const auto& [route, latency] : latencies_) {
    uint64_t below = 0;
    for (size_t i = 0; i <= kBoundsS.size(); ++i) {
      below += latency.counts[i];
      const std::string bound = i < kBoundsS.size() ? absl::StrCat(kBoundsS[i]) : "+Inf";
      absl::StrAppend(&out, "spoor_request_seconds_bucket{route=\"", route, "\",le=\"", bound,
                      "\"} ", below, "\n");
    }
    absl::StrAppend(&out, "spoor_request_seconds_sum{route=\"", route, "\"} ", latency.sum_s, "\n",
                    "spoor_request_seconds_count{route=\"", route, "\"} ", below, "\n");
  }
  return out + "# EOF\n";
}

}  // namespace spoor
