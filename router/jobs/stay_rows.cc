#include "router/jobs/stay_rows.h"

namespace spoor {
namespace {

constexpr absl::string_view kRestarts[] = {"break", "slide"};
constexpr absl::string_view kPer[] = {"object", "trajectory"};

void WriteRing(const std::vector<RegionVertex>& ring, JsonWriter& w) {
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

}  // namespace

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

void WriteStayParams(const StayParams& params, JsonWriter& w) {
  w.Member("method", params.method->name);
  w.Key("distance_m");
  w.Double(params.rules.distance_m);
  w.Key("duration_s");
  w.Double(params.rules.duration_s);
  w.Member("restart", kRestarts[params.rules.restart == StayRules::Restart::kBreak ? 0 : 1]);
  if (params.rules.max_gap_s) {
    w.Key("max_gap_s");
    w.Double(*params.rules.max_gap_s);
  }
  w.Key("buffer_m");
  w.Double(params.buffer_m);
  w.Member("per", kPer[params.per_object ? 0 : 1]);
}

absl::StatusOr<std::vector<Stay>> StaysOf(const StayParams& params,
                                          const std::vector<JourneyFix>& fixes,
                                          const Patience& patience) {
  std::vector<Stay> stays;
  const auto finder =
      params.method->make(params.rules, [&stays](const Stay& stay) { stays.push_back(stay); });
  for (size_t i = 0; i < fixes.size(); ++i) {
    if (i % 65'536 == 0) {
      if (absl::Status s = patience.Check(); !s.ok()) return s;
    }
    finder->Add(fixes[i].fix);
  }
  finder->Finish();
  return stays;
}

std::string StayOrder(const JourneyName& name, const Stay& stay) {
  std::string out = (name.first ? "0" : "1") + name.second;
  out.push_back('\0');
  const uint64_t ascending = static_cast<uint64_t>(stay.arrive_ms) ^ uint64_t { 1 } << 63;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(ascending >> shift));
  }
  return out;
}

std::vector<RegionVertex> RegionOf(const StayParams& params, const std::vector<JourneyFix>& fixes,
                                   const Stay& stay) {
  std::vector<Fix> inside;
  for (size_t i = stay.first; i <= stay.last; ++i) inside.push_back(fixes[i].fix);
  return StayRegion(inside, params.buffer_m);
}

void WriteFixOf(absl::string_view key, const std::string& id, uint32_t fix, JsonWriter& w) {
  w.Key(key);
  w.BeginObject();
  w.Member("id", id);
  w.MemberUint("fix", fix);
  w.EndObject();
}

std::string StayRow(const Journey& journey, const std::vector<JourneyFix>& fixes, const Stay& stay,
                    const std::vector<RegionVertex>& region) {
  JsonWriter w;
  w.BeginObject();
  w.Key("object");
  journey.object().empty() ? w.Null() : w.String(journey.object());
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
  WriteFixOf("from", journey.id_of(fixes[stay.first]), fixes[stay.first].index, w);
  WriteFixOf("to", journey.id_of(fixes[stay.last]), fixes[stay.last].index, w);
  w.Key("centroid");
  w.Position(stay.centroid, /*with_time=*/false);
  w.Key("geometry");
  WriteRing(region, w);
  w.EndObject();
  std::string row = w.Take();
  row[0] = ',';
  return row;
}

}  // namespace spoor
