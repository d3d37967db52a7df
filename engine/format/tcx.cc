#include <memory>
#include <string>
#include <utility>

#include "engine/format/make_readers.h"
#include "engine/format/tracks.h"
#include "engine/format/xml_reader.h"

namespace spoor {
namespace {

enum TcxNode : int {
  kTcx = 1,
  kTcxGroup,
  kTcxTrip,
  kTcxName,
  kTcxLap,
  kTcxTrack,
  kTcxPoint,
  kTcxTime,
  kTcxPosition,
  kTcxLat,
  kTcxLon,
};
constexpr XmlChild kTcxTable[] = {
    {kTcxTrack, "Trackpoint", kTcxPoint},
    {kTcxPoint, "Time", kTcxTime, true},
    {kTcxPoint, "Position", kTcxPosition},
    {kTcxPosition, "LatitudeDegrees", kTcxLat, true},
    {kTcxPosition, "LongitudeDegrees", kTcxLon, true},
    {XmlReader::kDocument, "TrainingCenterDatabase", kTcx},
    {kTcx, "Activities", kTcxGroup},
    {kTcx, "Courses", kTcxGroup},
    {kTcxGroup, "MultiSportSession", kTcxGroup},
    {kTcxGroup, "FirstSport", kTcxGroup},
    {kTcxGroup, "NextSport", kTcxGroup},
    {kTcxGroup, "Activity", kTcxTrip},
    {kTcxGroup, "Course", kTcxTrip},
    {kTcxTrip, "Id", kTcxName, true},
    {kTcxTrip, "Name", kTcxName, true},
    {kTcxTrip, "Lap", kTcxLap},
    {kTcxTrip, "Track", kTcxTrack},
    {kTcxLap, "Track", kTcxTrack},
};
constexpr Tracks::Names kTcxNames{.track = "Trackpoint",
                                  .name = "Id",
                                  .lat = "LatitudeDegrees",
                                  .lon = "LongitudeDegrees",
                                  .time = "Time"};

// Garmin's Training Center Database, versions 1 and 2.  An activity or a course is a trip, its laps
// one behind another; what it is called and the sport are tags.  A Trackpoint without a Position,
// as watches write them indoors, is no fix.
class TcxReader final : public XmlReader {
 public:
  explicit TcxReader(const ReadOptions& read_options)
      : XmlReader(read_options, kTcxTable), tracks_(options(), kTcxNames) {}

 private:
  void Open(int node, const XmlAttributes& attributes) override {
    if (node == kTcxTrip) {
      tracks_.Begin(line());
      name_.clear();
      sport_ = std::string(attributes.Find("Sport"));
    } else if (node == kTcxPoint) {
      line_ = line();
      lat_.clear();
      lon_.clear();
      time_.clear();
      has_position_ = false;
    } else if (node == kTcxPosition) {
      has_position_ = true;
    }
  }

  void Close(int node, absl::string_view text) override {
    switch (node) {
      case kTcxName:
        name_ = std::string(text);
        break;
      case kTcxTime:
        time_ = std::string(text);
        break;
      case kTcxLat:
        lat_ = std::string(text);
        break;
      case kTcxLon:
        lon_ = std::string(text);
        break;
      case kTcxPoint:
        if (has_position_) tracks_.Add({.line = line_, .lat = lat_, .lon = lon_, .time = time_});
        break;
      case kTcxTrip:
        tracks_.SetName(name_);
        if (!name_.empty()) tracks_.AddTag("name", name_);
        if (!sport_.empty()) tracks_.AddTag("sport", sport_);
        tracks_.End(sink());
        break;
      default:
        break;
    }
  }

  absl::Status End() override {
    return tracks_.Finish("an activity or a course with positions", sink());
  }

  Tracks tracks_;
  std::string name_, sport_;
  std::string lat_, lon_, time_;
  uint64_t line_ = 0;
  bool has_position_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeTcxReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "tcx"); !s.ok()) return s;
  return std::make_unique<TcxReader>(options);
}

}  // namespace spoor
