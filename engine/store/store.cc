#include "engine/store/store.h"

#include <malloc.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/store/log_file_check.h"

namespace spoor {

struct Memory::Blocks {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
};

namespace {

// Blocks as large as a merge asks for go back when they are freed, whatever was freed before; and
// threads share a few heaps, each of which keeps what it has once held.
void TameAllocator() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_ARENA_MAX, static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2U, 16U)));
#endif
}

}  // namespace

Memory::Memory(uint64_t bytes)
    : bytes_(bytes), blocks_(std::make_unique<Blocks>()), geometry_(bytes * 3 / 16) {
  static std::once_flag tamed;
  std::call_once(tamed, TameAllocator);
  blocks_->cache = rocksdb::NewLRUCache(bytes / 4);
  blocks_->buffers = std::make_shared<rocksdb::WriteBufferManager>(bytes / 8);
}

Memory::~Memory() = default;

Memory::Use Memory::use() const {
  return {.blocks = blocks_->cache->GetUsage(),
          .write_buffers = blocks_->buffers->memory_usage(),
          .geometry = geometry_.bytes(),
          .segments = segment_bytes_.load(),
          .work = work_bytes_.load()};
}

void Memory::ReturnFree() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

namespace {

constexpr std::array<const char*, kFamilies> kNames = {"default", "records", "ids", "journal"};
constexpr size_t kBlockBytes = 16 << 10;  // a few records: what a range scan and one Get like
constexpr int kBloomBits = 10;            // 1 % of the look-ups of unknown ids read a block
constexpr uint64_t kCompactionSpare = 16 << 20;  // stays free beside what a compaction may take
constexpr uint64_t kMostRoom = uint64_t{1} << 60;
constexpr uint64_t kMaxLogBytes = 64 << 20;  // what a start after a crash replays at most

// A handle that has failed is given up: the library need not mend it by itself.
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

// The library's own log ends the process when the disk has been full twice in a row: Debian's has
// its assertions on.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

absl::Status FromRocks(const rocksdb::Status& s) {
  if (s.ok()) return absl::OkStatus();
  const std::string text = s.ToString();
  if (s.IsNotFound()) return absl::NotFoundError(text);
  if (s.IsCorruption() || s.IsPathNotFound()) return absl::DataLossError(text);
  if (s.IsNoSpace() || absl::StrContains(text, "No space left")) {
    return absl::ResourceExhaustedError(absl::StrCat("disk full: ", text));
  }
  if (absl::StrContains(text, "lock ") || absl::StrContains(text, "LOCK")) {
    return absl::UnavailableError(absl::StrCat("the store is open in another process: ", text));
  }
  return absl::InternalError(text);
}

rocksdb::Slice ToSlice(absl::string_view s) { return {s.data(), s.size()}; }
absl::string_view ToView(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

rocksdb::DBOptions DbOptions(const Store::Options& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = db.error_if_exists = options.access == Access::kCreate;
  db.create_missing_column_families = options.access == Access::kCreate;
  db.paranoid_checks = true;
  // A torn end of the log is what a loss of power leaves; anything else is damage.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;  // a lost log must not pass for an empty one
  db.max_total_wal_size = kMaxLogBytes;
  db.max_bgerror_resume_count = 0;
  db.avoid_flush_during_recovery = true;  // a start must not need much room
  db.max_background_jobs = 2;
  db.max_open_files = 512;
  db.max_file_opening_threads = 1;  // where more cannot be started, the library ends the process
  db.info_log = std::make_shared<NoLog>();
  db.write_buffer_manager = options.memory->blocks().buffers;
  if (options.env != nullptr) db.env = options.env;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const Store::Options& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = options.memory->blocks().cache;
  table.block_size = kBlockBytes;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBits));
  rocksdb::ColumnFamilyOptions cf;
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  cf.compression = rocksdb::kLZ4Compression;
  cf.write_buffer_size = std::clamp<uint64_t>(options.memory->bytes() / 32, 1 << 20, 64 << 20);
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (const char* name : kNames) out.emplace_back(name, cf);
  return out;
}

// A compaction that meets a damaged block changes nothing, and the library would take no writes any
// more.  Writes to all else are sound, and among them may be what mends it: they go on, without
// compactions.
class CompactionWatch final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    if (reason != rocksdb::BackgroundErrorReason::kCompaction || !error->IsCorruption()) return;
    *error = rocksdb::Status::OK();
    damaged_ = true;
  }
  // Whether that has happened since it was asked last.
  bool TakeDamaged() { return damaged_.exchange(false); }

 private:
  std::atomic<bool> damaged_ = false;
};

}  // namespace

struct Store::Rep {
  const std::shared_ptr<CompactionWatch> compactions = std::make_shared<CompactionWatch>();
  std::shared_ptr<Memory> memory;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  std::shared_ptr<rocksdb::SstFileManager> files;
  Access access = Access::kRead;
  std::atomic<bool> failed = false;  // a commit has

