#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/fix.h"

namespace spoor {

// A hit, or the query, on a picture.
struct DrawnTrip {
  std::string id;
  std::vector<Fix> fixes;  // may be empty: then only the legend names it
  bool opposite = false;   // drives the other way
  std::optional<double> score, distance_m;
};

// An answer to a similarity search, best hit first.
struct Picture {
  std::string title;     // "10 trips like r00012-f-v03"
  std::string subtitle;  // how they were found
  DrawnTrip query;
  std::vector<DrawnTrip> hits;
};

// Draws the picture as one self-contained SVG: the query as a broad band, each hit as a line whose
// colour is its rank (dashed when it drives the other way) with arrowheads, a legend with scores
// and distances, a scale bar.  Follows the reader's choice of light or dark.  Text is escaped;
// whatever the ids hold, the result is well-formed.
std::string DrawSvg(const Picture& picture);

}  // namespace spoor
