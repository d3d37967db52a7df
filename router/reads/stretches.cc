#include "router/reads/stretches.h"

#include <utility>

#include "router/reads/count.h"
#include "shard/questions/follow.h"
#include "shard/questions/run_samples.h"
#include "shard/questions/runs.h"

namespace spoor {
namespace {

// The key up to which all parts have told their runs; nothing: they have told all.
std::optional<RunKey> LastOfAll(const std::vector<RunAnswer>& parts) {
  std::optional<RunKey> last;
  for (const RunAnswer& part : parts) {
    if (!part.more || part.runs.empty()) continue;
    if (!last || part.runs.back().key < *last) last = part.runs.back().key;
  }
  return last;
}

// Parts as one collection.
class PartsSource : public MotifSource {
 public:
  PartsSource(const Parts& parts, const IndexParams& params, const Patience& patience,
              uint64_t runs_at_once = RunQuery::kMostOfMessage)
      : params_(params), patience_(patience), runs_at_once_(runs_at_once), rounds_(parts) {}

  const IndexParams& params() const override { return params_; }
  absl::StatusOr<RunAnswer> Runs(const RunQuery& query) override {
    RunsQuestion question{.query = query};
    // A part cannot know what others add to runs of few.
    if (rounds_.parts() > 1) question.query.least = 1;
    question.query.most = runs_at_once_;
    RunAnswer all;
    for (bool more = true; more;) {
      auto answers = rounds_.AskAll(question, patience_);
      if (!answers.ok()) return answers.status();
      std::vector<RunAnswer> parts = Present(*std::move(answers));
      question.query.after = LastOfAll(parts);
      RunAnswer page = MergeRuns(std::move(parts), query.least);
      more = page.more && question.query.after.has_value();
      page.runs.insert(page.runs.begin(), all.runs.begin(), all.runs.end());
      all = std::move(page);
    }
    all.more = false;
    return all;
  }
  absl::StatusOr<RunSamples> Samples(const RunSampleQuery& query) override {
    auto answers = rounds_.AskAll(RunSamplesQuestion{.query = query}, patience_);
    if (!answers.ok()) return answers.status();
    return MergeSamples(Present(*std::move(answers)));
  }
  absl::StatusOr<FollowAnswer> Follow(const FollowQuery& query) override {
    auto answers = rounds_.AskAll(FollowQuestion{.query = query}, patience_);
    if (!answers.ok()) return answers.status();
    return MergeFollowers(Present(*std::move(answers)), query.occurrences);
  }

  absl::StatusOr<Read<MotifAnswer>> Reported(absl::StatusOr<MotifAnswer> answer) const {
    if (!answer.ok()) return answer.status();
    return Read<MotifAnswer>{.answer = *std::move(answer), .report = rounds_.Report()};
  }

 private:
  const IndexParams& params_;
  const Patience& patience_;
  const uint64_t runs_at_once_;
  Rounds rounds_;
};

absl::StatusOr<Read<MotifAnswer>> AskParts(const Parts& parts, const IndexParams& params,
                                           const StretchQuery& query, const Patience& patience) {
  return Stretch(parts, params, query, patience);
}
absl::StatusOr<Read<MotifAnswer>> AskParts(const Parts& parts, const IndexParams& params,
                                           const RegionQuery& query, const Patience& patience) {
  return RegionStretches(parts, params, query, patience);
}

using Now = std::chrono::steady_clock;
AskedSlots AskedBy(const Routing& routing, const StretchQuery& query, const ReadTerms& terms) {
  // Whoever follows it shares a geodab, if it is only the way back.
  Query search{.fixes = query.stretch,
               .score = Score::kContainment,
               .direction = Direction::kEither,
               .filter = query.filter};
  return SlotsFor(routing, search, terms, Now::now());
}
AskedSlots AskedBy(const Routing& routing, const RegionQuery& query, const ReadTerms& terms) {
  return SlotsFor(routing, RangeQuery{.filter = query.filter, .after_id = ""}, terms, Now::now());
}

// By the parameters of the generation that answers, which the nodes know where the routing does
// not.
template <typename Q>
class MotifRead : public RoutedRead {
 public:
  MotifRead(const Q& query, const ReadTerms& terms, const Patience& patience)
      : query_(query), terms_(terms), patience_(patience) {}

  absl::Status By(const Routed& routed) override {
    const AskedSlots asked = AskedBy(routed.routing(), query_, terms_);
    const Parts parts = routed.PartsFor(asked, ReadKind::kOther, terms_);
    std::optional<IndexParams> params = routed.routing().params;
    if (!params) {
      auto counted = Count(parts, patience_);
      if (!counted.ok()) return counted.status();
      params = counted->answer.params;
      read.report = std::move(counted->report);
    }
    if (params) {
      auto found = AskParts(parts, *params, query_, patience_);
      if (!found.ok()) return found.status();
      read = *std::move(found);
    }
    AddPruned(asked, read.report);
    return absl::OkStatus();
  }

  Read<MotifAnswer> read;

 private:
  const Q& query_;
  const ReadTerms& terms_;
  const Patience& patience_;
};

template <typename Q>
absl::StatusOr<Read<MotifAnswer>> AskCollection(const CollectionReader& collection, const Q& query,
                                                const ReadTerms& terms, const Patience& patience) {
  MotifRead<Q> read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, terms, patience); !s.ok()) return s;
  return std::move(read.read);
}

}  // namespace

absl::StatusOr<Read<MotifAnswer>> Stretch(const Parts& parts, const IndexParams& params,
                                          const StretchQuery& query, const Patience& patience) {
  PartsSource source(parts, params, patience);
  return source.Reported(StretchMotifs(source, query));
}

absl::StatusOr<Read<MotifAnswer>> RegionStretches(const Parts& parts, const IndexParams& params,
                                                  const RegionQuery& query,
                                                  const Patience& patience, uint64_t runs_at_once) {
  PartsSource source(parts, params, patience, runs_at_once);
  return source.Reported(RegionMotifs(source, query, patience));
}

absl::StatusOr<Read<MotifAnswer>> Stretch(const CollectionReader& collection,
                                          const StretchQuery& query, const ReadTerms& terms,
                                          const Patience& patience) {
  return AskCollection(collection, query, terms, patience);
}

absl::StatusOr<Read<MotifAnswer>> RegionStretches(const CollectionReader& collection,
                                                  const RegionQuery& query, const ReadTerms& terms,
                                                  const Patience& patience) {
  return AskCollection(collection, query, terms, patience);
}

}  // namespace spoor
