#include "router/jobs/places_run.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/place/density.h"
#include "engine/place/visits.h"

namespace spoor {
namespace {

// A journey as it lies in a spool of this process.
struct SpooledFix {
  int32_t lat_e7, lon_e7;
  int64_t time_ms;
  uint32_t trip, index;
};
struct SpooledJourney {
  JourneyName name;
  std::string object;
  std::vector<std::string> ids;
  std::vector<SpooledFix> fixes;
};

void PutText(const std::string& text, std::string& out) {
  const uint64_t size = text.size();
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}
std::string TakeText(absl::string_view& from) {
  uint64_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  std::string text(from.substr(sizeof size, size));
  from.remove_prefix(sizeof size + size);
  return text;
}

std::string Packed(const JourneyName& name, const Journey& journey,
                   const std::vector<JourneyFix>& fixes) {
  std::vector<std::string> ids;
  std::string of_fixes;
  for (const JourneyFix& f : fixes) {
    ids.resize(std::max<size_t>(ids.size(), f.trip + 1));
    if (ids[f.trip].empty()) ids[f.trip] = journey.id_of(f);
    const SpooledFix put{f.fix.lat_e7, f.fix.lon_e7, f.fix.time_ms, f.trip, f.index};
    of_fixes.append(reinterpret_cast<const char*>(&put), sizeof put);
  }
  std::string out(1, name.first ? '1' : '0');
  PutText(name.second, out);
  PutText(journey.object(), out);
  const uint64_t count = ids.size();
  out.append(reinterpret_cast<const char*>(&count), sizeof count);
  for (const std::string& id : ids) PutText(id, out);
  return out + of_fixes;
}

SpooledJourney Unpacked(absl::string_view from) {
  SpooledJourney out;
  out.name.first = from[0] == '1';
  from.remove_prefix(1);
  out.name.second = TakeText(from);
  out.object = TakeText(from);
  uint64_t count = 0;
  std::memcpy(&count, from.data(), sizeof count);
  from.remove_prefix(sizeof count);
  for (uint64_t i = 0; i < count; ++i) out.ids.push_back(TakeText(from));
  out.fixes.resize(from.size() / sizeof(SpooledFix));
  std::memcpy(out.fixes.data(), from.data(), out.fixes.size() * sizeof(SpooledFix));
  return out;
}

}  // namespace

absl::Status PlacesRun::Run(Spool& spool) {
  fixes_ = run_.MakeSpool("-fixes");
  Journeys journeys(
      run_, params_.stays.per_object,
      [this](const JourneyName& name, Journey& journey) { return TakeJourney(name, journey); });
  absl::Status s = run_.EachRow(spool, [&](const MapRow& row) { return journeys.Add(row); });
  if (s.ok()) s = journeys.Finish();
  if (s.ok()) s = TellStays();
  if (s.ok()) s = MakeDestinations();
  if (s.ok()) s = params_.by_density ? ShapeByDensity() : MakePartition();
  if (s.ok()) s = TellDestinations();
  if (s.ok()) s = FindVisits();
  if (s.ok()) s = TellPlaces();
  if (s.ok()) Summarise(journeys);
  return s;
}

absl::Status PlacesRun::TakeJourney(const JourneyName& name, Journey& journey) {
  const std::vector<JourneyFix> fixes = journey.Fixes();
  const auto stays = StaysOf(params_.stays, fixes, run_.patience());
  if (!stays.ok()) return stays.status();
  for (const Stay& stay : *stays) {
    FoundStay found{.order = StayOrder(name, stay),
                    .region = RegionOf(params_.stays, fixes, stay),
                    .journey = journeys_,
                    .stay = stay};
    found.row = StayRow(journey, fixes, stay, found.region);
    held_bytes_ += sizeof found + found.order.size() + found.row.size() +
                   2 * found.region.size() * sizeof(PlanePoint);
    stays_.push_back(std::move(found));
    if (held_bytes_ <= run_.limits().memory_bytes) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "there are more than ", stays_.size(), " stays, which is what the memory of a job holds, ",
        run_.limits().memory_bytes,
        " bytes (--job-memory); allowed: a longer duration_s, or a "
        "smaller selection"));
  }
  return fixes_->Add(
      {.key = journeys_++, .place = {.home = 0, .id = ""}, .bytes = Packed(name, journey, fixes)});
}

