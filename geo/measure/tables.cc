#include "geo/measure/tables.h"

#include <algorithm>
#include <cmath>

namespace spoor {
namespace {

// Room for one column, its pads included, rounded so that all columns start alike.
size_t RoomOf(size_t size) { return (size + 2 * kColumnPad + 7) / 8 * 8; }

double ThirdOf(const PlanePoint& p, Third third) {
  return third == Third::kTimeS ? p.t_s : DistanceM(p, PlanePoint{});
}

// Writes columns one behind the other.
class ColumnWriter {
 public:
  explicit ColumnWriter(double* room) : room_(room) {}

  // The columns of the line, between places at (pad, pad).
  template <typename Iterator>
  Columns Write(Iterator line, size_t size, Third third, double pad) {
    double* const x_m = Column(size, pad);
    double* const y_m = Column(size, pad);
    double* const more = third == Third::kNothing ? nullptr : Column(size, 0);
    for (size_t i = 0; i < size; ++i, ++line) {
      x_m[i] = line->x_m;
      y_m[i] = line->y_m;
      if (more != nullptr) more[i] = ThirdOf(*line, third);
    }
    return {.x_m = x_m, .y_m = y_m, .third = more, .size = size};
  }

  double* Column(size_t size, double pad) {
    double* const column = room_ + kColumnPad;
    std::fill(room_, column, pad);
    std::fill_n(column + size, kColumnPad, pad);
    room_ += RoomOf(size);
    return column;
  }

 private:
  double* room_;
};

}  // namespace

AlignmentTable LayOutTable(PlaneView a, PlaneView b, Third third, MeasureWork& work) {
  const size_t columns = third == Third::kNothing ? 2 : 3, row = b.size() + 1;
  ColumnWriter writer(work.Numbers(columns * (RoomOf(a.size()) + RoomOf(b.size())) + RoomOf(row)));
  return {.a = writer.Write(a.begin(), a.size(), third, 0),
          .b_backwards = writer.Write(b.rbegin(), b.size(), third, kInf),
          .row = writer.Column(row, 0)};
}

TwoLines LayOutLines(PlaneView a, PlaneView b, MeasureWork& work) {
  ColumnWriter writer(work.Numbers(2 * (RoomOf(a.size()) + RoomOf(b.size()))));
  return {.a = writer.Write(a.begin(), a.size(), Third::kNothing, kInf),
          .b = writer.Write(b.begin(), b.size(), Third::kNothing, kInf)};
}

}  // namespace spoor
