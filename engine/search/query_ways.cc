#include "engine/search/query_ways.h"

#include <algorithm>
#include <utility>

namespace spoor {
namespace {

// The geodabs of the query the other way round.
std::vector<Geodab> Opposite(const Fingerprint& fingerprint, const Query& query,
                             const IndexParams& params) {
  if (HasStrand(params)) return FlipStrand(fingerprint.geodabs);
  return MakeFingerprint(Reversed(query.fixes), params, EndsOf(query)).geodabs;
}

void Append(Fingerprint from, Fingerprint& to) {
  if (to.geodabs.empty()) {
    to = std::move(from);
    return;
  }
  to.geodabs.insert(to.geodabs.end(), from.geodabs.begin(), from.geodabs.end());
  to.occurrences.insert(to.occurrences.end(), from.occurrences.begin(), from.occurrences.end());
  to.fine += from.fine;
}

}  // namespace

std::vector<Fix> Reversed(TrajectoryView fixes) {
  std::vector<Fix> out(fixes.rbegin(), fixes.rend());
  if (!fixes.front().has_time()) return out;
  // Unsigned, because the sum may leave the range on its way to a difference that is back in it.
  const uint64_t sum =
      static_cast<uint64_t>(fixes.front().time_ms) + static_cast<uint64_t>(fixes.back().time_ms);
  for (Fix& f : out) f.time_ms = static_cast<int64_t>(sum - static_cast<uint64_t>(f.time_ms));
  return out;
}

QueryWays MakeWays(const Query& query, const IndexParams& params) {
  const bool one_set =
      params.scheme == Scheme::kCells || (params.scheme == Scheme::kV2 && !HasStrand(params));
  QueryWays out{
      .fingerprint = {}, .ways = {}, .positional = one_set && params.scheme == Scheme::kV2};
  for (AskedSet& set : AskedSets(query.fixes, params, EndsOf(query))) {
    Way way{.coarse = set.coarse, .weight = set.weight};
    if (one_set || query.direction != Direction::kOpposite) {
      way.direction = Direction::kSame;
      way.geodabs = set.fingerprint.geodabs;
      out.ways.push_back(way);
    }
    if (!one_set && query.direction != Direction::kSame) {
      way.direction = Direction::kOpposite;
      way.geodabs = Opposite(set.fingerprint, query, params);
      out.ways.push_back(way);
    }
    Append(std::move(set.fingerprint), out.fingerprint);
  }
  std::ranges::sort(out.fingerprint.geodabs);
  return out;
}

}  // namespace spoor
