#include <filesystem>
#include <unordered_map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "engine/engine_impl.h"
#include "engine/store/codec.h"
#include "engine/store/home_key.h"
#include "engine/store/record_scan.h"
#include "engine/store/unfinished.h"

namespace spoor {
namespace {

// One pass over a store that nobody has open.  Every method reports and goes on.
class Check {
 public:
  Check(std::string path, Store& store, const DamageSink& sink)
      : path_(std::move(path)), store_(store), sink_(sink) {}

  absl::StatusOr<uint64_t> Run() {
    Note(store_.VerifyChecksums(), "store");
    LoadMeta();
    CheckRecords();
    CheckIds();
    CheckJournal();
    if (manifest_) {
      if (absl::Status s = CheckSegments(); !s.ok()) return s;
    }
    return findings_;
  }

 private:
  void Find(absl::string_view what) {
    ++findings_;
    sink_(what);
  }
  bool Note(const absl::Status& status, absl::string_view where) {
    if (!status.ok()) Find(absl::StrCat(where, ": ", status.message()));
    return status.ok();
  }
  static std::string Name(absl::string_view id) {
    return absl::StrCat("'", absl::CEscape(id), "'");
  }

  void LoadMeta() {
    const auto header = store_.Get(Family::kMeta, kHeaderKey, nullptr);
    if (Note(header.status(), "header")) {
      if (!header->has_value()) Find("header: missing");
      if (header->has_value()) Note(DecodeHeader(**header).status(), "header");
    }
    const auto manifest = store_.Get(Family::kMeta, kManifestKey, nullptr);
    if (Note(manifest.status(), "manifest") && manifest->has_value()) {
      auto decoded = DecodeManifest(**manifest);
      if (Note(decoded.status(), "manifest")) manifest_ = *std::move(decoded);
    }
    const auto followed = store_.Get(Family::kMeta, kFollowedKey, nullptr);
    if (Note(followed.status(), "followed position") && followed->has_value()) {
      follows_ = true;
      Note(DecodeFollowed(**followed).status(), "followed position");
    }
    const auto position = store_.Get(Family::kMeta, kPositionKey, nullptr);
    if (Note(position.status(), "position") && position->has_value()) {
      const auto decoded = DecodePosition(**position);
      if (Note(decoded.status(), "position")) position_ = *decoded;
    }
  }

  void CheckRecords() {
    const auto unreadable = [this](absl::string_view id, const absl::Status& why) {
      Note(why, absl::StrCat("record ", Name(id)));
    };
    Note(ScanRecords(store_, nullptr, {.unreadable = unreadable},
                     [this](const PackedRecord& packed) {
                       CheckRecord(packed);
                       return true;
                     }),
         "records");
  }

  void CheckRecord(const PackedRecord& packed) {
    const absl::string_view id = packed.id;
    const std::string where = absl::StrCat("record ", Name(id));
    const auto record = packed.Decode();
    if (!Note(record.status(), where)) return;
    if (HomeKey(record->fixes, id) != packed.home)
      Find(absl::StrCat(where, ": lies under another home key"));
    const Summary made = Summarise(record->fixes);
    if (made.box != record->summary.box || made.fixes != record->summary.fixes) {
      Find(absl::StrCat(where, ": its summary contradicts its fixes"));
    }
    if (!follows_ && record->position > position_)
      Find(absl::StrCat(where, ": lies beyond the log position"));
    const auto entry = store_.Get(Family::kIds, id, nullptr);
    if (!Note(entry.status(), where)) return;
    const auto decoded = DecodeIdEntry(entry->value_or(""));
    if (!Note(decoded.status(), where)) return;
    if (*decoded != IdEntry{packed.home, record->position}) {
      Find(absl::StrCat(where, ": its id leads elsewhere"));
    }
    ++records_;
  }

  void CheckIds() {
    uint64_t ids = 0;
    Note(store_.Scan(Family::kIds, "", nullptr,
                     [&](absl::string_view id, absl::string_view value) {
                       ++ids;
                       const std::string where = absl::StrCat("id ", Name(id));
                       const auto entry = DecodeIdEntry(value);
                       if (!Note(entry.status(), where)) return true;
                       const auto record =
                           store_.Get(Family::kRecords, RecordKey(entry->home, id), nullptr);
                       if (Note(record.status(), where) && !record->has_value()) {
                         Find(absl::StrCat(where, ": has no record"));
                       }
                       return true;
                     }),
         "ids");
    if (ids != records_) Find(absl::StrCat("ids: ", ids, " ids, but ", records_, " sound records"));
  }

  void CheckJournal() {
    Note(store_.Scan(Family::kJournal, "", nullptr,
                     [&](absl::string_view key, absl::string_view value) {
                       const auto line = DecodeJournalLine(key, value);
                       if (!Note(line.status(), "journal")) return true;
                       last_journal_[line->id] = {line->position, line->version};
                       if (line->home == 0 && line->id.empty()) Find("journal: empty line");
                       return true;
                     }),
         "journal");
  }

