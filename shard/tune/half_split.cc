#include "shard/tune/half_split.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "engine/fingerprint/fingerprint.h"
#include "shard/tune/jaccard_ranking.h"

namespace spoor {
namespace {

constexpr size_t kLongFixes = 20, kShortFixes = 4;

std::vector<uint32_t> AtLeast(absl::Span<const Trajectory> trips, size_t fixes) {
  std::vector<uint32_t> out;
  for (uint32_t i = 0; i < trips.size(); ++i) {
    if (trips[i].fixes.size() >= fixes) out.push_back(i);
  }
  return out;
}

// Errors on one axis.
class Errors {
 public:
  Errors(const Drift& drift, uint64_t seed) : drift_(drift), random_(seed) {}

  // The error so much later; at first, after anything.
  double After(double seconds) {
    const double rho = std::exp(-seconds / drift_.seconds);
    error_m_ = rho * error_m_ + std::sqrt(1 - rho * rho) * drift_.sigma_m * Normal();
    return error_m_;
  }

 private:
  // The sum of twelve uniform numbers: near enough, and the same everywhere, unlike the standard's
  // distributions.
  double Normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random_() >> 11) * 0x1p-53;
    return sum;
  }

  const Drift drift_;
  std::mt19937_64 random_;
  double error_m_ = 0;
};

int32_t Moved(int32_t e7, double by_e7, int32_t limit_e7) {
  return static_cast<int32_t>(std::clamp<double>(e7 + std::round(by_e7), -limit_e7, limit_e7));
}

}  // namespace

std::vector<Fix> HalfOf(TrajectoryView fixes, size_t parity) {
  std::vector<Fix> half;
  half.reserve(fixes.size() / 2 + 1);
  for (size_t i = parity; i < fixes.size(); i += 2) half.push_back(fixes[i]);
  return half;
}

std::vector<HalfQuery> DrawHalfQueries(absl::Span<const Trajectory> trips, size_t count,
                                       uint64_t seed) {
  std::vector<uint32_t> drawn = AtLeast(trips, kLongFixes);
  if (drawn.size() < count / 4) drawn = AtLeast(trips, kShortFixes);
  count = std::min(count, drawn.size());
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < count; ++i) {  // Fisher and Yates, as far as needed
    std::swap(drawn[i], drawn[i + random() % (drawn.size() - i)]);
  }
  std::vector<HalfQuery> queries;
  for (size_t i = 0; i < count; ++i) {
    queries.push_back({.wanted = drawn[i], .fixes = HalfOf(trips[drawn[i]].fixes, 0)});
  }
  return queries;
}

void AddDrift(const Drift& drift, std::vector<Fix>& fixes) {
  constexpr double kUnitsPerM = 89.93;  // 1e-7 degrees of latitude
  Errors north(drift, 2 * drift.seed), east(drift, 2 * drift.seed + 1);
  int64_t before_ms = kNoTime;
  for (Fix& f : fixes) {
    const double passed_s =
        before_ms == kNoTime
            ? HUGE_VAL
            : (static_cast<double>(f.time_ms) - static_cast<double>(before_ms)) / 1000;
    before_ms = f.time_ms;
    const double cosine = std::max(0.01, std::cos(f.lat_deg() * M_PI / 180));
    f.lat_e7 = Moved(f.lat_e7, north.After(passed_s) * kUnitsPerM, kMaxLatE7);
    f.lon_e7 = Moved(f.lon_e7, east.After(passed_s) * kUnitsPerM / cosine, kMaxLonE7);
  }
}

absl::StatusOr<HalfSplitResult> RunHalfSplit(absl::Span<const Trajectory> trips,
                                             absl::Span<const HalfQuery> queries,
                                             const IndexParams& params, const Patience& patience) {
  JaccardRanking targets;
  for (const Trajectory& trip : trips) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;  // one may be a second's work
    const std::vector<Fix> half = HalfOf(trip.fixes, 1);
    targets.Add(half.empty() ? Fingerprint() : MakeFingerprint(half, params));
  }
  HalfSplitResult result;
  for (const HalfQuery& query : queries) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    const auto asked = AskedSets(query.fixes, params, Ends::kMarked);
    result.ranks.push_back(targets.RankOf(asked, query.wanted));
  }
  result.postings_per_query = static_cast<double>(targets.postings_read()) /
                              static_cast<double>(std::max<size_t>(1, queries.size()));
  return result;
}

}  // namespace spoor
