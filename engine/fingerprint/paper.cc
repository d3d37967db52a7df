// Chapuis & Garbinato, Geodabs: Trajectory Indexing Meets Fingerprinting at Scale, ICDCS 2018.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/types/span.h"
#include "engine/fingerprint/cell_runs.h"
#include "engine/fingerprint/murmur3.h"
#include "engine/fingerprint/schemes.h"
#include "engine/fingerprint/winnow.h"
#include "geo/cell.h"

namespace spoor {
namespace {

constexpr int kPrefixBits = 16;

void AppendLittleEndian(double v, std::string& out) {
  const auto bits = std::bit_cast<uint64_t>(v);
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(bits >> shift));
}

// The low half of the hash over the (lon, lat) of the cell centres.
uint16_t HashOf(absl::Span<const CellRun> gram, const Grid& grid) {
  std::string bytes;
  for (const CellRun& run : gram) {
    AppendLittleEndian(grid.MiddleLonDeg(run.cell), bytes);
    AppendLittleEndian(grid.MiddleLatDeg(run.cell), bytes);
  }
  return static_cast<uint16_t>(Murmur3(bytes, 0));
}

// The geohash of the mean of the cell centres; as published, the mean knows no antimeridian.
uint16_t CentroidPrefix(absl::Span<const CellRun> gram, const Grid& grid) {
  double lon_deg = 0, lat_deg = 0;
  for (const CellRun& run : gram) {
    lon_deg += grid.MiddleLonDeg(run.cell);
    lat_deg += grid.MiddleLatDeg(run.cell);
  }
  const auto cells = static_cast<double>(gram.size());
  const Fix mean = FixFromDegrees(lat_deg / cells, lon_deg / cells);
  const Grid coarse{.depth = kPrefixBits};
  return static_cast<uint16_t>(ZOrder(coarse.At(ToWorld(mean)), kPrefixBits));
}

// The deepest geohash that covers all cells, cut or zero-padded to 16 bits.
uint16_t CoverPrefix(absl::Span<const CellRun> gram, int depth) {
  const uint32_t first = ZPrefix(gram.front().cell, depth);
  uint32_t differs = 0;
  for (const CellRun& run : gram) differs |= first ^ ZPrefix(run.cell, depth);
  const int common = std::countl_zero(differs);  // 32 when all are the same
  const uint32_t covered = common == 0 ? 0 : first >> (32 - common) << (32 - common);
  return static_cast<uint16_t>(covered >> kPrefixBits);
}

// The 32-bit geodab as published: 16 bits of prefix, 16 bits of hash.
uint32_t PaperGeodab(absl::Span<const CellRun> gram, const IndexParams& params) {
  const Grid grid{.depth = params.depth};
  const uint32_t prefix = params.prefix == Prefix::kCover ? CoverPrefix(gram, params.depth)
                                                          : CentroidPrefix(gram, grid);
  return prefix << 16 | HashOf(gram, grid);
}

}  // namespace

void AppendPaper(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out) {
  const std::vector<CellRun> runs = CellRuns(fixes, params.depth);
  const auto k = static_cast<size_t>(params.k), t = static_cast<size_t>(params.t);
  if (runs.size() < t) return;  // as published: no window, no geodab
  std::vector<int32_t> values;  // signed, as the authors' program compares them
  for (size_t i = 0; i + k <= runs.size(); ++i) {
    values.push_back(
        static_cast<int32_t>(PaperGeodab(absl::MakeConstSpan(runs).subspan(i, k), params)));
  }
  WinnowLeftmost(absl::MakeConstSpan(values), t - k + 1, [&](size_t i) {
    const auto value = static_cast<uint32_t>(values[i]);
    out.push_back({.geodab = uint64_t{value >> 16} << 48 | (value & 0xffff),
                   .from = runs[i].from,
                   .to = runs[i + k - 1].to});
  });
}

}  // namespace spoor
