#include <google/protobuf/io/coded_stream.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/decimal.h"
#include "engine/format/fix_trips.h"
#include "engine/format/gtfs_realtime.pb.h"
#include "engine/format/make_readers.h"

namespace spoor {
namespace {

using google::protobuf::io::CodedInputStream;

constexpr FixTrips::Names kGtfsNames{
    .object = "vehicle.id", .fix = "vehicle.position", .time = "vehicle.timestamp"};
constexpr absl::string_view kFeedAllowed = "a FeedMessage of GTFS-realtime";
// Tags of the wire: field number, and 2 for bytes with their length.
constexpr uint32_t kHeaderTag = 1 << 3 | 2, kEntityTag = 2 << 3 | 2;

// A feed of GTFS-realtime: one protobuf message, of whose entities the vehicle positions are read,
// one after another.  The object is the vehicle's id, or else its label, or else the entity's id;
// the time is the vehicle's, or else the feed's.  Line N is the N-th entity.  A feed is a picture
// of one moment: its trips have a fix each, and the next feed brings trips of its own.
class GtfsRealtimeReader final : public Reader {
 public:
  explicit GtfsRealtimeReader(const ReadOptions& options)
      : options_(options), trips_(options_, kGtfsNames) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    if (bytes.size() > options_.max_record_bytes - feed_.size()) {
      feed_.append(bytes.data(), options_.max_record_bytes - feed_.size());
      Fail("", TooLong("", options_).allowed, sink);
      return status_;
    }
    feed_.append(bytes.data(), bytes.size());
    return status_;
  }

  absl::Status Finish(const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    gtfs::FeedHeader header;
    const bool sound = Visit(kHeaderTag, [&header](absl::string_view bytes) {
      return header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    });
    if (header.has_timestamp()) made_s_ = header.timestamp();
    if (!sound || !Visit(kEntityTag, [&](absl::string_view b) { return TakeEntity(b, sink); })) {
      Fail(absl::StrCat("bytes behind entity ", entities_), kFeedAllowed, sink);
      return status_;
    }
    trips_.Finish(sink);
    if (trips_.fixes() == 0) Fail("", "a feed with positions of vehicles", sink);
    return status_;
  }

 private:
  // The stream as a whole is none: nothing of it is given out.
  void Fail(absl::string_view value, absl::string_view allowed, const RecordSink& sink) {
    FieldError error{.field = "", .value = std::string(value), .allowed = std::string(allowed)};
    status_ = ErrorStatus(error);
    sink(RejectedRecord(entities_ + 1, std::move(error)));
  }

  // Calls visit with the bytes of each field of the feed that has this tag; false when the feed, or
  // one of these, cannot be read.
  template <typename Take>
  bool Visit(uint32_t wanted, Take visit) {
    CodedInputStream in(reinterpret_cast<const uint8_t*>(feed_.data()),
                        static_cast<int>(feed_.size()));
    in.SetTotalBytesLimit(static_cast<int>(feed_.size()));
    while (in.CurrentPosition() < static_cast<int>(feed_.size())) {
      const uint32_t tag = in.ReadTag();
      uint64_t ignored = 0;
      uint32_t length = 0;
      switch (tag & 7) {
        case 0:
          if (tag == 0 || !in.ReadVarint64(&ignored)) return false;
          continue;
        case 1:
          if (!in.Skip(8)) return false;
          continue;
        case 2:
          break;
        case 5:
          if (!in.Skip(4)) return false;
          continue;
        default:
          return false;
      }
      if (!in.ReadVarint32(&length)) return false;
      const auto begin = static_cast<size_t>(in.CurrentPosition());
      if (length > feed_.size() - begin || !in.Skip(static_cast<int>(length))) return false;
      if (tag == wanted && !visit(absl::string_view(feed_).substr(begin, length))) return false;
    }
    return true;
  }

  bool TakeEntity(absl::string_view bytes, const RecordSink& sink) {
    gtfs::FeedEntity entity;
    if (!entity.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    ++entities_;
    if (!entity.has_vehicle()) return true;
    const gtfs::VehiclePosition& vehicle = entity.vehicle();
    const std::string& object = !vehicle.vehicle().id().empty()      ? vehicle.vehicle().id()
                                : !vehicle.vehicle().label().empty() ? vehicle.vehicle().label()
                                                                     : entity.id();
    const double lat = vehicle.position().latitude(), lon = vehicle.position().longitude();
    const bool has_position =
        vehicle.position().has_latitude() && vehicle.position().has_longitude();
    if (!has_position || !IsPosition(lat, lon)) {
      const std::string value = has_position ? absl::StrCat(lat, " ", lon) : "";
      trips_.Reject(entities_, object,
                    {.field = "vehicle.position",
                     .value = value,
                     .allowed = absl::StrCat("latitude ", kLatAxis.allowed, ", longitude ",
                                             kLonAxis.allowed)},
                    sink);
      return true;
    }
    const uint64_t time_s = vehicle.has_timestamp() ? vehicle.timestamp() : made_s_;
    if (time_s > static_cast<uint64_t>(kMaxTimeS)) {
      const std::string value = absl::StrCat(time_s);
      trips_.Reject(entities_, object,
                    {.field = "vehicle.timestamp",
                     .value = value,
                     .allowed = absl::StrCat(kTimeAxis.allowed, TimeUnitHint(value, options_))},
                    sink);
      return true;
    }
    const int64_t time_ms = time_s == 0 ? kNoTime : static_cast<int64_t>(time_s) * 1000;
    trips_.Add({.object = object, .fix = FixFromDegrees(lat, lon, time_ms), .line = entities_},
               sink);
    return true;
  }

  const ReadOptions options_;
  FixTrips trips_;
  std::string feed_;
  uint64_t made_s_ = 0;  // 0: not told
  uint64_t entities_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeGtfsRealtimeReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "gtfs-realtime"); !s.ok()) return s;
  return std::make_unique<GtfsRealtimeReader>(options);
}

}  // namespace spoor
