#include "router/http/shares.h"

#include <utility>

namespace spoor {

std::unique_ptr<Shares::Slot> Shares::Take(const std::string& client) {
  const auto has = by_client_.find(client);
  const size_t free = slots_ - taken_;
  if ((has == by_client_.end() ? 0 : has->second) >= free) return nullptr;
  return std::make_unique<Slot>(*this, client);
}

Shares::Slot::Slot(Shares& shares, std::string client)
    : shares_(shares), client_(std::move(client)) {
  ++shares_.taken_;
  ++shares_.by_client_[client_];
}

Shares::Slot::~Slot() {
  --shares_.taken_;
  const auto has = shares_.by_client_.find(client_);
  if (--has->second == 0) shares_.by_client_.erase(has);
}

}  // namespace spoor
