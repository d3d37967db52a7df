#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/command/table.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

// What `spoor motif` was asked.  A trip is the name of a stored one, or @FILE.
struct MotifOptions {
  SearchOptions search;  // connection, filter, direction, k, picture
  std::vector<std::string> between;
  std::string within, stretch;
  bool region = false;
  std::optional<uint64_t> from, to;
  double min_length_m = 500;
  std::optional<double> max_distance_m;
  uint64_t min_trajectories = 2, min_objects = 1, occurrences = 20;
  std::optional<uint64_t> exact_min_fixes;

  // The trips that are asked about, as they were named.
  std::vector<std::string> trips() const {
    if (!between.empty()) return between;
    if (!within.empty()) return {within};
    return stretch.empty() ? std::vector<std::string>() : std::vector<std::string>{stretch};
  }
};

bool IsFile(const std::string& trip) { return trip.size() > 1 && trip[0] == '@'; }

absl::StatusOr<std::vector<Fix>> FixesOfFile(const MotifOptions& options, const std::string& trip,
                                             std::istream& in) {
  SearchOptions file = options.search;
  file.file = trip.substr(1);
  return ReadFirstTrajectory(file, in);
}

absl::Status WriteTrip(const MotifOptions& options, const std::string& trip, std::istream& in,
                       JsonWriter& w) {
  w.BeginObject();
  if (IsFile(trip)) {
    const auto fixes = FixesOfFile(options, trip, in);
    if (!fixes.ok()) return fixes.status();
    w.Key("coords");
    w.BeginArray();
    for (const Fix& fix : *fixes) w.Position(fix, fix.has_time());
    w.EndArray();
  } else {
    w.Member("id", trip);
  }
  w.EndObject();
  return absl::OkStatus();
}

void WriteTerms(const MotifOptions& options, JsonWriter& w) {
  w.Key("min_length_m");
  w.Double(options.min_length_m);
  if (options.max_distance_m) w.Key("max_distance_m"), w.Double(*options.max_distance_m);
  if (options.region) {
    w.MemberUint("min_trajectories", options.min_trajectories);
    w.MemberUint("min_objects", options.min_objects);
  }
  w.MemberUint("k", options.search.k);
  w.Member("direction", options.search.direction);
  w.MemberUint("occurrences", options.occurrences);
  if (options.from) w.MemberUint("from", *options.from);
  if (options.to) w.MemberUint("to", *options.to);
  if (!options.exact_min_fixes) return;
  w.Key("exact");
  w.BeginObject();
  w.MemberUint("min_fixes", *options.exact_min_fixes);
  w.EndObject();
}

absl::StatusOr<std::string> MotifBody(const MotifOptions& options, std::istream& in) {
  JsonWriter w;
  w.BeginObject();
  const std::vector<std::string> trips = options.trips();
  if (options.region || !options.stretch.empty()) {
    const absl::Status s = WriteFilter(options.search, w, options.region ? "region" : "filter");
    if (!s.ok()) return s;
  }
  if (!trips.empty()) {
    w.Key(!options.between.empty() ? "between" : !options.within.empty() ? "within" : "stretch");
    if (!options.between.empty()) w.BeginArray();
    for (const std::string& trip : trips) {
      if (absl::Status s = WriteTrip(options, trip, in, w); !s.ok()) return s;
    }
    if (!options.between.empty()) w.EndArray();
  }
  WriteTerms(options, w);
  w.EndObject();
  return w.Take();
}

// "r1 120-348", "120-348 <" where it is gone the other way.
std::string ShowOccurrence(const json::value& one) {
  const std::string id = TextMember(one, "id");
  return absl::StrCat(id, id.empty() ? "" : " ", CountMember(one, "from"), "-",
                      CountMember(one, "to"),
                      TextMember(one, "direction") == "opposite" ? " <" : "");
}

