#include "engine/stay/stay_finder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace spoor {
namespace {

constexpr uint64_t kStaySeed = 9271;
constexpr int32_t kMetre = 90;  // about, in 1e-7 degrees of latitude

// An object that stops now and then, its receiver sleeping at times.
std::vector<Fix> Wanderer(std::mt19937_64& rng, size_t n) {
  std::vector<Fix> out;
  Fix at{514'000'000, -1'200'000, 1'000'000};
  int32_t north = 0, east = 0;
  for (size_t i = 0; i < n; ++i) {
    if (rng() % 12 == 0) {
      const bool moves = rng() % 2 == 0;
      north = moves ? static_cast<int32_t>(rng() % 80) - 40 : 0;
      east = moves ? static_cast<int32_t>(rng() % 80) - 40 : 0;
    }
    const auto jitter = [&rng] { return (static_cast<int32_t>(rng() % 40) - 20) * kMetre; };
    out.push_back({at.lat_e7 + jitter(), at.lon_e7 + jitter(), at.time_ms});
    at.lat_e7 += north * kMetre;
    at.lon_e7 += east * kMetre;
    at.time_ms += rng() % 15 == 0 ? static_cast<int64_t>(rng() % 5'000'000) + 1
                                  : static_cast<int64_t>(rng() % 60'000) + 1;
  }
  return out;
}

// The definitions, each run looked at as a whole, for every fix anew.
class NaiveStays {
 public:
  NaiveStays(absl::string_view method, const StayRules& rules, const std::vector<Fix>& fixes)
      : method_(method), rules_(rules), fixes_(fixes) {}

  std::vector<Stay> Find() const {
    std::vector<Stay> out;
    for (size_t first = 0; first < fixes_.size();) {
      size_t end = first + 1;  // of the run
      while (end < fixes_.size() && !GapBefore(end) && Extends(first, end)) ++end;
      const bool at_end = end == fixes_.size();
      const bool left = !at_end && !GapBefore(end);
      const int64_t until = left ? fixes_[end].time_ms : fixes_[end - 1].time_ms;
      if (Lasted(first, end, until)) {
        Stay stay{.first = first,
                  .last = end - 1,
                  .arrive_ms = fixes_[first].time_ms,
                  .last_ms = fixes_[end - 1].time_ms,
                  .depart_ms = until,
                  .open = at_end};
        for (size_t i = first + 1; i < end + (left ? 1 : 0); ++i) {
          stay.gap_s = std::max(stay.gap_s, SecondsBefore(i));
        }
        out.push_back(stay);
      } else if (rules_.restart == StayRules::Restart::kSlide) {
        end = first + 1;
      }
      first = end;
    }
    return out;
  }

 private:
  double SecondsBefore(size_t i) const {
    return static_cast<double>(fixes_[i].time_ms - fixes_[i - 1].time_ms) / 1000;
  }
  bool GapBefore(size_t i) const {
    return rules_.max_gap_s && SecondsBefore(i) > *rules_.max_gap_s;
  }
  std::pair<double, double> Place(size_t first, size_t i) const {
    constexpr double kRadians = std::numbers::pi / 180 / kUnitsPerDegree;
    const double cos_lat = std::cos(fixes_[first].lat_e7 * kRadians);
    return {kEarthRadiusM * cos_lat * (fixes_[i].lon_e7 - fixes_[first].lon_e7) * kRadians,
            kEarthRadiusM * (fixes_[i].lat_e7 - fixes_[first].lat_e7) * kRadians};
  }
  bool Near(std::pair<double, double> a, std::pair<double, double> b) const {
    return std::hypot(a.first - b.first, a.second - b.second) <= rules_.distance_m;
  }
  bool Extends(size_t first, size_t next) const {
    if (method_ == "reference") return Near(Place(first, first), Place(first, next));
    if (method_ == "diameter") {
      for (size_t i = first; i < next; ++i) {
        if (!Near(Place(first, i), Place(first, next))) return false;
      }
      return true;
    }
    double x = 0, y = 0, weight = 0;
    for (size_t i = first; i < next; ++i) {
      x += SecondsBefore(i + 1) * Place(first, i).first;
      y += SecondsBefore(i + 1) * Place(first, i).second;
      weight += SecondsBefore(i + 1);
    }
    return Near({x / weight, y / weight}, Place(first, next));
  }
  bool Lasted(size_t first, size_t end, int64_t until) const {
    const bool by_fixes = method_ != "centroid";
    if (by_fixes && end - first < 2) return false;
    const int64_t to = by_fixes ? fixes_[end - 1].time_ms : until;
    return static_cast<double>(to - fixes_[first].time_ms) >= rules_.duration_s * 1000;
  }

  const absl::string_view method_;
  const StayRules rules_;
  const std::vector<Fix>& fixes_;
};

TEST(Stays, AreThoseOfTheDefinition) {
  std::mt19937_64 rng(kStaySeed);
  size_t told = 0;
  for (int round = 0; round < 120; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const std::vector<Fix> fixes = Wanderer(rng, rng() % 200);
    StayRules rules{.distance_m = 60, .duration_s = 300};
    if (round % 2 == 1) rules.restart = StayRules::Restart::kSlide;
    if (round % 3 == 1) rules.max_gap_s = 900;
    for (const StayMethod& method : AllStayMethods()) {
      const std::vector<Stay> found = FindStays(method, rules, fixes);
      const std::vector<Stay> expected = NaiveStays(method.name, rules, fixes).Find();
      ASSERT_EQ(found.size(), expected.size()) << method.name;
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].first, expected[i].first) << method.name;
        EXPECT_EQ(found[i].last, expected[i].last) << method.name;
        EXPECT_EQ(found[i].arrive_ms, expected[i].arrive_ms);
        EXPECT_EQ(found[i].last_ms, expected[i].last_ms);
        EXPECT_EQ(found[i].depart_ms, expected[i].depart_ms) << method.name;
        EXPECT_EQ(found[i].open, expected[i].open);
        EXPECT_EQ(found[i].gap_s, expected[i].gap_s);
      }
      told += found.size();
    }
  }
  EXPECT_GT(told, 500u);
}

