#include "engine/place/micro_grid.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// What rounding leaves of an area that touches a cell.
constexpr double kLeastPart = 1e-9;  // of a cell

absl::Status TooManyCells(size_t most) {
  return absl::InvalidArgumentError(
      absl::StrCat("places take more than ", most, " cells; allowed: wider ones (cell_m)"));
}

// One candidate for a cell.
struct Claim {
  double rank = 0;  // the greatest has it
  uint32_t label = 0;
};

double RankOf(const CellPart& part, double cell_m, CellRule rule, double square_m2,
              PlanePoint centroid) {
  if (rule == CellRule::kNearest) return -SquareM2(MiddleOf(part.cell, cell_m), centroid);
  return part.square_m2 / (square_m2 + cell_m * cell_m - part.square_m2);
}

// The sides of cells around a set, each with the set on its left.
class Border {
 public:
  explicit Border(absl::Span<const MicroCell> part) {
    const auto has = [&](int32_t x, int32_t y) {
      return std::binary_search(part.begin(), part.end(), MicroCell{x, y}, RowFirst);
    };
    for (const auto& [x, y] : part) {
      if (!has(x, y - 1)) Add({x, y}, {x + 1, y});
      if (!has(x + 1, y)) Add({x + 1, y}, {x + 1, y + 1});
      if (!has(x, y + 1)) Add({x + 1, y + 1}, {x, y + 1});
      if (!has(x - 1, y)) Add({x, y + 1}, {x, y});
    }
  }

  // Rings of corners, the outer one first: it has the lowest of all.
  std::vector<std::vector<MicroCell>> Rings() {
    std::vector<std::vector<MicroCell>> rings;
    while (!sides_.empty()) {
      const MicroCell first = sides_.begin()->first;
      std::vector<MicroCell> ring;
      MicroCell at = first, came{0, 0};
      do {
        const MicroCell to = TakeFrom(at, came);
        const MicroCell way{to.x - at.x, to.y - at.y};
        if (!(way == came)) ring.push_back(at);  // corners alone
        came = way;
        at = to;
      } while (!(at == first));
      rings.push_back(std::move(ring));
    }
    return rings;
  }

 private:
  struct ByRow {
    bool operator()(const MicroCell& a, const MicroCell& b) const { return RowFirst(a, b); }
  };
  void Add(MicroCell from, MicroCell to) { sides_.emplace(from, to); }

  // Where two cells of the set meet at a corner, to the left: the ring stays with its cell.
  MicroCell TakeFrom(MicroCell at, MicroCell came) {
    auto [it, end] = sides_.equal_range(at);
    auto chosen = it;
    for (; it != end; ++it) {
      const MicroCell way{it->second.x - at.x, it->second.y - at.y};
      if (came.x * way.y - came.y * way.x > 0) chosen = it;
    }
    const MicroCell to = chosen->second;
    sides_.erase(chosen);
    return to;
  }

  std::multimap<MicroCell, MicroCell, ByRow> sides_;
};

