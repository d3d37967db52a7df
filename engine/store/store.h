#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/store/access.h"
#include "engine/store/memory.h"
#include "engine/store/store_figures.h"

namespace rocksdb {
class Env;
}

namespace spoor {

// Families of keys: each is ordered by itself.
enum class Family : uint8_t { kMeta, kRecords, kIds, kJournal };
inline constexpr size_t kFamilies = 4;

// Durable bytes under keys; the only file that knows RocksDB is store.cc.
//
// Thread safety: all methods may be called from any number of threads.
class Store {
 public:
  // Several changes that happen together or not at all.
  class Batch {
   public:
    Batch();
    ~Batch();
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) noexcept;
    void Put(Family family, absl::string_view key, absl::string_view value);
    void Delete(Family family, absl::string_view key);
    void DeleteBelow(Family family, absl::string_view key);  // every key < key
    bool empty() const;

   private:
    friend class Store;
    struct Change;
    std::vector<Change> changes_;
  };

  // What the store held at one moment; reads through it see nothing newer.  Must not outlive the
  // store.
  class Snapshot {
   public:
    virtual ~Snapshot() = default;
  };
  using SnapshotPtr = std::shared_ptr<const Snapshot>;

  struct Options {
    std::shared_ptr<Memory> memory;  // not null
    rocksdb::Env* env = nullptr;     // null: the usual one
    Access access = Access::kWrite;
  };
  // Opens the store in directory path, or makes it (Access::kCreate, and then only).  Unavailable
  // when another process has it open, DataLoss when it is damaged: also when a file of it is
  // missing, or a record of its log, by which all that was written behind it would be lost.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                                     const Options& options);
  ~Store();

  // kSynced: durable, with all earlier commits, when OK is returned.  kUnsynced: a loss of power
  // may take it, and then all later ones.  ResourceExhausted when the disk is full.  Damage of what
  // is stored already stops no write.
  enum Durability : uint8_t { kSynced, kUnsynced };
  absl::Status Commit(Batch batch, Durability durability = kSynced);
  SnapshotPtr TakeSnapshot() const;

  // No value when nothing lies under the key.  snapshot may be null: the newest.
  absl::StatusOr<std::optional<std::string>> Get(Family family, absl::string_view key,
                                                 const Snapshot* snapshot) const;
  // All values at once, in the order of the keys; visit(i, value) only for those that exist, value
  // valid during the call.  With DataLoss all that can be read have been visited.
  absl::Status MultiGet(Family family, absl::Span<const std::string> keys, const Snapshot* snapshot,
                        const std::function<void(size_t, absl::string_view)>& visit) const;
  // Visits keys >= from in order while visit returns true.
  absl::Status Scan(
      Family family, absl::string_view from, const Snapshot* snapshot,
      const std::function<bool(absl::string_view key, absl::string_view value)>& visit) const;

  // Neither opened for reading nor failed: a commit that fails is the last one of a handle, which
  // knows no more what is in its log.  Opening the store anew tells.
  bool writable() const;
  bool failed() const;
  // So much may be used by what is done in the background; what would need more is not begun.
  void SetRoom(uint64_t free_bytes);

  absl::Status Flush();            // write buffers to files, so that the next start is short
  absl::Status VerifyChecksums();  // of everything on disk: DataLoss names the file
  uint64_t DiskBytes() const;
  StoreFigures Figures() const;

 private:
  struct Rep;  // keeps the storage library out of this header
  explicit Store(std::unique_ptr<Rep> rep);
  const std::unique_ptr<Rep> rep_;
};

struct Store::Batch::Change {
  enum class Kind : uint8_t { kPut, kDelete, kDeleteBelow } kind;
  Family family;
  std::string key, value;
};

}  // namespace spoor
