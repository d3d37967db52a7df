#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "engine/place/micro_grid.h"

namespace spoor {

// From the first fix in a place to the last one before another place, or none.
struct PlaceVisit {
  uint32_t place = 0;
  size_t first = 0, last = 0;            // of the fixes, as they were added
  int64_t enter_ms = 0;                  // the time of the first
  std::optional<int64_t> leave_ms = {};  // of the next fix outside; none: the fixes end with it
  int64_t last_ms = 0;                   // of the last
};

// Goes along the fixes of an object and tells each visit as soon as it is over.
class VisitFinder {
 public:
  explicit VisitFinder(std::function<void(const PlaceVisit&)> sink) : sink_(std::move(sink)) {}
  // The place of the next fix, Partition::kNone where it is in none.
  void Add(uint32_t place, int64_t time_ms) {
    if (visit_ && visit_->place != place) End(time_ms);
    if (!visit_ && place != Partition::kNone) visit_ = {place, added_, added_, time_ms, {}, 0};
    if (visit_) {
      visit_->last = added_;
      visit_->last_ms = time_ms;
    }
    ++added_;
  }
  void Finish() {
    if (visit_) End(std::nullopt);
  }

 private:
  void End(std::optional<int64_t> leave_ms) {
    visit_->leave_ms = leave_ms;
    sink_(*visit_);
    visit_.reset();
  }

  const std::function<void(const PlaceVisit&)> sink_;
  size_t added_ = 0;
  std::optional<PlaceVisit> visit_;
};

}  // namespace spoor