absl::Status PlacesRun::TellStays() {
  std::ranges::sort(stays_, {}, &FoundStay::order);
  for (uint64_t i = 0; i < stays_.size(); ++i) {
    const absl::Status s = run_.Append(kPlacesStays, absl::StrCat("{\"stay\":", i, stays_[i].row));
    if (!s.ok()) return s;
    stays_[i].row.clear();
  }
  return fixes_->Sort();
}

absl::Status PlacesRun::MakeDestinations() {
  std::vector<Fix> centroids;
  for (const FoundStay& s : stays_) centroids.push_back(s.stay.centroid);
  plane_ = GoiPlane::About(centroids);
  std::vector<PlaneRing> regions;
  for (const FoundStay& s : stays_) regions.push_back(plane_.RingOf(s.region));
  auto merged = MergeRegions(regions, params_.destinations, run_.patience());
  if (!merged.ok()) return merged.status();
  destinations_ = *std::move(merged);
  destination_of_.assign(stays_.size(), Partition::kNone);
  told_.resize(destinations_.size());
  for (uint32_t d = 0; d < destinations_.size(); ++d) {
    Told& told = told_[d];
    told.visits = destinations_[d].stays.size();
    for (const uint32_t s : destinations_[d].stays) {
      destination_of_[s] = d;
      told.journeys.push_back(stays_[s].journey);
      told.dwell_ms += static_cast<uint64_t>(stays_[s].stay.depart_ms - stays_[s].stay.arrive_ms);
    }
  }
  return absl::OkStatus();
}

absl::Status PlacesRun::MakePartition() {
  std::vector<PlaneArea> areas;
  for (const Destination& d : destinations_) areas.push_back(d.area);
  auto made = Partition::Make(areas, params_.cell_m, params_.assign, run_.patience());
  if (!made.ok()) return made.status();
  partition_ = *std::move(made);
  return absl::OkStatus();
}

absl::Status PlacesRun::EachJourney(bool again,
                                    const std::function<absl::Status(const MapRow&)>& take) {
  std::unique_ptr<Spool> kept = again ? run_.MakeSpool("-again") : nullptr;
  absl::Status s = run_.EachRow(*fixes_, [&](const MapRow& row) {
    const absl::Status took = take(row);
    return took.ok() && kept ? kept->Add(row) : took;
  });
  if (s.ok() && kept) s = kept->Sort();
  fixes_ = std::move(kept);
  return s;
}

absl::Status PlacesRun::ShapeByDensity() {
  std::vector<uint32_t> by_journey;
  for (uint32_t i = 0; i < stays_.size(); ++i) by_journey.push_back(i);
  std::ranges::sort(by_journey, [this](uint32_t a, uint32_t b) {
    return std::pair(stays_[a].journey, stays_[a].stay.first) <
           std::pair(stays_[b].journey, stays_[b].stay.first);
  });
  std::vector<DwellDensity> densities(destinations_.size(), {params_.cell_m, params_.sigma_m});
  size_t next = 0, cells = 0;
  const absl::Status s = EachJourney(/*again=*/true, [&](const MapRow& row) {
    const SpooledJourney journey = Unpacked(row.bytes);
    for (; next < by_journey.size() && stays_[by_journey[next]].journey == row.key; ++next) {
      const uint32_t d = destination_of_[by_journey[next]];
      if (d == Partition::kNone) continue;
      cells -= densities[d].size();
      const Stay& stay = stays_[by_journey[next]].stay;
      for (size_t i = stay.first; i <= stay.last; ++i) {
        const SpooledFix& f = journey.fixes[i];
        const int64_t until = i < stay.last ? journey.fixes[i + 1].time_ms : stay.depart_ms;
        const double seconds = static_cast<double>(until - f.time_ms) / 1000;
        // A place where no time is known to have passed is one nevertheless.
        densities[d].Add(plane_.At(f.lon_e7 / kUnitsPerDegree, f.lat_e7 / kUnitsPerDegree),
                         std::clamp(seconds, 1e-3, params_.tau_cap_s));
      }
      cells += densities[d].size();
    }
    if (cells <= Partition::kMostCells) return run_.patience().Check();
    return absl::InvalidArgumentError(
        absl::StrCat("places take more than ", Partition::kMostCells,
                     " cells; allowed: wider ones (cell_m), or a smaller sigma_m"));
  });
  if (!s.ok()) return s;
  absl::flat_hash_map<MicroCell, std::pair<double, uint32_t>> claims;
  for (uint32_t d = 0; d < densities.size(); ++d) {
    std::vector<MicroCell> own;
    for (const auto& [cell, density] : densities[d].Densest(params_.mass)) {
      own.push_back(cell);
      const auto [it, is_new] = claims.try_emplace(cell, density, d);
      if (!is_new && density > it->second.first) it->second = {density, d};
    }
    destinations_[d].area = OutlineOf(own, params_.cell_m);
  }
  partition_.emplace(params_.cell_m);
  for (const auto& [cell, claim] : claims) partition_->Take(cell, claim.second);
  return absl::OkStatus();
}

