#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/format/make_readers.h"
#include "engine/format/tracks.h"
#include "engine/format/xml_reader.h"

namespace spoor {
namespace {

enum KmlNode : int {
  kKmlContainer = 1,
  kKmlPlacemark,
  kKmlName,
  kKmlGeometries,
  kKmlTrack,
  kKmlWhen,
  kKmlCoord,
  kKmlLine,
  kKmlCoordinates,
};
constexpr XmlChild kKmlTable[] = {
    {kKmlTrack, "coord", kKmlCoord, true},
    {kKmlTrack, "when", kKmlWhen, true},
    {XmlReader::kDocument, "kml", kKmlContainer},
    {kKmlContainer, "Document", kKmlContainer},
    {kKmlContainer, "Folder", kKmlContainer},
    {kKmlContainer, "Placemark", kKmlPlacemark},
    {kKmlPlacemark, "name", kKmlName, true},
    {kKmlPlacemark, "MultiGeometry", kKmlGeometries},
    {kKmlPlacemark, "MultiTrack", kKmlGeometries},
    {kKmlPlacemark, "Track", kKmlTrack},
    {kKmlPlacemark, "LineString", kKmlLine},
    {kKmlGeometries, "MultiGeometry", kKmlGeometries},
    {kKmlGeometries, "MultiTrack", kKmlGeometries},
    {kKmlGeometries, "Track", kKmlTrack},
    {kKmlGeometries, "LineString", kKmlLine},
    {kKmlLine, "coordinates", kKmlCoordinates, true},
};
constexpr Tracks::Names kKmlNames{
    .track = "coord", .name = "name", .lat = "coord", .lon = "coord", .time = "when"};

// OGC KML 2.2 and 2.3.  A Track (gx:Track in 2.2) or a LineString of a Placemark is a trip, the
// latter without times; the placemark's name is a tag.  A Track has its times, <when>, and its
// places, <coord>, each in their order, whether in turn or one behind another.  Points, polygons
// and network links are no lines.
class KmlReader final : public XmlReader {
 public:
  explicit KmlReader(const ReadOptions& read_options)
      : XmlReader(read_options, kKmlTable), tracks_(options(), kKmlNames) {}

 private:
  // A <when> or <coord> that waits for its like.
  struct Waiting {
    uint64_t line;
    std::string text;
  };

  void Open(int node, const XmlAttributes&) override {
    if (node == kKmlPlacemark) {
      name_.clear();
    } else if (node == kKmlTrack || node == kKmlLine) {
      tracks_.Begin(line());
      whens_.clear();
      coords_.clear();
      any_when_ = false;
    } else if (node == kKmlCoordinates) {
      line_ = line();
    }
  }

  void Close(int node, absl::string_view text) override {
    switch (node) {
      case kKmlName:
        name_ = std::string(text);
        break;
      case kKmlWhen:
      case kKmlCoord:
        Wait(node == kKmlWhen ? whens_ : coords_, text);
        break;
      case kKmlCoordinates:
        AddCoordinates(text);
        break;
      case kKmlTrack:
        EndPairs();
        EndTrip();
        break;
      case kKmlLine:
        EndTrip();
        break;
      default:
        break;
    }
  }

  absl::Status End() override {
    return tracks_.Finish("a gx:Track or a LineString with positions", sink());
  }

  void Wait(std::deque<Waiting>& list, absl::string_view text) {
    if (list.size() == options().max_fixes) {
      return tracks_.Reject(line(), "coord", "", FixCountAllowed(options()));
    }
    list.push_back({line(), std::string(text)});
    any_when_ = any_when_ || &list == &whens_;
    while (!whens_.empty() && !coords_.empty()) {
      AddCoord(coords_.front().text, coords_.front().line, ' ', whens_.front().text);
      whens_.pop_front();
      coords_.pop_front();
    }
  }

  // What has nothing to go with: places of a track without times are a line all the same.
  void EndPairs() {
    if (any_when_ && whens_.size() + coords_.size() > 0) {
      return tracks_.Reject(line(), whens_.empty() ? "coord" : "when", "",
                            "as many when as coord in a Track");
    }
    for (const Waiting& coord : coords_) AddCoord(coord.text, coord.line, ' ', "");
  }

  void AddCoord(absl::string_view text, uint64_t at_line, char between, absl::string_view time) {
    const std::vector<absl::string_view> numbers =
        between == ' ' ? absl::StrSplit(text, absl::ByAnyChar(" \t\r\n,"), absl::SkipEmpty())
                       : std::vector<absl::string_view>(absl::StrSplit(text, between));
    const auto number = [&](size_t i) {
      return i < numbers.size() ? numbers[i] : absl::string_view();
    };
    tracks_.Add({.line = at_line, .lat = number(1), .lon = number(0), .time = time});
  }

  // "lon,lat,altitude lon,lat", with white space between the positions.
  void AddCoordinates(absl::string_view text) {
    uint64_t at_line = line_;
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
      if (end > begin) AddCoord(text.substr(begin, end - begin), at_line, ',', "");
      if (end < text.size() && text[end] == '\n') ++at_line;
      begin = end + 1;
    }
  }

  void EndTrip() {
    tracks_.SetName(name_);
    if (!name_.empty()) tracks_.AddTag("name", name_);
    tracks_.End(sink());
  }

  Tracks tracks_;
  std::string name_;
  std::deque<Waiting> whens_, coords_;  // one of them is empty
  bool any_when_ = false;
  uint64_t line_ = 0;  // of the coordinates
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeKmlReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "kml"); !s.ok()) return s;
  return std::make_unique<KmlReader>(options);
}

}  // namespace spoor
