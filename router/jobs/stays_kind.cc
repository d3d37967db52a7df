#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/stay/stay_finder.h"
#include "engine/stay/stay_region.h"
#include "engine/store/log_value.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"

namespace spoor {
namespace {

constexpr absl::string_view kStaysSteps[] = {"map", "reduce"};
constexpr absl::string_view kStays = "stays";
constexpr absl::string_view kStayColumns[] = {"stay",   "object", "arrive", "last_fix",
                                              "depart", "open",   "fixes",  "gap_s"};
constexpr ResultPart kStaysParts[] = {
    {.name = kStays, .has_geometry = true, .columns = kStayColumns}};
constexpr absl::string_view kStaysSchema =
    R"({"type": "object", "properties": {)"
    R"("method": {"enum": ["centroid", "diameter", "reference"], "default": "centroid"},)"
    R"( "distance_m": {"type": "number", "minimum": 0.001, "maximum": 1000000, "default": 100},)"
    R"( "duration_s": {"type": "number", "minimum": 0, "maximum": 1000000000, "default": 1200},)"
    R"( "restart": {"enum": ["break", "slide"], "default": "break"},)"
    R"( "max_gap_s": {"type": "number", "minimum": 0, "maximum": 1000000000000},)"
    R"( "buffer_m": {"type": "number", "minimum": 0.001, "maximum": 100000, "default": 7.8},)"
    R"( "per": {"enum": ["object", "trajectory"], "default": "object"})"
    R"(}, "additionalProperties": false})";
constexpr absl::string_view kRestarts[] = {"break", "slide"};
constexpr absl::string_view kPer[] = {"object", "trajectory"};
constexpr size_t kStaysSkippedShown = 100;

struct StayParams {
  const StayMethod* method = FindStayMethod("centroid");
  StayRules rules;
  double buffer_m = 7.8;
  bool per_object = true;
};

// A fix of a journey, and where it comes from.
struct JourneyFix {
  Fix fix;
  uint32_t trip, index;
};

// The trips of one object, as one sequence in time.
class Journey {
 public:
  void Add(Trajectory trip) { trips_.push_back(std::move(trip)); }
  bool empty() const { return trips_.empty(); }
  const Trajectory& first_trip() const { return trips_.front(); }
  const std::string& id_of(const JourneyFix& f) const { return trips_[f.trip].id.value(); }

  // By time, then id, then index; of fixes at one time the first counts.
  std::vector<JourneyFix> Fixes() {
    std::sort(trips_.begin(), trips_.end(),
              [](const Trajectory& a, const Trajectory& b) { return a.id < b.id; });
    std::vector<JourneyFix> out;
    for (uint32_t t = 0; t < trips_.size(); ++t) {
      for (uint32_t i = 0; i < trips_[t].fixes.size(); ++i)
        out.push_back({trips_[t].fixes[i], t, i});
    }
    const auto order = [](const JourneyFix& f) {
      return std::tuple(f.fix.time_ms, f.trip, f.index);
    };
    if (trips_.size() > 1) {
      std::sort(out.begin(), out.end(),
                [&](const auto& a, const auto& b) { return order(a) < order(b); });
    }
    out.erase(
        std::unique(out.begin(), out.end(),
                    [](const auto& a, const auto& b) { return a.fix.time_ms == b.fix.time_ms; }),
        out.end());
    return out;
  }

 private:
  std::vector<Trajectory> trips_;
};

// Finds the stays of journeys, which come object by object in the order of the exchange, and puts
// them in the order in which they are told.
class StaysReduce {
 public:
  StaysReduce(JobRun& run, const StayParams& params)
      : run_(run), params_(params), ordered_(run.MakeSpool("-ordered")) {}

  absl::Status Add(const MapRow& row) {
    auto record = DecodeLogValue(row.place.id, row.bytes);
    if (!record.ok()) return record.status();
    if (key_ != row.key) {
      if (absl::Status s = EndKey(); !s.ok()) return s;
      key_ = row.key;
    }
    if (!record->fixes.front().has_time()) {
      if (++skipped_ <= kStaysSkippedShown) skipped_ids_.push_back(row.place.id);
      return absl::OkStatus();
    }
    ++trajectories_;
    fixes_ += record->fixes.size();
    held_bytes_ += record->fixes.size() * (sizeof(Fix) + sizeof(JourneyFix));
    if (held_bytes_ > run_.limits().memory_bytes) return TooLarge(*record);
    // Names of one key are several only where hashes meet.
    const bool by_object = params_.per_object && !record->object.empty();
    journeys_[{by_object, by_object ? record->object : row.place.id}].Add(*std::move(record));
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (absl::Status s = EndKey(); !s.ok()) return s;
    if (absl::Status s = ordered_->Sort(); !s.ok()) return s;
    uint64_t number = 0;
    absl::Status told = run_.EachRow(*ordered_, [&](const MapRow& row) {
      return run_.Append(kStays, absl::StrCat("{\"stay\":", number++, ",",
                                              absl::string_view(row.bytes).substr(1)));
    });
    if (!told.ok()) return told;
    Summarise();
    return absl::OkStatus();
  }

