#include "router/message/motif_json.h"

#include "router/message/record_json.h"

namespace spoor {
namespace {

absl::string_view WayName(Direction direction) {
  return direction == Direction::kOpposite ? "opposite" : "same";
}

void WriteOccurrence(const MotifOccurrence& one, JsonWriter& w) {
  constexpr int kShares = 6;
  w.BeginObject();
  if (!one.id.value().empty()) w.Member("id", one.id.value());
  if (!one.object.empty()) w.Member("object", one.object);
  w.MemberUint("from", one.from);
  w.MemberUint("to", one.to);
  w.Key("from_at");
  w.Rounded(one.from_at, kShares);
  w.Key("to_at");
  w.Rounded(one.to_at, kShares);
  w.Key("distance_m");
  w.Double(one.distance_m);
  w.Member("direction", WayName(one.direction));
  w.EndObject();
}

void WriteMotifMembers(const Motif& motif, JsonWriter& w) {
  constexpr int kCentimetres = 2;
  w.Key("length_m");
  w.Rounded(motif.length_m, kCentimetres);
  w.Key("distance_m");
  w.Double(motif.distance_m);
  w.Member("direction", WayName(motif.direction));
  w.MemberUint("trajectories", motif.trajectories);
  w.MemberUint("objects", motif.objects);
  w.Key("occurrences");
  w.BeginArray();
  for (const MotifOccurrence& one : motif.occurrences) WriteOccurrence(one, w);
  w.EndArray();
}

void WriteMotif(const Motif& motif, JsonWriter& w) {
  w.BeginObject();
  WriteMotifMembers(motif, w);
  w.Key("geometry");
  WriteGeometry(motif.geometry, w);
  w.EndObject();
}

void WriteMotifFeature(const Motif& motif, size_t rank, JsonWriter& w) {
  w.BeginObject();
  w.Member("type", "Feature");
  w.Key("geometry");
  WriteGeometry(motif.geometry, w);
  w.Key("properties");
  w.BeginObject();
  w.MemberUint("rank", rank);
  WriteMotifMembers(motif, w);
  w.EndObject();
  w.EndObject();
}

}  // namespace

absl::Status WriteMotifs(const std::vector<Motif>& motifs, const MotifShape& shape,
                         const Patience& patience, JsonWriter& w) {
  for (size_t i = 0; i < motifs.size(); ++i) {
    shape.features ? WriteMotifFeature(motifs[i], i + 1, w) : WriteMotif(motifs[i], w);
    if (w.size() > shape.most_bytes) return absl::OutOfRangeError("too large");
    if (const absl::Status in_time = patience.Check(); !in_time.ok()) return in_time;
  }
  return absl::OkStatus();
}

}  // namespace spoor
