#include "engine/fingerprint/thin.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/fingerprint/hash.h"

namespace spoor {
namespace {

uint64_t RankOf(Geodab geodab) { return Mix64(geodab | 1); }  // of both strands

}  // namespace

void Thin(size_t most, Fingerprint& fingerprint) {
  if (fingerprint.geodabs.size() <= most) return;
  std::vector<uint64_t> ranks;
  ranks.reserve(fingerprint.geodabs.size());
  for (const Geodab g : fingerprint.geodabs) ranks.push_back(RankOf(g));
  const auto first_out = ranks.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(ranks.begin(), first_out, ranks.end());
  const uint64_t limit = *first_out;
  std::erase_if(fingerprint.geodabs, [limit](Geodab g) { return RankOf(g) >= limit; });
  std::erase_if(fingerprint.occurrences,
                [limit](const Occurrence& o) { return RankOf(o.geodab) >= limit; });
}

}  // namespace spoor