// The set in parts that hang together by sides.
std::vector<std::vector<MicroCell>> PartsOf(absl::Span<const MicroCell> cells) {
  std::vector<bool> seen(cells.size());
  std::vector<std::vector<MicroCell>> parts;
  for (size_t first = 0; first < cells.size(); ++first) {
    if (seen[first]) continue;
    std::vector<size_t> todo = {first};
    seen[first] = true;
    std::vector<MicroCell> part;
    while (!todo.empty()) {
      const MicroCell c = cells[todo.back()];
      todo.pop_back();
      part.push_back(c);
      for (const MicroCell& beside : {MicroCell{c.x + 1, c.y}, MicroCell{c.x - 1, c.y},
                                      MicroCell{c.x, c.y + 1}, MicroCell{c.x, c.y - 1}}) {
        const auto it = std::lower_bound(cells.begin(), cells.end(), beside, RowFirst);
        const auto at = static_cast<size_t>(it - cells.begin());
        if (it == cells.end() || !(*it == beside) || seen[at]) continue;
        seen[at] = true;
        todo.push_back(at);
      }
    }
    std::sort(part.begin(), part.end(), RowFirst);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

absl::StatusOr<std::vector<CellPart>> CellsOf(const PlaneArea& area, double cell_m, size_t most,
                                              const Patience& patience) {
  absl::flat_hash_map<MicroCell, double> parts;
  for (const PlanePolygon& polygon : area) {
    for (const PlaneRing& ring : polygon.rings) {
      const PlaneBox box = BoxOf(ring);
      const MicroCell low = CellAt({box.west_m, box.south_m, 0}, cell_m);
      const MicroCell high = CellAt({box.east_m, box.north_m, 0}, cell_m);
      for (int32_t y = low.y; y <= high.y; ++y) {
        if (absl::Status s = patience.Check(); !s.ok()) return s;
        const PlaneRing row = Strip(ring, y * cell_m, (y + 1) * cell_m, /*along_y=*/true);
        if (row.empty()) continue;
        const PlaneBox of_row = BoxOf(row);
        const int32_t last = CellAt({of_row.east_m, 0, 0}, cell_m).x;
        for (int32_t x = CellAt({of_row.west_m, 0, 0}, cell_m).x; x <= last; ++x) {
          parts[{x, y}] += SignedM2(Strip(row, x * cell_m, (x + 1) * cell_m, /*along_y=*/false));
        }
        if (parts.size() > most) return TooManyCells(Partition::kMostCells);
      }
    }
  }
  std::vector<CellPart> out;
  for (const auto& [cell, square_m2] : parts) {
    if (square_m2 > kLeastPart * cell_m * cell_m) out.push_back({cell, square_m2});
  }
  std::ranges::sort(out, RowFirst, &CellPart::cell);
  return out;
}

PlaneArea OutlineOf(absl::Span<const MicroCell> cells, double cell_m) {
  PlaneArea out;
  for (const std::vector<MicroCell>& part : PartsOf(cells)) {
    PlanePolygon polygon;
    for (const std::vector<MicroCell>& corners : Border(part).Rings()) {
      PlaneRing ring;
      for (const MicroCell& c : corners) ring.push_back({c.x * cell_m, c.y * cell_m, 0});
      polygon.rings.push_back(std::move(ring));
    }
    out.push_back(std::move(polygon));
  }
  return out;
}

absl::StatusOr<Partition> Partition::Make(absl::Span<const PlaneArea> areas, double cell_m,
                                          CellRule rule, const Patience& patience) {
  absl::flat_hash_map<MicroCell, Claim> claims;
  for (uint32_t label = 0; label < areas.size(); ++label) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    const double square_m2 = AreaM2(areas[label]);
    const PlanePoint centroid = CentroidOf(areas[label]);
    const auto parts = CellsOf(areas[label], cell_m, kMostCells - claims.size(), patience);
    if (!parts.ok()) return parts.status();
    for (const CellPart& part : *parts) {
      if (rule == CellRule::kCenter && !Contains(areas[label], MiddleOf(part.cell, cell_m))) {
        continue;
      }
      const double rank = RankOf(part, cell_m, rule, square_m2, centroid);
      const auto [it, is_new] = claims.try_emplace(part.cell, Claim{rank, label});
      if (!is_new && rank > it->second.rank) it->second = {rank, label};
    }
  }
  Partition out(cell_m);
  out.labels_.reserve(claims.size());
  for (const auto& [cell, claim] : claims) out.Take(cell, claim.label);
  return out;
}

std::vector<std::vector<MicroCell>> Partition::CellsByLabel(size_t count) const {
  std::vector<std::vector<MicroCell>> out(count);
  for (const auto& [cell, label] : labels_) out[label].push_back(cell);
  for (std::vector<MicroCell>& cells : out) std::sort(cells.begin(), cells.end(), RowFirst);
  return out;
}

}  // namespace spoor
