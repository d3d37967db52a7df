#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/record.h"

namespace spoor {

// A point of a track as a file has it: texts, empty where there is none.
struct TrackPoint {
  uint64_t line = 0;
  absl::string_view lat, lon, time;
};

// Makes trips of the tracks of one file, one behind another, for formats that give trips no ids.
//
// The first is called as ReadOptions::source says, and where nobody says so as the track itself, or
// by its first time; the N-th of the file is called so and /N: "morning", "morning/2".  Neither
// what follows in the file nor what else is loaded changes an id, and loading a file again replaces
// what it brought.
//
// A track is a trip as a whole or not at all.  One without points is none, and not counted.
class Tracks {
 public:
  // What the format calls its parts in errors; options outlive it.
  struct Names {
    absl::string_view track, name, lat, lon, time;
  };
  Tracks(const ReadOptions& options, Names names)
      : options_(options), names_(names), draft_(options, 0) {}

  // A track begins.
  void Begin(uint64_t line);
  // What it is called; runs of white space count as one blank.
  void SetName(absl::string_view name);
  // Where the file says who moved, or which trip this is, the rule above does not matter.
  void SetObject(absl::string_view object);
  void SetId(absl::string_view id);
  // What else is known about it.  One without a name is left out, and the second of one name.
  void AddTag(absl::string_view name, absl::string_view value);
  void Add(const TrackPoint& point);
  // Notes what is wrong with the track; the first counts.
  void Reject(uint64_t line, absl::string_view field, absl::string_view value,
              absl::string_view allowed);
  void End(const RecordSink& sink);
  // The file ends: one that had no track is refused, `allowed` says what it should have.
  absl::Status Finish(absl::string_view allowed, const RecordSink& sink);

 private:
  std::string NextId();
  bool ReadPosition(const TrackPoint& point, Fix& fix);
  bool ReadTime(const TrackPoint& point, Fix& fix);

  const ReadOptions& options_;
  const Names names_;
  RecordDraft draft_;
  std::string name_, id_;
  bool any_points_ = false;
  uint64_t tracks_ = 0;
};

}  // namespace spoor
