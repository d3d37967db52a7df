#include "engine/motif/pair.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/fingerprint/own_depths.h"
#include "engine/motif/anchors.h"
#include "engine/motif/course.h"
#include "engine/motif/pairing.h"
#include "engine/motif/sub_line.h"
#include "geo/cell.h"
#include "geo/measure/measure.h"

namespace spoor {
namespace {

// Where cells are as wide as this, those who go together are within near_m of each other.
constexpr double kNearPerCell = 0.2, kNearPerMedian = 2;
constexpr double kSamplesPerCell = 6, kVerticesPerCell = 5;
constexpr double kWindowCells = 2.5, kGapCells = 6, kHoldCells = 1.25, kSlackCells = 2.5;
constexpr double kSmoothingS = 11, kSmoothingM = 60;
// Chains that are followed, at most: the longest.
constexpr size_t kMostChains = 2000;
// A stretch that is farther apart than allowed is cut where it is farthest, so often.
constexpr int kMostCuts = 6;
// Two stretches of which each covers that much of the other are the same.
constexpr double kSame = 0.8;

// [first, last] on a course.
struct Reach1D {
  double from_m = 0, to_m = 0;
  double length_m() const { return to_m - from_m; }
};

double OverlapM(const Reach1D& x, const Reach1D& y) {
  return std::min(x.to_m, y.to_m) - std::max(x.from_m, y.from_m);
}

using Places = std::shared_ptr<const std::vector<PairedPlace>>;

// A stretch that both may share.
struct SharedStretch {
  Direction direction = Direction::kSame;
  PairedPlace first, last;
  Places places;
  double distance_m = -1;  // not measured yet

  Reach1D on_a() const { return {first.a_m, last.a_m}; }
  Reach1D on_b() const { return {std::min(first.b_m, last.b_m), std::max(first.b_m, last.b_m)}; }
  double length_m() const { return std::min(on_a().length_m(), on_b().length_m()); }
};

bool IsBefore(const SharedStretch& x, const SharedStretch& y) {
  if (x.length_m() != y.length_m()) return x.length_m() > y.length_m();
  if (x.first.a_m != y.first.a_m) return x.first.a_m < y.first.a_m;
  if (x.first.b_m != y.first.b_m) return x.first.b_m < y.first.b_m;
  return x.direction < y.direction;
}

// Its course is smoothed no more than shortly, so that the ends of stretches stay sharp.
IndexParams OfCourse(IndexParams params) {
  params.smoothing_s = std::min(params.smoothing_s, kSmoothingS);
  params.smoothing_m = std::min(params.smoothing_m, kSmoothingM);
  return params;
}

IndexParams AtDepth(IndexParams params, int depth) {
  params.depth = depth;
  return params;
}

// A trip that is compared: as it came, projected, and cleaned.
struct Side {
  // `fitted`: parameters that suit its steps.
  Side(const MotifTrip& compared, const IndexParams& fitted, const MotifScale& scale,
       const LocalPlane& plane)
      : trip(compared),
        line(plane.Project(compared.fixes)),
        course(compared.fixes, OfCourse(fitted), plane, scale.cell_m / kVerticesPerCell),
        fingerprint(MakeFingerprint(compared.fixes, AtDepth(fitted, scale.depth), Ends::kOpen)) {}

  // The places on the line itself.
  std::pair<double, double> EndsOf(const Reach1D& reach) const {
    const double from = course.FixAt(reach.from_m), to = course.FixAt(reach.to_m);
    return {std::min(from, to), std::max(from, to)};
  }
  std::vector<PlanePoint> Part(const Reach1D& reach) const {
    const auto [from, to] = EndsOf(reach);
    return SubLine(line, from, to);
  }

  const MotifTrip& trip;
  std::vector<PlanePoint> line;
  Course course;
  Fingerprint fingerprint;
};

class PairSearch {
 public:
  PairSearch(const Side& a, const Side& b, const MotifScale& scale, const MotifTerms& terms,
             const Patience& patience)
      : a_(a),
        b_(b),
        within_(&a == &b),
        scale_(scale),
        terms_(terms),
        patience_(patience),
        most_m_(terms.max_distance_m.value_or(scale.diagonal_m)),
        frechet_(*MakeMeasure("frechet", {})) {
    patience_.Limit(work_);
  }