void PrintMotifs(const json::value& answer, std::ostream& out) {
  constexpr size_t kShown = 3;  // occurrences
  TextTable table({">rank", ">length", ">distance", ">trips", ">objects", "fixes"});
  size_t rank = 0;
  for (const json::value& motif : ListMember(answer, "motifs")) {
    std::vector<std::string> places;
    const json::array& all = ListMember(motif, "occurrences");
    for (size_t i = 0; i < std::min(all.size(), kShown); ++i)
      places.push_back(ShowOccurrence(all[i]));
    if (all.size() > kShown) places.push_back(absl::StrCat(all.size() - kShown, " more"));
    table.Add({absl::StrCat(++rank), ShowMeters(NumberMember(motif, "length_m")),
               ShowMeters(NumberMember(motif, "distance_m")),
               ShowCount(CountMember(motif, "trajectories")),
               ShowCount(CountMember(motif, "objects")), absl::StrJoin(places, ", ")});
  }
  if (rank > 0) table.Print(out);
  out << rank << (rank == 1 ? " stretch in " : " stretches in ")
      << absl::StrFormat("%.1f ms", NumberMember(answer, "took_ms"))
      << (BoolMember(answer, "exact") ? ", exact" : "");
  if (Member(answer, "max_distance_m") != nullptr) {
    out << ", no further apart than " << ShowMeters(NumberMember(answer, "max_distance_m"));
  }
  out << '\n';
}

// The whole of the first trip that was asked about; nothing of a region.
bool FirstTrip(Client& client, const MotifOptions& options, Terminal& terminal,
               std::vector<Fix>* fixes, int* code) {
  const std::vector<std::string> trips = options.trips();
  if (trips.empty()) return true;
  if (IsFile(trips[0])) {
    auto read = FixesOfFile(options, trips[0], terminal.in);
    if (!read.ok()) {
      *code = Fail(terminal, read.status());
      return false;
    }
    *fixes = *std::move(read);
    return true;
  }
  json::value record;
  const std::string target = CollectionTarget(
      options.search.connection, absl::StrCat("/trajectories/", PercentEncode(trips[0])));
  if (!CallJson(client, {.method = "GET", .target = target, .headers = {}, .body = ""}, terminal,
                &record, code)) {
    return false;
  }
  *fixes = FixesOf(ListMember(record, "coords"));
  return true;
}

Picture PictureOfMotifs(const MotifOptions& options, std::vector<Fix> first,
                        const json::value& answer) {
  const std::vector<std::string> trips = options.trips();
  Picture picture;
  picture.query.id = trips.empty() ? "region" : trips[0];
  picture.query.fixes = std::move(first);
  for (const json::value& motif : ListMember(answer, "motifs")) {
    DrawnTrip line;
    line.id = absl::StrCat(ShowMeters(NumberMember(motif, "length_m")), ", ",
                           CountMember(motif, "trajectories"), " trips");
    line.opposite = TextMember(motif, "direction") == "opposite";
    line.distance_m = NumberMember(motif, "distance_m");
    if (const json::value* geometry = Member(motif, "geometry")) {
      line.fixes = FixesOf(ListMember(*geometry, "coordinates"));
    }
    picture.hits.push_back(std::move(line));
  }
  picture.title = absl::StrCat(picture.hits.size(), " shared stretches");
  picture.subtitle =
      trips.empty() ? "most travelled" : absl::StrCat("of ", absl::StrJoin(trips, " and "));
  return picture;
}

