#include "shard/meta/node_registry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLeastTtl{2};
constexpr milliseconds kGoodbye{1000};  // for giving the place up
constexpr milliseconds kRetry{500};     // after an error
constexpr int kTakes = 3;               // tries while others change the place

}  // namespace

absl::StatusOr<std::unique_ptr<NodeRegistry>> NodeRegistry::Announce(MetaStore& store,
                                                                     NodeRegistryOptions options,
                                                                     const Patience& patience) {
  if (absl::Status s = Validate(options.node); !s.ok()) return s;
  if (!IsCollectionName(options.cluster)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cluster is '", options.cluster, "', allowed: 1 to 64 of a-z, 0-9, '_', '-'"));
  }
  if (options.ttl < kLeastTtl) {
    return absl::InvalidArgumentError(
        absl::StrCat("ttl is ", options.ttl.count(), " s, allowed: 2 or more"));
  }
  std::unique_ptr<NodeRegistry> registry(new NodeRegistry(store, std::move(options)));
  if (absl::Status s = registry->Step(patience); !s.ok()) return s;
  if (registry->options_.own_thread) {
    registry->thread_ = std::thread([r = registry.get()] { r->Run(); });
  }
  return registry;
}

NodeRegistry::NodeRegistry(MetaStore& store, NodeRegistryOptions options)
    : store_(store),
      options_(std::move(options)),
      key_(NodeKey(options_.cluster, options_.node.name)) {}

NodeRegistry::~NodeRegistry() {
  {
    const MutexLock lock(mu_);
    *ending_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  if (lease_ == 0) return;
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now() + kGoodbye;
  static_cast<void>(store_.Revoke(lease_, patience));  // else it ends by itself
}

bool NodeRegistry::held() const {
  const auto now = options_.now();
  const MutexLock lock(mu_);
  return placed_ && now < lease_end_;
}

absl::Status NodeRegistry::last() const {
  const MutexLock lock(mu_);
  return last_;
}

std::chrono::steady_clock::time_point NodeRegistry::next_step() const {
  const MutexLock lock(mu_);
  return next_step_;
}

absl::Status NodeRegistry::Step(const Patience& patience) {
  const auto now = options_.now();
  if (now < next_step()) return absl::OkStatus();
  absl::Status kept = Keep(patience);
  const MutexLock lock(mu_);
  next_step_ = now + (kept.ok() ? milliseconds(options_.ttl) / 3 : kRetry);
  last_ = kept;
  return kept;
}

void NodeRegistry::Run() {
  while (!*ending_) {
    Patience patience;
    patience.deadline = std::chrono::steady_clock::now() + milliseconds(options_.ttl) / 3;
    patience.cancelled = ending_;
    static_cast<void>(Step(patience));  // told by last()
    const auto wait = std::chrono::ceil<milliseconds>(next_step() - options_.now());
    const MutexLock lock(mu_);
    wake_.WaitFor(mu_, std::max(wait, milliseconds(1)), [this] { return ending_->load(); });
  }
}

absl::Status NodeRegistry::Keep(const Patience& patience) {
  if (absl::Status s = KeepLease(patience); !s.ok()) return s;
  absl::Status taken = absl::AbortedError("");
  for (int i = 0; i < kTakes && absl::IsAborted(taken); ++i) taken = TakePlace(patience);
  const MutexLock lock(mu_);
  // Where the store did not answer, the place is what it was.
  if (taken.ok() || absl::IsAlreadyExists(taken) || absl::IsNotFound(taken)) placed_ = taken.ok();
  return taken;
}

// The lease ends a ttl after the store had the call, hence not before a ttl after the call began.
absl::Status NodeRegistry::KeepLease(const Patience& patience) {
  const auto begun = options_.now();
  if (lease_ != 0) {
    const absl::Status kept = store_.KeepAlive(lease_, patience);
    if (absl::IsNotFound(kept)) {
      lease_ = 0;
      const MutexLock lock(mu_);
      placed_ = false;
    } else if (!kept.ok()) {
      return kept;
    }
  }
  if (lease_ == 0) {
    const auto granted = store_.Grant(options_.ttl, patience);
    if (!granted.ok()) return granted.status();
    lease_ = *granted;
  }
  const MutexLock lock(mu_);
  lease_end_ = begun + options_.ttl;
  return absl::OkStatus();
}

absl::Status NodeRegistry::TakePlace(const Patience& patience) {
  auto there = store_.Get(key_, patience);
  if (!there.ok()) return there.status();
  MetaValue place{key_, EncodeNode(options_.node), 0};
  if (const std::optional<MetaValue>& found = *there; found.has_value()) {
    const auto has = HasPlace(*found);
    if (!has.ok()) return has.status();
    // One that was put under a lease of this process which is over is about to go.
    const MutexLock lock(mu_);
    if (*has && placed_) return absl::OkStatus();
    place.revision = found->revision;
  }
  const absl::Status put = store_.Put(place, lease_, patience).status();
  if (absl::IsNotFound(put)) lease_ = 0;
  return put;
}

absl::StatusOr<bool> NodeRegistry::HasPlace(const MetaValue& there) const {
  const auto node = DecodeNode(there.value);
  if (!node.ok()) {
    return absl::DataLossError(absl::StrCat(there.key, ": ", node.status().message()));
  }
  const NodeState& own = options_.node;
  if (node->store_id != own.store_id) {
    return absl::AlreadyExistsError(absl::StrCat("another process is node '", own.name, "', at ",
                                                 node->address, ", with data of its own"));
  }
  if (node->incarnation > own.incarnation) {
    return absl::AlreadyExistsError(
        absl::StrCat("node '", own.name, "' was started again, at ", node->address));
  }
  return *node == own;
}

}  // namespace spoor
