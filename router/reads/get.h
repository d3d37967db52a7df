#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/search/query.h"
#include "router/reads/routed.h"
#include "shard/questions/get.h"

namespace spoor {

// Records of these parts, each of the highest version; the report says what was seen.
absl::StatusOr<Read<FoundRecords>> Get(const Parts& parts, const std::vector<TrajectoryId>& ids,
                                       const Patience& patience);

// Records by id.  Few ids that were heard of are looked for where they were at home, which is what
// one node says at one position; unless all are there, all slots are asked.
class GetRead : public RoutedRead {
 public:
  GetRead(std::vector<TrajectoryId> of, const ReadTerms& terms, const Patience& patience)
      : ids(std::move(of)), terms_(terms), patience_(patience) {
    read.answer.resize(ids.size());
  }
  absl::Status By(const Routed& routed) override;

  std::vector<TrajectoryId> ids;
  Read<FoundRecords> read;

 private:
  absl::StatusOr<Read<FoundRecords>> Of(const AskedSlots& asked, const Routed& routed) const;

  const ReadTerms& terms_;
  const Patience& patience_;
};
// A null where there is none.
absl::StatusOr<Read<FoundRecords>> Get(const CollectionReader& collection,
                                       absl::Span<const TrajectoryId> ids, const ReadTerms& terms,
                                       const Patience& patience);

// Records that are fetched and decoded at once, so that a large answer does not hold all.
inline constexpr size_t kShownAtOnce = 256;

}  // namespace spoor
