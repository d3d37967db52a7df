#include "engine/motif/btm.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace spoor {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Which cells there are, of row fix i of the one and column fix j of the other.
enum class ExactForm : uint8_t {
  kTwo,            // all
  kWithinSame,     // i < j, and no row at or behind the column of the start
  kWithinOpposite  // columns are counted from the end: i + j <= n - 2
};

// out[i] = max of in[i + 1 ... i + width]; infinite where that is beyond the end.
std::vector<double> MaxOfNext(const std::vector<double>& in, size_t width) {
  std::vector<double> out(in.size(), kNever);
  std::deque<size_t> falling;  // indices whose values fall
  for (size_t next = 1; next < in.size(); ++next) {
    while (!falling.empty() && in[falling.back()] <= in[next]) falling.pop_back();
    falling.push_back(next);
    if (next < width) continue;
    const size_t i = next - width;
    while (falling.front() <= i) falling.pop_front();
    out[i] = in[falling.front()];
  }
  return out;
}

class LeastPairSearch {
 public:
  LeastPairSearch(PlaneView a, PlaneView b, uint32_t steps, ExactForm form,
                  const Patience& patience)
      : rows_(a.size()),
        columns_(b.size()),
        least_(size_t{steps} + 1),
        form_(form),
        patience_(patience) {
    // Neighbours of the last row and column are read.
    d2_.assign((rows_ + 1) * width(), kNever);
    for (size_t i = 0; i < rows_; ++i) {
      double* const row = d2_.data() + i * width();
      for (size_t j = 0; j < columns_; ++j) row[j] = SquareM2(a[i], b[j]);
      if (form_ == ExactForm::kWithinSame) std::fill(row, row + i + 1, kNever);
      if (form_ == ExactForm::kWithinOpposite)
        std::fill(row + (columns_ - 1 - i), row + columns_, kNever);
    }
    cost_.cells = rows_ * columns_;
  }

  // Nothing above the distance.
  absl::StatusOr<ExactResult> Find(double most_m) {
    if (rows_ <= least_ || columns_ <= least_) return ExactResult{.pair = {}, .cost = cost_};
    // Ways below it are looked for, and rounding has its part in the square.
    const double above_m2 = most_m == kNever ? kNever : most_m * most_m * (1 + 1e-12) + 1e-12;
    best_m2_ = above_m2;
    Bound();
    if (absl::Status s = Narrow(); !s.ok()) return s;
    CountPruned();
    ExactResult out{.pair = {}, .cost = cost_};
    if (best_m2_ == above_m2) return out;
    best_.distance_m = std::sqrt(best_m2_);
    out.pair = best_;
    return out;
  }

 private:
  using ExactStart = std::pair<uint32_t, uint32_t>;

  size_t width() const { return columns_ + 1; }
  double D2(size_t i, size_t j) const { return d2_[i * width() + j]; }
  bool IsStart(size_t i, size_t j) const {
    if (i + least_ >= rows_ || j + least_ >= columns_) return false;
    return form_ != ExactForm::kWithinSame || i + least_ < j;
  }
  double BoundOf(size_t i, size_t j) const {
    return std::max({D2(i, j), row_band_[i], column_band_[j]});
  }

  // What every way must pass: the next rows and the next columns, each somewhere.
  void Bound() {
    row_least_.assign(rows_, kNever);
    column_least_.assign(columns_, kNever);
    for (size_t i = 0; i < rows_; ++i) {
      for (size_t j = 0; j < columns_; ++j) {
        row_least_[i] = std::min(row_least_[i], D2(i, j));
        column_least_[j] = std::min(column_least_[j], D2(i, j));
      }
    }
    row_band_ = MaxOfNext(row_least_, least_);
    column_band_ = MaxOfNext(column_least_, least_);
  }

