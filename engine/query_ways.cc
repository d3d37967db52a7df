#include "engine/query_ways.h"

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
  QueryWays out{.fingerprint = MakeFingerprint(query.fixes, params, EndsOf(query)),
                .ways = {},
                .positional = false};
  const bool one_set =
      params.scheme == Scheme::kCells || (params.scheme == Scheme::kV2 && !HasStrand(params));
  out.positional = one_set && params.scheme == Scheme::kV2;
  if (one_set || query.direction != Direction::kOpposite) {
    out.ways.push_back({Direction::kSame, out.fingerprint.geodabs});
  }
  if (!one_set && query.direction != Direction::kSame) {
    out.ways.push_back({Direction::kOpposite, Opposite(out.fingerprint, query, params)});
  }
  return out;
}

}  // namespace spoor
