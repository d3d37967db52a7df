#pragma once

#include <memory>
#include <optional>

#include "engine/format/reader.h"

namespace spoor {

// How lines of fixes are read, beside what ReadOptions say of times, limits and hints.
struct FixLineOptions {
  ReadOptions read;
  std::optional<double> max_accuracy_m;  // what is less accurate, by its own account, is rejected
};

// Reads one fix a line, as live feeds have them:
//
//   {"object": "cab-7", "time": 1714564800, "lon": 8.54, "lat": 47.37}
//   {"object": "cab-7", "time": "2024-05-01T12:00:05Z", "coordinates": [8.55, 47.37]}
//
// latitude, longitude, lng and timestamp are understood as well; what a device says of accuracy_m,
// altitude, speed and heading is passed over, but for an accuracy where the options limit it.  Each
// record has one fix with a time, the object as its id, and its line.
std::unique_ptr<Reader> MakeFixLineReader(const FixLineOptions& options);

}  // namespace spoor