  absl::StatusOr<std::vector<Motif>> Find() {
    for (const Direction direction : {Direction::kSame, Direction::kOpposite}) {
      if (terms_.direction != Direction::kEither && terms_.direction != direction) continue;
      if (absl::Status s = Collect(direction); !s.ok()) return s;
    }
    if (absl::Status s = Choose(); !s.ok()) return s;
    std::vector<Motif> out;
    for (const Chosen& one : chosen_) out.push_back(MotifOf(one));
    return out;
  }

 private:
  // A stretch that is told, and where else it is (within).
  struct Chosen {
    SharedStretch stretch;
    struct Again {
      Reach1D reach;
      double distance_m;
      Direction direction;
    };
    std::vector<Again> again;
  };

  absl::Status Collect(Direction direction) {
    std::vector<Anchor> anchors = AnchorsOf({a_.fingerprint.occurrences, a_.course},
                                            {b_.fingerprint.occurrences, b_.course}, direction);
    if (within_) {
      std::erase_if(anchors, [&](const Anchor& x) { return x.b_m < x.a_m + 2 * scale_.cell_m; });
    }
    auto found = ChainsOf(anchors,
                          {.direction = direction,
                           .gap_m = kGapCells * scale_.cell_m,
                           .slack_m = kSlackCells * scale_.cell_m},
                          patience_);
    if (!found.ok()) return found.status();
    std::vector<Chain>& chains = *found;
    if (chains.size() > kMostChains) chains.resize(kMostChains);
    for (const Chain& chain : chains) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      if (!IsKnown(chain, direction)) Follow(chain, direction);
    }
    return absl::OkStatus();
  }

  // Whether the middle of the chain lies in a stretch that was found along a longer one.
  bool IsKnown(const Chain& chain, Direction direction) const {
    const Anchor& middle = chain[chain.size() / 2];
    return std::any_of(found_.begin(), found_.end(), [&](const SharedStretch& s) {
      if (s.direction != direction || middle.a_m < s.first.a_m || middle.a_m > s.last.a_m) {
        return false;
      }
      const auto place =
          std::lower_bound(s.places->begin(), s.places->end(), middle.a_m,
                           [](const PairedPlace& x, double at_m) { return x.a_m < at_m; });
      return place != s.places->end() &&
             std::abs(place->b_m - middle.b_m) <= kSlackCells * scale_.cell_m;
    });
  }

  void Follow(const Chain& chain, Direction direction) {
    const auto places = std::make_shared<const std::vector<PairedPlace>>(
        PairUp(a_.course, b_.course, chain,
               {.direction = direction,
                .within = within_,
                .aside_m = (direction == Direction::kSame ? 1 : 2) * scale_.cell_m,
                .sample_m = scale_.cell_m / kSamplesPerCell,
                .window_m = kWindowCells * scale_.cell_m,
                .stop_m = most_m_}));
    const double near_m =
        std::max(kNearPerCell * scale_.cell_m, kNearPerMedian * MedianApart(*places, chain));
    for (const TogetherRun& run : RunsTogether(
             *places,
             {.near_m = near_m, .hold_m = kHoldCells * scale_.cell_m, .most_m = most_m_})) {
      AddApart({.direction = direction, .first = run.first, .last = run.last, .places = places});
    }
  }

  double MedianApart(const std::vector<PairedPlace>& places, const Chain& chain) const {
    std::vector<double> apart_m;
    for (const PairedPlace& place : places) {
      if (place.a_m >= chain.front().a_m && place.a_m <= chain.back().a_m) {
        apart_m.push_back(place.apart_m);
      }
    }
    if (apart_m.empty()) return 0;
    const auto middle = apart_m.begin() + static_cast<std::ptrdiff_t>(apart_m.size() / 2);
    std::nth_element(apart_m.begin(), middle, apart_m.end());
    return std::min(*middle, most_m_);
  }

