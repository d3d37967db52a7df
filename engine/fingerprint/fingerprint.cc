#include "engine/fingerprint/fingerprint.h"

#include <algorithm>
#include <cassert>

#include "engine/fingerprint/schemes.h"
#include "engine/fingerprint/thin.h"

namespace spoor {

Fingerprint MakeFingerprint(TrajectoryView fixes, const IndexParams& params, Ends ends) {
  assert(!fixes.empty());
  Fingerprint out;
  switch (params.scheme) {
    case Scheme::kV2:
      AppendV2(fixes, params, ends, out.occurrences);
      break;
    case Scheme::kPaper:
      AppendPaper(fixes, params, out.occurrences);
      break;
    case Scheme::kCells:
      AppendCells(fixes, params, out.occurrences);
      break;
  }
  out.geodabs.reserve(out.occurrences.size());
  for (const Occurrence& o : out.occurrences) out.geodabs.push_back(o.geodab);
  std::ranges::sort(out.geodabs);
  const auto repeated = std::ranges::unique(out.geodabs);
  out.geodabs.erase(repeated.begin(), repeated.end());
  if (params.scheme == Scheme::kV2) Thin(std::max(kMostGeodabs, fixes.size()), out);
  return out;
}

bool HasStrand(const IndexParams& params) { return params.scheme == Scheme::kV2 && params.k > 1; }

std::vector<Geodab> FlipStrand(const std::vector<Geodab>& geodabs) {
  std::vector<Geodab> out(geodabs);
  for (Geodab& g : out) g ^= 1;
  // Only a pair that differs in the strand alone can be out of order, and both are there.
  for (size_t i = 1; i < out.size(); ++i) {
    if (out[i - 1] > out[i]) std::swap(out[i - 1], out[i]);
  }
  return out;
}

}  // namespace spoor