std::vector<Stay> Found(const std::vector<Fix>& fixes, const StayRules& rules = {}) {
  return FindStays(*FindStayMethod("centroid"), rules, fixes);
}
Fix At(int32_t north_m, int64_t time_s) {
  return {514'000'000 + north_m * kMetre, -1'200'000, time_s * 1000};
}

TEST(Stays, OfAParkedCarIsOneFixBeforeALongGap) {
  const auto stays = Found({At(0, 0), At(5000, 3600), At(9000, 3700)});
  ASSERT_EQ(stays.size(), 1u);
  EXPECT_EQ(stays[0].first, 0u);
  EXPECT_EQ(stays[0].last, 0u);
  EXPECT_EQ(stays[0].depart_ms, 3'600'000) << "the first fix outside, not the last inside";
  EXPECT_EQ(stays[0].last_ms, 0);
  EXPECT_EQ(stays[0].gap_s, 3600);
}

TEST(Stays, ThatAreNotLeftAreToldAndSaySo) {
  const auto stays = Found({At(0, 0), At(10, 1200)});
  ASSERT_EQ(stays.size(), 1u);
  EXPECT_TRUE(stays[0].open);
  EXPECT_EQ(stays[0].depart_ms, 1'200'000);
  EXPECT_TRUE(Found({At(0, 0)}).empty());
  EXPECT_TRUE(Found({}).empty());
}

TEST(Stays, ThatTouchAreTwo) {
  const auto stays = Found({At(0, 0), At(0, 1500), At(300, 1501), At(300, 3100)});
  ASSERT_EQ(stays.size(), 2u);
  EXPECT_EQ(stays[0].last, 1u);
  EXPECT_EQ(stays[1].first, 2u);
  EXPECT_EQ(stays[0].depart_ms, stays[1].arrive_ms);
}

