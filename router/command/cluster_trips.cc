#include "router/command/cluster_trips.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/command.h"
#include "router/command/connection.h"
#include "router/command/job_follower.h"
#include "router/command/job_result.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/command/signal_watch.h"
#include "router/command/table.h"
#include "router/message/json_writer.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct ClusterTripsOptions {
  Connection connection;
  std::string select = R"({"all":true})", eps, align = "arc_length", mode = "whole";
  std::string rule = "exact", anchor = "member", several = "silhouette", truth;
  std::optional<double> cap;
  double step_s = 60;
  uint32_t min_samples = 5, points = 50, window = 10, step = 5, min_overlap = 1;
  bool no_cap = false, strict = false, plain = false, no_silhouette = false;
  std::string part = "labels", out, draw_file;
  bool detach = false, quiet = false, json = false;
};

absl::Status WriteClusterParams(const ClusterTripsOptions& o, JsonWriter& w) {
  w.BeginObject();
  double eps = 0;
  w.Key("eps_m");
  if (o.eps == "auto") {
    w.String(o.eps);
  } else if (absl::SimpleAtod(o.eps, &eps)) {
    w.Double(eps);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--eps-m ", o.eps, "; allowed: auto, or metres"));
  }
  w.MemberUint("min_samples", o.min_samples);
  w.Member("align", o.align);
  w.Key("step_s");
  w.Double(o.step_s);
  w.MemberUint("points", o.points);
  w.Member("mode", o.mode);
  w.MemberUint("window", o.window);
  w.MemberUint("step", o.step);
  w.Member("rule", o.rule);
  w.Member("anchor", o.anchor);
  w.Member("several", o.several);
  if (o.cap) w.Key("cap"), w.Double(*o.cap);
  if (o.no_cap) w.Key("cap"), w.Null();
  w.MemberBool("strict", o.strict);
  w.MemberBool("stable", !o.plain);
  w.MemberBool("silhouette", !o.no_silhouette);
  w.MemberUint("min_overlap", o.min_overlap);
  if (!o.truth.empty()) w.Member("truth", o.truth);
  w.EndObject();
  return absl::OkStatus();
}

constexpr size_t kClustersShown = 20;

// The largest clusters of the result.
bool LargestClusters(Client& client, Terminal& terminal, const std::string& id, json::value* page,
                     int* code) {
  const std::string target =
      absl::StrCat("/v1/jobs/", PercentEncode(id), "/result/clusters?limit=", kClustersShown);
  return CallJson(client, {.method = "GET", .target = target, .headers = {}, .body = ""}, terminal,
                  page, code);
}

void PrintClusters(const json::value& summary, const json::value& page, std::ostream& out) {
  TextTable table({">cluster", ">trips", ">spread", "medoid"});
  for (const json::value& row : ListMember(page, "rows")) {
    table.Add({absl::StrCat(CountMember(row, "label")), ShowCount(CountMember(row, "size")),
               ShowMeters(NumberMember(row, "spread_m")), TextMember(row, "medoid")});
  }
  const uint64_t clusters = CountMember(summary, "clusters");
  if (clusters > 0) table.Print(out);
  out << ShowCount(clusters) << " clusters, " << ShowCount(CountMember(summary, "outliers"))
      << " outliers, " << ShowCount(CountMember(summary, "rejoined")) << " rejoined; eps "
      << ShowMeters(NumberMember(summary, "eps_m"));
  for (const char* figure : {"silhouette", "ari", "nmi"}) {
    if (Member(summary, figure) != nullptr) {
      out << absl::StrFormat(", %s %.3f", figure, NumberMember(summary, figure));
    }
  }
  out << '\n';
}

absl::Status DrawMedoids(const ClusterTripsOptions& options, const json::value& page) {
  Picture picture;
  for (const json::value& row : ListMember(page, "rows")) {
    DrawnTrip line;
    line.id = absl::StrCat(CountMember(row, "size"), " trips");
    line.distance_m = NumberMember(row, "spread_m");
    if (const json::value* geometry = Member(row, "geometry")) {
      line.fixes = FixesOf(ListMember(*geometry, "coordinates"));
    }
    picture.hits.push_back(std::move(line));
  }
  picture.query.id = "medoids";
  picture.title = absl::StrCat(picture.hits.size(), " clusters, largest first");
  picture.subtitle = "the line of each one's medoid, and how far its trips are from it";
  std::ofstream file(options.draw_file, std::ios::binary);
  if (file << DrawSvg(picture) << std::flush) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("cannot write ", options.draw_file));
}

int TellOfClusters(Client& client, const ClusterTripsOptions& options, const json::value& job,
                   Terminal& terminal) {
  const std::string id = TextMember(job, "id");
  json::value page;
  int code = kDone;
  if (!LargestClusters(client, terminal, id, &page, &code)) return code;
  if (!options.draw_file.empty()) {
    if (absl::Status s = DrawMedoids(options, page); !s.ok()) return Fail(terminal, s);
  }
  if (options.json) {
    terminal.out << JsonTextOf(job) << '\n';
  } else if (const json::value* summary = Member(job, "summary"); summary && options.out != "-") {
    PrintClusters(*summary, page, terminal.out);
  }
  if (options.out.empty()) return kDone;
  return WriteJobResult(client, terminal, id, options.part, options.out);
}