  // A stretch does not overlap itself: it is cut where its second occurrence begins.
  void AddApart(SharedStretch stretch) {
    while (within_) {
      const bool same = stretch.direction == Direction::kSame;
      const double start_b_m = stretch.first.b_m;
      const auto begin = At(stretch, stretch.first.a_m), end = At(stretch, stretch.last.a_m);
      const auto meets = std::find_if(
          begin, end, [&](const PairedPlace& x) { return x.a_m > (same ? start_b_m : x.b_m); });
      if (meets == end || meets == begin) break;
      SharedStretch head = stretch;
      head.last = *(meets - 1);
      Add(std::move(head));
      if (!same) return;
      stretch.first = *meets;
    }
    if (stretch.on_a().to_m <= stretch.on_b().from_m || !within_) Add(std::move(stretch));
  }

  void Add(SharedStretch stretch) {
    if (stretch.length_m() > 0 && stretch.length_m() >= terms_.min_length_m) {
      found_.push_back(std::move(stretch));
    }
  }

  static std::vector<PairedPlace>::const_iterator At(const SharedStretch& s, double a_m) {
    return std::lower_bound(s.places->begin(), s.places->end(), a_m,
                            [](const PairedPlace& x, double at_m) { return x.a_m < at_m; });
  }

  double DistanceM(const Reach1D& on_a, const Reach1D& on_b, Direction direction) {
    const std::vector<PlanePoint> a = a_.Part(on_a);
    std::vector<PlanePoint> b = b_.Part(on_b);
    if (direction == Direction::kOpposite) b = Backwards(b);
    return frechet_->Distance(a, b, most_m_, work_);
  }

  // Longest first; what is too far apart is cut and comes again, as does what is left of a stretch
  // of which a part is told already.
  absl::Status Choose() {
    struct Waiting {
      SharedStretch stretch;
      int cuts = 0;
    };
    const auto later = [](const Waiting& x, const Waiting& y) {
      return IsBefore(y.stretch, x.stretch);
    };
    std::vector<Waiting> heap;
    for (SharedStretch& s : found_) heap.push_back({std::move(s), 0});
    std::make_heap(heap.begin(), heap.end(), later);
    const auto put = [&](SharedStretch s, int cuts) {
      if (s.length_m() <= 0 || s.length_m() < terms_.min_length_m) return;
      heap.push_back({std::move(s), cuts});
      std::push_heap(heap.begin(), heap.end(), later);
    };
    while (!heap.empty() && chosen_.size() < terms_.k) {
      std::pop_heap(heap.begin(), heap.end(), later);
      Waiting now = std::move(heap.back());
      heap.pop_back();
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      if (within_ && IsAgain(now.stretch)) continue;
      if (SharedStretch left = Untold(now.stretch); left.length_m() < now.stretch.length_m()) {
        put(std::move(left), now.cuts);
        continue;
      }
      SharedStretch& s = now.stretch;
      s.distance_m = DistanceM(s.on_a(), s.on_b(), s.direction);
      if (work_.stopped) return patience_.Check();
      if (s.distance_m <= most_m_) {
        chosen_.push_back({.stretch = std::move(s), .again = {}});
        continue;
      }
      if (now.cuts >= kMostCuts) continue;
      auto [head, tail] = CutWhereFarthest(s);
      put(std::move(head), now.cuts + 1);
      put(std::move(tail), now.cuts + 1);
    }
    return absl::OkStatus();
  }

  static std::pair<SharedStretch, SharedStretch> CutWhereFarthest(const SharedStretch& s) {
    const auto begin = At(s, s.first.a_m), end = At(s, s.last.a_m);
    const auto worst = std::max_element(begin, end, [](const PairedPlace& x, const PairedPlace& y) {
      return x.apart_m < y.apart_m;
    });
    SharedStretch head = s, tail = s;
    head.last = worst == begin ? s.first : *(worst - 1);
    tail.first = worst == end || worst + 1 == end ? s.last : *(worst + 1);
    return {std::move(head), std::move(tail)};
  }

