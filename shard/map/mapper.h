#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/reader.h"

namespace spoor {

// The part of a job that runs at the nodes, each over its own records, so that what travels is what
// the job makes of a trajectory and not the trajectory.  A mapper is one file here and one line in
// mappers.def; it sees one record at a time and nothing else, so that its rows are the same
// wherever the record lies.

// Puts a row out: the key says with which others it will be reduced, the bytes are between the
// mapper and its job.
using MapEmit = std::function<void(uint64_t key, std::string bytes)>;

class Mapper {
 public:
  virtual ~Mapper() = default;
  virtual void Map(const Trajectory& record, const MapEmit& emit) const = 0;
};

struct MapperEntry {
  absl::string_view name;
  // params: whatever its job has made; InvalidArgument for what it cannot be.
  absl::StatusOr<std::unique_ptr<const Mapper>> (*make)(absl::string_view params) = nullptr;
};
absl::Span<const MapperEntry> AllMappers();
// InvalidArgument: there is none of this name; errors of make.
absl::StatusOr<std::unique_ptr<const Mapper>> MakeMapper(absl::string_view name,
                                                         absl::string_view params);

// Some of what is stored, in the order of the homes, mapped.
struct MapQuery {
  std::string mapper, params;
  HomePlace after;               // begins behind it
  Filter filter;                 // homes, and what to leave out
  std::vector<HomePlace> only;   // ascending; of these records alone; empty: of all
  uint64_t max_bytes = 4 << 20;  // of rows, about: those of one record are never parted
  LogPosition as_of;             // versions that came later are left out
  uint32_t partitions = 1;       // of that log
  static constexpr size_t kMaxOnly = 10'000;
  static constexpr uint64_t kMaxBytes = 64 << 20;
};

struct MapRow {
  uint64_t key = 0;
  HomePlace place;  // of the record that it was made of
  std::string bytes;
  friend bool operator==(const MapRow&, const MapRow&) = default;
};

struct MapAnswer {
  std::vector<MapRow> rows;  // by place; of one place in the order in which they were put out
  HomePlace reached;         // as WalkAnswer
  bool more = false;
  uint64_t looked_at = 0;  // records
  uint64_t position = 0;   // log position that the answer reflects
};

// Runs it over what a reader sees.  InvalidArgument as MakeMapper; errors of the engine.
absl::StatusOr<MapAnswer> MapRecords(const EngineReader& reader, const MapQuery& query,
                                     const Patience& patience);

// Whether that version of the record was there at the position.
bool WasThere(const LogPosition& as_of, uint32_t partitions, absl::string_view id,
              uint64_t version);

}  // namespace spoor
