#include "router/command/search.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/measure/measure.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/json_text.h"
#include "router/message/target.h"

namespace spoor {
namespace {

// The fixes of a stored trajectory.
bool FetchFixes(Client& client, const SearchOptions& options, Terminal& terminal,
                std::vector<Fix>* fixes, int* code) {
  const std::string target = CollectionTarget(
      options.connection, absl::StrCat("/trajectories/", PercentEncode(options.id)));
  boost::json::value record;
  if (!CallJson(client, {.method = "GET", .target = target, .headers = {}, .body = ""}, terminal,
                &record, code)) {
    return false;
  }
  *fixes = FixesOf(ListMember(record, "coords"));
  return true;
}

absl::Status Draw(const SearchOptions& options, const std::vector<Fix>& query,
                  const boost::json::value& answer) {
  std::ofstream file(options.draw_file, std::ios::binary);
  if (file << DrawSvg(PictureOf(options, query, answer)) << std::flush) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("cannot write ", options.draw_file));
}

// What is asked of a measure needs one.
absl::Status Complete(SearchOptions& options) {
  if (options.id.empty() && options.file.empty()) {
    return absl::InvalidArgumentError("search needs --id or --file");
  }
  if (options.exact && options.rerank.empty()) options.rerank = kDefaultMeasure;
  if (!options.rerank.empty() || (options.params.empty() && !options.max_distance_m)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      options.params.empty() ? "--max-distance-m" : "--param", " needs --measure or --exact"));
}

int Search(SearchOptions& options, Terminal& terminal) {
  std::vector<Fix> query;
  if (absl::Status s = Complete(options); !s.ok()) return Fail(terminal, s);
  if (options.id.empty()) {
    absl::StatusOr<std::vector<Fix>> fixes = ReadFirstTrajectory(options, terminal.in);
    if (!fixes.ok()) return Fail(terminal, fixes.status());
    query = *std::move(fixes);
  }
  const absl::StatusOr<std::string> body = SearchBody(options, query);
  if (!body.ok()) return Fail(terminal, body.status());
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  boost::json::value answer;
  std::string text;
  int code = kDone;
  const ApiRequest request{.method = "POST",
                           .target = CollectionTarget(options.connection, "/search/similar"),
                           .headers = {{"content-type", "application/json"}},
                           .body = *body};
  if (!CallJson(**client, request, terminal, &answer, &code, &text)) return code;
  if (!options.draw_file.empty()) {
    if (query.empty() && !FetchFixes(**client, options, terminal, &query, &code)) return code;
    if (absl::Status s = Draw(options, query, answer); !s.ok()) return Fail(terminal, s);
  }
  if (options.json) {
    terminal.out << text << '\n';
  } else {
    PrintHits(options, answer, terminal.out);
    if (!options.draw_file.empty()) terminal.out << "picture in " << options.draw_file << '\n';
  }
  return kDone;
}

// "dtw, edr (tolerance_m)": with the parameters that they take.
std::string MeasureNames() {
  return absl::StrJoin(AllMeasures(), ", ", [](std::string* out, const MeasureEntry& measure) {
    absl::StrAppend(out, measure.name);
    if (measure.params().empty()) return;
    const auto append = [](std::string* to, const MeasureParam& p) { absl::StrAppend(to, p.name); };
    absl::StrAppend(out, " (", absl::StrJoin(measure.params(), ", ", append), ")");
  });
}