  bool IsTold(double at_m, bool on_a) const {
    const auto holds = [at_m](const Reach1D& r) { return at_m > r.from_m && at_m < r.to_m; };
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Chosen& one) {
      if (!within_) return holds(on_a ? one.stretch.on_a() : one.stretch.on_b());
      return holds(one.stretch.on_a()) || holds(one.stretch.on_b()) ||
             std::any_of(one.again.begin(), one.again.end(),
                         [&](const auto& x) { return holds(x.reach); });
    });
  }

  // The longest part of the stretch of which nothing is told yet.
  SharedStretch Untold(const SharedStretch& s) const {
    SharedStretch best = s, now = s;
    best.last = best.first;
    bool open = false;
    const auto add = [&](const PairedPlace& place) {
      if (IsTold(place.a_m, true) || IsTold(place.b_m, false)) {
        open = false;
        return;
      }
      if (!open) now.first = place;
      open = true;
      now.last = place;
      if (now.length_m() > best.length_m()) best = now;
    };
    add(s.first);
    for (auto i = At(s, s.first.a_m), end = At(s, s.last.a_m); i < end; ++i) {
      if (i->a_m > s.first.a_m) add(*i);
    }
    add(s.last);
    return best;
  }

  // Whether it tells that a stretch that is told already is there once more, or at least may not
  // be told for itself; the former is kept.
  bool IsAgain(const SharedStretch& s) {
    for (Chosen& one : chosen_) {
      for (const bool by_a : {true, false}) {
        const Reach1D known = by_a ? s.on_a() : s.on_b(), other = by_a ? s.on_b() : s.on_a();
        const Reach1D first = one.stretch.on_a();
        const double shared_m = OverlapM(known, first);
        if (shared_m < kSame * first.length_m() || shared_m < kSame * known.length_m()) continue;
        const Reach1D free = Free(other);
        if (free.length_m() < kSame * first.length_m()) return true;
        const double distance_m = DistanceM(first, free, s.direction);
        if (distance_m <= most_m_) one.again.push_back({free, distance_m, s.direction});
        return true;
      }
    }
    return false;
  }

  // What is left when the ends that overlap with what is told are taken off.
  Reach1D Free(Reach1D reach) const {
    const auto take_off = [&reach](const Reach1D& told) {
      if (OverlapM(told, reach) <= 0) return;
      if (told.from_m <= reach.from_m) {
        reach.from_m = told.to_m;
      } else {
        reach.to_m = told.from_m;
      }
    };
    for (const Chosen& one : chosen_) {
      take_off(one.stretch.on_a());
      take_off(one.stretch.on_b());
      for (const auto& again : one.again) take_off(again.reach);
    }
    return reach;
  }

  static MotifOccurrence OccurrenceOf(const Side& side, const Reach1D& reach) {
    const auto [from, to] = side.EndsOf(reach);
    return {.id = side.trip.id,
            .object = side.trip.object,
            .from = static_cast<uint32_t>(std::lround(from)),
            .to = static_cast<uint32_t>(std::lround(to)),
            .from_at = from,
            .to_at = to};
  }

  Motif MotifOf(const Chosen& one) const {
    const SharedStretch& s = one.stretch;
    Motif motif{.length_m = s.length_m(), .distance_m = s.distance_m, .direction = s.direction};
    motif.occurrences = {OccurrenceOf(a_, s.on_a()), OccurrenceOf(b_, s.on_b())};
    for (MotifOccurrence& occurrence : motif.occurrences) occurrence.distance_m = s.distance_m;
    motif.occurrences[1].direction = s.direction;
    for (const auto& again : one.again) {
      MotifOccurrence occurrence = OccurrenceOf(a_, again.reach);
      occurrence.distance_m = again.distance_m;
      occurrence.direction = again.direction;
      motif.occurrences.push_back(std::move(occurrence));
    }
    std::sort(motif.occurrences.begin() + 1, motif.occurrences.end(),
              [](const auto& x, const auto& y) { return x.from_at < y.from_at; });
    if (motif.occurrences.size() > terms_.occurrences) motif.occurrences.resize(terms_.occurrences);
    for (const MotifOccurrence& x : motif.occurrences) {
      motif.distance_m = std::max(motif.distance_m, x.distance_m);
    }
    motif.trajectories = within_ ? 1 : 2;
    const std::string &of_a = a_.trip.object, &of_b = b_.trip.object;
    motif.objects = within_ || (!of_a.empty() && of_a == of_b) ? 1 : 2;
    const auto [from, to] = a_.EndsOf(s.on_a());
    motif.geometry = SubLine(a_.trip.fixes, from, to);
    return motif;
  }

  const Side& a_;
  const Side& b_;
  const bool within_;
  const MotifScale& scale_;
  const MotifTerms& terms_;
  const Patience& patience_;
  const double most_m_;
  const std::unique_ptr<Measure> frechet_;
  MeasureWork work_;
  std::vector<SharedStretch> found_;
  std::vector<Chosen> chosen_;
};

