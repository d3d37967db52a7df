#include "bench/collection.h"

#include <algorithm>
#include <utility>

#include "engine/store/crc32c.h"

namespace spoor::bench {
namespace {

void Add(const SearchCost& one, SearchCost& sum) {
  sum.segments = std::max(sum.segments, one.segments);
  sum.candidates += one.candidates;
  sum.bounded += one.bounded;
  sum.refined += one.refined;
  sum.cells += one.cells;
  sum.fingerprint_us += one.fingerprint_us;
  sum.propose_us += one.propose_us;
  sum.bound_us += one.bound_us;
  sum.read_us += one.read_us;
  sum.measure_us += one.measure_us;
}

}  // namespace

NearList NearListOf(const SearchAnswer& answer) {
  NearList out;
  for (const Hit& hit : answer.hits) out.push_back({hit.id.value(), hit.distance_m.value_or(-1)});
  return out;
}

Collection::Collection(std::vector<Trajectory> trips, uint64_t memory_bytes)
    : trips_(std::move(trips)), memory_bytes_(memory_bytes) {}

absl::StatusOr<std::unique_ptr<Collection>> Collection::Load(std::vector<Trajectory> trips,
                                                             uint64_t memory_bytes) {
  if (trips.empty()) return absl::InvalidArgumentError("no trips");
  std::unique_ptr<Collection> out(new Collection(std::move(trips), memory_bytes));
  if (absl::Status s = out->Reopen(); !s.ok()) return s;
  if (absl::Status s = out->Write(out->trips_); !s.ok()) return s;
  if (absl::Status s = out->engine_->Compact(); !s.ok()) return s;
  if (absl::Status s = out->Reopen(); !s.ok()) return s;
  return out;
}

double Collection::mean_fixes() const {
  double sum = 0;
  for (const Trajectory& t : trips_) sum += static_cast<double>(t.fixes.size());
  return sum / static_cast<double>(trips_.size());
}

uint32_t Collection::checksum() const {
  uint32_t crc = 0;
  for (const Trajectory& t : trips_) {
    for (const Fix& f : t.fixes) {
      const int64_t numbers[] = {f.lat_e7, f.lon_e7, f.time_ms};
      crc = Crc32c({reinterpret_cast<const char*>(numbers), sizeof numbers}, crc);
    }
  }
  return crc;
}

absl::Status Collection::Reopen() {
  const Access access = engine_ == nullptr ? Access::kCreate : Access::kWrite;
  engine_.reset();
  auto engine = Engine::Open(dir_.path() + "/c", {.access = access, .memory_bytes = memory_bytes_});
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  return absl::OkStatus();
}

absl::Status Collection::Write(const std::vector<Trajectory>& trips) {
  constexpr size_t kBatch = 1000;
  for (size_t i = 0; i < trips.size(); i += kBatch) {
    const auto begin = trips.begin() + static_cast<ptrdiff_t>(i);
    const auto end = begin + static_cast<ptrdiff_t>(std::min(kBatch, trips.size() - i));
    const auto written = engine_->Write(std::vector<Trajectory>(begin, end));
    if (!written.ok()) return written.status();
  }
  return absl::OkStatus();
}

absl::Status Collection::Insert(const std::vector<Trajectory>& more) {
  trips_.insert(trips_.end(), more.begin(), more.end());
  return Write(more);
}

std::vector<size_t> Collection::Queries(size_t n) const {
  n = std::min(n, trips_.size());
  std::vector<size_t> out;
  out.reserve(n);
  for (size_t i = 0; i < n; ++i) out.push_back(i * trips_.size() / n);
  return out;
}

absl::StatusOr<SearchAnswer> Collection::Ask(const Query& like, size_t trip) const {
  Query query = like;
  query.fixes = trips_[trip].fixes;
  query.filter.exclude = {trips_[trip].id.value()};
  return engine_->Search(query, {});
}

absl::StatusOr<Pass> Collection::Ask(const Query& like, const std::vector<size_t>& trips) const {
  Pass out;
  for (const size_t trip : trips) {
    Query query = like;
    query.fixes = trips_[trip].fixes;
    query.filter.exclude = {trips_[trip].id.value()};
    const double start = Seconds(), processor_start = ProcessorSeconds();
    const auto answer = engine_->Search(query, {});
    out.processor_ms.push_back(1e3 * (ProcessorSeconds() - processor_start));
    out.ms.push_back(1e3 * (Seconds() - start));
    if (!answer.ok()) return answer.status();
    if (!answer->exact && like.exact) return absl::InternalError("an answer does not say 'exact'");
    out.answers.push_back(NearListOf(*answer));
    Add(answer->cost, out.cost);
  }
  return out;
}

}  // namespace spoor::bench
