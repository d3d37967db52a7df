#include <boost/json.hpp>
#include <cmath>
#include <ctime>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/json_text.h"
#include "router/command/search.h"
#include "router/command/table.h"

namespace spoor {
namespace {

namespace json = boost::json;

std::string ShowMeters(double meters) {
  return meters < 1000 ? absl::StrFormat("%.1f m", meters)
                       : absl::StrFormat("%.2f km", meters / 1000);
}

// "2024-03-05 07:12:30" (UTC) of a position with a time.
std::string ShowStart(const json::value& summary) {
  const json::array& start = ListMember(summary, "start");
  json::error_code error;
  if (start.size() < 3) return "";
  const double seconds = start[2].to_number<double>(error);
  if (error || !(std::abs(seconds) < 1e11)) return "";
  const auto time = static_cast<std::time_t>(std::floor(seconds));
  std::tm utc{};
  char text[32];
  if (gmtime_r(&time, &utc) == nullptr) return "";
  return std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc) > 0 ? text : "";
}

// "10 hits in 1.9 ms, exact".
std::string Headline(const json::value& answer) {
  const size_t hits = ListMember(answer, "hits").size();
  return absl::StrCat(hits, hits == 1 ? " hit in " : " hits in ",
                      absl::StrFormat("%.1f ms", NumberMember(answer, "took_ms")),
                      BoolMember(answer, "exact") ? ", exact" : ", approximate");
}

std::string HowFound(const SearchOptions& options) {
  std::string text = absl::StrCat("fingerprints by ", options.score, ", ",
                                  options.direction == "either"
                                      ? "either direction"
                                      : absl::StrCat("the ", options.direction, " direction"));
  if (!options.rerank.empty()) absl::StrAppend(&text, ", ordered by ", options.rerank);
  return text;
}

void PrintExplain(const json::value& answer, std::ostream& out) {
  const json::value* explain = Member(answer, "explain");
  if (explain == nullptr || !explain->is_object()) return;
  for (const auto& [name, value] : explain->get_object()) {
    const std::string text =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    out << absl::StrFormat("  %-14s %s\n", std::string(name), text);
  }
}

}  // namespace

std::vector<Fix> FixesOf(const json::array& positions) {
  std::vector<Fix> fixes;
  for (const json::value& position : positions) {
    const json::array* numbers = position.if_array();
    if (numbers == nullptr || numbers->size() < 2) continue;
    json::error_code bad_lon, bad_lat;
    const double lon = (*numbers)[0].to_number<double>(bad_lon);
    const double lat = (*numbers)[1].to_number<double>(bad_lat);
    if (!bad_lon && !bad_lat && IsPosition(lat, lon)) fixes.push_back(FixFromDegrees(lat, lon));
  }
  return fixes;
}

void PrintHits(const SearchOptions& options, const json::value& answer, std::ostream& out) {
  TextTable table(
      {">rank", "id", ">score", ">distance", "direction", "object", ">length", "start"});
  size_t rank = 0;
  for (const json::value& hit : ListMember(answer, "hits")) {
    const json::value* distance = Member(hit, "distance_m");
    const json::value* summary = Member(hit, "summary");
    const bool known = summary != nullptr;
    table.Add({absl::StrCat(++rank), TextMember(hit, "id"),
               absl::StrFormat("%.3f", NumberMember(hit, "score")),
               distance == nullptr ? "" : ShowMeters(NumberMember(hit, "distance_m")),
               TextMember(hit, "direction"), TextMember(hit, "object"),
               known ? ShowMeters(NumberMember(*summary, "length_m")) : "",
               known ? ShowStart(*summary) : ""});
  }
  if (rank > 0) table.Print(out);
  out << Headline(answer) << '\n';
  if (options.explain) PrintExplain(answer, out);
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
    if (Member(hit, "distance_m") != nullptr) trip.distance_m = NumberMember(hit, "distance_m");
    if (const json::value* geometry = Member(hit, "geometry")) {
      trip.fixes = FixesOf(ListMember(*geometry, "coordinates"));
    }
    picture.hits.push_back(std::move(trip));
  }
  picture.title = absl::StrCat(picture.hits.size(), picture.hits.size() == 1 ? " trip" : " trips",
                               " like ", picture.query.id);
  picture.subtitle = absl::StrCat(HowFound(options), ": ", Headline(answer));
  return picture;
}

}  // namespace spoor