absl::StatusOr<MotifAnswer> Answer(PairSearch search, double most_m) {
  auto motifs = search.Find();
  if (!motifs.ok()) return motifs.status();
  return MotifAnswer{.motifs = *std::move(motifs), .max_distance_m = most_m};
}

// What both trips' steps ask for.
IndexParams OwnParams(const IndexParams& params) {
  IndexParams own = params.scheme == Scheme::kV2 ? params : AutoParams();
  own.k = own.t = 2;
  own.grids = 2;
  own.depth = kOwnDepth;
  return own;
}

MotifScale ScaleOf(int wanted_depth, const Fix& middle, const IndexParams& params) {
  if (HasOwnDepths(params)) return ScaleAt(wanted_depth, middle);
  return ScaleAt(std::min(wanted_depth, std::max(params.depth, kCoarsestOwnDepth)), middle);
}

}  // namespace

MotifScale ScaleAt(int depth, const Fix& middle) {
  constexpr double kNarrowest = 0.05;  // cosine
  const Grid grid{.depth = depth};
  const double turn_m = 2 * M_PI * kEarthRadiusM;
  const double cosine = std::max(kNarrowest, std::cos(middle.lat_deg() * M_PI / 180));
  const double width_m = std::ldexp(turn_m, -grid.column_bits()) * cosine;
  const double height_m = std::ldexp(turn_m / 2, -grid.row_bits());
  return {.depth = depth,
          .cell_m = std::min(width_m, height_m),
          .diagonal_m = std::hypot(width_m, height_m)};
}

absl::StatusOr<MotifAnswer> MotifsBetween(const MotifTrip& a, const MotifTrip& b,
                                          const MotifTerms& terms, const IndexParams& params,
                                          const Patience& patience) {
  const OwnDepths own_a = OwnDepthsOf(a.fixes, OwnParams(params)),
                  own_b = OwnDepthsOf(b.fixes, OwnParams(params));
  const Fix& middle = a.fixes[a.fixes.size() / 2];
  const MotifScale scale = ScaleOf(std::min(own_a.asks, own_b.asks), middle, params);
  const LocalPlane plane(middle);
  const Side of_a(a, own_a.params, scale, plane), of_b(b, own_b.params, scale, plane);
  return Answer(PairSearch(of_a, of_b, scale, terms, patience),
                terms.max_distance_m.value_or(scale.diagonal_m));
}

absl::StatusOr<MotifAnswer> MotifsWithin(const MotifTrip& trip, const MotifTerms& terms,
                                         const IndexParams& params, const Patience& patience) {
  const OwnDepths own = OwnDepthsOf(trip.fixes, OwnParams(params));
  const Fix& middle = trip.fixes[trip.fixes.size() / 2];
  const MotifScale scale = ScaleOf(own.asks, middle, params);
  const Side side(trip, own.params, scale, LocalPlane(middle));
  return Answer(PairSearch(side, side, scale, terms, patience),
                terms.max_distance_m.value_or(scale.diagonal_m));
}

}  // namespace spoor
