#include "shard/node/node.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/store/memory.h"
#include "engine/store/unfinished.h"
#include "engine/wait/mutex.h"
#include "shard/files/data_directory.h"
#include "shard/files/directory_lock.h"
#include "shard/meta/cluster_state.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

// A collection's directory is <name>.<number>; the number is new each time, so that an engine still
// in use after its collection was dropped shares no path with the next one of that name.
bool SplitDirectory(absl::string_view directory, std::string* name, uint64_t* number) {
  const std::vector<absl::string_view> parts = absl::StrSplit(directory, '.');
  if (parts.size() != 2 || !IsCollectionName(parts[0])) return false;
  *name = std::string(parts[0]);
  return absl::SimpleAtoi(parts[1], number);
}

absl::Status NoSuchCollection(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no collection '", name, "'"));
}

absl::Status CannotOpen(absl::string_view name, const absl::Status& why) {
  const bool own =
      absl::IsDataLoss(why) || absl::IsUnavailable(why) || absl::IsResourceExhausted(why);
  return absl::Status(own ? why.code() : absl::StatusCode::kInternal,
                      absl::StrCat("collection '", name, "' cannot be opened: ", why.message()));
}

}  // namespace

class EmbeddedNode::Impl {
 public:
  Impl(std::string data_dir, const NodeOptions& options)
      : root_(RoomIn(data_dir, DataKind::kCollections)),
        options_(options),
        memory_(std::make_shared<Memory>(options.memory_bytes)) {}

  absl::Status OpenAll(const std::string& data_dir);
  absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params);
  absl::StatusOr<EnginePtr> Find(absl::string_view name) const;
  std::vector<std::string> Names() const;
  absl::Status Drop(absl::string_view name);
  const Memory* memory() const { return memory_.get(); }

 private:
  struct Entry {
    absl::StatusOr<EnginePtr> engine;  // or why it cannot be opened
    std::string directory;
  };

  void OpenDirectory(const std::string& directory) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<EnginePtr> OpenCollection(const std::string& directory, Access access,
                                           std::optional<IndexParams> params) const;
  bool writes() const { return options_.access != Access::kRead; }
  absl::Status CheckWrites() const;

  const std::string root_;
  const NodeOptions options_;
  const std::shared_ptr<Memory> memory_;
  DirectoryLock lock_;
  mutable Mutex mu_;  // held while a collection opens or goes, so that none does twice
  std::map<std::string, Entry, std::less<>> collections_ ABSL_GUARDED_BY(mu_);
  uint64_t next_number_ ABSL_GUARDED_BY(mu_) = 1;
};

absl::Status EmbeddedNode::Impl::OpenAll(const std::string& data_dir) {
  absl::Status opened = OpenDataDirectory(data_dir, DataKind::kCollections, options_.access);
  if (!opened.ok()) return opened;
  const std::string lock_path = data_dir + "/LOCK";
  absl::Status locked = writes() ? lock_.Take(lock_path) : lock_.TakeIfThere(lock_path);
  if (!locked.ok()) return locked;
  std::vector<std::string> directories;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error)) {
    directories.push_back(entry.path().filename().string());
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot read ", root_, ": ", error.message()));
  }
  MutexLock lock(mu_);
  for (const std::string& directory : directories) OpenDirectory(directory);
  return absl::OkStatus();
}

void EmbeddedNode::Impl::OpenDirectory(const std::string& directory) {
  const std::string path = absl::StrCat(root_, "/", directory);
  std::error_code ignored;
  if (directory[0] == '.') {  // was being dropped
    if (writes()) fs::remove_all(path, ignored);
    return;
  }
  std::string name;
  uint64_t number = 0;
  if (!SplitDirectory(directory, &name, &number)) return;
  next_number_ = std::max(next_number_, number + 1);
  if (!fs::is_directory(path, ignored)) return;
  if (IsUnfinished(path)) {
    if (writes()) RemoveUnfinished(path);
    return;
  }
  auto engine = OpenCollection(directory, writes() ? Access::kWrite : Access::kRead, std::nullopt);
  if (!engine.ok()) engine = CannotOpen(name, engine.status());
  collections_.insert_or_assign(name, Entry{std::move(engine), directory});
}

absl::Status EmbeddedNode::Impl::CheckWrites() const {
  if (writes()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(root_, " was opened for reading only"));
}

absl::StatusOr<EnginePtr> EmbeddedNode::Impl::OpenCollection(
    const std::string& directory, Access access, std::optional<IndexParams> params) const {
  EngineOptions options;
  options.access = access;
  options.params = std::move(params);
  options.memory = memory_;
  options.min_free_disk_bytes = options_.min_free_disk_bytes;
  options.on_damage = options_.on_damage;
  auto engine = Engine::Open(absl::StrCat(root_, "/", directory), options);
  if (!engine.ok()) return engine.status();
  return EnginePtr(*std::move(engine));
}

