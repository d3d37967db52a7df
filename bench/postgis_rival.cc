#include "bench/postgis_rival.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/postgis.h"
#include "geo/box.h"

namespace spoor::bench {
namespace {

constexpr size_t kTop = 10;
constexpr size_t kPage = 100;
constexpr double kBoxesM[] = {200, 1000};  // sides

// A line as PostGIS reads it, well-known binary in hexadecimal; the coordinates are (x, y) pairs.
std::string HexLine(const std::vector<double>& coordinates) {
  std::string bytes("\x01\x02\x00\x00\x00", 5);  // little-endian, a line
  const auto n = static_cast<uint32_t>(coordinates.size() / 2);
  bytes.append(reinterpret_cast<const char*>(&n), sizeof n);
  bytes.append(reinterpret_cast<const char*>(coordinates.data()), 8 * coordinates.size());
  return absl::BytesToHexString(bytes);
}

std::string HexLine(PlaneView line) {
  std::vector<double> coordinates;
  for (const PlanePoint& p : line) coordinates.insert(coordinates.end(), {p.x_m, p.y_m});
  return HexLine(coordinates);
}

std::string HexDegrees(TrajectoryView fixes) {
  std::vector<double> coordinates;
  for (const Fix& f : fixes) coordinates.insert(coordinates.end(), {f.lon_deg(), f.lat_deg()});
  return HexLine(coordinates);
}

// A way to ask for the nearest by SQL: the query's line is $1, its id $2.
struct Form {
  const char* name;
  const char* sql;
  bool every_trip, exact;
};
constexpr Form kForms[] = {
    {"every trip measured",
     "SELECT id, ST_FrechetDistance(line, $1) AS m FROM trips WHERE id <> $2 ORDER BY m, id LIMIT "
     "10",
     true, true},
    {"both ends within r, doubled until ten are", "SELECT id, m FROM widening($1, $2)", false,
     true},
    {"both ends within 200 m", "SELECT id, m FROM ends_within($1, $2, 200)", false, false},
    {"the line in the box 200 m around the query's",
     "SELECT id, ST_FrechetDistance(line, $1) AS m FROM trips WHERE line @ ST_Expand($1, 200) AND "
     "id <> $2 ORDER BY m, id LIMIT 10",
     false, false},
};

// What lies within r has both ends within r: the most that an index of PostGIS can rule out.  When
// the tenth of these lies within r, it is the tenth of all.
constexpr const char* kFunctions[] = {
    "CREATE TYPE near AS (id text, m float8)",
    "CREATE FUNCTION ends_within(q geometry, self text, r float8) RETURNS SETOF near LANGUAGE sql "
    "STABLE AS $$ SELECT id, ST_FrechetDistance(line, q) AS m FROM trips WHERE "
    "ST_DWithin(ST_StartPoint(line), ST_StartPoint(q), r) AND "
    "ST_DWithin(ST_EndPoint(line), ST_EndPoint(q), r) AND id <> self ORDER BY m, id LIMIT 10 $$",
    "CREATE FUNCTION widening(q geometry, self text) RETURNS SETOF near LANGUAGE plpgsql STABLE AS "
    "$$ DECLARE r float8 := 100; found near[]; BEGIN LOOP SELECT array_agg(ROW(h.id, h.m)::near "
    "ORDER BY h.m, h.id) INTO found FROM ends_within(q, self, r) h; EXIT WHEN found[10].m <= r OR "
    "r > 1e7; r := 2 * r; END LOOP; RETURN QUERY SELECT * FROM unnest(found); END $$",
};

class PostGisRival {
 public:
  PostGisRival(const Collection& collection, const NearestScan& scan, const PostGis& server,
               const PostGisOptions& options)
      : collection_(collection), scan_(scan), server_(server), options_(options) {}

  absl::Status Load() const {
    std::fprintf(stderr, "postgis: loading %zu trips\n", scan_.size());
    const auto made = server_.Ask({"CREATE TABLE trips (id text, line geometry, place geometry)"});
    if (!made.ok()) return made.status();
    const std::vector<Trajectory>& trips = collection_.trips();
    absl::Status copied = server_.Copy("trips", trips.size(), [&](size_t i) {
      return absl::StrCat(trips[i].id.value(), "\t", HexLine(scan_.line(i)), "\t",
                          HexDegrees(trips[i].fixes));
    });
    if (!copied.ok()) return copied;
    std::vector<std::string> rest(std::begin(kFunctions), std::end(kFunctions));
    for (const char* statement :
         {"CREATE INDEX ON trips USING gist (line)", "CREATE INDEX ON trips USING gist (place)",
          "CREATE INDEX ON trips USING gist (ST_StartPoint(line))",
          "CREATE INDEX ON trips USING gist (ST_EndPoint(line))",
          "CREATE UNIQUE INDEX ON trips (id)", "VACUUM ANALYZE trips"}) {
      rest.emplace_back(statement);
    }
    return server_.Ask(rest).status();
  }

