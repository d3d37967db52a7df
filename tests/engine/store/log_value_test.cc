#include "engine/store/log_value.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "tests/geo/worlds.h"

namespace spoor::testing {
namespace {

Trajectory Trip(absl::string_view fixes) {
  return {.id = TrajectoryId("a"),
          .object = "taxi 7",
          .tags = {{"kind", "night"}},
          .fixes = Fixes(std::string(fixes))};
}

TEST(LogValue, IsUnpackedToTheBytesThatItHolds) {
  for (const absl::string_view fixes :
       {"51.5:0", "51.5:0, 51.5:0.01, 51.52:0.02", "-0.01:0, 0.01:0.01, -0.01:0.02",
        "10:179.99, 10:-179.99, 10.01:179.98", "0:0, 40:90, -40:-120", "89.9:0, 89.95:90, 89.9:170",
        "51.5:0, 51.5:0, 51.5:0"}) {
    SCOPED_TRACE(fixes);
    const Trajectory trip = Trip(fixes);
    const auto packed = UnpackLogValue("a", EncodeLogValue(trip));
    ASSERT_TRUE(packed.ok()) << packed.status();
    EXPECT_EQ(packed->trajectory, trip);
    EXPECT_EQ(packed->payload, EncodePayload(trip, Summarise(trip.view())));
    EXPECT_EQ(packed->summary.box, Cover(trip.view()));
    EXPECT_NEAR(packed->summary.length_m, Summarise(trip.view()).length_m, 1);
  }
}

// Anybody may write to a log.
TEST(LogValue, ASummaryThatContradictsTheFixesIsNotBelieved) {
  const Trajectory trip = Trip("51.5:0, 51.5:0.01, 51.52:0.02");
  const Summary right = Summarise(trip.view());
  const std::string payload = EncodePayload(trip, right);
  Summary shorter = right, longer = right, wider = right, narrower = right;
  shorter.length_m *= 0.99;
  longer.length_m *= 1.01;
  wider.box.north_e7 += 1;
  narrower.box.east_e7 -= 1;
  for (const Summary& wrong : {shorter, longer, wider, narrower}) {
    const auto packed = UnpackLogValue("a", LogValueOf(EncodePayload(trip, wrong)));
    ASSERT_TRUE(packed.ok()) << packed.status();
    EXPECT_EQ(packed->payload, payload);
    EXPECT_EQ(packed->summary, right);
  }
}

}  // namespace
}  // namespace spoor::testing
