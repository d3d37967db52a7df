#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "engine/mutex.h"
#include "shard/following_node.h"

namespace spoor {

// Where the stores of a followed collection lie: <name>.<log id>.<number>.
struct FollowedDirectory {
  std::string collection;
  uint64_t log_id = 0;
  uint64_t number = 0;

  std::string name() const;
  // False for any other name.
  static bool Parse(absl::string_view name, FollowedDirectory* out);
};

// Renames, then removes: a directory that is half removed is not taken for a store.
void RemoveDirectory(const std::string& root, const std::string& name);

// One collection of a FollowingNode: the store that serves, and the one that is built to take over
// from it.
//
// Thread safety: Step from one thread (its own, with options.threads); the rest from any.
class FollowingNode::Following {
 public:
  Following(std::string root, const FollowingNodeOptions& options, std::shared_ptr<Memory> memory,
            LogStore& logs, FollowOrder order);
  ~Following();

  void Start();  // the thread
  void Adopt(FollowOrder order);
  // Takes an order that has changed, follows, swaps.  False: there was an error, wait a little.
  bool Step(std::chrono::milliseconds wait);
  std::shared_ptr<Follower> serving() const;
  uint64_t log_id() const { return log_id_; }
  ServedName Describe() const;
  void Remove();  // when nobody steps any more: the directories go

 private:
  struct Store {
    std::shared_ptr<Follower> follower;
    std::string directory;
    std::vector<HomeRange> kept;  // homes, as its note says
  };

  void Loop();
  void FillBooks();
  FollowOrder order() const;
  absl::StatusOr<Store> Open(const FollowedDirectory& directory, const FollowOrder& order) const;
  absl::StatusOr<Store> OpenWithNote(const FollowedDirectory& directory,
                                     const FollowOrder& order) const;
  absl::Status OpenStores(const FollowOrder& order);
  std::vector<FollowedDirectory> FindDirectories() const;
  absl::StatusOr<Store> Make(const FollowOrder& order);
  absl::Status Obey(const FollowOrder& order);
  absl::Status PlaceStore(Store& store, const FollowOrder& order) const;
  absl::Status Advance(std::chrono::milliseconds wait);
  bool NeedsAnother(const std::vector<HomeRange>& wanted) const;
  void Discard(Store& store);
  void SetServing(std::shared_ptr<Follower> follower);

  const std::string root_;
  const FollowingNodeOptions& options_;
  const std::shared_ptr<Memory> memory_;
  LogStore& logs_;
  const std::string name_;
  const uint64_t log_id_;

  // Of the thread that steps.
  std::optional<FollowOrder> obeyed_;
  Store serving_, building_;
  uint64_t next_number_ = 1;

  mutable Mutex mu_;
  ConditionVariable woken_;
  FollowOrder order_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Follower> shown_ ABSL_GUARDED_BY(mu_);
  std::string problem_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::thread thread_, filler_;
};

}  // namespace spoor
