#pragma once

#include <array>
#include <cstddef>

namespace spoor {

// Rectangles in a plane, metres to the north and to the east; and what is to be taken off their
// distances to others.
template <size_t n>
struct Rectangles {
  alignas(32) std::array<float, n> south_m{}, west_m{}, north_m{}, east_m{}, less_m{};

  void Set(size_t i, double south, double west, double north, double east, double less) {
    south_m[i] = static_cast<float>(south);
    west_m[i] = static_cast<float>(west);
    north_m[i] = static_cast<float>(north);
    east_m[i] = static_cast<float>(east);
    less_m[i] = static_cast<float>(less);
  }
};

inline constexpr size_t kMaxRuns = 16, kMaxParts = 8;
using Runs = Rectangles<kMaxRuns>;
using Parts = Rectangles<kMaxParts>;
// A table of distances, with room for writing as many runs as there can be.
using ApartTable = std::array<float, kMaxRuns*(kMaxParts + 1)>;

// What a metre is to the north and to the east.
struct Stretch {
  float along, across;
};

// Distances of the parts from the runs, less what is to be taken off and never below 0: at
// [part * run_count + run].
void MeasureApart(const Runs& runs, size_t run_count, const Parts& parts, size_t part_count,
                  Stretch stretch, ApartTable& out);

}  // namespace spoor
