#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/search/join.h"
#include "router/reads/routed.h"

namespace spoor {

// A step of a join: the partners of the probes.  asked[i]: those that part i may have partners of,
// ascending indices.  Between the parts a trajectory may show twice while it moves home, in two
// versions.
absl::StatusOr<JoinAnswer> Probe(const Parts& parts, absl::Span<const JoinProbe> probes,
                                 const std::vector<std::vector<uint32_t>>& asked,
                                 const JoinQuery& query, const Patience& patience);

// The same over the slots that may have partners.  Sees at least what the terms say.
class ProbeRead : public RoutedRead {
 public:
  ProbeRead(absl::Span<const JoinProbe> probes, const JoinQuery& query, const JoinTerms& terms,
            const Patience& patience)
      : probes_(probes), query_(query), terms_(terms), patience_(patience) {}
  absl::Status By(const Routed& routed) override;

  JoinAnswer answer;

 private:
  const absl::Span<const JoinProbe> probes_;
  const JoinQuery& query_;
  const JoinTerms& terms_;
  const Patience& patience_;
};
absl::StatusOr<JoinAnswer> Probe(const CollectionReader& collection,
                                 absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                 const JoinTerms& terms, const Patience& patience);

}  // namespace spoor