  ~Rep() {
    for (auto* h : handles) db->DestroyColumnFamilyHandle(h);
    if (db != nullptr) db->Close();
  }
  uint64_t LogBytes() const;
  rocksdb::ColumnFamilyHandle* of(Family f) const { return handles[static_cast<size_t>(f)]; }
};

namespace {

class RocksSnapshot final : public Store::Snapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

rocksdb::ReadOptions ReadAt(const Store::Snapshot* snapshot) {
  rocksdb::ReadOptions read;
  if (snapshot != nullptr) read.snapshot = static_cast<const RocksSnapshot*>(snapshot)->get();
  return read;
}

}  // namespace

Store::Batch::Batch() = default;
Store::Batch::~Batch() = default;
Store::Batch::Batch(Batch&&) noexcept = default;
Store::Batch& Store::Batch::operator=(Batch&&) noexcept = default;
void Store::Batch::Put(Family family, absl::string_view key, absl::string_view value) {
  changes_.push_back({Change::Kind::kPut, family, std::string(key), std::string(value)});
}
void Store::Batch::Delete(Family family, absl::string_view key) {
  changes_.push_back({Change::Kind::kDelete, family, std::string(key), {}});
}
void Store::Batch::DeleteBelow(Family family, absl::string_view key) {
  changes_.push_back({Change::Kind::kDeleteBelow, family, std::string(key), {}});
}
bool Store::Batch::empty() const { return changes_.empty(); }

Store::Store(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& path,
                                                   const Options& options) {
  if (options.access != Access::kCreate) {
    if (absl::Status s = CheckLogs(path); !s.ok()) return s;
  }
  auto rep = std::make_unique<Rep>();
  rocksdb::DB* db = nullptr;
  rocksdb::DBOptions db_options = DbOptions(options);
  rep->access = options.access;
  rep->memory = options.memory;
  db_options.listeners = {rep->compactions};
  if (options.access != Access::kRead) {
    rep->files.reset(rocksdb::NewSstFileManager(db_options.env));
    rep->files->SetCompactionBufferSize(kCompactionSpare);
    db_options.sst_file_manager = rep->files;
    db_options.listeners.push_back(std::make_shared<NoRecovery>());
  }
  rocksdb::Status s;
  try {
    s = options.access == Access::kRead
            ? rocksdb::DB::OpenForReadOnly(db_options, path, Families(options), &rep->handles, &db)
            : rocksdb::DB::Open(db_options, path, Families(options), &rep->handles, &db);
  } catch (const std::exception& e) {  // no memory, or no thread to be had
    return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", e.what()));
  }
  if (!s.ok()) return FromRocks(s);
  rep->db.reset(db);
  return std::unique_ptr<Store>(new Store(std::move(rep)));
}

absl::Status Store::Commit(Batch batch, Durability durability) {
  rocksdb::WriteBatch out;
  for (const Batch::Change& c : batch.changes_) {
    auto* cf = rep_->of(c.family);
    switch (c.kind) {
      case Batch::Change::Kind::kPut:
        out.Put(cf, c.key, c.value);
        break;
      case Batch::Change::Kind::kDelete:
        out.Delete(cf, c.key);
        break;
      case Batch::Change::Kind::kDeleteBelow:
        out.DeleteRange(cf, rocksdb::Slice(), c.key);
        break;
    }
  }
  if (!writable()) return absl::UnavailableError("the store has failed to write before");
  if (rep_->compactions->TakeDamaged()) {
    for (auto* family : rep_->handles) {
      const auto s = rep_->db->SetOptions(family, {{"disable_auto_compactions", "true"}});
      if (!s.ok()) return FromRocks(s);
    }
  }
  rocksdb::WriteOptions write;
  write.sync = durability == kSynced;
  const rocksdb::Status s = rep_->db->Write(write, &out);
  if (!s.ok()) rep_->failed = true;
  return FromRocks(s);
}

bool Store::writable() const { return rep_->access != Access::kRead && !rep_->failed; }
bool Store::failed() const { return rep_->failed; }

// A compaction that would exceed this is not begun: one that fails in its midst can end the process
// (the library's own assertions).
void Store::SetRoom(uint64_t free_bytes) {
  if (rep_->files == nullptr) return;
  rep_->files->SetMaxAllowedSpaceUsage(rep_->files->GetTotalSize() +
                                       std::max<uint64_t>(1, std::min(free_bytes, kMostRoom)));
}

Store::SnapshotPtr Store::TakeSnapshot() const {
  return std::make_shared<RocksSnapshot>(*rep_->db);
}

absl::StatusOr<std::optional<std::string>> Store::Get(Family family, absl::string_view key,
                                                      const Snapshot* snapshot) const {
  std::string value;
  const auto s = rep_->db->Get(ReadAt(snapshot), rep_->of(family), ToSlice(key), &value);
  if (s.IsNotFound()) return std::nullopt;
  if (!s.ok()) return FromRocks(s);
  return std::optional<std::string>(std::move(value));
}

