#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/file_build.h"
#include "engine/segment/segment_portion.h"
#include "engine/store/record_scan.h"
#include "engine/store/unfinished.h"

namespace spoor {
namespace {

// Whether it is proven that the file cannot serve any more: it is damaged, or not there.  That this
// process cannot open it now, for want of descriptors, memory or permission, is no such proof.
bool IsOfNoUse(const absl::Status& opened) {
  return absl::IsDataLoss(opened) || absl::IsNotFound(opened);
}

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
  const auto lost = store_->Get(Family::kMeta, kLostKey, nullptr);
  for (const auto& v : {header, manifest, position, followed, lost}) {
    if (!v.ok()) return v.status();
  }
  if (lost->has_value()) {
    auto decoded = DecodeLost(**lost);
    if (!decoded.ok()) return decoded.status();
    lost_ = *std::move(decoded);
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
    if (IsOfNoUse(segment.status())) return Rebuild(segment.status().message());
    if (!segment.ok()) return segment.status();
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
  LostIds unreadable;
  const auto lines = Replay(manifest_.sealed_position, *snapshot, manifest_.params, segments_,
                            follows() ? nullptr : &unreadable);
  if (absl::IsDataLoss(lines.status()) && !follows()) {
    return Rebuild(Told(lines.status()).message());
  }
  if (!lines.ok()) return lines.status();
  return Lose(std::move(unreadable));
}

// Records that no segment has: remembered, so that no later start takes them for deleted ones.
absl::Status Engine::Impl::Lose(LostIds ids) {
  const size_t before = lost_.size();
  lost_.merge(ids);
  if (lost_.size() == before || !store_->writable()) return absl::OkStatus();
  Store::Batch batch;
  batch.Put(Family::kMeta, kLostKey, EncodeLost(lost_));
  return store_->Commit(std::move(batch));
}

absl::StatusOr<uint64_t> Engine::Impl::Replay(uint64_t after, const Store::Snapshot& snapshot,
                                              const IndexParams& params,
                                              std::vector<LiveSegment>& list,
                                              LostIds* unreadable) const {
  std::vector<JournalLine> inserts;
  uint64_t lines = 0;
  absl::Status status;
  absl::Status scanned = store_->Scan(Family::kJournal, JournalKey(after + 1), &snapshot,
                                      [&](absl::string_view key, absl::string_view value) {
                                        auto line = DecodeJournalLine(key, value);
                                        status.Update(line.status());
                                        if (!status.ok()) return false;
                                        ++lines;
                                        Remove(list, line->home, line->id, line->version);
                                        if (line->old_home)
                                          Remove(list, *line->old_home, line->id, line->version);
                                        if (line->insert) inserts.push_back(*std::move(line));
                                        return true;
                                      });
  status.Update(scanned);
  if (!status.ok()) return status;
  SegmentPortion portion;
  const auto flush = [&] {
    if (portion.size() == 0) return;
    AddMemorySegment(list, portion.entries());
    MergeSmall(list);
    portion.Clear();
  };
  for (const JournalLine& line : inserts) {
    auto record = RecordAt(line.home, line.id, &snapshot);
    if (absl::IsDataLoss(record.status()) && unreadable != nullptr) {
      unreadable->insert(line.id);
      continue;
    }
    if (absl::IsNotFound(record.status())) continue;  // deleted or moved later
    if (!record.ok()) return record.status();
    if (record->position != line.version) continue;  // replaced later
    portion.Add(line.home, line.id, *std::move(record), params);
    if (portion.size() == kPortion) flush();
  }
  flush();
  return lines;
}

absl::StatusOr<StoredRecord> Engine::Impl::RecordAt(uint64_t home, absl::string_view id,
                                                    const Store::Snapshot* snapshot) const {
  const auto value = store_->Get(Family::kRecords, RecordKey(home, id), snapshot);
  if (!value.ok()) return Told(value.status());
  if (!value->has_value()) return absl::NotFoundError("no such record");
  auto record = DecodeRecord(**value);
  return record.ok() ? std::move(record) : Told(record.status());
}

absl::StatusOr<std::vector<LiveSegment>> Engine::Impl::BuildAll(
    const IndexParams& params, const Store::Snapshot& snapshot, const Patience& patience,
    const std::function<void(double)>& progress, LostIds* unreadable) {
  FileBuild build(*this, params);
  double done = 0;
  RecordScan scan{.patience = &patience};
  if (unreadable != nullptr) {
    scan.unreadable = [&](absl::string_view id, const absl::Status& why) {
      Told(why).IgnoreError();
      unreadable->emplace(id);
    };
  }
  const absl::Status scanned = ScanRecords(
      *store_, &snapshot, scan, [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
        auto record = packed.Decode();
        if (!record.ok()) return record.status();
        const absl::Status added = build.Add(packed.home, packed.id, *std::move(record));
        if (++done; static_cast<uint64_t>(done) % kPortion == 0) progress(done);
        if (!added.ok()) return added;
        return true;
      });
  if (!scanned.ok()) return Told(scanned);
  return build.Finish();
}

// Index files are derived: when one is lost, all are made anew from the records.
absl::Status Engine::Impl::Rebuild(absl::string_view why) {
  rebuilt_ = std::string(why);
  segments_.clear();
  const auto snapshot = store_->TakeSnapshot();
  if (!store_->writable()) return RebuildInMemory(*snapshot);
  LostIds unreadable;
  auto built = BuildAll(
      manifest_.params, *snapshot, Patience(), [](double) {}, follows() ? nullptr : &unreadable);
  if (!built.ok()) return built.status();
  segments_ = *std::move(built);
  lost_ = std::move(unreadable);
  manifest_.fingerprint_version = kFingerprintVersion;
  manifest_.sealed_position = position_;
  manifest_ = ManifestOf(segments_);
  Store::Batch batch;
  batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest_));
  batch.Put(Family::kMeta, kLostKey, EncodeLost(lost_));
  batch.DeleteBelow(Family::kJournal, JournalKey(position_ + 1));
  return store_->Commit(std::move(batch));
}

// The same where no file may be made, for as long as this process reads.
absl::Status Engine::Impl::RebuildInMemory(const Store::Snapshot& snapshot) {
  SegmentPortion portion;
  const auto flush = [&] {
    if (portion.size() == 0) return;
    AddMemorySegment(segments_, portion.entries());
    MergeSmall(segments_);
    portion.Clear();
  };
  RecordScan scan;
  lost_.clear();
  if (!follows()) {
    scan.unreadable = [&](absl::string_view id, const absl::Status& why) {
      Told(why).IgnoreError();
      lost_.emplace(id);
    };
  }
  const absl::Status scanned = ScanRecords(
      *store_, &snapshot, scan, [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
        auto record = packed.Decode();
        if (!record.ok()) return record.status();
        portion.Add(packed.home, packed.id, *std::move(record), manifest_.params);
        if (portion.size() == kPortion) flush();
        return true;
      });
  if (!scanned.ok()) return Told(scanned);
  flush();
  return absl::OkStatus();
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
