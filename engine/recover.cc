#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/sketch.h"
#include "engine/unfinished.h"

namespace spoor {
namespace {

// Records are read, fingerprinted and indexed in portions of this size.
constexpr size_t kPortion = 2048;

// The members of a segment to be, which Segment::Build borrows.
class Portion {
 public:
  void Add(uint64_t home, absl::string_view id, StoredRecord record, const IndexParams& params) {
    auto item = std::make_unique<Item>();
    item->home = home;
    item->id = std::string(id);
    item->fingerprint = MakeFingerprint(record.fixes, params);
    item->outline = OutlineOf(record.fixes, record.summary.box);
    item->sketch = SketchOf(record.fixes);
    item->record = std::move(record);
    item->record.fixes = {};
    geodabs_ += item->fingerprint.geodabs.size();
    items_.push_back(std::move(item));
  }
  size_t size() const { return items_.size(); }
  uint64_t bytes() const {
    return 64 * geodabs_ + 8192 * items_.size();
  }  // about, with what builds them
  void Clear() {
    items_.clear();
    geodabs_ = 0;
  }
  std::vector<SegmentEntry> entries() const {
    std::vector<SegmentEntry> out;
    for (const auto& i : items_) {
      out.push_back({.home = i->home,
                     .id = i->id,
                     .object = i->record.object,
                     .version = i->record.position,
                     .summary = &i->record.summary,
                     .outline = i->outline,
                     .sketch = i->sketch,
                     .tags = &i->record.tags,
                     .fingerprint = &i->fingerprint});
    }
    return out;
  }

 private:
  struct Item {
    uint64_t home = 0;
    std::string id;
    StoredRecord record;
    Outline outline;
    std::string sketch;
    Fingerprint fingerprint;
  };
  std::vector<std::unique_ptr<Item>> items_;
  uint64_t geodabs_ = 0;
};

}  // namespace

absl::Status Engine::Impl::Recover() {
  for (auto step : {&Impl::OpenStore, &Impl::LoadMeta, &Impl::LoadSegments}) {
    if (absl::Status s = (this->*step)(); !s.ok()) return s;
  }
  if (store_->writable()) {
    RemoveOrphans();
    disk_.KeepReserve();
    store_->SetRoom(disk_.free_bytes());
  }
  CountMemory();
  Publish();
  return absl::OkStatus();
}

absl::Status Engine::Impl::OpenStore() {
  std::error_code error;
  if (options_.access != Access::kCreate && IsUnfinished(path_)) {
    return absl::DataLossError(absl::StrCat("the store in ", path_, " was never finished"));
  }
  if (writes()) std::filesystem::create_directories(path_ + "/segments", error);
  if (error && disk_.Check().ok()) {
    return absl::UnavailableError(absl::StrCat("cannot make ", path_, ": ", error.message()));
  }
  Store::Options options{.memory = memory_, .env = options_.env, .access = options_.access};
  if (options.access == Access::kWrite) options.access = Affordable();
  auto store = Store::Open(path_ + "/store", options);
  if (absl::IsResourceExhausted(store.status()) && options.access == Access::kWrite) {
    options.access = Access::kRead;
    store = Store::Open(path_ + "/store", options);
  }
  disk_full_ = writes() && options.access == Access::kRead;
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  return absl::OkStatus();
}

// Opening a store for writing takes room: on a full disk it is opened for reading, until there is
// some (reopen.cc).
Access Engine::Impl::Affordable() const {
  return disk_.Check().ok() ? Access::kWrite : Access::kRead;
}

absl::Status Engine::Impl::LoadMeta() {
  const auto header = store_->Get(Family::kMeta, kHeaderKey, nullptr);
  const auto manifest = store_->Get(Family::kMeta, kManifestKey, nullptr);
  const auto position = store_->Get(Family::kMeta, kPositionKey, nullptr);
  const auto followed = store_->Get(Family::kMeta, kFollowedKey, nullptr);
  for (const auto& v : {header, manifest, position, followed}) {
    if (!v.ok()) return v.status();
  }
  if (position->has_value()) {
    const auto decoded = DecodePosition(**position);
    if (!decoded.ok()) return decoded.status();
    position_ = *decoded;
  }
  if (followed->has_value()) {
    auto decoded = DecodeFollowed(**followed);
    if (!decoded.ok()) return decoded.status();
    followed_ = *std::move(decoded);
    followed_at_start_ms_ = followed_.time_ms;
    saved_total_ = LogPosition{.next = followed_.next}.total();
  }
  if (manifest->has_value()) {
    auto decoded = DecodeManifest(**manifest);
    if (!decoded.ok()) return decoded.status();
    manifest_ = *std::move(decoded);
    has_params_ = true;
    next_file_ = std::max(next_file_.load(), manifest_.next_file);  // some may be being written
    if (options_.params && *options_.params != manifest_.params) {
      return absl::FailedPreconditionError("the collection exists with other index parameters");
    }
  }
  if (header->has_value()) {
    const auto decoded = DecodeHeader(**header);
    if (!decoded.ok()) return decoded.status();
    header_ = *decoded;
    if (followed->has_value() == follows() && (!follows() || header_.log_id == *options_.follow)) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "the store is of log ", header_.log_id, followed->has_value() ? "" : ", its own",
        ", and was asked to follow ", options_.follow.value_or(0)));
  }
  if (options_.access == Access::kCreate) return MakeMeta();
  return absl::DataLossError(absl::StrCat("damaged store: ", path_, " has no header"));
}

