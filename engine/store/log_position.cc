#include "engine/store/log_position.h"

#include <algorithm>
#include <numeric>

namespace spoor {

bool LogPosition::Includes(const LogPosition& other) const {
  if (log_id != other.log_id) return false;
  for (size_t p = 0; p < other.next.size(); ++p) {
    if (other.next[p] > (p < next.size() ? next[p] : 0)) return false;
  }
  return true;
}

void LogPosition::Raise(const LogPosition& other) {
  next.resize(std::max(next.size(), other.next.size()));
  for (size_t p = 0; p < other.next.size(); ++p) next[p] = std::max(next[p], other.next[p]);
}

uint64_t LogPosition::total() const {
  return std::accumulate(next.begin(), next.end(), uint64_t{0});
}

}  // namespace spoor
