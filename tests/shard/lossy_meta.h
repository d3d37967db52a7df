#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "shard/meta/meta_store.h"

namespace spoor::testing {

// A store that loses the answer of a change when it is told to, and hints that nobody ever gets.
// One thread at a time.
class LossyMeta : public MetaStore {
 public:
  explicit LossyMeta(MetaStore& inner) : inner_(inner) {}

  // The next change is Unavailable; whether it is made all the same.
  void LoseNext(bool made) { lose_ = made ? Lose::kAnswer : Lose::kRequest; }

  absl::StatusOr<std::optional<MetaValue>> Get(const std::string& key,
                                               const Patience& patience) override {
    return inner_.Get(key, patience);
  }
  absl::StatusOr<MetaListing> List(const std::string& prefix, const Patience& patience) override {
    return inner_.List(prefix, patience);
  }
  absl::StatusOr<uint64_t> Put(const MetaValue& change, Lease lease,
                               const Patience& patience) override {
    return Perhaps([&] { return inner_.Put(change, lease, patience); });
  }
  absl::Status Delete(const std::string& key, uint64_t revision,
                      const Patience& patience) override {
    return Perhaps([&] { return inner_.Delete(key, revision, patience); });
  }
  absl::StatusOr<Lease> Grant(std::chrono::seconds ttl, const Patience& patience) override {
    return inner_.Grant(ttl, patience);
  }
  absl::Status KeepAlive(Lease lease, const Patience& patience) override {
    return inner_.KeepAlive(lease, patience);
  }
  absl::Status Revoke(Lease lease, const Patience& patience) override {
    return inner_.Revoke(lease, patience);
  }
  std::unique_ptr<Watch> WatchPrefix(const std::string&, std::function<void()>) override {
    return std::make_unique<Watch>();
  }

 private:
  enum class Lose : uint8_t { kNothing, kRequest, kAnswer };

  template <typename Change>
  auto Perhaps(Change change) -> decltype(change()) {
    const Lose lose = std::exchange(lose_, Lose::kNothing);
    if (lose == Lose::kRequest) return absl::UnavailableError("the request is lost");
    auto answer = change();
    if (lose == Lose::kAnswer) return absl::UnavailableError("the answer is lost");
    return answer;
  }

  MetaStore& inner_;
  Lose lose_ = Lose::kNothing;
};

}  // namespace spoor::testing
