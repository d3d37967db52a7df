#include "geo/measure/kernel/kernels.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "geo/measure/tables.h"
#include "tests/geo/lines.h"

namespace spoor {
namespace {

// What one kernel function says of two lines, and what it computed for it.
struct Answer {
  double value;
  uint64_t cells;
};

using Ask = Answer (*)(const Kernels&, PlaneView a, PlaneView b, double cutoff, MeasureWork&);

template <auto Function>
Answer AskTable(const Kernels& k, PlaneView a, PlaneView b, double cutoff, MeasureWork& work) {
  Effort effort;
  const Third third = Function == &Kernels::erp_m ? Third::kToOriginM : Third::kNothing;
  const double value = (k.*Function)(LayOutTable(a, b, third, work), cutoff, effort);
  return {value, effort.cells};
}

template <Third kThird>
Answer AskEdits(const Kernels& k, PlaneView a, PlaneView b, double cutoff, MeasureWork& work) {
  Effort effort;
  const EditCosts costs{.tolerance_m2 = 1, .max_time_s = 1, .substitution = 1};
  const double value = k.edits(LayOutTable(a, b, kThird, work), costs, cutoff, effort);
  return {value, effort.cells};
}

Answer AskFarthest(const Kernels& k, PlaneView a, PlaneView b, double cutoff, MeasureWork& work) {
  Effort effort;
  const auto [a_columns, b_columns] = LayOutLines(a, b, work);
  const double value = k.farthest_m2(a_columns, b_columns, 0, cutoff, effort);
  return {value, effort.cells};
}

struct Named {
  const char* name;
  Ask ask;
};

constexpr Named kFunctions[] = {
    {"discrete_frechet_m2", AskTable<&Kernels::discrete_frechet_m2>},
    {"dtw_m", AskTable<&Kernels::dtw_m>},
    {"sub_discrete_frechet_m2", AskTable<&Kernels::sub_discrete_frechet_m2>},
    {"sub_dtw_m", AskTable<&Kernels::sub_dtw_m>},
    {"erp_m", AskTable<&Kernels::erp_m>},
    {"edits", AskEdits<Third::kNothing>},
    {"edits in time", AskEdits<Third::kTimeS>},
    {"farthest_m2", AskFarthest},
};

TEST(Kernels, PlainOnesRunEverywhereAndTheBestIsTheLast) {
  const KernelList list = UsableKernels();
  ASSERT_GE(list.count, 1u);
  EXPECT_EQ(list.variants[0]->name, std::string("plain"));
  EXPECT_EQ(&BestKernels(), list.variants[list.count - 1]);
  for (size_t i = 0; i < list.count; ++i) {
    RecordProperty(absl::StrCat("variant", i), list.variants[i]->name);
  }
}

TEST(Kernels, OfThisMachineAgreeToTheLastBit) {
  const KernelList list = UsableKernels();
  MeasureWork work;
  for (int seed = 0; seed < 4000 && !HasFailure(); ++seed) {
    testing::LineMaker maker(seed);
    const auto [a, b] = maker.Pair(seed % 40 == 0 ? 300 : 40);
    for (const Named& function : kFunctions) {
      const double exact = function.ask(*list.variants[0], a, b, kInf, work).value;
      for (const double cutoff : {kInf, exact, exact * 0.9, exact * 0.3, 0.0, -1.0}) {
        const Answer plain = function.ask(*list.variants[0], a, b, cutoff, work);
        for (size_t v = 1; v < list.count; ++v) {
          const Answer other = function.ask(*list.variants[v], a, b, cutoff, work);
          const bool alike =
              plain.value == other.value || (plain.value > cutoff && other.value > cutoff);
          EXPECT_TRUE(alike) << list.variants[v]->name << " " << function.name << " seed " << seed
                             << " cutoff " << cutoff << " sizes " << a.size() << " " << b.size()
                             << ": " << plain.value << " != " << other.value;
        }
      }
    }
  }
}

TEST(Kernels, ComputeEveryCellOnceWithoutCutoff) {
  MeasureWork work;
  testing::LineMaker maker(1);
  const auto [a, b] = maker.Pair(200);
  for (const Named& function : kFunctions) {
    const bool breaks_off = function.ask == &AskFarthest || function.name[0] == 's';
    if (breaks_off) continue;  // by what it has found so far
    EXPECT_EQ(function.ask(BestKernels(), a, b, kInf, work).cells, a.size() * b.size())
        << function.name;
  }
}

}  // namespace
}  // namespace spoor
