#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/stay/stay.h"
#include "geo/local_plane.h"

namespace spoor {

// Goes along the fixes of an object and tells each stay as soon as it is left.  What it holds does
// not grow with the fixes, but by the rules that look back: sliding, and the diameter.
//
// Distances are in the equirectangular plane about the first fix of the run.  Thread safety: one
// thread at a time.
class StayFinder {
 public:
  StayFinder(const StayRules& rules, StaySink sink);
  virtual ~StayFinder() = default;
  StayFinder(const StayFinder&) = delete;
  StayFinder& operator=(const StayFinder&) = delete;

  // REQUIRES: it has a time, later than that of the one before.
  void Add(const Fix& fix);
  // There are no more fixes: tells the last stay, which is open.
  void Finish();

 protected:
  // The run so far: its first fix is the origin of the plane.
  struct Run {
    Fix first, last;
    size_t first_index = 0, count = 0;
    int64_t longest_gap_ms = 0;
    double cos_lat = 1;
    PlanePoint last_place;
    // Sums over the fixes but the last one, which has no weight yet; and over all, without weights.
    double weight_s = 0, weighted_x = 0, weighted_y = 0, sum_x = 0, sum_y = 0;
  };
  const StayRules& rules() const { return rules_; }
  const Run& run() const { return run_; }
  // Weighted by the time to the next fix, that of the last one being `last_weight_s`.
  PlanePoint Centroid(double last_weight_s) const;

  // Two fixes or more, and the duration from the first to the last.
  bool LastedByItsFixes() const;

  // Whether the run goes on with a fix at that place, `after_s` behind its last one.
  virtual bool Extends(const PlanePoint& place, double after_s) = 0;
  // A run begins (at the origin), or has gone on.
  virtual void Joined(const PlanePoint& /*place*/, bool /*begins*/) {}
  // Whether a run whose next fix is the one at `left_ms` has lasted; null: there is none.
  virtual bool Lasted(std::optional<int64_t> left_ms) const = 0;

 private:
  struct Numbered {
    Fix fix;
    size_t index;
  };
  void Drain();
  void Step(const Numbered& next);
  void Begin(const Numbered& first);
  void Take(const Numbered& next, const PlanePoint& place);
  PlanePoint PlaceOf(const Fix& fix) const;
  // The run is over: it is told, or let go.
  void End(std::optional<int64_t> left_ms, bool open);
  void Tell(std::optional<int64_t> left_ms, bool open) const;

  const StayRules rules_;
  const StaySink sink_;
  size_t added_ = 0;
  Run run_;
  std::vector<Numbered> held_;  // the run, where it may have to be gone over again
  std::deque<Numbered> to_come_;
};

// One line of stays.def.
struct StayMethod {
  absl::string_view name;
  std::unique_ptr<StayFinder> (*make)(const StayRules& rules, StaySink sink) = nullptr;
};
absl::Span<const StayMethod> AllStayMethods();
const StayMethod* FindStayMethod(absl::string_view name);  // null: there is none

// All stays of some fixes.  REQUIRES: as StayFinder::Add.
std::vector<Stay> FindStays(const StayMethod& method, const StayRules& rules, TrajectoryView fixes);

}  // namespace spoor