void PlacesRun::WriteArea(const PlaneArea& area, JsonWriter& w) const {
  w.Key("geometry");
  w.BeginObject();
  w.Member("type", area.size() == 1 ? "Polygon" : "MultiPolygon");
  w.Key("coordinates");
  if (area.size() != 1) w.BeginArray();
  for (const PlanePolygon& polygon : area) {
    w.BeginArray();
    for (const PlaneRing& ring : polygon.rings) {
      w.BeginArray();
      for (size_t i = 0; i <= ring.size(); ++i) {
        const RegionVertex v = plane_.Degrees(ring[i % ring.size()]);
        w.BeginArray();
        w.Rounded(v.lon_deg, 7);
        w.Rounded(v.lat_deg, 7);
        w.EndArray();
      }
      w.EndArray();
    }
    w.EndArray();
  }
  if (area.size() != 1) w.EndArray();
  w.EndObject();
}

namespace {

uint64_t CountDistinct(std::vector<uint64_t> values) {
  std::ranges::sort(values);
  return static_cast<uint64_t>(std::unique(values.begin(), values.end()) - values.begin());
}

}  // namespace

absl::Status PlacesRun::TellDestinations() {
  const auto cells = partition_->CellsByLabel(destinations_.size());
  place_of_.assign(destinations_.size(), Partition::kNone);
  std::vector<PlanePoint> centroids;
  for (const Destination& d : destinations_) centroids.push_back(CentroidOf(d.area));
  if (!centroids.empty()) nearest_ = std::make_unique<NearestDestination>(std::move(centroids));
  for (uint32_t d = 0; d < destinations_.size(); ++d) {
    const PlaneArea& area = destinations_[d].area;
    if (!cells[d].empty()) {
      place_of_[d] = static_cast<uint32_t>(places_.size());
      places_.push_back(OutlineOf(cells[d], params_.cell_m));
    }
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("destination", d);
    w.MemberUint("visits", told_[d].visits);
    w.MemberUint("objects", CountDistinct(std::move(told_[d].journeys)));
    w.Key("dwell_s");
    w.Rounded(static_cast<double>(told_[d].dwell_ms) / 1000, 3);
    w.Key("area_m2");
    w.Rounded(AreaM2(area), 1);
    w.MemberBool("shadowed", cells[d].empty());
    WriteArea(area, w);
    w.EndObject();
    if (absl::Status s = run_.Append(kPlacesDestinations, w.Take()); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status PlacesRun::FindVisits() {
  told_places_.resize(places_.size());
  visits_ = run_.MakeSpool("-visits");
  absl::Status s =
      EachJourney(/*again=*/false, [this](const MapRow& row) { return VisitsOf(row); });
  if (s.ok()) s = visits_->Sort();
  if (!s.ok()) return s;
  return run_.EachRow(*visits_,
                      [&](const MapRow& row) { return run_.Append(kPlacesVisits, row.bytes); });
}

absl::Status PlacesRun::VisitsOf(const MapRow& row) {
  const SpooledJourney journey = Unpacked(row.bytes);
  absl::Status added;
  VisitFinder finder([&](const PlaceVisit& visit) {
    const int64_t leave_ms = visit.leave_ms.value_or(visit.last_ms);
    Told& told = told_places_[visit.place];
    told.journeys.push_back(row.key);
    ++told.visits;
    told.dwell_ms += static_cast<uint64_t>(leave_ms - visit.enter_ms);
    JsonWriter w;
    w.BeginObject();
    w.Key("object");
    journey.object.empty() ? w.Null() : w.String(journey.object);
    w.MemberUint("place", visit.place);
    w.Key("enter");
    w.Seconds(visit.enter_ms);
    w.Key("leave");
    w.Seconds(leave_ms);
    const SpooledFix &first = journey.fixes[visit.first], &last = journey.fixes[visit.last];
    WriteFixOf("from", journey.ids[first.trip], first.index, w);
    WriteFixOf("to", journey.ids[last.trip], last.index, w);
    w.EndObject();
    added.Update(visits_->Add(
        {.key = 0,
         .place = {.home = 0, .id = StayOrder(journey.name, {.arrive_ms = visit.enter_ms})},
         .bytes = w.Take()}));
    ++visit_rows_;
  });
  const NearestDestination* const nearest = nearest_.get();
  for (size_t i = 0; i < journey.fixes.size(); ++i) {
    if (i % 65'536 == 0) {
      if (absl::Status s = run_.patience().Check(); !s.ok()) return s;
    }
    const SpooledFix& f = journey.fixes[i];
    const PlanePoint at = plane_.At(f.lon_e7 / kUnitsPerDegree, f.lat_e7 / kUnitsPerDegree);
    const uint32_t label = partition_->LabelAt(at);
    finder.Add(label == Partition::kNone ? label : place_of_[label], f.time_ms);
    disagree_ += nearest != nullptr && nearest->Of(at) != label;
  }
  labelled_ += journey.fixes.size();
  finder.Finish();
  return added;
}

absl::Status PlacesRun::TellPlaces() {
  for (uint32_t d = 0; d < place_of_.size(); ++d) {
    if (place_of_[d] == Partition::kNone) continue;
    const PlaneArea& area = places_[place_of_[d]];
    Told& told = told_places_[place_of_[d]];
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("place", place_of_[d]);
    w.MemberUint("destination", d);
    w.Key("area_m2");
    w.Rounded(AreaM2(area), 1);
    w.MemberUint("visits", told.visits);
    w.MemberUint("objects", CountDistinct(std::move(told.journeys)));
    w.Key("dwell_s");
    w.Rounded(static_cast<double>(told.dwell_ms) / 1000, 3);
    WriteArea(area, w);
    w.EndObject();
    if (absl::Status s = run_.Append(kPlacesPlaces, w.Take()); !s.ok()) return s;
  }
  return absl::OkStatus();
}

void PlacesRun::Summarise(const Journeys& journeys) {
  uint64_t single_fix = 0, dwell_ms = 0;
  for (const FoundStay& s : stays_) {
    single_fix += s.stay.first == s.stay.last ? 1 : 0;
    dwell_ms += static_cast<uint64_t>(s.stay.depart_ms - s.stay.arrive_ms);
  }
  JsonWriter w;
  w.BeginObject();
  w.MemberUint("stays", stays_.size());
  w.MemberUint("single_fix", single_fix);
  w.MemberUint("destinations", destinations_.size());
  w.MemberUint("places", places_.size());
  w.MemberUint("shadowed", destinations_.size() - places_.size());
  w.MemberUint("visits", visit_rows_);
  w.Key("dwell_h");
  w.Rounded(static_cast<double>(dwell_ms) / 3'600'000, 3);
  w.Key("nearest_disagrees");  // a share of all fixes
  labelled_ == 0 || destinations_.empty()
      ? w.Null()
      : w.Rounded(static_cast<double>(disagree_) / static_cast<double>(labelled_), 6);
  w.Key("grid");
  w.BeginObject();
  w.Key("origin");
  w.BeginArray();
  w.Rounded(plane_.lon_deg(), 7);
  w.Rounded(plane_.lat_deg(), 7);
  w.EndArray();
  w.Key("cell_m");
  w.Double(params_.cell_m);
  w.EndObject();
  journeys.WriteCounts(w);
  w.EndObject();
  run_.Summarise(w.Take());
}

}  // namespace spoor
