#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "engine/motif/follow.h"
#include "engine/motif/runs.h"
#include "engine/search/join.h"
#include "engine/search/query.h"

namespace spoor {

struct View;

// What an engine has published at one moment: segments, parameters, store and position belong
// together, and writes that come later are not seen.  Reads are functions on it; two of them on one
// reader see the same.
//
// Thread safety: const methods and the functions below may be called from any number of threads.
// REQUIRES: it goes before the engine; a store that wants to be opened again waits for it.
class EngineReader {
 public:
  LogPosition position() const;
  // False once a read has found that a segment of it is damaged.  What was said by it must then not
  // be believed: the engine's next reader does without that segment (AskNewest).
  bool Stands() const;

 private:
  friend class Engine;
  friend class ReaderParts;
  EngineReader(Engine::Impl& impl, std::shared_ptr<const View> view);

  Engine::Impl* impl_;
  std::shared_ptr<const View> view_;
};

// Asks the engine's newest reader, and the next one where that one did not stand.
template <typename Ask>
auto AskNewest(const Engine& engine, Ask ask) {
  for (;;) {
    const EngineReader reader = engine.Read();
    auto answer = ask(reader);
    if (reader.Stands()) return answer;
  }
}

// As the methods of Engine say it.
absl::StatusOr<SearchAnswer> Search(const EngineReader& reader, const Query& query,
                                    const Patience& patience);
absl::StatusOr<Shortlist> Propose(const EngineReader& reader, const Query& query,
                                  const Patience& patience);
absl::StatusOr<SearchAnswer> Refine(const EngineReader& reader, const Query& query,
                                    absl::Span<const Hit> chosen, const Patience& patience);
absl::StatusOr<RangeAnswer> Range(const EngineReader& reader, const RangeQuery& query,
                                  const Patience& patience);
absl::StatusOr<WalkAnswer> Walk(const EngineReader& reader, const WalkQuery& query,
                                const Patience& patience);
// The same walk, which tells `visit` of whole records instead of making steps.
absl::StatusOr<WalkAnswer> Walk(const EngineReader& reader, const WalkQuery& query,
                                const WalkVisit& visit, const Patience& patience);
absl::StatusOr<JoinAnswer> Probe(const EngineReader& reader, absl::Span<const JoinProbe> probes,
                                 const JoinQuery& query, const Patience& patience);
// As the functions on segments that are named likewise (engine/motif).
absl::StatusOr<FollowAnswer> Follow(const EngineReader& reader, const FollowQuery& query,
                                    const Patience& patience);
absl::StatusOr<RunAnswer> CountRuns(const EngineReader& reader, const RunQuery& query,
                                    const Patience& patience);
absl::StatusOr<RunSamples> SampleRuns(const EngineReader& reader, const RunSampleQuery& query,
                                      const Patience& patience);
absl::StatusOr<std::vector<std::optional<Engine::Found>>> Get(const EngineReader& reader,
                                                              absl::Span<const TrajectoryId> ids);
absl::StatusOr<Engine::StoredRecords> GetStored(const EngineReader& reader,
                                                absl::Span<const TrajectoryId> ids,
                                                const HomeSet& homes);

// What an answer shows of a record that was read.
ShownRecord ShownOf(const Engine::Found& found, const Show& show);

}  // namespace spoor
