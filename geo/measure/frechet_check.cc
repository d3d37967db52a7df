#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "geo/measure/frechet_certificate.h"

// Shares nothing with what makes certificates, and nothing with the measure.
namespace spoor {
namespace {

using Pair = FrechetCertificate::Pair;
using LinePosition = FrechetCertificate::LinePosition;

struct Vector {
  long double x_m, y_m;
};

long double LengthM(Vector v) { return std::sqrt(v.x_m * v.x_m + v.y_m * v.y_m); }

// The last fix begins a leg without length.
Vector At(PlaneView line, LinePosition place) {
  const PlanePoint from = line[place.leg],
                   to = line[std::min<size_t>(place.leg + 1, line.size() - 1)];
  const long double share = place.share;
  return {from.x_m + share * (static_cast<long double>(to.x_m) - from.x_m),
          from.y_m + share * (static_cast<long double>(to.y_m) - from.y_m)};
}

Vector Between(PlaneView a, PlaneView b, Pair pair) {
  const Vector p = At(a, pair.on_a), q = At(b, pair.on_b);
  return {q.x_m - p.x_m, q.y_m - p.y_m};
}

LinePosition Normalised(LinePosition place) {
  return place.share == 1 ? LinePosition{place.leg + 1, 0} : place;
}

bool IsOn(PlaneView line, LinePosition place) {
  if (!(place.share >= 0 && place.share <= 1)) return false;
  const LinePosition p = Normalised(place);
  return p.leg + 1 < line.size() || (p.leg + 1 == line.size() && p.share == 0);
}

bool IsBefore(LinePosition p, LinePosition q) {
  p = Normalised(p), q = Normalised(q);
  return p.leg < q.leg || (p.leg == q.leg && p.share < q.share);
}

bool IsStart(LinePosition place) { return !IsBefore({.leg = 0, .share = 0}, place); }
bool IsEnd(PlaneView line, LinePosition place) {
  return !IsBefore(place, {.leg = static_cast<uint32_t>(line.size() - 1), .share = 0});
}

bool IsOnOneLeg(LinePosition p, LinePosition q) {
  if (IsBefore(q, p)) std::swap(p, q);
  p = Normalised(p), q = Normalised(q);
  return p.leg == q.leg || (p.leg + 1 == q.leg && q.share == 0);
}

// The least distance while both move evenly from p to q.
long double LeastM(PlaneView a, PlaneView b, Pair p, Pair q) {
  const Vector from = Between(a, b, p), to = Between(a, b, q);
  const Vector step = {to.x_m - from.x_m, to.y_m - from.y_m};
  const long double square = step.x_m * step.x_m + step.y_m * step.y_m;
  if (square == 0) return LengthM(from);
  const long double share =
      std::clamp(-(from.x_m * step.x_m + from.y_m * step.y_m) / square, 0.0L, 1.0L);
  return LengthM({from.x_m + share * step.x_m, from.y_m + share * step.y_m});
}

// What a certificate is checked against.
struct Claim {
  PlaneView a, b;
  long double distance_m, tolerance_m;

  bool IsNear(Pair p) const { return LengthM(Between(a, b, p)) <= distance_m + tolerance_m; }
  bool IsBlocked(Pair p, Pair q) const { return LeastM(a, b, p, q) >= distance_m - tolerance_m; }
};

bool IsInOneCell(Pair p, Pair q) {
  return IsOnOneLeg(p.on_a, q.on_a) && IsOnOneLeg(p.on_b, q.on_b);
}

// What is wrong with pair k of a walk, or of a cut; nothing where it is right.

absl::string_view WrongInWalk(const Claim& claim, const std::vector<Pair>& walk, size_t k) {
  const Pair p = walk[k];
  if (k == 0 && !(IsStart(p.on_a) && IsStart(p.on_b))) return "does not begin at both starts";
  if (k + 1 == walk.size() && !(IsEnd(claim.a, p.on_a) && IsEnd(claim.b, p.on_b))) {
    return "does not end at both ends";
  }
  if (!claim.IsNear(p)) return "is further apart than the distance";
  if (k == 0) return "";
  const Pair before = walk[k - 1];
  if (IsBefore(p.on_a, before.on_a) || IsBefore(p.on_b, before.on_b)) return "goes back";
  return IsInOneCell(before, p) ? "" : "leaves the cell of the pair before";
}

absl::string_view WrongInCut(const Claim& claim, const std::vector<Pair>& cut, size_t k) {
  const Pair p = cut[k];
  const bool is_first = k == 0, is_last = k + 1 == cut.size();
  if (is_first && !IsStart(p.on_a) && !IsEnd(claim.b, p.on_b)) {
    return "does not begin on the left or upper border";
  }
  if (is_last && !IsEnd(claim.a, p.on_a) && !IsStart(p.on_b)) {
    return "does not end on the right or lower border";
  }
  if ((is_first || is_last) && !claim.IsBlocked(p, p)) return "is near, at an end of the cut";
  if (is_first) return "";
  const Pair before = cut[k - 1];
  if (!IsBefore(before.on_a, p.on_a) && !IsBefore(p.on_b, before.on_b)) return "";
  if (!IsInOneCell(before, p)) return "goes right or down and leaves its cell";
  return claim.IsBlocked(before, p) ? "" : "goes right or down where it is near";
}

long double LargestM(PlaneView line) {
  double most_m = 0;
  for (const PlanePoint p : line) most_m = std::max({most_m, std::abs(p.x_m), std::abs(p.y_m)});
  return most_m;
}

}  // namespace

absl::Status CheckFrechet(PlaneView a, PlaneView b, double distance_m,
                          const FrechetCertificate& certificate) {
  const Claim claim = {
      .a = a,
      .b = b,
      .distance_m = distance_m,
      .tolerance_m = 1e-8L + 1e-11L * distance_m + 1e-14L * std::max(LargestM(a), LargestM(b))};
  const std::vector<Pair>& pairs = certificate.pairs;
  if (pairs.empty()) return absl::InvalidArgumentError("a certificate without pairs");
  for (size_t k = 0; k < pairs.size(); ++k) {
    absl::string_view wrong = "is not on both lines";
    if (IsOn(a, pairs[k].on_a) && IsOn(b, pairs[k].on_b)) {
      wrong = certificate.within ? WrongInWalk(claim, pairs, k) : WrongInCut(claim, pairs, k);
    }
    if (!wrong.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("pair ", k, " of the ", certificate.within ? "walk " : "cut ", wrong));
    }
  }
  return absl::OkStatus();
}

}  // namespace spoor
