#include "shard/map/mapper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/store/home_key.h"
#include "shard/log/log.h"

namespace spoor {

#define MAPPER(name, function) \
  absl::StatusOr<std::unique_ptr<const Mapper>> function(absl::string_view params);
#include "shard/map/mappers.def"
#undef MAPPER

absl::Span<const MapperEntry> AllMappers() {
  static constexpr MapperEntry kMappers[] = {
#define MAPPER(name, function) {name, &function},
#include "shard/map/mappers.def"
#undef MAPPER
  };
  return kMappers;
}

absl::StatusOr<std::unique_ptr<const Mapper>> MakeMapper(absl::string_view name,
                                                         absl::string_view params) {
  for (const MapperEntry& entry : AllMappers()) {
    if (entry.name == name) return entry.make(params);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "mapper '", name, "', there are: ",
      absl::StrJoin(AllMappers(), ", ",
                    [](std::string* out, const MapperEntry& e) { absl::StrAppend(out, e.name); })));
}

bool WasThere(const LogPosition& as_of, uint32_t partitions, absl::string_view id,
              uint64_t version) {
  const uint32_t p = PartitionOf(id, std::max<uint32_t>(partitions, 1));
  return p < as_of.next.size() && version <= as_of.next[p];
}

namespace {

constexpr uint64_t kPerRow = 64;    // beside its bytes, about
constexpr size_t kGetAtOnce = 256;  // records

// Maps the records that it is shown, until there is enough.
class MapRun {
 public:
  MapRun(const MapQuery& query, const Mapper& mapper) : query_(query), mapper_(mapper) {}

  // Whether to go on.
  bool Take(const HomePlace& place, uint64_t version, const Trajectory& record) {
    if (!WasThere(query_.as_of, query_.partitions, place.id, version)) return true;
    mapper_.Map(record, [&](uint64_t key, std::string bytes) {
      bytes_ += bytes.size() + place.id.size() + kPerRow;
      rows_.push_back({.key = key, .place = place, .bytes = std::move(bytes)});
    });
    return bytes_ < query_.max_bytes;
  }
  std::vector<MapRow> TakeRows() { return std::move(rows_); }

 private:
  const MapQuery& query_;
  const Mapper& mapper_;
  uint64_t bytes_ = 0;
  std::vector<MapRow> rows_;
};

// Those of `only` behind `after`, a few at a time.
absl::StatusOr<MapAnswer> MapOnly(const Engine& engine, const MapQuery& query, MapRun& run,
                                  const Patience& patience) {
  MapAnswer answer{.rows = {}, .reached = query.after};
  answer.position = engine.position().total();
  auto at = std::upper_bound(query.only.begin(), query.only.end(), query.after);
  while (at != query.only.end()) {
    if (absl::Status s = patience.CheckInTurn(); !s.ok()) return s;
    const auto end = at + std::min<ptrdiff_t>(kGetAtOnce, query.only.end() - at);
    std::vector<TrajectoryId> ids;
    for (auto one = at; one != end; ++one) ids.emplace_back(one->id);
    const auto found = engine.Get(ids);
    if (!found.ok()) return found.status();
    for (size_t i = 0; at != end; ++i, ++at) {
      answer.reached = *at;
      ++answer.looked_at;
      if (!(*found)[i]) continue;
      const Engine::Found& record = *(*found)[i];
      const HomePlace place{HomeKey(record.trajectory.view(), at->id), at->id};
      if (place != *at || !query.filter.Matches(record.trajectory)) continue;
      if (!query.filter.homes.Contains(place.home)) continue;
      if (run.Take(place, record.version, record.trajectory)) continue;
      answer.more = true;
      return answer;
    }
  }
  return answer;
}

}  // namespace

absl::StatusOr<MapAnswer> MapRecords(const Engine& engine, const MapQuery& query,
                                     const Patience& patience) {
  const auto mapper = MakeMapper(query.mapper, query.params);
  if (!mapper.ok()) return mapper.status();
  MapRun run(query, **mapper);
  if (!query.only.empty()) {
    auto answer = MapOnly(engine, query, run, patience);
    if (answer.ok()) answer->rows = run.TakeRows();
    return answer;
  }
  const WalkQuery walk{.after = query.after, .filter = query.filter, .limit = WalkQuery::kMaxLimit};
  const WalkVisit take = [&](const HomePlace& place, uint64_t version, Trajectory record) {
    return run.Take(place, version, record);
  };
  auto walked = engine.Walk(walk, take, patience);
  if (!walked.ok()) return walked.status();
  return MapAnswer{.rows = run.TakeRows(),
                   .reached = std::move(walked->reached),
                   .more = walked->more,
                   .looked_at = walked->looked_at,
                   .position = walked->position};
}

}  // namespace spoor
