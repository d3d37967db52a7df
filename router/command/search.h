#pragma once

#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "geo/fix.h"
#include "router/command/connection.h"
#include "router/draw/draw.h"
#include "router/message/json_writer.h"

namespace spoor {

// What --exact orders by when no measure is named: the one that people mean by "never further away
// than".
inline constexpr char kDefaultMeasure[] = "discrete_frechet";

// What `spoor search` was asked.
struct SearchOptions {
  Connection connection;
  std::string id, file, format = "auto";
  uint64_t k = 10;
  std::string score = "jaccard", direction = "same";
  std::optional<double> min_score, max_distance_m;
  std::string rerank;  // a measure; with `exact` alone the one of kDefaultMeasure
  uint64_t candidates = 1000;
  std::vector<std::string> params;  // of the measure: NAME=NUMBER
  bool exact = false, explain = false, json = false;
  std::string bbox, time, polygon_file, relation;
  std::vector<std::string> objects, tags, exclude;
  std::string draw_file;
};

// The first trajectory of a file in any format.  InvalidArgument when there is none, or it is bad.
absl::StatusOr<std::vector<Fix>> ReadFirstTrajectory(const SearchOptions& options,
                                                     std::istream& in);

// The body of the request, as the HTTP contract has it.  `fixes` are the query's when it has no id.
absl::StatusOr<std::string> SearchBody(const SearchOptions& options, const std::vector<Fix>& fixes);

// The filter of the options, in other commands too: its options, and its member of a request.
void AddFilter(CLI::App& search, SearchOptions& options);
absl::Status WriteFilter(const SearchOptions& options, JsonWriter& w,
                         absl::string_view member = "filter");

// The answer as a table.
void PrintHits(const SearchOptions& options, const boost::json::value& answer, std::ostream& out);

// The answer as a picture, around the query's fixes.
Picture PictureOf(const SearchOptions& options, const std::vector<Fix>& query,
                  const boost::json::value& answer);
// Of the coordinates of a geometry, or [[lon, lat(, t)], ...]; times are not read.
std::vector<Fix> FixesOf(const boost::json::array& positions);

}  // namespace spoor
