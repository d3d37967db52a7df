#include "shard/rpc/hedging.h"

#include <algorithm>

namespace spoor {

std::optional<std::chrono::microseconds> Hedging::Begin() {
  const MutexLock lock(mu_);
  const uint64_t most = uint64_t{options_.calls_per_hedge} * options_.hedges_in_a_row;
  credit_ = std::min(credit_ + 1, most);
  if (window_.size() < std::max<size_t>(options_.samples_least, 1)) return std::nullopt;
  return std::max(window_.Quantile(options_.share), options_.wait_least);
}

bool Hedging::MayHedge() {
  const MutexLock lock(mu_);
  if (credit_ < options_.calls_per_hedge) return false;
  credit_ -= options_.calls_per_hedge;
  return true;
}

void Hedging::Observe(std::chrono::microseconds latency) {
  const MutexLock lock(mu_);
  window_.Add(latency);
}

}  // namespace spoor