  // Halves the distances between what no way can do with and what the best pair needs.
  absl::Status Narrow() {
    double low = kNever;  // no way needs less
    std::pair<size_t, size_t> start;
    for (size_t i = 0; i + least_ < rows_; ++i) {
      for (size_t j = 0; j + least_ < columns_; ++j) {
        if (!IsStart(i, j)) continue;
        ++cost_.starts;
        if (BoundOf(i, j) >= low) continue;
        low = BoundOf(i, j);
        start = {i, j};
      }
    }
    if (low == kNever || low >= best_m2_) return absl::OkStatus();
    if (absl::Status s = Open(start.first, start.second, kNever); !s.ok()) return s;
    std::vector<double> open;
    for (const double d2 : d2_) {
      if (d2 >= low && d2 < best_m2_) open.push_back(d2);
    }
    while (!open.empty()) {
      const auto middle = open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2);
      std::nth_element(open.begin(), middle, open.end());
      const double asked_m2 = *middle;
      const absl::StatusOr<bool> found = GetsThrough(asked_m2);
      if (!found.ok()) return found.status();
      std::erase_if(open, [&](double d2) { return *found ? d2 >= best_m2_ : d2 <= asked_m2; });
    }
    return absl::OkStatus();
  }

  // Whether any start has a way that nowhere exceeds this; it is the best one then.
  absl::StatusOr<bool> GetsThrough(double most_m2) {
    ++cost_.decisions;
    struct Furthest {
      uint32_t row = 0, column = 0;  // that a way from here gets to; neither in one way, perhaps
    };
    std::vector<Furthest> next(width()), now(width());
    std::vector<ExactStart> starts;  // by falling row, then column
    for (size_t i = rows_; i-- > 0;) {
      now[columns_] = {};
      for (size_t j = columns_; j-- > 0;) {
        if (D2(i, j) > most_m2) {
          now[j] = {};
          continue;
        }
        const Furthest &up = next[j], &across = now[j + 1], &both = next[j + 1];
        now[j] = {std::max({static_cast<uint32_t>(i), up.row, across.row, both.row}),
                  std::max({static_cast<uint32_t>(j), up.column, across.column, both.column})};
        if (now[j].row >= i + least_ && now[j].column >= j + least_ && IsStart(i, j) &&
            BoundOf(i, j) <= most_m2) {
          starts.emplace_back(i, j);
        }
      }
      std::swap(now, next);
      cost_.cells += columns_;
      if (absl::Status s = Look(); !s.ok()) return s;
    }
    return form_ == ExactForm::kWithinSame ? AnyOf(starts, most_m2) : AnyOfRows(starts, most_m2);
  }

  // Whether any start gets through: each is opened.
  absl::StatusOr<bool> AnyOf(absl::Span<const ExactStart> starts, double most_m2) {
    const double before_m2 = best_m2_;
    for (const auto& [i, j] : starts) {
      if (absl::Status s = Open(i, j, most_m2); !s.ok()) return s;
      if (best_m2_ < before_m2) return true;
    }
    return false;
  }

  // The same of starts by falling row, where a start further to the left in one row can do what one
  // to the right can.  One pass tells of all starts of some rows, but for ways that end so that the
  // first of these rows would allow it and the last would not: then each half is asked.
  absl::StatusOr<bool> AnyOfRows(absl::Span<const ExactStart> starts, double most_m2) {
    if (starts.empty()) return false;
    const uint32_t first = starts.back().first, last = starts.front().first;
    auto pass = PassOfRows(starts, most_m2);
    if (!pass.ok()) return pass.status();
    if (pass->sure) return AnyOf(absl::MakeConstSpan(&*pass->sure, 1), most_m2);
    if (!pass->perhaps) return false;
    const uint32_t middle = first + (last - first) / 2;
    const auto half = std::find_if(starts.begin(), starts.end(),
                                   [&](const ExactStart& s) { return s.first <= middle; });
    const auto above = static_cast<size_t>(half - starts.begin());
    const auto found = AnyOfRows(starts.first(above), most_m2);
    if (!found.ok() || *found) return found;
    return AnyOfRows(starts.subspan(above), most_m2);
  }

  struct RowsPass {
    std::optional<ExactStart> sure;  // gets through
    bool perhaps = false;            // one may, of another row than the last
  };
  absl::StatusOr<RowsPass> PassOfRows(absl::Span<const ExactStart> starts, double most_m2) {
    constexpr ExactStart kNobody = {0, std::numeric_limits<uint32_t>::max()};
    const auto left = [](const ExactStart& x, const ExactStart& y) { return x.second < y.second; };
    const uint32_t first = starts.back().first, last = starts.front().first;
    RowsPass out;
    // Of each cell the start furthest to the left that gets to it.
    std::vector<ExactStart> before(width(), kNobody), row(width(), kNobody);
    size_t next = starts.size();  // behind the starts of this row
    size_t from = columns_;
    for (const ExactStart& start : starts) from = std::min<size_t>(from, start.second);
    for (size_t i = first; i < rows_; ++i) {
      bool any = false;
      std::fill(row.begin(), row.end(), kNobody);
      for (; next > 0 && starts[next - 1].first == i; --next) {
        row[starts[next - 1].second] = starts[next - 1];
      }
      for (size_t j = from; j < columns_; ++j) {
        if (D2(i, j) > most_m2) continue;  // no start either
        ExactStart best = std::min(row[j], before[j], left);
        if (j > from) best = std::min(best, std::min(row[j - 1], before[j - 1], left), left);
        row[j] = best;
        if (best.second == kNobody.second) continue;
        any = true;
        if (j < best.second + least_ || i < first + least_) continue;
        out.perhaps = true;
        if (i < last + least_) continue;
        out.sure = best;
        return out;
      }
      cost_.cells += columns_ - from;
      if (absl::Status s = Look(); !s.ok()) return s;
      if (!any && next == 0) break;
      std::swap(before, row);
    }
    if (first == last) out.perhaps = false;
    return out;
  }

  // Takes the best way from a start, if it is better than any so far and nowhere exceeds most_m2.
  absl::Status Open(size_t start_i, size_t start_j, double most_m2) {
    ++cost_.opened;
    const size_t row_end = form_ == ExactForm::kWithinSame ? std::min(rows_, start_j) : rows_;
    // Of the row before and of this one what the best way to each column needs, from `begin` on.
    std::vector<double> before(width() + 1, kNever), row(width() + 1, kNever);
    size_t begin = start_j, end = start_j + 1;  // columns that the row before got to
    before[start_j] = D2(start_i, start_j) <= most_m2 ? 0 : kNever;
    for (size_t i = start_i; i < row_end && begin < end; ++i) {
      size_t first = columns_, past = begin;
      size_t j = begin;
      for (; j < columns_; ++j) {
        const double left = j > begin ? row[j - 1] : kNever;
        const double diagonal = j > begin && i > start_i ? before[j - 1] : kNever;
        const double way_m2 = std::max(std::min({before[j], diagonal, left}), D2(i, j));
        row[j] = way_m2 <= most_m2 ? way_m2 : kNever;
        if (row[j] == kNever) {
          if (j >= end) break;
          continue;
        }
        first = std::min(first, j);
        past = j + 1;
        if (i >= start_i + least_ && j >= start_j + least_ && row[j] < best_m2_) {
          best_m2_ = row[j];
          best_ = {.a_from = static_cast<uint32_t>(start_i),
                   .a_to = static_cast<uint32_t>(i),
                   .b_from = static_cast<uint32_t>(start_j),
                   .b_to = static_cast<uint32_t>(j)};
        }
      }
      cost_.cells += j - begin;
      // What is not written in this row must not be read from the one before.
      std::fill(before.begin() + static_cast<std::ptrdiff_t>(begin),
                before.begin() + static_cast<std::ptrdiff_t>(std::min(end + 1, width())), kNever);
      if (j < width()) row[j] = kNever;
      std::swap(before, row);
      begin = first;
      end = past;
      if (absl::Status s = Look(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status Look() {
    if (cost_.cells < look_at_) return absl::OkStatus();
    look_at_ = cost_.cells + kCellsPerQuestion;
    return patience_.CheckInTurn();
  }

  void CountPruned() {
    for (size_t i = 0; i + least_ < rows_; ++i) {
      for (size_t j = 0; j + least_ < columns_; ++j) {
        if (!IsStart(i, j)) continue;
        const double cross_m2 = std::max(row_least_[i + 1], column_least_[j + 1]);
        cost_.by_cell += D2(i, j) > best_m2_;
        cost_.by_cross += D2(i, j) <= best_m2_ && cross_m2 > best_m2_;
        cost_.by_bands += D2(i, j) <= best_m2_ && cross_m2 <= best_m2_ && BoundOf(i, j) > best_m2_;
      }
    }
  }

  const size_t rows_, columns_, least_;  // least_: steps that either part has at least
  const ExactForm form_;
  const Patience& patience_;
  std::vector<double> d2_;
  std::vector<double> row_least_, column_least_, row_band_, column_band_;
  double best_m2_ = kNever;
  ExactPair best_;
  ExactCost cost_;
  uint64_t look_at_ = 0;
};

absl::StatusOr<ExactResult> Search(PlaneView a, PlaneView b, const ExactWithin& within,
                                   ExactForm form, const Patience& patience) {
  if (uint64_t{a.size()} * b.size() > kMostExactCells) {
    return absl::InvalidArgumentError(
        absl::StrCat(a.size(), " times ", b.size(), " fixes are too many to be compared exactly; ",
                     "allowed: ", kMostExactCells, " pairs of fixes"));
  }
  return LeastPairSearch(a, b, within.steps, form, patience).Find(within.distance_m);
}

double LineM(PlaneView line, uint32_t from, uint32_t to) {
  double sum_m = 0;
  for (uint32_t i = from; i < to; ++i) sum_m += DistanceM(line[i], line[i + 1]);
  return sum_m;
}

MotifOccurrence PartOf(const MotifTrip& trip, uint32_t from, uint32_t to, double distance_m) {
  return {.id = trip.id,
          .object = trip.object,
          .from = from,
          .to = to,
          .from_at = static_cast<double>(from),
          .to_at = static_cast<double>(to),
          .distance_m = distance_m};
}

// Both lines on one plane; `within`: they are one.
struct ExactSides {
  const MotifTrip& a;
  const MotifTrip& b;
  bool within;
  std::vector<PlanePoint> line_a, line_b;
};

absl::StatusOr<ExactResult> InDirection(const ExactSides& sides, Direction direction,
                                        uint32_t steps, const Patience& patience) {
  const bool opposite = direction == Direction::kOpposite;
  const ExactForm form = !sides.within ? ExactForm::kTwo
                         : opposite    ? ExactForm::kWithinOpposite
                                       : ExactForm::kWithinSame;
  if (!opposite) return Search(sides.line_a, sides.line_b, {steps, kNever}, form, patience);
  auto found = Search(sides.line_a, Backwards(sides.line_b), {steps, kNever}, form, patience);
  if (!found.ok() || !found->pair) return found;
  const auto last = static_cast<uint32_t>(sides.line_b.size() - 1);
  ExactPair& pair = *found->pair;
  std::tie(pair.b_from, pair.b_to) = std::pair(last - pair.b_to, last - pair.b_from);
  return found;
}

absl::StatusOr<MotifAnswer> ExactMotif(const ExactSides& sides, const MotifTerms& terms,
                                       uint32_t steps, const Patience& patience) {
  MotifAnswer out{.exact = true, .max_distance_m = terms.max_distance_m.value_or(0)};
  std::optional<ExactPair> best;
  Direction way = Direction::kSame;
  for (const Direction direction : {Direction::kSame, Direction::kOpposite}) {
    if (terms.direction != Direction::kEither && terms.direction != direction) continue;
    const auto found = InDirection(sides, direction, steps, patience);
    if (!found.ok()) return found.status();
    if (!found->pair || (best && best->distance_m <= found->pair->distance_m)) continue;
    best = found->pair;
    way = direction;
  }
  if (!best || best->distance_m > terms.max_distance_m.value_or(kNever)) return out;
  Motif motif{.length_m = std::min(LineM(sides.line_a, best->a_from, best->a_to),
                                   LineM(sides.line_b, best->b_from, best->b_to)),
              .distance_m = best->distance_m,
              .direction = way,
              .trajectories = sides.within ? 1U : 2U};
  const std::string &of_a = sides.a.object, &of_b = sides.b.object;
  motif.objects = sides.within || (!of_a.empty() && of_a == of_b) ? 1 : 2;
  motif.occurrences = {PartOf(sides.a, best->a_from, best->a_to, best->distance_m),
                       PartOf(sides.b, best->b_from, best->b_to, best->distance_m)};
  motif.occurrences[1].direction = way;
  const TrajectoryView part =
      sides.a.fixes.subspan(best->a_from, best->a_to - best->a_from + size_t{1});
  motif.geometry.assign(part.begin(), part.end());
  out.motifs.push_back(std::move(motif));
  return out;
}

}  // namespace

absl::StatusOr<ExactResult> LeastFrechetPair(PlaneView a, PlaneView b, uint32_t steps,
                                             const Patience& patience) {
  return Search(a, b, {steps, kNever}, ExactForm::kTwo, patience);
}

absl::StatusOr<ExactResult> LeastFrechetPairWithin(PlaneView a, PlaneView b,
                                                   const ExactWithin& within,
                                                   const Patience& patience) {
  return Search(a, b, within, ExactForm::kTwo, patience);
}

absl::StatusOr<ExactResult> LeastFrechetPair(PlaneView a, uint32_t steps,
                                             const Patience& patience) {
  return Search(a, a, {steps, kNever}, ExactForm::kWithinSame, patience);
}

absl::StatusOr<MotifAnswer> ExactMotifBetween(const MotifTrip& a, const MotifTrip& b,
                                              const MotifTerms& terms, uint32_t steps,
                                              const Patience& patience) {
  const LocalPlane plane(a.fixes[a.fixes.size() / 2]);
  return ExactMotif({.a = a,
                     .b = b,
                     .within = false,
                     .line_a = plane.Project(a.fixes),
                     .line_b = plane.Project(b.fixes)},
                    terms, steps, patience);
}

absl::StatusOr<MotifAnswer> ExactMotifWithin(const MotifTrip& trip, const MotifTerms& terms,
                                             uint32_t steps, const Patience& patience) {
  const LocalPlane plane(trip.fixes[trip.fixes.size() / 2]);
  const std::vector<PlanePoint> line = plane.Project(trip.fixes);
  return ExactMotif({.a = trip, .b = trip, .within = true, .line_a = line, .line_b = line}, terms,
                    steps, patience);
}

}  // namespace spoor
