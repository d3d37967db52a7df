#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/files/quarantine.h"
#include "shard/node/following_node.h"

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

// One collection of a FollowingNode: the store that serves, and the one that is built to take over
// from it.  That happens when it has all that the other one has: it has seen the log's end, and is
// nowhere behind the place in the log that the other one had reached.  Only then what it replaces
// is set aside.
//
// Thread safety: Step from one thread (its own, with options.threads); the rest from any.
class FollowingNode::Following {
 public:
  // What is the node's: all outlive it.
  struct Room {
    const std::string& root;
    const FollowingNodeOptions& options;
    std::shared_ptr<Memory> memory;
    LogStore& logs;
    Quarantine& quarantine;
  };
  Following(Room room, FollowOrder order);
  ~Following();

  void Start();  // the thread
  void Adopt(FollowOrder order);
  // Takes an order that has changed, follows, swaps.  False: there was an error, wait a little.
  bool Step(std::chrono::milliseconds wait);
  std::shared_ptr<Follower> serving() const;
  uint64_t log_id() const { return log_id_; }
  ServedName Describe() const;

 private:
  enum class Standing : uint8_t {
    kGrowing = 1,   // it has not seen the log's end yet
    kComplete = 2,  // it has
    kCutOff = 3     // and then the log turned out to be another one, or to have lost its tail
  };
  struct Store {
    std::shared_ptr<Follower> follower;
    std::string directory;
    // As its note says.
    HomeSet kept;  // homes
    Standing standing = Standing::kGrowing;
  };

  void Loop();
  void FillBooks();
  FollowOrder order() const;
  absl::StatusOr<Store> Open(const FollowedDirectory& directory, const FollowOrder& order,
                             Access access) const;
  absl::StatusOr<Store> OpenWithNote(const FollowedDirectory& directory,
                                     const FollowOrder& order) const;
  absl::Status OpenStores(const FollowOrder& order);
  std::vector<FollowedDirectory> FindDirectories() const;
  absl::StatusOr<Store> Make(const FollowOrder& order);
  absl::Status Obey(const FollowOrder& order);
  absl::Status PlaceStore(Store& store, const FollowOrder& order) const;
  absl::Status Advance(std::chrono::milliseconds wait);
  absl::Status AdvanceBuilding(std::chrono::milliseconds wait);
  bool BuildingHasAll();
  absl::Status Note(Store& store, HomeSet kept, Standing standing) const;
  absl::Status NoteStanding(Store& store) const;
  absl::Status BeCutOff(const absl::Status& status);
  bool IsStuck() const;
  uint64_t CompleteEpoch() const;
  void Abandon(Store& store);
  void SetAside(Store& store, absl::string_view why);
  bool NeedsAnother(const HomeSet& wanted) const;
  void SetServing(std::shared_ptr<Follower> follower);
  void Tell(const absl::Status& status);
  std::string Problem(const absl::Status& status) const;

  const Room room_;
  const FollowingNodeOptions& options_;
  const std::string name_;
  const uint64_t log_id_;

  // Of the thread that steps.
  std::optional<FollowOrder> obeyed_;
  Store serving_, building_;
  bool is_hopeless_ = false;         // what serves goes on no more
  int times_cut_ = 0;                // in a row
  std::optional<LogPosition> goal_;  // of what is built, once it has seen the log's end
  // Directories that cannot be opened: set aside once what serves is complete.
  std::vector<std::string> damaged_;
  uint64_t next_number_ = 1;

  mutable Mutex mu_;
  ConditionVariable woken_;
  FollowOrder order_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Follower> shown_ ABSL_GUARDED_BY(mu_);
  std::string problem_ ABSL_GUARDED_BY(mu_);
  bool is_stuck_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t complete_epoch_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::thread thread_, filler_;
};

}  // namespace spoor
