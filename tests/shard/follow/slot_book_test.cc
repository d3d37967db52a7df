#include "shard/follow/slot_book.h"

#include <gtest/gtest.h>

#include "engine/store/home_key.h"
#include "tests/engine/walks.h"

namespace spoor {
namespace {

using testing::GridTrip;

void Add(SlotBook& book, const Trajectory& t, uint64_t version) {
  const RecordPlace place{HomeKey(t.view(), t.id.value()), version};
  const EngineChange change{
      .id = t.id.value(), .version = version, .after = place, .fixes = t.fixes};
  book.Apply(absl::MakeConstSpan(&change, 1));
}

TEST(SlotBook, TellsOnlyWhatHasChangedSinceARevisionOfItsOwn) {
  SlotBook book(1, 4), after_restart(1, 4);
  for (SlotBook* b : {&book, &after_restart}) {
    b->Place({uint64_t{1} << 63}, {0, 1});
    b->EndVisit(b->BeginVisit());
  }
  const uint64_t before = book.Reaches(0).revision;
  EXPECT_EQ(book.Reaches(0).slots.size(), 2u);
  EXPECT_TRUE(book.Reaches(before).slots.empty());
  Add(book, GridTrip("a", 1), 1);
  EXPECT_EQ(book.Reaches(before).slots.size(), 1u);
  const uint64_t now = book.Reaches(before).revision;
  EXPECT_TRUE(book.Reaches(now).slots.empty());
  // A node that has started again begins to count anew: nobody may miss what it has.
  EXPECT_EQ(after_restart.Reaches(now).slots.size(), 2u);
  EXPECT_EQ(book.Reaches(after_restart.Reaches(0).revision).slots.size(), 2u);
}

TEST(SlotBook, TakesNothingFromAVisitThatBeganBeforeItWasPlacedAnew) {
  SlotBook book(1, 4);
  book.Place({}, {0});
  const uint64_t visit = book.BeginVisit();
  book.Place({uint64_t{1} << 63}, {0, 1});
  book.EndVisit(visit);
  EXPECT_FALSE(book.filled());
  EXPECT_FALSE(book.Reaches(0).known);
}

}  // namespace
}  // namespace spoor