  // An error when a file cannot be looked at, which says nothing about it.
  absl::Status CheckSegments() {
    uint64_t indexed = 0;
    for (const Manifest::File& file : manifest_->files) {
      const std::string segment_path = SegmentFilePath(path_, file.number);
      const std::string name = segment_path.substr(path_.size() + 1);
      const auto segment = Segment::Open(segment_path);
      const bool seen =
          segment.ok() || absl::IsDataLoss(segment.status()) || absl::IsNotFound(segment.status());
      if (!seen) return segment.status();
      if (!Note(segment.status(), name)) return absl::OkStatus();
      OrdinalSet deleted;
      if (!file.deleted.empty()) {
        auto decoded = OrdinalSet::Decode(file.deleted, (*segment)->size());
        if (!Note(decoded.status(), name)) return absl::OkStatus();
        deleted = *std::move(decoded);
      }
      for (uint32_t o = 0; o < (*segment)->size(); ++o) {
        if (!deleted.Contains(o) && CheckEntry(name, **segment, o)) ++indexed;
      }
    }
    uint64_t waiting = 0;  // records that only the journal knows
    for (const auto& [id, last] : last_journal_) {
      if (last.position <= manifest_->sealed_position) continue;
      const auto entry = store_.Get(Family::kIds, id, nullptr);
      if (!entry.ok() || !entry->has_value()) continue;
      const auto decoded = DecodeIdEntry(**entry);
      waiting += decoded.ok() && decoded->position == last.version ? 1 : 0;
    }
    if (indexed + waiting != records_) {
      Find(absl::StrCat("segments: ", indexed, " indexed and ", waiting, " waiting, but ", records_,
                        " sound records"));
    }
    return absl::OkStatus();
  }

  // Whether the entry is about a living record; what it says must be what the record gives.
  bool CheckEntry(absl::string_view file, const Segment& segment, uint32_t o) {
    const std::string id(segment.id(o));
    if (const auto later = last_journal_.find(id);
        later != last_journal_.end() && later->second.version > segment.version(o)) {
      return false;  // replaced or deleted since
    }
    const std::string where = absl::StrCat(file, ": entry ", Name(id));
    const auto value = store_.Get(Family::kRecords, RecordKey(segment.home(o), id), nullptr);
    if (!Note(value.status(), where)) return false;
    const auto record = DecodeRecord(value->value_or(""));
    if (!Note(record.status(), where)) return false;
    const Fingerprint made = MakeFingerprint(record->fixes, manifest_->params);
    std::vector<Geodab> stored;
    for (uint32_t term : segment.forward(o)) stored.push_back(segment.geodab(term));
    if (record->position != segment.version(o) || stored != made.geodabs ||
        segment.arrays().fine[o] != made.fine) {
      Find(absl::StrCat(where, ": contradicts its record"));
    }
    return true;
  }

  const std::string path_;
  Store& store_;
  const DamageSink& sink_;
  uint64_t findings_ = 0, records_ = 0, position_ = 0;
  std::optional<Manifest> manifest_;
  bool follows_ = false;  // another log: versions are no positions of the journal
  struct LastLine {
    uint64_t position = 0, version = 0;
  };
  std::unordered_map<std::string, LastLine> last_journal_;
};

}  // namespace

namespace {

absl::StatusOr<std::unique_ptr<Store>> OpenToRead(const std::string& path) {
  if (!std::filesystem::is_directory(path)) {
    return absl::NotFoundError(absl::StrCat("no store in ", path));
  }
  const auto memory = std::make_shared<Memory>(uint64_t{256} << 20);
  return Store::Open(path + "/store", {.memory = memory, .access = Access::kRead});
}

}  // namespace

absl::StatusOr<uint64_t> Engine::CheckStore(const std::string& path, const DamageSink& sink) {
  if (IsUnfinished(path)) return 0;  // holds nothing, and is removed at the next start
  const auto store = OpenToRead(path);
  if (!store.ok()) {
    if (!absl::IsDataLoss(store.status())) return store.status();
    sink(absl::StrCat("store: ", store.status().message()));
    return 1;
  }
  return Check(path, **store, sink).Run();
}

absl::StatusOr<uint64_t> Engine::SalvageStore(
    const std::string& path, const std::function<absl::Status(const Trajectory&)>& visit,
    const DamageSink& sink) {
  if (IsUnfinished(path)) return 0;
  const auto store = OpenToRead(path);
  if (!store.ok()) return store.status();
  uint64_t findings = 0;
  const auto tell = [&](absl::string_view id, const absl::Status& why) {
    ++findings;
    sink(absl::StrCat("record '", absl::CEscape(id), "': ", why.message()));
  };
  absl::Status visited;
  const absl::Status scanned = ScanRecords(**store, nullptr, {.unreadable = tell},
                                           [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
                                             auto record = packed.Decode();
                                             if (!record.ok()) {
                                               tell(packed.id, record.status());
                                               return true;
                                             }
                                             visited =
                                                 visit({.id = TrajectoryId(std::string(packed.id)),
                                                        .object = std::move(record->object),
                                                        .tags = std::move(record->tags),
                                                        .fixes = std::move(record->fixes)});
                                             return visited.ok();
                                           });
  if (!visited.ok()) return visited;
  if (!scanned.ok() && !absl::IsDataLoss(scanned)) return scanned;
  if (!scanned.ok()) {
    ++findings;
    sink(absl::StrCat("what lies behind: ", scanned.message()));
  }
  return findings;
}

}  // namespace spoor