  // Exact answers of the engine, its times beside those of each form.
  absl::Status TimeNearest() const {
    auto measure = MakeMeasure("discrete_frechet", {});
    if (!measure.ok()) return measure.status();
    const std::shared_ptr<const Measure> shared = *std::move(measure);
    Query like{.k = kTop};
    like.rerank = Rerank{.measure = shared, .name = "discrete_frechet"};
    like.exact = true;
    std::printf(
        "\n| the 10 nearest by discrete Fréchet | queries | p50 ms | p99 ms | spoor p50 ms | "
        "times faster | recall |\n|---|---|---|---|---|---|---|\n");
    for (const Form& form : kForms) {
      std::fprintf(stderr, "postgis: %s\n", form.name);
      const auto queries = collection_.Queries(form.every_trip ? options_.scans : options_.queries);
      auto ours = collection_.Ask(like, queries);  // warms
      if (ours.ok()) ours = collection_.Ask(like, queries);
      if (!ours.ok()) return ours.status();
      const auto theirs = AskNearest(form, queries);
      if (!theirs.ok()) return theirs.status();
      double found = 0;
      for (size_t i = 0; i < queries.size(); ++i) {
        const absl::Status s = CheckNearest(form, queries[i], ours->answers[i], theirs->answers[i]);
        if (!s.ok()) return s;
        found += Common(ours->answers[i], theirs->answers[i]);
      }
      Print(form.name, theirs->ms, ours->ms,
            absl::StrFormat("%.3f", found / static_cast<double>(queries.size())));
    }
    return absl::OkStatus();
  }

