#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

// The inner loops of the measures, each compiled several times: as plain C++ and for the vector
// instructions that some machines have.  All variants give the same answer to the last bit: they
// work on doubles, with the operations of the definition in its order and none fused, so that the
// machines of a cluster agree.  Read together with tables.h, which lays the numbers out.
//
// This header is included by code for machines that the program may not be running on, and holds no
// function for that reason: the linker keeps one copy of an inline function, whose ever it is.
namespace spoor {

// As a cutoff: there is none.  As a cost: there is no way.
inline constexpr double kInf = std::numeric_limits<double>::infinity();

// Numbers that may be read beyond both ends of a column, and mean nothing where nothing else is
// said: more than the lanes that run side by side.
inline constexpr size_t kColumnPad = 16;

// One line, a column for each kind of number.
struct Columns {
  const double* x_m;
  const double* y_m;
  const double* third;  // what the kernel says; null where it says nothing
  size_t size;          // > 0
};

// A table whose cell (i, j) is the cost of the best alignment of the first i fixes of a with the
// first j of b.  Not all of it is kept: a row is.  Lanes that go through neighbouring rows are one
// column behind each other, so that with b backwards they read neighbouring numbers.
struct AlignmentTable {
  Columns a;
  Columns b_backwards;  // followed by a place infinitely far away, whose third number is 0
  double* row;          // of cells (., 0) to (., |b|), padded as columns are
};

// What EDR and LCSS are told.
struct EditCosts {
  double tolerance_m2;  // fixes match when their squared distance is at most that
  double max_time_s;    // and their times differ by at most that; then `third` is the time
  double substitution;  // of fixes that do not match; to leave one out costs 1
};

// One line with its legs; element i belongs to point i or to the leg that starts there.  After the
// last point, where none starts, its length is negative; there is a pad of kColumnPad after that,
// infinitely far away.
struct LegColumns {
  size_t points;               // > 0
  const double *x_m, *y_m;     // point
  const double *east, *north;  // direction of the leg, of length 1
  const double* length_m;      // of the leg
};

// Of neighbouring cells of a free-space diagram (geo/measure/free_space.h), a bit each: whether
// something is free of the upper side and of the right one.
struct FreeSides {
  uint64_t upper, right;
};

// What a computation has done, and whom it asks now and then whether to go on.
struct Effort {
  uint64_t cells = 0;    // of tables, that were computed or tested
  bool stopped = false;  // it was told to end: what it answers from then on means nothing
  // Asked when so many cells have been computed.  Null: nobody is.
  bool (*is_over)(const void* caller) = nullptr;
  const void* caller = nullptr;
  uint64_t asks_at = ~uint64_t{0};
};

// Cells between two questions: less than a millisecond, and hundreds of times what asking costs.
inline constexpr uint64_t kCellsPerQuestion = uint64_t{1} << 17;

// Asks the caller; true once he has said that it is over.  Loops come here when `cells` has reached
// `asks_at`.
bool AskIfOver(Effort& effort);

// Every function but the last returns the answer, or a value > cutoff if that is > cutoff, or any
// once the effort is stopped, and adds to its cells what it computed; how much that is with a
// cutoff depends on the variant.
struct Kernels {
  const char* name;
  double (*discrete_frechet_m2)(const AlignmentTable&, double cutoff_m2, Effort& effort);
  double (*dtw_m)(const AlignmentTable&, double cutoff_m, Effort& effort);
  // To the nearest part of b.
  double (*sub_discrete_frechet_m2)(const AlignmentTable&, double cutoff_m2, Effort& effort);
  double (*sub_dtw_m)(const AlignmentTable&, double cutoff_m, Effort& effort);
  // `third` is the distance to the gap point.
  double (*erp_m)(const AlignmentTable&, double cutoff_m, Effort& effort);
  double (*edits)(const AlignmentTable&, const EditCosts&, double cutoff, Effort& effort);
  // The largest of floor_m2 and the squared distances from each fix of a to the nearest of b.
  // REQUIRES: the pad after b's columns is infinite.
  double (*farthest_m2)(const Columns& a, const Columns& b, double floor_m2, double cutoff_m2,
                        Effort& effort);
  // The same to the nearest place on b's line.
  double (*farthest_from_line_m2)(const LegColumns& a, const LegColumns& b, double floor_m2,
                                  double cutoff_m2, Effort& effort);
  // Of cells (i, begin), (i, begin + 1) ..., with a leash given by its square; bits from end -
  // begin on mean nothing. REQUIRES: 0 < end - begin <= 64, a multiple of 8; numbers may be read up
  // to the element `end`.
  FreeSides (*free_sides)(const LegColumns& rows, size_t i, const LegColumns& columns, size_t begin,
                          size_t end, double leash_m2);
};

// The variants that this machine can run, `count` of them, the fastest last.
struct KernelList {
  const Kernels* const* variants;
  size_t count;
};
KernelList UsableKernels();

// The last of UsableKernels().
const Kernels& BestKernels();

}  // namespace spoor
