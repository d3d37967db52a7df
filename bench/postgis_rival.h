#pragma once

#include <cstddef>

#include "bench/collection.h"
#include "bench/nearest.h"

namespace spoor::bench {

struct PostGisOptions {
  size_t scans = 3;     // queries that measure every trip: more than a minute each
  size_t queries = 20;  // with an index, approximately
  size_t boxes = 200;
};

// The same questions to PostGIS, whose geometries are the lines of the scan: metres on one plane.
// Prints tables: the 10 nearest by discrete Frechet, then what meets a box.  Exact answers of both
// are compared first; what is approximate is printed with its recall.  Says on stderr what is
// wrong.
//
// PostgreSQL is asked through a socket by psql, whose times these are; statements are prepared.
bool RunPostGis(const Collection& collection, const NearestScan& scan,
                const PostGisOptions& options);

}  // namespace spoor::bench
