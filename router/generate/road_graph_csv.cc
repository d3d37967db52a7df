#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "router/generate/road_graph.h"

namespace spoor {
namespace {

constexpr double kKmhToMps = 1 / 3.6, kMphToMps = 0.44704;

// A table of text: quoted fields may hold commas, line breaks, and quotes written twice.
class Table {
 public:
  Table(absl::string_view name, absl::string_view text) : name_(name), rest_(text) {
    for (std::string& column : NextRow()) header_.push_back(std::move(column));
  }

  // The index of a column, or -1.
  int Column(absl::string_view name) const {
    const auto at = std::find(header_.begin(), header_.end(), name);
    return at == header_.end() ? -1 : static_cast<int>(at - header_.begin());
  }
  absl::StatusOr<int> Require(absl::string_view name) const {
    const int column = Column(name);
    if (column >= 0) return column;
    return absl::InvalidArgumentError(absl::StrCat("the ", name_, " have no column ", name));
  }

  bool done() const { return rest_.empty(); }
  // The fields of the next line, as many as the header has.  REQUIRES: !done().
  std::vector<std::string> Next() {
    std::vector<std::string> row = NextRow();
    row.resize(header_.size());
    return row;
  }
  absl::Status Wrong(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", row_line_, " of the ", name_, ": ", what));
  }