int FindMotifs(const MotifOptions& options, Terminal& terminal) {
  const int forms = static_cast<int>(!options.between.empty()) + !options.within.empty() +
                    !options.stretch.empty() + options.region;
  if (forms != 1) {
    return Fail(terminal, absl::InvalidArgumentError(
                              "motif needs one of --between, --within, --stretch, --region"));
  }
  const absl::StatusOr<std::string> body = MotifBody(options, terminal.in);
  if (!body.ok()) return Fail(terminal, body.status());
  const auto client = Open(options.search.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  json::value answer;
  std::string text;
  int code = kDone;
  const ApiRequest request{.method = "POST",
                           .target = CollectionTarget(options.search.connection, "/search/motifs"),
                           .headers = {{"content-type", "application/json"}},
                           .body = *body};
  if (!CallJson(**client, request, terminal, &answer, &code, &text)) return code;
  if (!options.search.draw_file.empty()) {
    std::vector<Fix> first;
    if (!FirstTrip(**client, options, terminal, &first, &code)) return code;
    std::ofstream file(options.search.draw_file, std::ios::binary);
    if (!(file << DrawSvg(PictureOfMotifs(options, std::move(first), answer)) << std::flush)) {
      return Fail(terminal,
                  absl::NotFoundError(absl::StrCat("cannot write ", options.search.draw_file)));
    }
  }
  if (options.search.json) {
    terminal.out << text << '\n';
  } else {
    PrintMotifs(answer, terminal.out);
    if (!options.search.draw_file.empty()) {
      terminal.out << "picture in " << options.search.draw_file << '\n';
    }
  }
  return kDone;
}

void AddMotifForms(CLI::App& motif, MotifOptions& options) {
  constexpr char kForms[] = "What is asked: one of these; a TRIP is a name, or @FILE";
  motif.add_option("--between", options.between, "Stretches that two trips share")
      ->expected(2)
      ->type_name("TRIP TRIP")
      ->group(kForms);
  motif.add_option("--within", options.within, "Stretches that a trip has more than once")
      ->type_name("TRIP")
      ->group(kForms);
  CLI::Option* stretch =
      motif.add_option("--stretch", options.stretch, "Who follows a trip, or a part of it")
          ->type_name("TRIP")
          ->group(kForms);
  motif
      .add_flag("--region", options.region, "The most travelled stretches of what the filter takes")
      ->group(kForms);
  motif.add_option("--from", options.from, "First fix of the stretch")
      ->needs(stretch)
      ->group(kForms);
  motif.add_option("--to", options.to, "Last fix of the stretch")->needs(stretch)->group(kForms);
  motif.add_option("--format", options.search.format, "Of a @FILE")
      ->capture_default_str()
      ->group(kForms);
}

void AddMotifTerms(CLI::App& motif, MotifOptions& options) {
  constexpr char kTerms[] = "Which stretches";
  motif.add_option("-k,--k", options.search.k, "How many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->group(kTerms);
  motif.add_option("--min-length-m", options.min_length_m, "At least so long")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str()
      ->group(kTerms);
  motif
      .add_option("--max-distance-m", options.max_distance_m,
                  "At most so far apart; what the cells allow, unless it is given")
      ->group(kTerms);
  motif.add_option("--direction", options.search.direction, "Which way they are gone")
      ->check(CLI::IsMember({"same", "opposite", "either"}))
      ->capture_default_str()
      ->group(kTerms);
  motif.add_option("--min-trips", options.min_trajectories, "Of a region: shared by so many trips")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str()
      ->group(kTerms);
  motif.add_option("--min-objects", options.min_objects, "Of a region: and by so many objects")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str()
      ->group(kTerms);
  motif.add_option("--occurrences", options.occurrences, "Of each so many are listed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->group(kTerms);
  motif
      .add_option("--exact", options.exact_min_fixes,
                  "The one pair of parts of more than so many steps with the least discrete "
                  "Frechet distance, proven")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("STEPS")
      ->group(kTerms);
}

}  // namespace

RunCommand AddMotif(CLI::App& spoor) {
  auto options = std::make_shared<MotifOptions>();
  CLI::App& motif = *spoor.add_subcommand("motif", "Find the stretches that trips share");
  motif.footer(R"(
Fixes are counted from 0, both ends included; < is gone the other way.

Examples:
  spoor motif --between r00012-f-v03 r00040-f-v01
  spoor motif --between r00012-f-v03 @trip.ndjson --direction either --draw shared.svg
  spoor motif --within shuttle-17 --min-length-m 1000
  spoor motif --between r00012-f-v03 r00012-f-v04 --exact 60
  spoor motif --stretch r00012-f-v03 --from 20 --to 180
  spoor motif --region --bbox=-0.12,51.38,-0.08,51.42 --min-trips 20 --min-objects 5
  spoor jobs start motif_pairs --params '{"min_fixes":20}'   # of all pairs of trips
  spoor motif --within shuttle-17 --json | jq '.motifs[].occurrences')");
  AddMotifForms(motif, *options);
  AddMotifTerms(motif, *options);
  AddConnection(motif, options->search.connection);
  AddFilter(motif, options->search);
  motif.add_option("--draw", options->search.draw_file, "Draw the stretches: SVG")
      ->type_name("FILE");
  AddJson(motif, options->search.json);
  return [options](Terminal& terminal) { return FindMotifs(*options, terminal); };
}

}  // namespace spoor
