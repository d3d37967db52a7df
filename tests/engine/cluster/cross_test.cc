// CROSS (1 900 trajectories of 19 classes at 50 points), where it is present: what was measured by
// others with the same rules.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "engine/cluster/agreement.h"
#include "engine/cluster/stable_step.h"
#include "engine/cluster/trip_distance.h"

namespace spoor {
namespace {

struct Cross {
  AlignedTrips trips;
  std::vector<int32_t> truth;
};

Cross ReadCross() {
  Cross out;
  const std::string path = std::string(SPOOR_SHARED_DATA) + "/cross/cross1900x50.csv.gz";
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return out;
  char text[256];
  std::vector<PlanePoint> line;
  while (gzgets(file, text, sizeof text) != nullptr) {
    int id = 0, label = 0, step = 0;
    double x = 0, y = 0;
    if (std::sscanf(text, "%d,%d,%d,%lf,%lf", &id, &label, &step, &x, &y) != 5) continue;
    line.push_back({x, y, 0});
    if (line.size() < 50) continue;
    out.trips.Add(0, line);
    out.truth.push_back(label);
    line.clear();
  }
  gzclose(file);
  return out;
}

struct CrossRow {
  double eps;
  uint32_t min_samples;
  size_t clusters, outliers;
  double silhouette, ari;
  size_t outliers_after;
  double silhouette_after, ari_after;
};

std::vector<int32_t> LabelsOf(const TripGroups& groups, size_t n) {
  std::vector<int32_t> out(n, kOutlier);
  for (size_t c = 0; c < groups.groups.size(); ++c) {
    for (const uint32_t t : groups.groups[c]) out[t] = static_cast<int32_t>(c);
  }
  return out;
}

TEST(CrossData, GivesTheRowsThatWereMeasured) {
  const Cross cross = ReadCross();
  if (cross.truth.empty()) GTEST_SKIP() << "CROSS is not present";
  ASSERT_EQ(cross.trips.size(), 1900u);
  const CrossRow rows[] = {{1.0, 5, 30, 557, .452, .637, 134, .447, .893},
                           {1.5, 5, 17, 149, .746, .821, 18, .736, .885},
                           {1.5, 8, 19, 192, .677, .841, 34, .670, .920},
                           {2.0, 10, 17, 64, .717, .820, 9, .713, .845},
                           {3.0, 5, 13, 4, .811, .740, 0, .811, .741}};
  for (const CrossRow& row : rows) {
    const auto labels = LabelSteps(cross.trips, {row.eps, row.min_samples}, 2, {});
    const TripGroups groups = Companions(*labels).Whole(1);
    const std::vector<int32_t> before = LabelsOf(groups, 1900);
    EXPECT_EQ(groups.groups.size(), row.clusters) << row.eps << "/" << row.min_samples;
    EXPECT_EQ(groups.outliers.size(), row.outliers);
    EXPECT_NEAR(AgreementOf(cross.truth, before).ari, row.ari, 6e-4);
    StableTerms terms{.eps_m = row.eps, .anchor = StrayAnchor::kCore, .cap = std::nullopt};
    const auto stable = RejoinStrays({*labels, groups, {0, 49}}, terms, {});
    ASSERT_TRUE(stable.ok());
    EXPECT_EQ(std::count(stable->labels.begin(), stable->labels.end(), kOutlier),
              static_cast<ptrdiff_t>(row.outliers_after));
    EXPECT_NEAR(AgreementOf(cross.truth, stable->labels).ari, row.ari_after, 6e-4);
    if (row.min_samples != 8) continue;
    const auto distance = [&](uint32_t a, uint32_t b) {
      return MeanStepDistanceM(cross.trips, a, b, 1);
    };
    EXPECT_NEAR(Silhouette::Of(before, distance, 2, {})->Mean(), row.silhouette, 6e-4);
    EXPECT_NEAR(Silhouette::Of(stable->labels, distance, 2, {})->Mean(), row.silhouette_after,
                6e-4);
    terms.anchor = StrayAnchor::kMember;
    const auto by_member = RejoinStrays({*labels, groups, {0, 49}}, terms, {});
    EXPECT_EQ(std::count(by_member->labels.begin(), by_member->labels.end(), kOutlier), 28);
    EXPECT_NEAR(AgreementOf(cross.truth, by_member->labels).ari, .9235, 6e-4);
  }
}

}  // namespace
}  // namespace spoor