absl::StatusOr<EmbeddedNode::Created> EmbeddedNode::Impl::Create(
    absl::string_view name, std::optional<IndexParams> params) {
  if (!IsCollectionName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("collection name '", name, "', allowed: [a-z0-9_-]{1,64}"));
  }
  if (params) {
    if (absl::Status s = Validate(*params); !s.ok()) return s;
  }
  if (absl::Status s = CheckWrites(); !s.ok()) return s;
  MutexLock lock(mu_);
  if (const auto it = collections_.find(name); it != collections_.end()) {
    if (!it->second.engine.ok()) return it->second.engine.status();
    if (params && (*it->second.engine)->params() != params) {
      return absl::FailedPreconditionError(
          absl::StrCat("collection '", name, "' exists with other index parameters"));
    }
    return Created{*it->second.engine, false};
  }
  if (collections_.size() >= options_.max_collections) {
    return absl::OutOfRangeError(absl::StrCat("there are ", collections_.size(),
                                              " collections, allowed: ", options_.max_collections));
  }
  const std::string directory = absl::StrCat(name, ".", next_number_++);
  auto made = OpenCollection(directory, Access::kCreate, std::move(params));
  if (!made.ok()) return made.status();
  collections_.insert_or_assign(std::string(name), Entry{*made, directory});
  return Created{*std::move(made), true};
}

absl::StatusOr<EnginePtr> EmbeddedNode::Impl::Find(absl::string_view name) const {
  MutexLock lock(mu_);
  const auto it = collections_.find(name);
  if (it == collections_.end()) return NoSuchCollection(name);
  return it->second.engine;
}

std::vector<std::string> EmbeddedNode::Impl::Names() const {
  MutexLock lock(mu_);
  std::vector<std::string> out;
  for (const auto& [name, collection] : collections_) out.push_back(name);
  return out;
}

absl::Status EmbeddedNode::Impl::Drop(absl::string_view name) {
  if (absl::Status s = CheckWrites(); !s.ok()) return s;
  absl::StatusOr<EnginePtr> gone;
  std::string path;
  {
    MutexLock lock(mu_);
    const auto it = collections_.find(name);
    if (it == collections_.end()) return NoSuchCollection(name);
    // Renamed first: after a crash a half-removed directory must not pass for a collection.
    path = absl::StrCat(root_, "/.dropped-", it->second.directory);
    std::error_code error;
    fs::rename(absl::StrCat(root_, "/", it->second.directory), path, error);
    if (error) {
      return absl::InternalError(absl::StrCat("cannot drop '", name, "': ", error.message()));
    }
    gone = std::move(it->second.engine);
    collections_.erase(it);
  }
  gone = EnginePtr();  // whoever still uses it keeps its open files
  std::error_code ignored;
  fs::remove_all(path, ignored);
  return absl::OkStatus();
}

EmbeddedNode::EmbeddedNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedNode::~EmbeddedNode() = default;

absl::StatusOr<std::unique_ptr<EmbeddedNode>> EmbeddedNode::Open(const std::string& data_dir,
                                                                 const NodeOptions& options) {
  auto impl = std::make_unique<Impl>(data_dir, options);
  if (absl::Status s = impl->OpenAll(data_dir); !s.ok()) return s;
  return std::unique_ptr<EmbeddedNode>(new EmbeddedNode(std::move(impl)));
}

absl::StatusOr<EmbeddedNode::Created> EmbeddedNode::Create(absl::string_view name,
                                                           std::optional<IndexParams> params) {
  return impl_->Create(name, std::move(params));
}
absl::StatusOr<EnginePtr> EmbeddedNode::Find(absl::string_view name) const {
  return impl_->Find(name);
}
std::vector<std::string> EmbeddedNode::Names() const { return impl_->Names(); }
absl::Status EmbeddedNode::Drop(absl::string_view name) { return impl_->Drop(name); }
absl::StatusOr<std::shared_ptr<Served>> EmbeddedNode::FindServed(absl::string_view name) const {
  auto found = Find(name);
  if (!found.ok()) return found.status();
  return ServeEngine(*std::move(found));
}
std::vector<EmbeddedNode::ServedName> EmbeddedNode::AllServed() const {
  std::vector<ServedName> out;
  for (std::string& name : Names()) {
    auto served = FindServed(name);
    if (served.ok()) {
      out.push_back({std::move(name), *std::move(served), ""});
    } else if (!absl::IsNotFound(served.status())) {  // else dropped just now
      out.push_back({std::move(name), nullptr, std::string(served.status().message())});
    }
  }
  return out;
}
const Memory* EmbeddedNode::memory() const { return impl_->memory(); }

}  // namespace spoor
