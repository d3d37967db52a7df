#include <boost/json.hpp>
#include <cmath>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "geo/measure/measure.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/command/table.h"

namespace spoor {
namespace {

namespace json = boost::json;

// Of a hit's distance; empty when its measure is unknown here.
std::string UnitOf(const json::value& hit) {
  const std::string name = TextMember(hit, "measure");
  for (const MeasureEntry& entry : AllMeasures()) {
    if (entry.name != name) continue;
    MeasureParams any;
    for (const MeasureParam& p : entry.params()) any.emplace_back(std::string(p.name), p.least);
    const auto measure = MakeMeasure(name, any);
    if (measure.ok()) return std::string((*measure)->unit());
  }
  return "";
}

std::string ShowDistance(const json::value& hit) {
  if (Member(hit, "distance_m") == nullptr) return "";
  const double distance = NumberMember(hit, "distance_m");
  const std::string unit = UnitOf(hit);
  if (unit == "m") return ShowMeters(distance);
  return absl::StrFormat("%.3g%s%s", distance, unit.empty() ? "" : " ", unit);
}

// "12-40": the fixes that the distance is to.
std::string ShowPart(const json::value& hit) {
  const json::value* part = Member(hit, "part");
  if (part == nullptr) return "";
  return absl::StrCat(CountMember(*part, "from"), "-", CountMember(*part, "to"));
}

// "10 hits in 1.9 ms, exact", "3 hits in 0.8 ms, exact by dtw".
std::string Headline(const SearchOptions& options, const json::value& answer) {
  const size_t hits = ListMember(answer, "hits").size();
  return absl::StrCat(hits, hits == 1 ? " hit in " : " hits in ",
                      absl::StrFormat("%.1f ms", NumberMember(answer, "took_ms")),
                      BoolMember(answer, "exact") ? ", exact" : ", approximate",
                      options.rerank.empty() ? "" : " by ", options.rerank);
}

std::string HowFound(const SearchOptions& options, bool exact) {
  const std::string direction = options.direction == "either"
                                    ? "either direction"
                                    : absl::StrCat("the ", options.direction, " direction");
  if (exact && !options.rerank.empty()) {
    return absl::StrCat("all by ", options.rerank, ", ", direction);
  }
  std::string text = absl::StrCat("fingerprints by ", options.score, ", ", direction);
  if (!options.rerank.empty()) absl::StrAppend(&text, ", ordered by ", options.rerank);
  return text;
}

std::string Several(uint64_t count, absl::string_view one) {
  return absl::StrCat(ShowCount(count), " ", one, count == 1 ? "" : "s");
}

// "fingerprint 0.12 ms, propose 0.40 ms, ...".
std::string ShowPhases(const json::value& phases) {
  std::string text;
  for (const absl::string_view name : {"fingerprint", "propose", "bound", "read", "measure"}) {
    const double us = NumberMember(phases, absl::StrCat(name, "_us"));
    absl::StrAppend(&text, text.empty() ? "" : ", ", name, absl::StrFormat(" %.2f ms", us / 1e3));
  }
  return text;
}

void PrintExplain(const json::value& answer, bool measured, std::ostream& out) {
  const json::value* explain = Member(answer, "explain");
  if (explain == nullptr || !explain->is_object()) return;
  const auto count = [&](absl::string_view name) { return ShowCount(CountMember(*explain, name)); };
  const auto row = [&](absl::string_view name, const std::string& text) {
    out << absl::StrFormat("  %-12s %s\n", name, text);
  };
  row("plan", TextMember(*explain, "plan"));
  row("asked",
      absl::StrCat(Several(ListMember(*explain, "slots").size(), "slot"), " (", count("pruned"),
                   " left out) on ", Several(CountMember(*explain, "nodes"), "node"), ", with ",
                   Several(CountMember(*explain, "segments"), "segment")));
  row("fingerprint", absl::StrCat(count("query_geodabs"), " geodabs, ", count("postings"),
                                  " postings, ", count("postings_read"), " of them read"));
  row("proposed",
      absl::StrCat(count("candidates"), " candidates, ", count("verified"), " of them verified"));
  if (measured)
    row("measured", absl::StrCat(count("refined"), " refined in ", count("cells"), " cells, ",
                                 count("bounded"), " ruled out by bounds"));
  if (const json::value* phases = Member(*explain, "phases")) row("work", ShowPhases(*phases));
}

}  // namespace

namespace {

// Of a position, or of positions in arrays of any depth.
void AddFixes(const json::array& values, std::vector<Fix>& fixes) {
  if (values.empty() || values[0].is_array()) {
    for (const json::value& value : values) {
      if (const json::array* inner = value.if_array()) AddFixes(*inner, fixes);
    }
    return;
  }
  if (values.size() < 2) return;
  json::error_code bad_lon, bad_lat;
  const double lon = values[0].to_number<double>(bad_lon);
  const double lat = values[1].to_number<double>(bad_lat);
  if (!bad_lon && !bad_lat && IsPosition(lat, lon)) fixes.push_back(FixFromDegrees(lat, lon));
}

}  // namespace

std::vector<Fix> FixesOf(const json::array& coordinates) {
  std::vector<Fix> fixes;
  AddFixes(coordinates, fixes);
  return fixes;
}

void PrintHits(const SearchOptions& options, const json::value& answer, std::ostream& out) {
  TextTable table(
      {">rank", "id", ">score", ">distance", ">fixes", "direction", "object", ">length", "start"});
  size_t rank = 0;
  for (const json::value& hit : ListMember(answer, "hits")) {
    const json::value* summary = Member(hit, "summary");
    const bool known = summary != nullptr;
    table.Add({absl::StrCat(++rank), TextMember(hit, "id"),
               absl::StrFormat("%.3f", NumberMember(hit, "score")), ShowDistance(hit),
               ShowPart(hit), TextMember(hit, "direction"), TextMember(hit, "object"),
               known ? ShowMeters(NumberMember(*summary, "length_m")) : "",
               known ? ShowWhen(*summary, "start") : ""});
  }
  if (rank > 0) table.Print(out);
  out << Headline(options, answer) << '\n';
  if (options.explain) PrintExplain(answer, !options.rerank.empty(), out);
}

Picture PictureOf(const SearchOptions& options, const std::vector<Fix>& query,
                  const json::value& answer) {
  Picture picture;
  picture.query.id = options.id.empty() ? options.file : options.id;
  picture.query.fixes = query;
  for (const json::value& hit : ListMember(answer, "hits")) {
    DrawnTrip trip;
    trip.id = TextMember(hit, "id");
    trip.opposite = TextMember(hit, "direction") == "opposite";
    trip.score = NumberMember(hit, "score");
    if (UnitOf(hit) == "m") trip.distance_m = NumberMember(hit, "distance_m");
    if (const json::value* geometry = Member(hit, "geometry")) {
      trip.fixes = FixesOf(ListMember(*geometry, "coordinates"));
    }
    picture.hits.push_back(std::move(trip));
  }
  picture.title = absl::StrCat(picture.hits.size(), picture.hits.size() == 1 ? " trip" : " trips",
                               " like ", picture.query.id);
  picture.subtitle =
      absl::StrCat(HowFound(options, BoolMember(answer, "exact")), ": ", Headline(options, answer));
  return picture;
}

}  // namespace spoor
