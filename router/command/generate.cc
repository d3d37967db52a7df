#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/progress.h"
#include "router/generate/city.h"
#include "router/generate/ndjson.h"
#include "router/generate/road_graph.h"
#include "router/generate/street_grid.h"

namespace spoor {
namespace {

struct GenerateOptions {
  CityOptions city;
  StreetGridOptions grid;
  std::string noise = "iid";
  std::string graph_nodes, graph_edges;
  std::string out = "-";
  std::string truth;
  bool quiet = false, json = false;
};

// Text that is written to a file or stream, compressed as the file's name says: blocks that are
// compressed by themselves and stand one behind the other are one gzip or zstd file.
class TextFile {
 public:
  static absl::StatusOr<std::unique_ptr<TextFile>> Open(const std::string& path,
                                                        std::ostream& out) {
    std::unique_ptr<TextFile> text(new TextFile(path == "-" ? &out : nullptr));
    text->path_ = path;
    if (absl::EndsWith(path, ".gz")) text->coding_ = "gzip";
    if (absl::EndsWith(path, ".zst")) text->coding_ = "zstd";
    if (text->out_ != nullptr) return text;
    text->file_.open(path, std::ios::binary);
    text->out_ = &text->file_;
    if (!text->file_) return absl::NotFoundError(absl::StrCat("cannot write ", path));
    return text;
  }

  // The text that waits to be written; append to it.
  std::string& text() { return text_; }
  absl::Status FlushIfLarge() { return text_.size() < kBlockBytes ? absl::OkStatus() : Flush(); }
  absl::Status Flush() {
    written_ += text_.size();
    const std::string block = text_.empty() ? "" : Deflate(text_, coding_);
    text_.clear();
    if (out_->write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
      return absl::OkStatus();
    }
    return absl::UnavailableError(absl::StrCat("cannot write ", path_));
  }
  uint64_t written() const { return written_; }

 private:
  static constexpr size_t kBlockBytes = size_t{4} << 20;
  explicit TextFile(std::ostream* out) : out_(out) {}