absl::Status Engine::Impl::MakeMeta() {
  std::random_device random;
  header_.log_id = options_.follow.value_or(uint64_t{random()} << 32 | random());
  Store::Batch batch;
  if (follows()) batch.Put(Family::kMeta, kFollowedKey, EncodeFollowed({}));
  batch.Put(Family::kMeta, kHeaderKey, EncodeHeader(header_));
  if (options_.params) {
    manifest_.params = *options_.params;
    manifest_.generation = 1;
    manifest_.fingerprint_version = kFingerprintVersion;
    has_params_ = true;
    batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest_));
  }
  return store_->Commit(std::move(batch));
}

absl::Status Engine::Impl::LoadSegments() {
  if (!has_params_) return absl::OkStatus();
  if (manifest_.fingerprint_version != kFingerprintVersion) return Rebuild("older fingerprints");
  for (const Manifest::File& f : manifest_.files) {
    auto segment = Segment::Open(SegmentPath(f.number));
    if (!segment.ok()) return Rebuild(segment.status().message());
    LiveSegment live{
        .view = {*std::move(segment), nullptr}, .uid = NextSegmentUid(), .file = f.number};
    if (!f.deleted.empty()) {
      auto deleted = OrdinalSet::Decode(f.deleted, live.view.segment->size());
      if (!deleted.ok()) return Rebuild(deleted.status().message());
      live.view.deleted = std::make_shared<OrdinalSet>(*std::move(deleted));
    }
    segments_.push_back(std::move(live));
  }
  const auto snapshot = store_->TakeSnapshot();
  uint64_t lines = 0;
  return Replay(manifest_.sealed_position, *snapshot, manifest_.params, segments_, &lines);
}

absl::Status Engine::Impl::Replay(uint64_t after, const Store::Snapshot& snapshot,
                                  const IndexParams& params, std::vector<LiveSegment>& list,
                                  uint64_t* lines) const {
  std::vector<JournalLine> inserts;
  absl::Status status;
  absl::Status scanned = store_->Scan(Family::kJournal, JournalKey(after + 1), &snapshot,
                                      [&](absl::string_view key, absl::string_view value) {
                                        auto line = DecodeJournalLine(key, value);
                                        status.Update(line.status());
                                        if (!status.ok()) return false;
                                        ++*lines;
                                        Remove(list, line->home, line->id, line->version);
                                        if (line->old_home)
                                          Remove(list, *line->old_home, line->id, line->version);
                                        if (line->insert) inserts.push_back(*std::move(line));
                                        return true;
                                      });
  status.Update(scanned);
  Portion portion;
  const auto flush = [&] {
    if (portion.size() == 0) return;
    AddMemorySegment(list, portion.entries());
    MergeSmall(list);
    portion.Clear();
  };
  for (const JournalLine& line : inserts) {
    if (!status.ok()) break;
    const auto value = store_->Get(Family::kRecords, RecordKey(line.home, line.id), &snapshot);
    status.Update(value.status());
    if (!status.ok() || !value->has_value()) continue;  // deleted or moved later
    auto record = DecodeRecord(**value);
    status.Update(record.status());
    if (!status.ok() || record->position != line.version) continue;  // replaced later
    portion.Add(line.home, line.id, *std::move(record), params);
    if (portion.size() == kPortion) flush();
  }
  if (status.ok()) flush();
  return status;
}

