#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/collection.h"
#include "bench/nearest.h"
#include "engine/search/query.h"

namespace spoor::bench {

// What a workload asks of each trip.
struct Question {
  std::string workload, measure;
  size_t k = 10;
  std::optional<double> within_m;
  // 0: exact search among all.  Else the best by fingerprint, so many, by the measure.
  size_t candidates = 0;
};

struct CheckOptions {
  size_t queries = 200;
  size_t by_definition = 10;  // of these
  size_t by_twin = 0;         // of these, as well
};

// What was measured, in two tables: times as they come, costs at the end.
class Report {
 public:
  // One row of each.  `first` and `scan_ms`, processor time of a scan, may be missing.  Costs are
  // those of `last`.
  void Add(const Collection& collection, const Question& question, const Pass* first,
           const Pass& last, std::vector<double> scan_ms);
  void PrintCosts() const;

 private:
  std::vector<std::string> costs_;
};

// Asks one question of a collection many times.  Answers are compared before their times are
// printed: to the last bit with the definition (some), and with a scan (all).  What is wrong is
// told on stderr, and nothing is printed then.
//
// Thread safety: none.
class TimedSearch {
 public:
  // REQUIRES: collection outlives it.
  TimedSearch(Collection& collection, const Question& question,
              std::shared_ptr<const Measure> measure, const CheckOptions& options);

  // A pass of an engine that was just opened, one that is warm, and the scan beside them.
  bool Run(const NearestScan& scan, Report& report);
  // One pass right after more trips are inserted, at least one of which is in some answer.
  bool RunAfterInserting(const std::vector<Trajectory>& more, Report& report);

 private:
  bool Refuse(const std::string& why) const;  // says it; false
  // The numbers of the trips that are measured for an answer: all, or what fingerprints propose,
  // the most alike first.
  absl::StatusOr<std::vector<uint32_t>> Among(size_t query) const;
  absl::StatusOr<std::vector<NearList>> Scan(const NearestScan& scan,
                                             std::vector<double>* ms) const;
  absl::Status CheckByDefinition() const;
  absl::Status Check(const Pass& pass, const std::vector<NearList>& expected) const;
  absl::Status Differ(size_t query, const NearList& answer, const NearList& expected) const;

  Collection& collection_;
  const Question question_;
  const CheckOptions options_;
  const std::shared_ptr<const Measure> measure_;
  const Wanted wanted_;
  const std::vector<size_t> queries_;
  Query like_;
  std::unordered_map<std::string, uint32_t> numbers_;  // of trips, by id
};

}  // namespace spoor::bench
