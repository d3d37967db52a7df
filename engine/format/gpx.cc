#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/make_readers.h"
#include "engine/format/tracks.h"
#include "engine/format/xml_reader.h"

namespace spoor {
namespace {

enum GpxNode : int {
  kGpx = 1,
  kGpxTrack,
  kGpxName,
  kGpxType,
  kGpxExtensions,
  kGpxRecord,
  kGpxTag,
  kGpxSegment,
  kGpxPoint,
  kGpxTime,
  kGpxRoute,
  kGpxRoutePoint,
};
constexpr XmlChild kGpxTable[] = {
    {kGpxSegment, "trkpt", kGpxPoint},
    {kGpxPoint, "time", kGpxTime, true},
    {XmlReader::kDocument, "gpx", kGpx},
    {kGpx, "trk", kGpxTrack},
    {kGpxTrack, "name", kGpxName, true},
    {kGpxTrack, "type", kGpxType, true},
    {kGpxTrack, "extensions", kGpxExtensions},
    {kGpxExtensions, "spoor-record", kGpxRecord},
    {kGpxRecord, "tag", kGpxTag},
    {kGpxTrack, "trkseg", kGpxSegment},
    {kGpx, "rte", kGpxRoute},
    {kGpxRoute, "name", kGpxName, true},
    {kGpxRoute, "type", kGpxType, true},
    {kGpxRoute, "rtept", kGpxRoutePoint},
    {kGpxRoutePoint, "time", kGpxTime, true},
};
constexpr Tracks::Names kGpxNames{
    .track = "trkpt", .name = "name", .lat = "@lat", .lon = "@lon", .time = "time"};

// GPX 1.0 and 1.1 (topografix.com/GPX/1/1).  A segment of a track is a trip, as the format says of
// a new one that the receiver was off in between; so is a route.  Waypoints are no line.  What the
// track is called and its type are tags.
//
// What we write ourselves names the record in the track's extensions: id, object and tags, which
// then count instead.
//
//   <extensions><spoor-record xmlns="urn:spoor:record" id="t1" object="cab-7">
//     <tag name="mode" value="taxi"/></spoor-record></extensions>
class GpxReader final : public XmlReader {
 public:
  explicit GpxReader(const ReadOptions& read_options)
      : XmlReader(read_options, kGpxTable), tracks_(options(), kGpxNames) {}

 private:
  // What a track says of all its segments.
  struct Said {
    std::string name, type, id, object;
    bool is_record = false;  // id, object and tags are as they were written
    Tags tags;
  };

  void Open(int node, const XmlAttributes& attributes) override {
    switch (node) {
      case kGpxTrack:
      case kGpxRoute:
        said_ = Said();
        segments_ = 0;
        if (node == kGpxRoute) tracks_.Begin(line());
        break;
      case kGpxRecord:
        said_.is_record = true;
        said_.id = std::string(attributes.Find("id"));
        said_.object = std::string(attributes.Find("object"));
        break;
      case kGpxTag:
        if (said_.tags.size() <= kMaxTags)
          said_.tags.emplace_back(attributes.Find("name"), attributes.Find("value"));
        break;
      case kGpxSegment:
        tracks_.Begin(line());
        break;
      case kGpxPoint:
      case kGpxRoutePoint:
        OpenPoint(attributes);
        break;
      default:
        break;
    }
  }

  void Close(int node, absl::string_view text) override {
    switch (node) {
      case kGpxName:
        said_.name = std::string(text);
        break;
      case kGpxType:
        said_.type = std::string(text);
        break;
      case kGpxTime:
        time_ = std::string(text);
        break;
      case kGpxPoint:
      case kGpxRoutePoint:
        tracks_.Add({.line = line_, .lat = lat_, .lon = lon_, .time = time_});
        any_ = true;
        break;
      case kGpxSegment:
      case kGpxRoute:
        EndTrip(node == kGpxRoute);
        break;
      default:
        break;
    }
  }

  absl::Status End() override { return tracks_.Finish("a track or a route with points", sink()); }

  void OpenPoint(const XmlAttributes& attributes) {
    line_ = line();
    lat_ = std::string(attributes.Find("lat"));
    lon_ = std::string(attributes.Find("lon"));
    time_.clear();
  }

  void EndTrip(bool is_route) {
    if (std::exchange(any_, false)) Describe(is_route);
    tracks_.End(sink());
  }

  void Describe(bool is_route) {
    ++segments_;
    tracks_.SetName(said_.name);
    if (!said_.is_record) {
      const std::string type = is_route ? "route" : said_.type;
      if (!said_.name.empty()) tracks_.AddTag("name", said_.name);
      if (!type.empty()) tracks_.AddTag("type", type);
      return;
    }
    tracks_.SetId(segments_ == 1 ? said_.id : absl::StrCat(said_.id, "/", segments_));
    tracks_.SetObject(said_.object);
    for (const auto& [name, value] : said_.tags) tracks_.AddTag(name, value);
  }

  Tracks tracks_;
  Said said_;
  uint64_t segments_ = 0;  // of this track, with points
  std::string lat_, lon_, time_;
  uint64_t line_ = 0;
  bool any_ = false;  // points, in this segment
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeGpxReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "gpx"); !s.ok()) return s;
  return std::make_unique<GpxReader>(options);
}

}  // namespace spoor