absl::StatusOr<std::vector<LiveSegment>> Engine::Impl::BuildAll(
    const IndexParams& params, const Store::Snapshot& snapshot, const Patience& patience,
    const std::function<void(double)>& progress) {
  std::vector<LiveSegment> out;
  Portion portion;
  absl::Status status;
  double done = 0;
  const auto flush = [&] {
    if (portion.size() == 0) return;
    status.Update(disk_.Check(portion.bytes()));
    if (!status.ok()) return;
    const SegmentView built{Segment::Build(portion.entries()), nullptr};
    portion.Clear();
    const uint64_t file = next_file_.fetch_add(1);
    auto written = MergeToFile(absl::MakeConstSpan(&built, 1), SegmentPath(file));
    status.Update(written.status());
    if (!written.ok()) return;
    out.push_back({.view = {*std::move(written), nullptr}, .uid = NextSegmentUid(), .file = file});
  };
  absl::Status scanned = store_->Scan(
      Family::kRecords, "", &snapshot, [&](absl::string_view key, absl::string_view value) {
        const auto split = SplitRecordKey(key);
        status.Update(split.status());
        auto record = DecodeRecord(value);
        status.Update(record.status());
        if (status.ok()) status.Update(patience.Check());
        if (!status.ok()) return false;
        portion.Add(split->first, split->second, *std::move(record), params);
        if (++done; static_cast<uint64_t>(done) % kPortion == 0) progress(done);
        if (portion.size() >= options_.seal_trajectories ||
            portion.bytes() >= memory_->segment_budget()) {
          flush();
        }
        return status.ok();
      });
  status.Update(scanned);
  if (status.ok()) flush();
  if (!status.ok()) {
    RemoveFiles(out);
    return status;
  }
  return out;
}

// Index files are derived: when one is lost, all are made anew from the records.
absl::Status Engine::Impl::Rebuild(absl::string_view why) {
  rebuilt_ = std::string(why);
  segments_.clear();
  const auto snapshot = store_->TakeSnapshot();
  if (!store_->writable()) return RebuildInMemory(*snapshot);
  auto built = BuildAll(manifest_.params, *snapshot, Patience(), [](double) {});
  if (!built.ok()) return built.status();
  segments_ = *std::move(built);
  manifest_.fingerprint_version = kFingerprintVersion;
  manifest_.sealed_position = position_;
  manifest_ = ManifestOf(segments_);
  Store::Batch batch;
  batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest_));
  batch.DeleteBelow(Family::kJournal, JournalKey(position_ + 1));
  return store_->Commit(std::move(batch));
}

// The same where no file may be made, for as long as this process reads.
absl::Status Engine::Impl::RebuildInMemory(const Store::Snapshot& snapshot) {
  Portion portion;
  absl::Status status;
  const auto flush = [&] {
    if (portion.size() == 0) return;
    AddMemorySegment(segments_, portion.entries());
    MergeSmall(segments_);
    portion.Clear();
  };
  const absl::Status scanned = store_->Scan(
      Family::kRecords, "", &snapshot, [&](absl::string_view key, absl::string_view value) {
        const auto split = SplitRecordKey(key);
        status.Update(split.status());
        auto record = DecodeRecord(value);
        status.Update(record.status());
        if (!status.ok()) return false;
        portion.Add(split->first, split->second, *std::move(record), manifest_.params);
        if (portion.size() == kPortion) flush();
        return true;
      });
  status.Update(scanned);
  if (status.ok()) flush();
  return status;
}

void Engine::Impl::RemoveOrphans() const {
  std::set<std::string> known;
  for (const LiveSegment& s : segments_) known.insert(SegmentPath(s.file));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/segments", ignored)) {
    if (!known.contains(entry.path().string())) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace spoor