void AddRanking(CLI::App& search, SearchOptions& options) {
  constexpr char kRanking[] = "Ranking";
  search.add_option("-k,--k", options.k, "How many hits")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->group(kRanking);
  search
      .add_option("--score", options.score,
                  "jaccard: alike as a whole; containment: how much of the query is in it")
      ->check(CLI::IsMember({"jaccard", "containment"}))
      ->capture_default_str()
      ->group(kRanking);
  search.add_option("--direction", options.direction, "Which way hits drive, seen from the query")
      ->check(CLI::IsMember({"same", "opposite", "either"}))
      ->capture_default_str()
      ->group(kRanking);
  search.add_option("--min-score", options.min_score, "Only hits of at least this score")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kRanking);
  CLI::Option* rerank =
      search
          .add_option(
              "--measure,--rerank", options.rerank,
              absl::StrCat(
                  "Let a measure order the best candidates, or all, where that takes no more or "
                  "with --exact: ",
                  MeasureNames()))
          ->type_name("MEASURE")
          ->group(kRanking);
  search
      .add_option("--candidates", options.candidates,
                  "How many candidates the measure looks at; of a collection no larger, at all")
      ->check(CLI::Range(1, 100'000))
      ->needs(rerank)
      ->capture_default_str()
      ->group(kRanking);
  search.add_option("--param", options.params, "A parameter of the measure")
      ->allow_extra_args(false)
      ->type_name("NAME=NUMBER")
      ->group(kRanking);
  search
      .add_option("--max-distance-m", options.max_distance_m,
                  "Only hits at most so far away by the measure: metres, if it has no other unit")
      ->type_name("DISTANCE")
      ->group(kRanking);
  search
      .add_flag("--exact", options.exact,
                absl::StrCat("The true best by the measure among all, without fingerprints; by ",
                             kDefaultMeasure, " unless --measure names another"))
      ->group(kRanking);
}

}  // namespace

void AddFilter(CLI::App& search, SearchOptions& options) {
  constexpr char kFilter[] = "Filter: everything must hold";
  search.add_option("--bbox", options.bbox, "Goes through this box, in degrees")
      ->type_name("W,S,E,N")
      ->group(kFilter);
  search.add_option("--polygon", options.polygon_file, "Goes through this area: GeoJSON")
      ->type_name("FILE")
      ->group(kFilter);
  search
      .add_option("--relation", options.relation,
                  "How it lies to box and area, instead of going through")
      ->check(CLI::IsMember({"intersects", "within", "starts", "ends"}))
      ->group(kFilter);
  search.add_option("--time", options.time, "Is under way then: Unix seconds or RFC 3339")
      ->type_name("FROM,TO")
      ->group(kFilter);
  search.add_option("--object", options.objects, "Is of this object; again: of any of them")
      ->allow_extra_args(false)
      ->group(kFilter);
  search
      .add_option("--tag", options.tags, "Has the tag; again for the same name: any of the values")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE")
      ->group(kFilter);
  search.add_option("--exclude", options.exclude, "Is not this id; again for more")
      ->allow_extra_args(false)
      ->group(kFilter);
}

RunCommand AddSearch(CLI::App& spoor) {
  auto options = std::make_shared<SearchOptions>();
  CLI::App& search = *spoor.add_subcommand("search", "Find the trajectories most similar to one");
  search.footer(R"(
Examples:
  spoor search --id r00012-f-v03
  spoor search --file trip.ndjson --k 5 --direction either
  spoor search --id r00012-f-v03 --time 2024-03-05T00:00:00Z,2024-03-06T00:00:00Z
  spoor search --id r00012-f-v03 --bbox=-0.12,51.38,-0.08,51.42 --tag direction=forth
  spoor search --id r00012-f-v03 --measure dtw --candidates 100 --draw hits.svg
  spoor search --id r00012-f-v03 --exact --explain
  spoor search --id r00012-f-v03 --exact --max-distance-m 100 --k 10000
  spoor search --id r00012-f-v03 --json | jq '.hits[].id')");
  constexpr char kQuery[] = "Query: one of these";
  CLI::Option* id = search.add_option("--id", options->id, "A stored trajectory");
  id->group(kQuery);
  search
      .add_option("--file", options->file,
                  "The first trajectory of a file, or of - (standard input)")
      ->type_name("FILE")
      ->excludes(id)
      ->group(kQuery);
  search.add_option("--format", options->format, "Of the file")
      ->capture_default_str()
      ->group(kQuery);
  AddConnection(search, options->connection);
  AddRanking(search, *options);
  AddFilter(search, *options);
  search.add_option("--draw", options->draw_file, "Draw query and hits: SVG")->type_name("FILE");
  search.add_flag("--explain", options->explain, "Say what the search cost");
  AddJson(search, options->json);
  return [options](Terminal& terminal) { return Search(*options, terminal); };
}

}  // namespace spoor
