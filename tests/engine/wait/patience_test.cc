#include <gtest/gtest.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "geo/measure/measure.h"
#include "tests/engine/temp_dir.h"
#include "tests/engine/walks.h"

// How long a client waits holds inside the comparison of one pair, too.
namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;
using testing::GridTrip;

constexpr size_t kFixes = 40'000;  // of whose tables none is done in a second
constexpr std::chrono::milliseconds kPatience{100};
// What stands for "at once" on a machine with other work; a table takes minutes there.
constexpr std::chrono::seconds kAtOnce{5};

class PatienceOfMeasures : public ::testing::Test {
 protected:
  PatienceOfMeasures() {
    EngineOptions options;
    options.background = false;
    options.access = Access::kCreate;
    auto engine = Engine::Open(dir_.path() + "/c", options);
    EXPECT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
    std::vector<Trajectory> trips;
    for (int i = 0; i < 3; ++i) trips.push_back(GridTrip(absl::StrCat("t", i), i, kFixes));
    EXPECT_TRUE(engine_->Write(std::move(trips)).ok());
  }

  static Rerank By(absl::string_view measure) {
    MeasureParams params;
    if (measure == "edr" || measure == "lcss") params.emplace_back("tolerance_m", 1);
    Rerank rerank;
    rerank.measure = *MakeMeasure(measure, params);
    return rerank;
  }

  // Asks for all three, so that no cutoff shortens what there is to do.
  template <typename Ask>
  void ExpectToEndInTime(Ask ask) {
    const auto start = Clock::now();
    const absl::Status status = ask(Patience{.deadline = start + kPatience, .cancelled = nullptr});
    EXPECT_LT(Clock::now() - start, kPatience + kAtOnce);
    EXPECT_TRUE(status.ok() || absl::IsDeadlineExceeded(status)) << status;
    over_ += absl::IsDeadlineExceeded(status);
  }

  testing::TempDir dir_;
  std::unique_ptr<Engine> engine_;
  int over_ = 0;
};

TEST_F(PatienceOfMeasures, HoldsForSearchesByAnyMeasure) {
  for (const MeasureEntry& entry : AllMeasures()) {
    SCOPED_TRACE(entry.name);
    Query query;
    query.fixes = GridTrip("q", 7, kFixes).fixes;
    query.rerank = By(entry.name);
    for (const bool exact : {false, true}) {
      query.exact = exact;
      ExpectToEndInTime([&](const Patience& p) { return engine_->Search(query, p).status(); });
    }
  }
  EXPECT_GT(over_, 10);
}

TEST_F(PatienceOfMeasures, HoldsForJoins) {
  JoinQuery query;
  query.measure = By("edwp");
  query.max_distance_m = 1e15;
  JoinProbe probe;
  probe.fixes = GridTrip("q", 7, kFixes).fixes;
  ExpectToEndInTime([&](const Patience& p) {
    return engine_->Probe(absl::MakeConstSpan(&probe, 1), query, p).status();
  });
  EXPECT_EQ(over_, 1);
}

}  // namespace
}  // namespace spoor