absl::Status Store::MultiGet(Family family, absl::Span<const std::string> keys,
                             const Snapshot* snapshot,
                             const std::function<void(size_t, absl::string_view)>& visit) const {
  constexpr size_t kAtOnce = 256;
  const rocksdb::ReadOptions read = ReadAt(snapshot);
  absl::Status damaged;
  for (size_t from = 0; from < keys.size(); from += kAtOnce) {
    const size_t n = std::min(kAtOnce, keys.size() - from);
    std::array<rocksdb::Slice, kAtOnce> slices;
    std::array<rocksdb::PinnableSlice, kAtOnce> values;
    std::array<rocksdb::Status, kAtOnce> states;
    for (size_t i = 0; i < n; ++i) slices[i] = keys[from + i];
    rep_->db->MultiGet(read, rep_->of(family), n, slices.data(), values.data(), states.data());
    for (size_t i = 0; i < n; ++i) {
      if (states[i].ok()) visit(from + i, ToView(values[i]));
      if (states[i].IsCorruption()) damaged.Update(FromRocks(states[i]));
      const bool failed = !states[i].ok() && !states[i].IsNotFound() && !states[i].IsCorruption();
      if (failed) return FromRocks(states[i]);
    }
  }
  return damaged;
}

absl::Status Store::Scan(
    Family family, absl::string_view from, const Snapshot* snapshot,
    const std::function<bool(absl::string_view, absl::string_view)>& visit) const {
  rocksdb::ReadOptions read = ReadAt(snapshot);
  read.readahead_size = 1 << 20;
  read.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(rep_->db->NewIterator(read, rep_->of(family)));
  for (it->Seek(ToSlice(from)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()), ToView(it->value()))) break;
  }
  return FromRocks(it->status());
}

absl::Status Store::Flush() { return FromRocks(rep_->db->Flush({}, rep_->handles)); }

absl::Status Store::VerifyChecksums() {
  return FromRocks(rep_->db->VerifyChecksum(rocksdb::ReadOptions()));
}

// By the directory: to list its logs the library would read a batch of each.
uint64_t Store::Rep::LogBytes() const {
  uint64_t sum = 0;
  std::vector<rocksdb::Env::FileAttributes> files;
  if (!db->GetEnv()->GetChildrenFileAttributes(db->GetName(), &files).ok()) return 0;
  for (const auto& file : files) {
    if (absl::EndsWith(file.name, ".log")) sum += file.size_bytes;
  }
  return sum;
}

uint64_t Store::DiskBytes() const {
  uint64_t files = 0;
  rep_->db->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
  return files + rep_->LogBytes();
}

namespace {

// A figure that the library keeps, of each family (and then their sum is it) or of the whole.
struct Property {
  const std::string* name;
  bool of_each_family;
  uint64_t StoreFigures::* figure;
};
using Properties = rocksdb::DB::Properties;
const Property kProperties[] = {
    {&Properties::kSizeAllMemTables, true, &StoreFigures::memtable_bytes},
    {&Properties::kNumImmutableMemTable, true, &StoreFigures::memtables_waiting},
    {&Properties::kEstimateTableReadersMem, true, &StoreFigures::table_readers_bytes},
    {&Properties::kTotalSstFilesSize, true, &StoreFigures::sst_bytes},
    {&Properties::kLiveSstFilesSize, true, &StoreFigures::live_sst_bytes},
    {&Properties::kEstimatePendingCompactionBytes, true, &StoreFigures::pending_compaction_bytes},
    {&Properties::kNumRunningCompactions, false, &StoreFigures::running_compactions},
    {&Properties::kNumRunningFlushes, false, &StoreFigures::running_flushes},
    {&Properties::kIsWriteStopped, false, &StoreFigures::write_stopped},
    {&Properties::kActualDelayedWriteRate, false, &StoreFigures::delayed_write_bytes_per_s},
    {&Properties::kBackgroundErrors, false, &StoreFigures::background_errors},
    {&Properties::kNumSnapshots, false, &StoreFigures::snapshots},
    {&Properties::kOldestSnapshotTime, false, &StoreFigures::oldest_snapshot_unix_s},
};

}  // namespace

StoreFigures Store::Figures() const {
  StoreFigures out;
  for (const Property& p : kProperties) {
    uint64_t& figure = out.*p.figure;
    p.of_each_family ? rep_->db->GetAggregatedIntProperty(*p.name, &figure)
                     : rep_->db->GetIntProperty(*p.name, &figure);
  }
  for (auto* family : rep_->handles) {
    std::string files;
    rep_->db->GetProperty(family, Properties::kNumFilesAtLevelPrefix + "0", &files);
    uint64_t n = 0;
    if (absl::SimpleAtoi(files, &n)) out.level0_files += n;
  }
  out.wal_bytes = rep_->LogBytes();
  const rocksdb::Cache& cache = *rep_->memory->blocks().cache;
  out.cache_bytes = cache.GetUsage();
  out.cache_capacity_bytes = cache.GetCapacity();
  out.cache_pinned_bytes = cache.GetPinnedUsage();
  return out;
}

}  // namespace spoor
