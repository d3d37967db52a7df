#include "shard/node/following_node.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/files/data_directory.h"
#include "shard/node/following.h"

namespace spoor {

namespace fs = std::filesystem;

FollowingNode::FollowingNode(std::string root, const FollowingNodeOptions& options, LogStore& logs)
    : root_(std::move(root)),
      options_(options),
      logs_(logs),
      memory_(std::make_shared<Memory>(options.memory_bytes)),
      quarantine_(fs::path(root_).parent_path().string(), options.quarantine) {}

FollowingNode::~FollowingNode() = default;

absl::StatusOr<std::unique_ptr<FollowingNode>> FollowingNode::Open(
    const std::string& data_dir, const FollowingNodeOptions& options, LogStore& logs) {
  absl::Status opened = OpenDataDirectory(data_dir, DataKind::kFollowed, Access::kCreate);
  if (!opened.ok() && !absl::IsDataLoss(opened)) return opened;  // what is lost is followed anew
  const std::string root = RoomIn(data_dir, DataKind::kFollowed);
  std::error_code error;
  fs::create_directories(root, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot make ", root, ": ", error.message()));
  }
  auto node = std::unique_ptr<FollowingNode>(new FollowingNode(root, options, logs));
  if (absl::Status s = node->lock_.Take(data_dir + "/LOCK"); !s.ok()) return s;
  return node;
}

// Sets aside what is released; what nobody speaks of stays, and is told.
void FollowingNode::Judge(const NodeOrders& orders) {
  std::vector<FollowedDirectory> released;
  std::vector<ServedName> unordered;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error)) {
    const std::string name = entry.path().filename().string();
    FollowedDirectory directory;
    if (!FollowedDirectory::Parse(name, &directory)) continue;
    if (orders.released.contains(directory.log_id)) {
      released.push_back(directory);
    } else if (!IsFollowed(directory)) {
      ServedName& kept = unordered.emplace_back();
      kept.name = directory.collection;
      kept.log_id = directory.log_id;
      kept.problem = absl::StrCat("store ", name,
                                  " is kept though nothing is placed here: nobody "
                                  "has proved that it is needed no more");
    }
  }
  for (const FollowedDirectory& directory : released) {
    quarantine_
        .SetAside(root_, directory.name(),
                  "its collection was dropped, or has moved to other nodes")
        .IgnoreError();  // told
  }
  MutexLock lock(mu_);
  unordered_ = std::move(unordered);
}

bool FollowingNode::IsFollowed(const FollowedDirectory& directory) const {
  MutexLock lock(mu_);
  const auto it = following_.find(directory.collection);
  return it != following_.end() && it->second->log_id() == directory.log_id;
}

void FollowingNode::Adopt(const NodeOrders& orders) {
  std::vector<std::shared_ptr<Following>> gone;
  {
    MutexLock lock(mu_);
    for (auto it = following_.begin(); it != following_.end();) {
      const bool stays = !orders.released.contains(it->second->log_id());
      if (!stays) gone.push_back(it->second);
      it = stays ? std::next(it) : following_.erase(it);
    }
  }
  gone.clear();  // joins their threads, while others are served
  {
    MutexLock lock(mu_);
    for (const FollowOrder& order : orders.follow) {
      auto& following = following_[order.name];
      if (following == nullptr) {
        following = std::make_shared<Following>(
            Following::Room{root_, options_, memory_, logs_, quarantine_}, order);
        if (options_.threads) following->Start();
      } else if (following->log_id() == order.log_id) {
        following->Adopt(order);
      }  // else another log has the name, and nobody has proved that this one was dropped
    }
  }
  Judge(orders);
}

void FollowingNode::Step() {
  std::vector<std::shared_ptr<Following>> all;
  {
    MutexLock lock(mu_);
    for (const auto& [name, following] : following_) all.push_back(following);
  }
  for (const auto& following : all) following->Step(std::chrono::milliseconds(0));
}

absl::StatusOr<std::shared_ptr<Follower>> FollowingNode::FindFollower(
    absl::string_view name) const {
  MutexLock lock(mu_);
  const auto it = following_.find(name);
  if (it == following_.end()) {
    return absl::NotFoundError(absl::StrCat("no slot of collection '", name, "' is here"));
  }
  auto follower = it->second->serving();
  if (follower != nullptr) return follower;
  return absl::UnavailableError(absl::StrCat("collection '", name, "' is being opened"));
}

absl::StatusOr<std::shared_ptr<Served>> FollowingNode::FindServed(absl::string_view name) const {
  auto follower = FindFollower(name);
  // Who asks knows of a placement here: it has not come yet, or is over.
  if (!follower.ok()) return absl::UnavailableError(follower.status().message());
  return std::shared_ptr<Served>(*std::move(follower));
}

std::vector<FollowingNode::ServedName> FollowingNode::AllServed() const {
  MutexLock lock(mu_);
  std::vector<ServedName> out;
  for (const auto& [name, following] : following_) out.push_back(following->Describe());
  out.insert(out.end(), unordered_.begin(), unordered_.end());
  return out;
}

}  // namespace spoor