  absl::Status TimeBoxes() const {
    std::printf(
        "\n| 100 of what meets a box | queries | p50 ms | p99 ms | spoor p50 ms | times "
        "faster | hits |\n|---|---|---|---|---|---|---|\n");
    for (const double side_m : kBoxesM) {
      if (absl::Status s = TimeBoxes(side_m); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

 private:
  static void Print(const std::string& name, std::vector<double> theirs_ms,
                    std::vector<double> ours_ms, const std::string& last) {
    const double theirs = Percentile(theirs_ms, .5), ours = Percentile(ours_ms, .5);
    std::printf("| %s | %zu | %.2f | %.2f | **%.3f** | %.1f | %s |\n", name.c_str(),
                theirs_ms.size(), theirs, Percentile(theirs_ms, .99), ours, theirs / ours,
                last.c_str());
    std::fflush(stdout);
  }

  // The share of `truth` that is in `answer`.
  static double Common(const NearList& truth, const NearList& answer) {
    std::set<std::string> ids;
    for (const Near& n : answer) ids.insert(n.id);
    const auto common =
        std::ranges::count_if(truth, [&](const Near& n) { return ids.count(n.id) > 0; });
    return static_cast<double>(common) / static_cast<double>(std::max<size_t>(1, truth.size()));
  }

  absl::StatusOr<Pass> AskNearest(const Form& form, const std::vector<size_t>& queries) const {
    std::vector<std::string> statements = {
        absl::StrCat("PREPARE nearest (geometry, text) AS ", form.sql)};
    for (const size_t q : queries) {
      statements.push_back(absl::StrCat("EXECUTE nearest ('", HexLine(scan_.line(q)), "', '",
                                        collection_.trips()[q].id.value(), "')"));
    }
    const auto answers = server_.Ask(statements);
    if (!answers.ok()) return answers.status();
    Pass out;
    for (size_t i = 1; i < answers->size(); ++i) {
      out.ms.push_back((*answers)[i].ms);
      out.answers.emplace_back();
      for (const std::vector<std::string>& row : (*answers)[i].rows) {
        Near near{.id = row[0]};
        if (row.size() != 2 || !absl::SimpleAtod(row[1], &near.distance_m)) {
          return absl::InternalError(
              absl::StrCat("postgis: '", absl::StrJoin(row, "|"), "', expected an id, a distance"));
        }
        out.answers.back().push_back(std::move(near));
      }
    }
    return out;
  }

  // What is exact must be what the scan finds, which has the same plane, and the engine's answer.
  absl::Status CheckNearest(const Form& form, size_t query, const NearList& ours,
                            const NearList& theirs) const {
    if (!form.exact) return absl::OkStatus();
    const auto measure = MakeMeasure("discrete_frechet", {});
    const Wanted wanted{.measure = measure->get(), .k = kTop};
    std::vector<uint32_t> all(scan_.size());
    std::iota(all.begin(), all.end(), 0);
    if (Agree(theirs, scan_.Find(query, all, wanted), wanted, kRounding) &&
        Agree(theirs, ours, wanted, kPlanesDiffer)) {
      return absl::OkStatus();
    }
    return absl::InternalError(absl::StrCat("postgis: another answer to '",
                                            collection_.trips()[query].id.value(), "', not timed"));
  }

  // A square around a fix of a trip.
  Box BoxAround(size_t trip, double side_m) const {
    constexpr double kUnitsPerMeter = kUnitsPerDegree / 111'195;
    const std::vector<Fix>& fixes = collection_.trips()[trip].fixes;
    const Fix& middle = fixes[fixes.size() / 2];
    const double half = side_m / 2 * kUnitsPerMeter;
    const auto lat = static_cast<int32_t>(half);
    const auto lon = static_cast<int32_t>(half / std::cos(middle.lat_deg() * M_PI / 180));
    return {.south_e7 = middle.lat_e7 - lat,
            .west_e7 = middle.lon_e7 - lon,
            .north_e7 = middle.lat_e7 + lat,
            .east_e7 = middle.lon_e7 + lon};
  }

  using Ids = std::vector<std::string>;
  struct Pages {
    std::vector<double> ms;
    std::vector<Ids> ids;
  };

  absl::StatusOr<Pages> AskEngine(const std::vector<Box>& boxes) const {
    Pages out;
    for (const Box& box : boxes) {
      RangeQuery query{.filter = {.box = box}, .limit = kPage};
      const double start = Seconds();
      const auto answer = collection_.engine().Range(query, {});
      out.ms.push_back(1e3 * (Seconds() - start));
      if (!answer.ok()) return answer.status();
      out.ids.emplace_back();
      for (const TrajectoryId& id : answer->ids) out.ids.back().push_back(id.value());
    }
    return out;
  }

  absl::StatusOr<Pages> AskServer(const std::vector<Box>& boxes, const char* condition,
                                  const char* order) const {
    std::vector<std::string> statements = {
        absl::StrCat("PREPARE meets (geometry) AS SELECT id FROM trips WHERE ", condition, order,
                     " LIMIT ", kPage)};
    for (const Box& b : boxes) {
      statements.push_back(absl::StrFormat(
          "EXECUTE meets (ST_MakeEnvelope(%.7f, %.7f, %.7f, %.7f))", b.west_e7 / kUnitsPerDegree,
          b.south_e7 / kUnitsPerDegree, b.east_e7 / kUnitsPerDegree, b.north_e7 / kUnitsPerDegree));
    }
    const auto answers = server_.Ask(statements);
    if (!answers.ok()) return answers.status();
    Pages out;
    for (size_t i = 1; i < answers->size(); ++i) {
      out.ms.push_back((*answers)[i].ms);
      out.ids.emplace_back();
      for (const auto& row : (*answers)[i].rows) out.ids.back().push_back(row[0]);
    }
    return out;
  }

  absl::Status TimeBoxes(double side_m) const {
    std::vector<Box> boxes;
    for (const size_t q : collection_.Queries(options_.boxes)) {
      boxes.push_back(BoxAround(q, side_m));
    }
    auto ours = AskEngine(boxes);  // warms
    if (ours.ok()) ours = AskEngine(boxes);
    if (!ours.ok()) return ours.status();
    double hits = 0;
    for (const Ids& ids : ours->ids) hits += static_cast<double>(ids.size());
    const std::string mean = absl::StrFormat("%.1f", hits / static_cast<double>(boxes.size()));
    const auto same = AskServer(boxes, "ST_Intersects(place, $1)", " ORDER BY id");
    if (!same.ok()) return same.status();
    if (same->ids != ours->ids) return absl::InternalError("postgis: boxes hold other trips");
    const std::string name = absl::StrFormat("%.0f m", side_m);
    Print(name + ", lines, the first by id", same->ms, ours->ms, mean);
    const auto any = AskServer(boxes, "place && $1", "");
    if (!any.ok()) return any.status();
    Print(name + ", boxes of lines, any", any->ms, ours->ms, mean);
    return absl::OkStatus();
  }

  const Collection& collection_;
  const NearestScan& scan_;
  const PostGis& server_;
  const PostGisOptions& options_;
};

}  // namespace

bool RunPostGis(const Collection& collection, const NearestScan& scan,
                const PostGisOptions& options) {
  const auto run = [&]() -> absl::Status {
    const auto server = PostGis::Start();
    if (!server.ok()) return server.status();
    const auto version = (*server)->Version();
    if (!version.ok()) return version.status();
    const PostGisRival rival(collection, scan, **server, options);
    if (absl::Status s = rival.Load(); !s.ok()) return s;
    std::printf("\n%s, %s\n", version->c_str(), PostGis::kSettings);
    if (absl::Status s = rival.TimeNearest(); !s.ok()) return s;
    return rival.TimeBoxes();
  };
  const absl::Status s = run();
  if (!s.ok()) std::fprintf(stderr, "%s\n", std::string(s.message()).c_str());
  return s.ok();
}

}  // namespace spoor::bench