 private:
  std::vector<std::string> NextRow() {
    std::vector<std::string> row(1);
    row_line_ = line_;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest_.size(); ++i) {
      const char c = rest_[i];
      line_ += c == '\n';
      if (quoted) {
        if (c != '"') {
          row.back() += c;
        } else if (i + 1 < rest_.size() && rest_[i + 1] == '"') {
          row.back() += rest_[++i];
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',') {
        row.emplace_back();
      } else if (c == '\n') {
        break;
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
    return row;
  }

  absl::string_view name_, rest_;
  std::vector<std::string> header_;
  size_t line_ = 1, row_line_ = 1;
};

// Speeds that are usual where nothing is said, by the first word of the kind of highway that fits.
double UsualSpeedMps(absl::string_view highway) {
  static constexpr std::pair<absl::string_view, double> kUsualKmh[] = {
      {"motorway", 100}, {"trunk", 60},         {"primary", 48},      {"secondary", 48},
      {"tertiary", 40},  {"living_street", 10}, {"unclassified", 32}, {"residential", 32}};
  for (const auto& [kind, kmh] : kUsualKmh) {
    if (highway.find(kind) != absl::string_view::npos) return kmh * kKmhToMps;
  }
  return 30 * kKmhToMps;
}

// "20 mph", "50", "['20 mph', '30 mph']": the first number counts.  0 when there is none.
double SpeedMps(absl::string_view text) {
  const size_t begin = text.find_first_of("0123456789");
  if (begin == absl::string_view::npos) return 0;
  const size_t end = std::min(text.find_first_not_of("0123456789.", begin), text.size());
  double number = 0;
  if (!absl::SimpleAtod(text.substr(begin, end - begin), &number) || number > 400) return 0;
  const bool miles = absl::StartsWith(absl::StripLeadingAsciiWhitespace(text.substr(end)), "mph");
  return number * (miles ? kMphToMps : kKmhToMps);
}

std::optional<Fix> ParseFix(absl::string_view lon, absl::string_view lat) {
  double lon_deg = 0, lat_deg = 0;
  if (!absl::SimpleAtod(lon, &lon_deg) || !absl::SimpleAtod(lat, &lat_deg) ||
      !IsPosition(lat_deg, lon_deg)) {
    return std::nullopt;
  }
  return FixFromDegrees(lat_deg, lon_deg);
}

// The positions between the ends of "LINESTRING (lon lat, lon lat, ...)".
std::optional<std::vector<Fix>> ParseBends(absl::string_view wkt) {
  if (!absl::ConsumePrefix(&wkt, "LINESTRING")) return std::nullopt;
  wkt = absl::StripAsciiWhitespace(wkt);
  if (!absl::ConsumePrefix(&wkt, "(") || !absl::ConsumeSuffix(&wkt, ")")) return std::nullopt;
  std::vector<Fix> line;
  for (absl::string_view position : absl::StrSplit(wkt, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(position, ' ', absl::SkipEmpty());
    if (parts.size() != 2) return std::nullopt;
    const std::optional<Fix> fix = ParseFix(parts[0], parts[1]);
    if (!fix) return std::nullopt;
    line.push_back(*fix);
  }
  if (line.size() < 2) return std::nullopt;
  return std::vector<Fix>(line.begin() + 1, line.end() - 1);
}

using JunctionByName = std::unordered_map<std::string, uint32_t>;

absl::Status ReadNodes(Table table, std::vector<Fix>* junctions, JunctionByName* by_name) {
  const absl::StatusOr<int> id = table.Require("osm_node_id"), lon = table.Require("lon"),
                            lat = table.Require("lat");
  for (const absl::StatusOr<int>* column : {&id, &lon, &lat}) {
    if (!column->ok()) return column->status();
  }
  while (!table.done()) {
    const std::vector<std::string> row = table.Next();
    const std::optional<Fix> fix = ParseFix(row[*lon], row[*lat]);
    if (!fix) return table.Wrong(absl::StrCat(row[*lon], ", ", row[*lat], " is no lon, lat"));
    if (!by_name->emplace(row[*id], junctions->size()).second) {
      return table.Wrong(absl::StrCat("node ", row[*id], " comes twice"));
    }
    junctions->push_back(*fix);
  }
  return absl::OkStatus();
}

absl::Status ReadEdges(Table table, const JunctionByName& by_name, std::vector<Road>* roads) {
  const absl::StatusOr<int> u = table.Require("u"), v = table.Require("v");
  if (!u.ok()) return u.status();
  if (!v.ok()) return v.status();
  const int highway = table.Column("highway"), maxspeed = table.Column("maxspeed"),
            geometry = table.Column("geometry_wkt");
  while (!table.done()) {
    const std::vector<std::string> row = table.Next();
    const auto from = by_name.find(row[*u]), to = by_name.find(row[*v]);
    if (from == by_name.end() || to == by_name.end()) {
      return table.Wrong(absl::StrCat("node ", from == by_name.end() ? row[*u] : row[*v],
                                      " is not among the nodes"));
    }
    Road road;
    road.from = from->second;
    road.to = to->second;
    if (maxspeed >= 0) road.speed_mps = SpeedMps(row[maxspeed]);
    if (road.speed_mps <= 0) road.speed_mps = UsualSpeedMps(highway >= 0 ? row[highway] : "");
    if (geometry >= 0 && !row[geometry].empty()) {
      std::optional<std::vector<Fix>> bends = ParseBends(row[geometry]);
      if (!bends) return table.Wrong("the geometry is no LINESTRING (lon lat, lon lat, ...)");
      road.between = *std::move(bends);
    }
    roads->push_back(std::move(road));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadWhole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return absl::NotFoundError(absl::StrCat("cannot read ", file));
  return std::move(text).str();
}

}  // namespace

absl::StatusOr<RoadGraph> ReadRoadGraph(absl::string_view nodes_csv, absl::string_view edges_csv) {
  std::vector<Fix> junctions;
  JunctionByName by_name;
  std::vector<Road> roads;
  if (absl::Status s = ReadNodes(Table("nodes", nodes_csv), &junctions, &by_name); !s.ok())
    return s;
  if (absl::Status s = ReadEdges(Table("edges", edges_csv), by_name, &roads); !s.ok()) return s;
  return RoadGraph::Make(std::move(junctions), std::move(roads));
}

absl::StatusOr<RoadGraph> ReadRoadGraphFiles(const std::string& nodes_file,
                                             const std::string& edges_file) {
  const absl::StatusOr<std::string> nodes = ReadWhole(nodes_file);
  if (!nodes.ok()) return nodes.status();
  const absl::StatusOr<std::string> edges = ReadWhole(edges_file);
  if (!edges.ok()) return edges.status();
  return ReadRoadGraph(*nodes, *edges);
}

}  // namespace spoor