 private:
  // Those with an object come first.
  using JourneyName = std::pair<bool, std::string>;

  absl::Status TooLarge(const Trajectory& record) const {
    return absl::InvalidArgumentError(
        absl::StrCat("object '", record.object, "' has more fixes than the memory of a job holds, ",
                     run_.limits().memory_bytes,
                     " bytes (--job-memory); \"per\": \"trajectory\" takes each trip "
                     "by itself"));
  }

  absl::Status EndKey() {
    for (auto& [name, journey] : journeys_) {
      if (absl::Status s = Tell(name, journey); !s.ok()) return s;
      ++objects_;
    }
    journeys_.clear();
    held_bytes_ = 0;
    return absl::OkStatus();
  }

  absl::Status Tell(const JourneyName& name, Journey& journey) {
    const std::vector<JourneyFix> fixes = journey.Fixes();
    std::vector<Stay> stays;
    const auto finder =
        params_.method->make(params_.rules, [&stays](const Stay& stay) { stays.push_back(stay); });
    for (size_t i = 0; i < fixes.size(); ++i) {
      if (i % 65'536 == 0) {
        if (absl::Status s = run_.patience().Check(); !s.ok()) return s;
      }
      finder->Add(fixes[i].fix);
    }
    finder->Finish();
    for (const Stay& stay : stays) {
      absl::Status s = ordered_->Add({.key = 0,
                                      .place = {.home = 0, .id = OrderOf(name, stay)},
                                      .bytes = RowOf(journey, fixes, stay)});
      if (!s.ok()) return s;
      ++stays_;
      single_fix_ += stay.first == stay.last ? 1 : 0;
      dwell_ms_ += static_cast<uint64_t>(stay.depart_ms - stay.arrive_ms);
    }
    return absl::OkStatus();
  }

  // Bytes that are ordered as (object, arrive) are: objects by name, behind them trips by id.
  static std::string OrderOf(const JourneyName& name, const Stay& stay) {
    std::string out = absl::StrCat(name.first ? "0" : "1", name.second);
    out.push_back('\0');
    const uint64_t ascending = static_cast<uint64_t>(stay.arrive_ms) ^ uint64_t { 1 } << 63;
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(ascending >> shift));
    }
    return out;
  }

  // All but its number.
  std::string RowOf(const Journey& journey, const std::vector<JourneyFix>& fixes,
                    const Stay& stay) const {
    const std::string& object = journey.first_trip().object;
    JsonWriter w;
    w.BeginObject();
    w.Key("object");
    object.empty() ? w.Null() : w.String(object);
    w.Key("arrive");
    w.Seconds(stay.arrive_ms);
    w.Key("last_fix");
    w.Seconds(stay.last_ms);
    w.Key("depart");
    w.Seconds(stay.depart_ms);
    w.MemberBool("open", stay.open);
    w.MemberUint("fixes", stay.last - stay.first + 1);
    w.Key("gap_s");
    w.Rounded(stay.gap_s, 3);
    const auto write_end = [&](absl::string_view key, const JourneyFix& f) {
      w.Key(key);
      w.BeginObject();
      w.Member("id", journey.id_of(f));
      w.MemberUint("fix", f.index);
      w.EndObject();
    };
    write_end("from", fixes[stay.first]);
    write_end("to", fixes[stay.last]);
    w.Key("centroid");
    w.Position(stay.centroid, /*with_time=*/false);
    w.Key("geometry");
    WriteRegion(fixes, stay, w);
    w.EndObject();
    return w.Take();
  }

  void WriteRegion(const std::vector<JourneyFix>& fixes, const Stay& stay, JsonWriter& w) const {
    std::vector<Fix> inside;
    for (size_t i = stay.first; i <= stay.last; ++i) inside.push_back(fixes[i].fix);
    const std::vector<RegionVertex> ring = StayRegion(inside, params_.buffer_m);
    w.BeginObject();
    w.Member("type", "Polygon");
    w.Key("coordinates");
    w.BeginArray();
    w.BeginArray();
    for (size_t i = 0; i <= ring.size(); ++i) {
      const RegionVertex& v = ring[i % ring.size()];
      w.BeginArray();
      w.Rounded(v.lon_deg, 7);
      w.Rounded(v.lat_deg, 7);
      w.EndArray();
    }
    w.EndArray();
    w.EndArray();
    w.EndObject();
  }