  std::ofstream file_;
  std::ostream* out_;
  std::string path_, coding_ = "identity", text_;
  uint64_t written_ = 0;
};

absl::StatusOr<RoadGraph> MakeGraph(const GenerateOptions& options) {
  if (options.graph_nodes.empty()) return MakeStreetGrid(options.grid);
  return ReadRoadGraphFiles(options.graph_nodes, options.graph_edges);
}

void AppendTruth(const Trajectory& trip, const Drive& drive, std::string* out) {
  absl::StrAppend(out, "{\"id\":\"", trip.id.value(), "\",\"route\":\"", RouteName(drive.route),
                  "\",\"direction\":\"", HeadingName(drive.heading),
                  "\",\"variant\":", drive.variant, "}\n");
}

struct CityCounts {
  uint64_t trips = 0, fixes = 0, bytes = 0;
};

absl::StatusOr<CityCounts> WriteCity(const City& city, const GenerateOptions& options,
                                     Terminal& terminal) {
  absl::StatusOr<std::unique_ptr<TextFile>> out = TextFile::Open(options.out, terminal.out);
  if (!out.ok()) return out.status();
  std::unique_ptr<TextFile> truth;
  if (!options.truth.empty()) {
    absl::StatusOr<std::unique_ptr<TextFile>> opened = TextFile::Open(options.truth, terminal.out);
    if (!opened.ok()) return opened.status();
    truth = *std::move(opened);
  }
  CityCounts generated;
  Progress progress(terminal, "generating", city.drives(), options.quiet);
  for (; generated.trips < city.drives(); ++generated.trips) {
    const Drive drive = city.DriveAt(generated.trips);
    const Trajectory trip = city.Trip(drive);
    generated.fixes += trip.fixes.size();
    AppendNdjson(trip, &(*out)->text());
    if (absl::Status s = (*out)->FlushIfLarge(); !s.ok()) return s;
    if (truth != nullptr) {
      AppendTruth(trip, drive, &truth->text());
      if (absl::Status s = truth->FlushIfLarge(); !s.ok()) return s;
    }
    if (generated.trips % 64 == 0) {
      progress.Update(generated.trips, absl::StrCat(ShowCount(generated.fixes), " fixes"));
    }
  }
  if (absl::Status s = (*out)->Flush(); !s.ok()) return s;
  if (truth != nullptr) {
    if (absl::Status s = truth->Flush(); !s.ok()) return s;
  }
  generated.bytes = (*out)->written();
  return generated;
}

int Generate(GenerateOptions options, Terminal& terminal) {
  options.city.noise = options.noise == "ar1" ? Noise::kAr1 : Noise::kIid;
  options.grid.seed = options.city.seed;
  const absl::StatusOr<RoadGraph> graph = MakeGraph(options);
  if (!graph.ok()) return Fail(terminal, graph.status());
  const absl::StatusOr<City> city = City::Make(*graph, options.city);
  if (!city.ok()) return Fail(terminal, city.status());
  const absl::StatusOr<CityCounts> generated = WriteCity(*city, options, terminal);
  if (!generated.ok()) return Fail(terminal, generated.status());
  const bool data_on_out = options.out == "-" || options.truth == "-";
  std::ostream& text = data_on_out ? terminal.err : terminal.out;
  if (options.json) {
    text << boost::json::serialize(boost::json::object{{"trajectories", generated->trips},
                                                       {"fixes", generated->fixes},
                                                       {"bytes", generated->bytes},
                                                       {"junctions", graph->junctions().size()},
                                                       {"roads", graph->roads().size()}})
         << '\n';
  } else if (!options.quiet) {
    text << "generated " << ShowCount(generated->trips) << " trajectories, "
         << ShowCount(generated->fixes) << " fixes, "
         << ShowBytes(static_cast<double>(generated->bytes)) << " over "
         << ShowCount(graph->junctions().size()) << " junctions and "
         << ShowCount(graph->roads().size()) << " roads\n";
  }
  return kDone;
}

void AddTraffic(CLI::App& generate, GenerateOptions& options) {
  CityOptions& city = options.city;
  constexpr char kTraffic[] = "Traffic";
  generate.add_option("--routes", city.routes, "Routes")->capture_default_str()->group(kTraffic);
  generate.add_option("--variants", city.variants, "Drives of each route, half of them each way")
      ->capture_default_str()
      ->group(kTraffic);
  generate
      .add_option("--min-route-m", city.min_route_m, "Least distance between the ends of a route")
      ->capture_default_str()
      ->group(kTraffic);
  generate
      .add_option("--max-route-m", city.max_route_m,
                  "Greatest distance between the ends of a route")
      ->capture_default_str()
      ->group(kTraffic);
  generate.add_option("--noise", options.noise, "iid: each fix on its own; ar1: errors that drift")
      ->check(CLI::IsMember({"iid", "ar1"}))
      ->capture_default_str()
      ->group(kTraffic);
  generate.add_option("--noise-m", city.noise_m, "Standard deviation of the error in each axis")
      ->capture_default_str()
      ->group(kTraffic);
  generate.add_option("--rho", city.rho, "ar1: correlation of the errors of consecutive seconds")
      ->capture_default_str()
      ->group(kTraffic);
  generate.add_option("--drop", city.drop, "Share of the fixes that get lost")
      ->capture_default_str()
      ->group(kTraffic);
  generate.add_option("--seed", city.seed, "The same seed gives the same bytes")
      ->capture_default_str()
      ->group(kTraffic);
}

void AddStreets(CLI::App& generate, GenerateOptions& options, bool& grid) {
  constexpr char kStreets[] = "Streets";
  CLI::Option* nodes = generate.add_option("--graph-nodes", options.graph_nodes,
                                           "CSV of junctions: osm_node_id, lon, lat");
  CLI::Option* edges =
      generate.add_option("--graph-edges", options.graph_edges,
                          "CSV of directed roads: u, v, highway, maxspeed, geometry_wkt");
  nodes->type_name("FILE")->needs(edges)->group(kStreets);
  edges->type_name("FILE")->needs(nodes)->group(kStreets);
  generate
      .add_flag("--grid", grid, "Streets of a city that does not exist (default without a graph)")
      ->excludes(nodes)
      ->excludes(edges)
      ->group(kStreets);
  generate.add_option("--grid-side", options.grid.side, "Junctions along each side of the grid")
      ->excludes(nodes)
      ->capture_default_str()
      ->group(kStreets);
  generate
      .add_option("--block-m", options.grid.block_m,
                  "Metres between neighbouring junctions of the grid")
      ->excludes(nodes)
      ->capture_default_str()
      ->group(kStreets);
}

}  // namespace

RunCommand AddGenerate(CLI::App& spoor) {
  auto options = std::make_shared<GenerateOptions>();
  auto grid = std::make_shared<bool>(false);
  CLI::App& generate =
      *spoor.add_subcommand("generate", "Make the trips of a city, with the truth about them");
  generate.footer(R"(
Each route, the fastest way between two random junctions, is driven several times both ways: one
fix a second, with noise.  The tags route and direction, and --truth, say what belongs together.

Examples:
  spoor generate --grid --routes 300 --variants 20 --out city.ndjson.gz
  spoor generate --graph-nodes nodes.csv --graph-edges edges.csv --noise ar1 --out city.ndjson.zst
  spoor generate --drop 0.4 --out sparse.ndjson --truth truth.ndjson
  spoor generate --routes 50 | spoor ingest -)");
  AddTraffic(generate, *options);
  AddStreets(generate, *options, *grid);
  generate
      .add_option("--out", options->out,
                  "NDJSON of trips; .gz and .zst compress; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  generate
      .add_option("--truth", options->truth,
                  "NDJSON of id, route, direction and variant of each trip")
      ->type_name("FILE");
  generate.add_flag("--quiet", options->quiet, "No progress");
  AddJson(generate, options->json);
  return [options, grid](Terminal& terminal) { return Generate(*options, terminal); };
}

}  // namespace spoor
