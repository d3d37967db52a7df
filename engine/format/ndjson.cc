#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/json_record.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr absl::string_view kRecordAllowed = "a JSON object";
constexpr FieldNames kRecordFields{.id = "/id", .fixes = "/coords"};

// One member of a record.
struct Member {
  absl::string_view key;
  void (*read)(JsonCursor& in, RecordDraft& draft);
};

constexpr Member kMembers[] = {
    {"id",
     [](JsonCursor& in, RecordDraft& draft) {
       std::string id;
       ReadName(in, "/id", NameKind::kString, draft, id);
       draft.trip.id = TrajectoryId(std::move(id));
     }},
    {"object",
     [](JsonCursor& in, RecordDraft& draft) {
       ReadName(in, "/object", NameKind::kString, draft, draft.trip.object);
     }},
    {"tags", [](JsonCursor& in, RecordDraft& draft) { ReadTags(in, "/tags", draft); }},
    {"coords", [](JsonCursor& in,
                  RecordDraft& draft) { ReadCoords(in, "/coords", ThirdNumber::kTime, draft); }},
};
// What an answer of ours says beside the record, and what anybody can compute from it.
constexpr absl::string_view kDerived[] = {"summary", "version"};
constexpr absl::string_view kKeysAllowed = "id, object, tags, coords";
constexpr absl::string_view kOnce = "each field once";

void ReadMember(JsonCursor& in, const std::string& key, unsigned& seen, RecordDraft& draft) {
  absl::string_view allowed = kKeysAllowed;
  for (unsigned i = 0; i < std::size(kMembers); ++i) {
    if (kMembers[i].key != key) continue;
    if ((seen & (1U << i)) == 0) {
      seen |= 1U << i;
      return kMembers[i].read(in, draft);
    }
    allowed = kOnce;
  }
  absl::string_view value;
  if (in.Skip(&value) && std::count(std::begin(kDerived), std::end(kDerived), key) == 0)
    draft.Reject(PointerStep(key), value, allowed);
}

ParsedRecord ReadRecord(absl::string_view text, uint64_t line, const ReadOptions& options) {
  RecordDraft draft(options, line);
  JsonCursor in(text);
  if (in.Enter('{')) {
    std::string key;
    unsigned seen = 0;
    while (in.NextKey(key)) ReadMember(in, key, seen, draft);
  } else if (in.Skip()) {
    draft.Reject("", text, kRecordAllowed);
  }
  if (!in.AtEnd()) draft.RejectMalformed("", text, in.offset(), kRecordAllowed);
  return draft.Finish(kRecordFields);
}

// One record a line: {"id", "object"?, "tags"?, "coords": [[lon, lat(, t)], …]}.
class NdjsonReader : public Reader {
 public:
  explicit NdjsonReader(const ReadOptions& options)
      : options_(options), lines_('\n', options.max_record_bytes) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    lines_.Feed(skip_bom_(bytes), [&](const auto& line) { Take(line, sink); });
    return absl::OkStatus();
  }
  absl::Status Finish(const RecordSink& sink) override {
    lines_.Finish([&](const auto& line) { Take(line, sink); });
    return absl::OkStatus();
  }

 private:
  void Take(const RecordSplitter::Text& line, const RecordSink& sink) {
    sink(line.too_long ? RejectedRecord(line.line, TooLong(line.bytes, options_))
                       : ReadRecord(line.bytes, line.line, options_));
  }

  const ReadOptions options_;
  BomSkipper skip_bom_;
  RecordSplitter lines_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeNdjsonReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "ndjson"); !s.ok()) return s;
  return std::make_unique<NdjsonReader>(options);
}

}  // namespace spoor