  void Summarise() {
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("stays", stays_);
    w.MemberUint("single_fix", single_fix_);
    w.MemberUint("objects", objects_);
    w.MemberUint("trajectories", trajectories_);
    w.MemberUint("fixes", fixes_);
    w.Key("dwell_h");
    w.Rounded(static_cast<double>(dwell_ms_) / 3'600'000, 3);
    w.Key("skipped");
    w.BeginObject();
    w.MemberUint("count", skipped_);
    w.Key("ids");
    w.BeginArray();
    for (const std::string& id : skipped_ids_) w.String(id);
    w.EndArray();
    w.EndObject();
    w.EndObject();
    run_.Summarise(w.Take());
  }

  JobRun& run_;
  const StayParams& params_;
  const std::unique_ptr<Spool> ordered_;
  std::optional<uint64_t> key_;
  std::map<JourneyName, Journey> journeys_;
  uint64_t held_bytes_ = 0;
  uint64_t trajectories_ = 0, fixes_ = 0, objects_ = 0, stays_ = 0, single_fix_ = 0, skipped_ = 0;
  uint64_t dwell_ms_ = 0;
  std::vector<std::string> skipped_ids_;
};

// Where objects stay (engine/stay/stay.h).
class StaysWork : public JobWork {
 public:
  explicit StaysWork(const StayParams& params) : params_(params) {}

  absl::Status Run(JobRun& run) const override {
    const auto spool = run.MakeSpool();
    absl::Status s = run.Exchange(
        "map", {.mapper = "journeys", .params = std::string(kPer[params_.per_object ? 0 : 1])},
        *spool);
    if (!s.ok()) return s;
    return run.Step("reduce", [&] { return Reduce(run, *spool); });
  }

 private:
  absl::Status Reduce(JobRun& run, Spool& spool) const {
    StaysReduce reduce(run, params_);
    absl::Status s = run.EachRow(spool, [&](const MapRow& row) { return reduce.Add(row); });
    if (!s.ok()) return s;
    return reduce.Finish();
  }

  const StayParams params_;
};

void ReadStayParams(ObjectReader& object, StayParams& out) {
  std::vector<absl::string_view> methods;
  for (const StayMethod& m : AllStayMethods()) methods.push_back(m.name);
  if (const auto i = object.OneOf("method", methods)) out.method = &AllStayMethods()[*i];
  const auto number = [&object](absl::string_view name, double least, double most, double& to) {
    if (const auto v = object.Number(name, least, most)) to = *v;
  };
  number("distance_m", 1e-3, 1e6, out.rules.distance_m);
  number("duration_s", 0, 1e9, out.rules.duration_s);
  number("buffer_m", 1e-3, 1e5, out.buffer_m);
  if (const auto i = object.OneOf("restart", kRestarts)) {
    out.rules.restart = *i == 0 ? StayRules::Restart::kBreak : StayRules::Restart::kSlide;
  }
  out.rules.max_gap_s = object.Number("max_gap_s", 0, 1e12);
  if (const auto i = object.OneOf("per", kPer)) out.per_object = *i == 0;
}

std::unique_ptr<const JobWork> ReadStaysWork(const JsonValue* params, JsonWriter& filled,
                                             Problems& problems) {
  StayParams stay;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    ReadStayParams(object, stay);
    object.Finish();
  }
  filled.BeginObject();
  filled.Member("method", stay.method->name);
  filled.Key("distance_m");
  filled.Double(stay.rules.distance_m);
  filled.Key("duration_s");
  filled.Double(stay.rules.duration_s);
  filled.Member("restart", kRestarts[stay.rules.restart == StayRules::Restart::kBreak ? 0 : 1]);
  if (stay.rules.max_gap_s) {
    filled.Key("max_gap_s");
    filled.Double(*stay.rules.max_gap_s);
  }
  filled.Key("buffer_m");
  filled.Double(stay.buffer_m);
  filled.Member("per", kPer[stay.per_object ? 0 : 1]);
  filled.EndObject();
  return std::make_unique<const StaysWork>(stay);
}

}  // namespace

const Kind& StaysKind() {
  static const Kind kind{.name = "stays",
                         .what = "where objects stay, and how long",
                         .steps = kStaysSteps,
                         .parts = kStaysParts,
                         .schema = kStaysSchema,
                         .read = &ReadStaysWork};
  return kind;
}

}  // namespace spoor
