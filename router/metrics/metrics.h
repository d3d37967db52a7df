#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "engine/store/memory.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/metrics/metrics_text.h"

namespace spoor {

// Of the stores that this process has.
void WriteStorageFigures(const std::vector<std::pair<std::string, StoreFigures>>& stores,
                         MetricsText& text);
void WriteCollectionStats(const CollectionStats& collections, MetricsText& text);
// Which nodes are up, how far replicas are behind, whether they agree.
void WriteClusterFigures(const ClusterDescription& cluster, MetricsText& text);
void WriteMemory(const Memory& memory, MetricsText& text);
void WriteDamage(const std::vector<DamageReport>& damage, MetricsText& text);

// What the process counts about its requests.
//
// Thread safety: everything may be used from any number of threads.
class Metrics {
 public:
  // Upper bounds of the latency histogram, seconds; one more bucket is without bound.
  static constexpr std::array<double, 14> kBoundsS = {
      0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30};

  void CountRequest(absl::string_view route, int status, double seconds);

  std::atomic<int64_t> connections{0};
  std::atomic<int64_t> in_flight{0};
  std::atomic<int64_t> streams{0};  // answers on their way that are not held at once
  std::atomic<uint64_t> streams_broken{0};
  std::atomic<uint64_t> connections_refused{0};
  std::atomic<uint64_t> connections_cut{0};  // too slow, or idle for too long
  std::atomic<uint64_t> hang_ups{0};         // clients that left before their answer
  std::atomic<uint64_t> received_bytes{0};
  std::atomic<uint64_t> sent_bytes{0};
  std::atomic<uint64_t> records_accepted{0};
  std::atomic<uint64_t> records_rejected{0};
  std::atomic<uint64_t> fixes_accepted{0};  // of feeds
  std::atomic<uint64_t> fixes_late{0};
  std::atomic<uint64_t> trips_sealed{0};

  void WriteTo(MetricsText& text) const;

 private:
  struct Latency {
    std::array<uint64_t, kBoundsS.size() + 1> counts{};
    double sum_s = 0;
  };

  mutable Mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Latency> latencies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spoor
