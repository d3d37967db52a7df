#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/store/log_position.h"
#include "geo/box.h"
#include "geo/trajectory.h"
#include "shard/place/reach_cells.h"

namespace spoor {

// Which part of the world the trajectories of a slot touch, so that the router asks only the slots
// that may hold an answer.
//
// Two sets, both of cells of depth kReachDepth (2.4 km by 1.2 km at the equator):
//   prefixes   the first 28 bits of every geodab.  A trip that shares a geodab with the query
//              shares its prefix too, whatever the scheme.
//   cells      those that the lines cross, for boxes.  Other cells than the prefixes: geodabs are
//              made of smoothed lines in shifted grids, boxes are asked of the lines themselves.
// Finer cells would prune more and cost more: a slot of 2 400 trips across a city touches some
// hundred cells of depth 28, four times as many of depth 30, while a query of 5 km touches a
// handful and is asked of all slots.
//
// Invariant: a reach may be too large, never too small.  Additions count at once.  What a removed
// trajectory touched stays until the owner builds the reach anew from what is left, which
// IsWorthRebuilding suggests: counting by cell would cost more than the few slots that are asked in
// vain.  A slot that is cut finer passes its reach on to both halves in the same way.
//
// Thread safety: const methods may be called from any number of threads.

inline constexpr int kReachDepth = 28;

// What a query by geodabs asks of a reach: prefixes, ascending and distinct.
using ReachPrefixes = std::vector<uint32_t>;

// Both strands of a geodab have the same prefix, so this serves the same and the opposite
// direction. Where a scheme has no strand and the opposite direction is another set, give both.
ReachPrefixes PrefixesOf(absl::Span<const Geodab> geodabs);

// What a query by a box asks of a reach.
inline BoxCells ReachCellsOf(const Box& box) { return {box, kReachDepth}; }

class Reach {
 public:
  Reach();
  Reach(const Reach& other);
  Reach(Reach&&) noexcept;
  Reach& operator=(Reach other) noexcept;
  ~Reach();

  // A trajectory came.  geodabs: its own, in every index generation that is served.
  // REQUIRES: fixes is not empty.
  void Add(TrajectoryView fixes, absl::Span<const Geodab> geodabs);
  // A trajectory went, or was replaced; its new version is added as well.
  void NoteRemoval();
  // A fifth of all that was added is gone.
  bool IsWorthRebuilding() const;
  // All that `other` touches as well; the position stays.
  void Include(const Reach& other);

  // What of the log is reflected.
  const LogPosition& position() const;
  void set_position(const LogPosition& position);

  // False only when no trajectory of the slot has a geodab with one of the prefixes.
  bool MayShare(const ReachPrefixes& query) const;
  // False only when no line of the slot meets the box, borders included, also across the
  // antimeridian.  A filter by a region asks for its bounds; within, starts and ends imply meeting.
  bool MayMeet(const BoxCells& query) const;  // by ReachCellsOf

  uint64_t prefixes() const;  // how many
  uint64_t cells() const;
  uint64_t bytes() const;  // of both sets in memory, about

  // Version byte, CRC-32C, proto/placement.proto's Reach.
  std::string Encode() const;
  // DataLoss when bytes are cut, changed, of an unknown version, or no reach.
  static absl::StatusOr<Reach> Decode(absl::string_view bytes);

 private:
  struct Rep;  // keeps CRoaring out of this header
  std::unique_ptr<Rep> rep_;
};

}  // namespace spoor
