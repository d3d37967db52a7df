#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/feature_splitter.h"
#include "engine/format/geojson_feature.h"
#include "engine/format/geojson_points.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr absl::string_view kDocumentAllowed = "one FeatureCollection or one Feature";

// One FeatureCollection, whose features are records as they come by, or one Feature (RFC 7946).
// Points that tell a time and an object are fixes, of which the end of the document makes trips.
class GeoJsonReader : public Reader {
 public:
  explicit GeoJsonReader(const ReadOptions& options)
      : options_(options),
        splitter_(std::max<size_t>(1, options.max_record_bytes)),
        points_(options_, kPointFields) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    splitter_.Feed(skip_bom_(bytes), [&](const auto& item) { Take(item, sink); });
    if (splitter_.outer_too_long()) Fail(TooLong(splitter_.outer(), options_), sink);
    return status_;
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    splitter_.Finish([&](const auto& item) { Take(item, sink); });
    points_.Finish(sink);
    if (splitter_.found_features()) {
      CheckCollection(sink);
    } else {
      CheckDocument(sink);
    }
    return status_;
  }

 private:
  void Take(const FeatureSplitter::Item& item, const RecordSink& sink) {
    ++features_;
    if (!item.too_long && IsTimedPoint(item.bytes, options_)) {
      return AddTimedPoint(item.bytes, features_, options_, points_, sink);
    }
    sink(item.too_long ? RejectedRecord(features_, TooLong(item.bytes, options_))
                       : ReadFeature(item.bytes, features_, options_));
  }

  // The stream as a whole is no GeoJSON: told as if it were one more record.
  void Fail(FieldError error, const RecordSink& sink) {
    status_ = ErrorStatus(error);
    sink(RejectedRecord(features_ + 1, std::move(error)));
  }
  void Fail(ParsedRecord record, const RecordSink& sink) {
    status_ = record.trajectory.status();
    sink(std::move(record));
  }

  // What is left of a FeatureCollection without its features.
  void CheckCollection(const RecordSink& sink) {
    RecordDraft draft(options_, features_ + 1);
    JsonMembers members;
    if (ReadMembers(splitter_.outer(), "", kDocumentAllowed, draft, members)) {
      CheckType(members, "\"FeatureCollection\"", draft);
    }
    if (draft.rejected()) Fail(draft.Finish(kFeatureFields), sink);
  }

  // A document in which no "features" was found.
  void CheckDocument(const RecordSink& sink) {
    RecordDraft draft(options_, 1);
    JsonMembers members;
    ReadMembers(splitter_.outer(), "", kDocumentAllowed, draft, members);
    if (splitter_.complete() && FindMember(members, "type") == "\"Feature\"") {
      return sink(ReadFeature(splitter_.outer(), 1, options_));
    }
    if (!draft.rejected()) {
      CheckType(members, "\"FeatureCollection\" or \"Feature\"", draft);
      draft.Reject("/features", FindMember(members, "features"), "an array of Features");
    }
    Fail(draft.Finish(kFeatureFields), sink);
  }

  static void CheckType(const JsonMembers& members, absl::string_view allowed, RecordDraft& draft) {
    const absl::string_view type = FindMember(members, "type");
    if (type != "\"FeatureCollection\"") draft.Reject("/type", type, allowed);
  }

  const ReadOptions options_;
  BomSkipper skip_bom_;
  FeatureSplitter splitter_;
  FixTrips points_;
  uint64_t features_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeGeoJsonReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "geojson"); !s.ok()) return s;
  return std::make_unique<GeoJsonReader>(options);
}

// By its first feature.
RecordUnit GeoJsonUnit(absl::string_view head, const ReadOptions& options) {
  constexpr size_t kLongest = size_t{1} << 20;
  FeatureSplitter splitter(kLongest);
  RecordUnit unit = RecordUnit::kTrip;
  bool is_first = true;
  splitter.Feed(BomSkipper()(head), [&](const FeatureSplitter::Item& item) {
    if (std::exchange(is_first, false) && IsTimedPoint(item.bytes, options))
      unit = RecordUnit::kFix;
  });
  return unit;
}

}  // namespace spoor
