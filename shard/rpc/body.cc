#include "shard/rpc/body.h"

#include <atomic>
#include <cassert>
#include <mutex>
#include <utility>

namespace spoor {

struct Body::Shared {
  std::shared_ptr<const Said> said;
  std::once_flag encoded;
  std::string bytes;
  std::atomic<bool> has_bytes = false;
};

Body::Body(std::shared_ptr<const Said> said) : shared_(std::make_shared<Shared>()) {
  assert(said != nullptr);
  shared_->said = std::move(said);
}

const std::string& Body::bytes() const {
  if (shared_ == nullptr) return bytes_;
  std::call_once(shared_->encoded, [this] {
    shared_->bytes = shared_->said->Encode();
    shared_->has_bytes = true;
  });
  return shared_->bytes;
}

bool Body::has_bytes() const { return shared_ == nullptr || shared_->has_bytes; }

const Said* Body::said() const { return shared_ == nullptr ? nullptr : shared_->said.get(); }

}  // namespace spoor
