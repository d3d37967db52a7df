#include "router/reads/known_homes.h"

#include <utility>

namespace spoor {

void KnownHomes::Note(absl::string_view id, uint64_t home) {
  const MutexLock lock(mu_);
  if (recent_.size() >= half_ && !recent_.contains(id)) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  recent_[id] = home;
}

std::optional<uint64_t> KnownHomes::Find(absl::string_view id) const {
  const MutexLock lock(mu_);
  for (const Homes* homes : {&recent_, &older_}) {
    if (const auto at = homes->find(id); at != homes->end()) return at->second;
  }
  return std::nullopt;
}

}  // namespace spoor
