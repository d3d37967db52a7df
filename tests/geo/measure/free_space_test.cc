#include "geo/measure/free_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "geo/measure/kernel/kernels.h"
#include "tests/geo/lines.h"

namespace spoor {
namespace {

using FreeInterval = FreeSpace::FreeInterval;

constexpr double kNowhere = kInf;

// Pairs of lines of at least two points, some of more columns than a word has bits.
void ForPairs(int seeds, const std::function<void(PlaneView, PlaneView, testing::LineMaker&)>& f) {
  for (int seed = 0; seed < seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    testing::LineMaker maker(seed);
    auto [a, b] = maker.Pair(seed % 8 == 0 ? 300 : 20);
    a.push_back(b.front()), b.push_back(a.front());
    f(a, b, maker);
  }
}

// The square of a leash that some corner of the diagram is just near with, or is just not.
double SomeLeashM2(PlaneView a, PlaneView b, testing::LineMaker& maker) {
  const double m2 = SquareM2(a[maker.Draw(a.size())], b[maker.Draw(b.size())]);
  return maker.Draw(3) == 0 ? std::nextafter(m2, 0.0) : m2 * (1 + maker.Draw(2));
}

// Where what is reached of each side along a row point begins, row by row, by the definition.
class PlainRows {
 public:
  PlainRows(const FreeSpace& space, double leash_m2) : space_(space), leash_m2_(leash_m2) {
    const size_t legs = space.columns() - 1;
    below_.assign(legs, kNowhere);
    for (size_t j = 0; j < legs && space.IsNear(0, j, leash_m2); ++j) below_[j] = 0;
    left_ = space.IsNear(0, 0, leash_m2);
  }

  void Next() {
    double left = left_ ? 0 : kNowhere;
    for (size_t j = 0; j < below_.size(); ++j) {
      const FreeInterval upper = space_.OnColumns(row_ + 1, j, leash_m2_);
      const FreeInterval right = space_.OnRows(row_, j + 1, leash_m2_);
      const double entered = below_[j];
      below_[j] = Reached(upper, left, entered);
      left = Reached(right, entered, left);
    }
    ++row_;
    left_ = left_ && space_.IsNear(row_, 0, leash_m2_);
  }

  const std::vector<double>& now() const { return below_; }

 private:
  static double Reached(FreeInterval free, double around, double across) {
    if (free.empty()) return kNowhere;
    const double from_m = around < kNowhere ? free.from_m : std::max(free.from_m, across);
    return from_m <= free.to_m ? from_m : kNowhere;
  }

  const FreeSpace& space_;
  const double leash_m2_;
  size_t row_ = 0;
  std::vector<double> below_;
  bool left_;
};

// The legs of which something is reached.
std::vector<size_t> Legs(const FreeSpace::Frontier& frontier) {
  std::vector<size_t> out;
  for (size_t leg = 64 * frontier.begin; leg < 64 * frontier.end; ++leg) {
    if ((frontier.words[leg / 64].reached >> leg % 64 & 1) != 0) out.push_back(leg);
  }
  return out;
}

TEST(FreeSpace, ReachesWhatTheDefinitionSaysByAllKernels) {
  ForPairs(3000, [](PlaneView a, PlaneView b, testing::LineMaker& maker) {
    const double leash_m2 = SomeLeashM2(a, b, maker);
    for (size_t v = 0; v < UsableKernels().count; ++v) {
      SCOPED_TRACE(UsableKernels().variants[v]->name);
      MeasureWork work;
      const FreeSpace space(a, b, work, *UsableKernels().variants[v]);
      PlainRows plain(space, leash_m2);
      FreeSpace::Frontier frontier = space.MakeFrontier(), copy = space.MakeFrontier();
      space.Start(leash_m2, frontier);
      for (size_t row = 1; row < space.rows(); ++row) {
        plain.Next();
        std::vector<size_t> legs;
        for (size_t j = 0; j + 1 < space.columns(); ++j) {
          if (plain.now()[j] < kNowhere) legs.push_back(j);
        }
        FreeSpace::Copy(frontier, copy);
        ASSERT_EQ(space.Advance(row, leash_m2, copy, work), !legs.empty()) << "row " << row;
        ASSERT_EQ(Legs(copy), legs) << "row " << row;
        std::swap(frontier, copy);
        if (legs.empty()) break;
      }
    }
  });
}

TEST(FreeSpace, LeastLeashJustReachesTheFarthestPoint) {
  ForPairs(3000, [](PlaneView a, PlaneView b, testing::LineMaker& maker) {
    const auto some_is_far = [&](const FreeSpace& space, double leash_m2) {
      for (size_t i = 0; i < space.rows(); ++i) {
        bool is_near = false;
        for (size_t j = 0; j + 1 < space.columns() && !is_near; ++j) {
          is_near = !space.OnColumns(i, j, leash_m2).empty();
        }
        if (!is_near) return true;
      }
      return false;
    };
    MeasureWork work, turned_work;
    const FreeSpace turned(b, a, turned_work);
    double least_m2 = -1;
    for (size_t v = 0; v < UsableKernels().count; ++v) {
      SCOPED_TRACE(UsableKernels().variants[v]->name);
      const FreeSpace space(a, b, work, *UsableKernels().variants[v]);
      const double m2 = space.LeastM2(0, kInf, work);
      if (v == 0) {
        least_m2 = m2;
        EXPECT_FALSE(some_is_far(space, m2) || some_is_far(turned, m2));
        const double less_m2 = std::nextafter(m2, 0.0);
        EXPECT_TRUE(m2 == 0 || some_is_far(space, less_m2) || some_is_far(turned, less_m2));
      }
      EXPECT_EQ(m2, least_m2);
      EXPECT_EQ(space.LeastM2(0, m2, work), m2);
      EXPECT_EQ(space.LeastM2(m2 * 2, kInf, work), m2 * 2);
      const double cutoff_m2 = m2 / (2 + maker.Draw(3));
      EXPECT_TRUE(m2 == 0 || space.LeastM2(0, cutoff_m2, work) > cutoff_m2);
    }
  });
}

}  // namespace
}  // namespace spoor