int ClusterTrips(const ClusterTripsOptions& options, Terminal& terminal) {
  if (options.eps.empty()) {
    terminal.err << "spoor: cluster needs --eps-m, of trips; or seed or republish, of nodes\n";
    return kUsage;
  }
  JsonWriter params;
  if (absl::Status s = WriteClusterParams(options, params); !s.ok()) return Fail(terminal, s);
  SignalWatch signals;  // before any thread is started
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  json::value job;
  int code = kDone;
  const ApiRequest start{.method = "POST",
                         .target = CollectionTarget(options.connection, "/jobs"),
                         .headers = {{"content-type", "application/json"}},
                         .body = absl::StrCat(R"({"type":"clusters","select":)", options.select,
                                              R"(,"params":)", params.Take(), "}")};
  if (!CallJson(**client, start, terminal, &job, &code)) return code;
  if (options.detach) {
    terminal.out << (options.json ? JsonTextOf(job) : TextMember(job, "id")) << '\n';
    return kDone;
  }
  JobFollower follower{.client = **client,
                       .terminal = terminal,
                       .signals = signals,
                       .id = TextMember(job, "id"),
                       .quiet = options.quiet,
                       .cancels = true};
  if (!follower.Follow(&job, &code)) return code;
  if (signals.signalled()) {
    return Fail(terminal, absl::CancelledError("interrupted; the job is cancelled"));
  }
  if (const int said = SayEnd(job, terminal); said != kDone) return said;
  return TellOfClusters(**client, options, job, terminal);
}

void AddSegmentOptions(CLI::App& cluster, ClusterTripsOptions& o) {
  constexpr char kHow[] = "How";
  cluster.add_option("--select", o.select, "Of which trajectories, as JSON")
      ->type_name("JSON")
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--eps-m", o.eps, "Steps so near are neighbours: metres, or auto")
      ->group(kHow);
  cluster.add_option("--min-samples", o.min_samples, "So many near, itself among them, are a core")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--align", o.align, "What trips have in common")
      ->check(CLI::IsMember({"clock", "normalized_time", "arc_length"}))
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--step-s", o.step_s, "Between stamps of the clock")
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--points", o.points, "Stamps of a trip, where it is not the clock")
      ->check(CLI::Range(2, 10'000))
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--rule", o.rule, "DBSCAN, or components of what is near")
      ->check(CLI::IsMember({"exact", "component"}))
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--mode", o.mode, "All the way, or in windows as well")
      ->check(CLI::IsMember({"whole", "sub"}))
      ->capture_default_str()
      ->group(kHow);
  cluster.add_option("--window", o.window, "Intervals of a window")->group(kHow);
  cluster.add_option("--step", o.step, "Intervals from one window to the next")->group(kHow);
  cluster.add_option("--min-overlap", o.min_overlap, "Intervals that two trips have in common")
      ->group(kHow);
}

void AddStableOptions(CLI::App& cluster, ClusterTripsOptions& o) {
  constexpr char kWho[] = "Who rejoins";
  cluster.add_flag("--plain", o.plain, "Nobody: without the stable step")->group(kWho);
  cluster.add_option("--anchor", o.anchor, "From what one who is away is measured")
      ->check(CLI::IsMember({"member", "core"}))
      ->capture_default_str()
      ->group(kWho);
  cluster.add_option("--several", o.several, "Which of several clusters takes it")
      ->check(CLI::IsMember({"silhouette", "mean"}))
      ->capture_default_str()
      ->group(kWho);
  CLI::Option* cap = cluster.add_option("--cap", o.cap, "Nobody further than so many eps; 3");
  cap->group(kWho);
  cluster.add_flag("--no-cap", o.no_cap, "However far")->excludes(cap)->group(kWho);
  cluster.add_flag("--strict", o.strict, "Only who is there half of the time")->group(kWho);
  cluster.add_option("--truth", o.truth, "A tag to compare the clusters with")
      ->type_name("TAG")
      ->group(kWho);
  cluster.add_flag("--no-silhouette", o.no_silhouette, "Do not measure all pairs: faster")
      ->group(kWho);
}

}  // namespace

RunCommand AddClusterTrips(CLI::App& cluster) {
  auto options = std::make_shared<ClusterTripsOptions>();
  cluster.footer(R"(
Trips are brought onto common stamps, their steps in each interval are clustered, and those that are
together in all of them are a cluster; who was away for a while may rejoin.  It is a job: `spoor jobs`
shows it, and keeps its result.

Examples:
  spoor cluster --collection taxis --eps-m 120 --min-samples 8
  spoor cluster --eps-m auto --align clock --step-s 30 --mode sub --window 10 --step 5
  spoor cluster --eps-m 80 --select '{"similar":{"query":{"id":"r00012-f-v03"},"k":2000}}' \
      --draw clusters.svg
  spoor cluster --eps-m 120 --out labels.csv
  spoor cluster --eps-m 120 --part decisions --out why.ndjson
  spoor cluster seed /var/lib/spoor/router --etcd 10.0.0.1:2379   # of a cluster of nodes)");
  AddConnection(cluster, options->connection);
  AddSegmentOptions(cluster, *options);
  AddStableOptions(cluster, *options);
  cluster.add_option("--part", options->part, "Which part of the result --out gets")
      ->check(CLI::IsMember({"labels", "clusters", "segments", "events", "decisions", "ranges"}))
      ->capture_default_str();
  cluster
      .add_option("--out", options->out,
                  "Where rows go, as the ending says: .geojson, .csv, else lines of JSON; - is "
                  "standard output")
      ->type_name("FILE");
  cluster.add_option("--draw", options->draw_file, "Draw the medoids of the largest clusters: SVG")
      ->type_name("FILE");
  cluster.add_flag("--detach", options->detach, "Only start it, and print its id");
  cluster.add_flag("--quiet", options->quiet, "No progress");
  AddJson(cluster, options->json);
  return [options](Terminal& terminal) { return ClusterTrips(*options, terminal); };
}

}  // namespace spoor
