#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/fingerprint/fingerprint.h"

namespace spoor {

// The whole ranking of many fingerprints by their score with one, counted posting by posting: what
// searching need not do, and what judging parameters is about.
//
// Thread safety: none.
class JaccardRanking {
 public:
  // Appends the fingerprint of number size().  REQUIRES: no call of the others yet.
  void Add(const Fingerprint& fingerprint);
  size_t size() const { return sizes_.size(); }

  struct Scored {
    double score = 0;
    uint32_t number = 0;
  };
  // All that share a geodab with what is asked, best first, ties by number.
  std::vector<Scored> Rank(absl::Span<const AskedSet> asked);
  // The rank of `wanted`, from 1; what ties with it counts half, and what shares nothing ties.
  double RankOf(absl::Span<const AskedSet> asked, uint32_t wanted);

  // Of all calls so far.
  uint64_t postings_read() const { return postings_read_; }

 private:
  void Count(const AskedSet& asked);
  std::vector<Scored> Score(absl::Span<const AskedSet> asked);

  bool sorted_ = false;
  uint64_t postings_read_ = 0;
  std::vector<std::array<uint32_t, 2>> sizes_;  // fine, coarse
  std::vector<std::pair<Geodab, uint32_t>> postings_;
  std::vector<uint32_t> shared_, touched_;  // of the set at hand
};

}  // namespace spoor