TEST(Stays, OfFourYearsAreCountedInFull) {
  constexpr int64_t kFourYears = 4 * 366 * 86'400ll;
  const auto stays = Found({At(0, 0), At(2000, kFourYears)});
  ASSERT_EQ(stays.size(), 1u);
  EXPECT_EQ(stays[0].depart_ms, kFourYears * 1000);
  EXPECT_TRUE(Found({At(0, 0), At(2000, kFourYears)}, {.max_gap_s = 86'400}).empty());
}

// Metre by metre, 10 km in all: each fix is near the one before, but not the centroid.
TEST(Stays, DoNotDragAlongTheRoad) {
  std::vector<Fix> fixes;
  for (int32_t i = 0; i < 10'000; ++i) fixes.push_back(At(i, 2 * i));
  EXPECT_TRUE(Found(fixes).empty());
}

TEST(Stays, WeighTheCentroidByTime) {
  const auto stays = Found({At(0, 0), At(80, 3000), At(80, 3010), At(5000, 3020)});
  ASSERT_EQ(stays.size(), 1u);
  EXPECT_EQ(stays[0].last, 2u);
  EXPECT_NEAR(stays[0].centroid.lat_e7 - 514'000'000, 80.0 * 20 / 3020 * kMetre, 2);
  EXPECT_EQ(stays[0].centroid.lon_e7, -1'200'000);
}

TEST(Stays, AcrossTheAntimeridianAreWhole) {
  std::vector<Fix> fixes;
  for (int i = 0; i < 40; ++i) {
    fixes.push_back({0, i % 2 == 0 ? kMaxLonE7 - 100 : -kMaxLonE7 + 300, i * 60'000});
  }
  const auto stays = Found(fixes);
  ASSERT_EQ(stays.size(), 1u);
  EXPECT_NEAR(stays[0].centroid.lon_e7, -kMaxLonE7 + 100, 20);
}

// The fixes of a user of GeoLife's sample, where it is present.
std::vector<Fix> GeoLifeOf(const std::string& user) {
  const std::string file = std::string(SPOOR_SHARED_DATA) + "/restricted/geolife_sample.txt.gz";
  std::vector<Fix> out;
  if (!std::filesystem::exists(file)) return out;
  FILE* const in = popen(("gzip -dc '" + file + "'").c_str(), "r");
  char line[256], day[32], name[32];
  double lat = 0, lon = 0;
  while (in != nullptr && std::fgets(line, sizeof line, in) != nullptr) {
    if (std::sscanf(line, "%lf,%lf,%31[^,],%31s", &lat, &lon, day, name) != 4) continue;
    absl::Time time;
    if (name != user || !absl::ParseTime("%Y-%m-%d %H:%M:%S", day, &time, nullptr)) continue;
    const Fix fix = FixFromDegrees(lat, lon, absl::ToUnixMillis(time));
    if (out.empty() || fix.time_ms > out.back().time_ms) out.push_back(fix);
  }
  if (in != nullptr) pclose(in);
  return out;
}

TEST(Stays, OfGeoLifesSampleAreAsManyAsOthersFound) {
  const std::vector<Fix> users[] = {GeoLifeOf("001"), GeoLifeOf("005")};
  if (users[0].empty()) GTEST_SKIP() << "no data";
  const auto count = [&](absl::string_view method, const StayRules& rules) {
    size_t sum = 0;
    for (const auto& fixes : users) sum += FindStays(*FindStayMethod(method), rules, fixes).size();
    return sum;
  };
  EXPECT_EQ(count("centroid", {}), 408u);
  EXPECT_EQ(count("centroid", {.distance_m = 200}), 424u);
  EXPECT_EQ(count("reference", {}), 214u);
  EXPECT_EQ(count("diameter", {}), 197u);
  EXPECT_EQ(count("diameter", {.restart = StayRules::Restart::kSlide}), 244u);
}

}  // namespace
}  // namespace spoor
