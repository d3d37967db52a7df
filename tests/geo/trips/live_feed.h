#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "geo/trips/open_trip.h"

// Feeds of fixes as chance has them, and the trips that they are.
namespace spoor::testing {

struct FeedFix {
  std::string object;
  Fix fix;
};

// {"object", "time", "lon", "lat"} and a line end.
inline std::string FeedLine(const FeedFix& one) {
  return absl::StrFormat("{\"object\":\"%s\",\"time\":%.3f,\"lon\":%.7f,\"lat\":%.7f}\n",
                         one.object, static_cast<double>(one.fix.time_ms) / 1000, one.fix.lon_deg(),
                         one.fix.lat_deg());
}

// Three objects that move, rest and are silent, in an order in which no fix comes later than
// lateness_ms after a newer one.
inline std::vector<FeedFix> FeedWithin(std::mt19937_64& rng, int64_t lateness_ms, int legs = 8) {
  std::vector<std::pair<int64_t, FeedFix>> arrivals;
  for (int object = 0; object < 3; ++object) {
    double second = 1000, metres = 0;
    for (int leg = 0; leg < legs; ++leg) {
      const double speed = rng() % 3 == 0 ? 0 : 8, length = 60 + static_cast<double>(rng() % 700);
      for (double s = 0; s < length; s += 5 + static_cast<double>(rng() % 20)) {
        const Fix fix = FixFromDegrees((metres + speed * s) / 111'195, object,
                                       static_cast<int64_t>((second + s) * 1000));
        const auto delay = static_cast<int64_t>(rng() % static_cast<uint64_t>(lateness_ms + 1));
        arrivals.emplace_back(fix.time_ms + delay,
                              FeedFix{.object = absl::StrCat("o", object), .fix = fix});
      }
      metres += speed * length;
      second += length + (rng() % 3 == 0 ? 700 : 5);
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<FeedFix> feed;
  for (auto& [arrival, one] : arrivals) feed.push_back(std::move(one));
  return feed;
}

// The trips of the whole feed, by their ids.
inline std::map<std::string, std::vector<Fix>> CutAsFiles(std::vector<FeedFix> feed,
                                                          const TripRules& rules) {
  std::stable_sort(feed.begin(), feed.end(), [](const FeedFix& a, const FeedFix& b) {
    return std::tie(a.object, a.fix.time_ms) < std::tie(b.object, b.fix.time_ms);
  });
  std::map<std::string, std::vector<Fix>> trips;
  for (size_t i = 0; i < feed.size();) {
    const std::string object = feed[i].object;
    TripCutter cutter(rules, [&](std::vector<Fix> trip) {
      trips[TripName(object, trip[0].time_ms)] = std::move(trip);
    });
    for (; i < feed.size() && feed[i].object == object; ++i) cutter.Add(feed[i].fix);
    cutter.End();
  }
  return trips;
}

}  // namespace spoor::testing
