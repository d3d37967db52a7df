#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"
#include "engine/format/tracks.h"

namespace spoor {
namespace {

constexpr absl::string_view kPltTitle = "Geolife trajectory";
constexpr uint64_t kPltHeadLines = 6;
constexpr size_t kPltCells = 7;
constexpr absl::string_view kPltRow = "latitude,longitude,0,altitude,days,date,time";
constexpr Tracks::Names kPltNames{
    .track = "row", .name = "source", .lat = "latitude", .lon = "longitude", .time = "time"};

// Whose trip it is: the folder above "Trajectory", as GeoLife has it.
absl::string_view UserOf(absl::string_view source) {
  const std::vector<absl::string_view> steps = absl::StrSplit(source, '/');
  for (size_t i = 1; i < steps.size(); ++i) {
    if (steps[i] == "Trajectory") return steps[i - 1];
  }
  return {};
}

// A PLT file of GeoLife (Zheng et al., user guide 1.3): six lines that say nothing, then a fix a
// row: latitude, longitude, 0, altitude in feet, days since 1899, date, time in GMT.
//
//   39.984702,116.318417,0,492,39744.1201851852,2008-10-23,02:53:04
//
// The file is one trip.  Its object is the user, where the source tells: 007/Trajectory/20081023.
class PltReader final : public Reader {
 public:
  explicit PltReader(const ReadOptions& options)
      : options_(options), lines_('\n', options.max_record_bytes), tracks_(options_, kPltNames) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (status_.ok()) lines_.Feed(skip_bom_(bytes), [&](const auto& line) { Take(line, sink); });
    return status_;
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (status_.ok()) lines_.Finish([&](const auto& line) { Take(line, sink); });
    if (!status_.ok()) return status_;
    if (any_) tracks_.End(sink);
    return status_ = tracks_.Finish("rows of fixes behind six lines of head", sink);
  }

 private:
  void Take(const RecordSplitter::Text& line, const RecordSink& sink) {
    if (!status_.ok()) return;
    const absl::string_view text = absl::StripAsciiWhitespace(line.bytes);
    if (!any_ && text != kPltTitle) return Refuse(line, text, sink);
    if (!any_) tracks_.Begin(line.line);
    if (!any_) tracks_.SetObject(UserOf(options_.source));
    any_ = true;
    if (line.line <= kPltHeadLines) return;
    const std::vector<absl::string_view> cells = absl::StrSplit(text, ',');
    if (line.too_long || cells.size() != kPltCells) {
      return tracks_.Reject(line.line, "", text, kPltRow);
    }
    const std::string time = absl::StrCat(cells[5], "T", cells[6]);
    tracks_.Add({.line = line.line, .lat = cells[0], .lon = cells[1], .time = time});
  }

  void Refuse(const RecordSplitter::Text& line, absl::string_view text, const RecordSink& sink) {
    FieldError error{.field = "", .value = Shown(text), .allowed = std::string(kPltTitle)};
    status_ = ErrorStatus(error);
    sink(RejectedRecord(line.line, std::move(error)));
  }

  const ReadOptions options_;
  BomSkipper skip_bom_;
  RecordSplitter lines_;
  Tracks tracks_;
  bool any_ = false;  // lines
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakePltReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "plt"); !s.ok()) return s;
  return std::make_unique<PltReader>(options);
}

}  // namespace spoor
