#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "engine/motif/motif.h"
#include "geo/trajectory.h"

namespace spoor::testing {

// Pairs of trips on the streets of a crooked grid that share one stretch and nothing else, seen
// with noise: where the stretch begins and ends is known.

struct PlantedNoise {
  double sd_m = 10;   // in each axis
  double rho = 0.95;  // from one second to the next; 0: each fix by itself
};

struct PlantedTrip {
  Trajectory trajectory;
  std::vector<double> gone_m;               // of each fix, how far along the way it truly was
  double from_m = 0, to_m = 0;              // the shared stretch, along the way
  double again_from_m = 0, again_to_m = 0;  // where it comes again (PlantedLoop)

  // How far along the way a place on the line truly was.
  double GoneAt(double at) const {
    const auto i = static_cast<size_t>(at);
    if (i + 1 >= gone_m.size()) return gone_m.back();
    return gone_m[i] + (at - static_cast<double>(i)) * (gone_m[i + 1] - gone_m[i]);
  }
};

struct PlantedTerms {
  PlantedNoise noise;
  int shared_blocks = 10, other_blocks = 12;
  double step_a_s = 1, step_b_s = 1;  // between fixes
  bool opposite = false;
  bool stops = true;
};

class PlantedStreets {
 public:
  explicit PlantedStreets(uint64_t seed) : rng_(seed) {}

  // Two trips, or none where the streets leave no room (then ask again).
  bool MakePair(const PlantedTerms& terms, PlantedTrip* a, PlantedTrip* b) {
    std::set<Node> used;
    const std::vector<Node> shared = Walk({0, 0}, terms.shared_blocks, used);
    if (shared.empty()) return false;
    std::vector<Node> ways[2];
    for (std::vector<Node>& way : ways) {
      const std::vector<Node> head = Walk(shared.front(), terms.other_blocks, used);
      const std::vector<Node> tail = Walk(shared.back(), terms.other_blocks, used);
      if (head.empty() || tail.empty()) return false;
      way.assign(head.rbegin(), head.rend());
      way.insert(way.end(), shared.begin() + 1, shared.end());
      way.insert(way.end(), tail.begin() + 1, tail.end());
    }
    const size_t first = static_cast<size_t>(terms.other_blocks);
    const size_t last = first + static_cast<size_t>(terms.shared_blocks);
    *a = Drive(ways[0], {first, last}, terms.step_a_s, terms);
    size_t b_first = first, b_last = last;
    if (terms.opposite) {
      std::reverse(ways[1].begin(), ways[1].end());
      b_first = ways[1].size() - 1 - last;
      b_last = ways[1].size() - 1 - first;
    }
    *b = Drive(ways[1], {b_first, b_last}, terms.step_b_s, terms);
    return true;
  }

  // One trip that has a stretch twice, or that goes it and comes back.
  bool MakeLoop(const PlantedTerms& terms, PlantedTrip* trip) {
    std::set<Node> used;
    const std::vector<Node> shared = Walk({0, 0}, terms.shared_blocks, used);
    if (shared.empty()) return false;
    const std::vector<Node> head = Walk(shared.front(), terms.other_blocks, used);
    if (head.empty()) return false;
    std::vector<Node> way(head.rbegin(), head.rend());
    const size_t first = way.size() - 1;
    way.insert(way.end(), shared.begin() + 1, shared.end());
    const size_t last = way.size() - 1;
    const Node& goal = terms.opposite ? shared.back() : shared.front();
    const std::vector<Node> back = WayBetween(shared.back(), goal, used);
    if (back.empty()) return false;
    way.insert(way.end(), back.begin() + 1, back.end());
    const size_t again_first = way.size() - 1;
    std::vector<Node> again = shared;
    if (terms.opposite) std::reverse(again.begin(), again.end());
    way.insert(way.end(), again.begin() + 1, again.end());
    const size_t again_last = way.size() - 1;
    const std::vector<Node> tail = Walk(way.back(), terms.other_blocks, used);
    if (tail.empty()) return false;
    way.insert(way.end(), tail.begin() + 1, tail.end());
    *trip = Drive(way, {first, last}, terms.step_a_s, terms);
    trip->again_from_m = corners_[again_first];
    trip->again_to_m = corners_[again_last];
    return true;
  }

 private:
  using Node = std::pair<int, int>;
  static constexpr double kBlockM = 140, kCrookedM = 35;

  double Uniform(double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(rng_);
  }

  // Where streets cross: the same each time it is asked.
  static std::pair<double, double> Corner(Node node) {
    std::mt19937_64 rng(static_cast<uint64_t>(node.first * 100'003 + node.second) * 2 + 1);
    std::uniform_real_distribution<double> off(-kCrookedM, kCrookedM);
    const double x_m = node.first * kBlockM + off(rng);
    return {x_m, node.second * kBlockM + off(rng)};
  }

  static std::vector<Node> Neighbours(Node n) {
    return {{n.first + 1, n.second},
            {n.first - 1, n.second},
            {n.first, n.second + 1},
            {n.first, n.second - 1}};
  }

  // So many blocks from a corner over corners that are not used, of which it makes used ones; none
  // after some tries.  It has a heading, and never goes against it.
  std::vector<Node> Walk(Node from, int blocks, std::set<Node>& used) {
    for (int tries = 0; tries < 40; ++tries) {
      const Node ahead = Neighbours({0, 0})[rng_() % 4];
      std::vector<Node> way = {from};
      std::set<Node> now;
      while (static_cast<int>(way.size()) <= blocks) {
        const Node& here = way.back();
        const Node on = {here.first + ahead.first, here.second + ahead.second};
        std::vector<Node> free;
        for (const Node& next : Neighbours(here)) {
          const bool against =
              next.first + ahead.first == here.first && next.second + ahead.second == here.second;
          if (against || used.count(next) > 0 || now.count(next) > 0) continue;
          free.push_back(next);
          if (next == on) free.push_back(next);
        }
        if (free.empty()) break;
        now.insert(here);
        way.push_back(free[rng_() % free.size()]);
      }
      if (static_cast<int>(way.size()) <= blocks) continue;
      used.insert(way.begin(), way.end());
      return way;
    }
    return {};
  }

  // A way over corners that are not used, two at least; from a corner round to itself, too.
  std::vector<Node> WayBetween(Node from, Node to, std::set<Node>& used) {
    for (const Node& first : Neighbours(from)) {
      if (used.count(first) > 0) continue;
      std::vector<std::pair<Node, size_t>> queue = {{first, 0}};
      std::set<Node> seen = used;
      seen.insert({from, first});
      for (size_t head = 0; head < queue.size() && queue.size() < 2'000; ++head) {
        for (const Node& next : Neighbours(queue[head].first)) {
          if (next == to && head > 0) {
            std::vector<Node> way = {to};
            for (size_t at = head; at != 0; at = queue[at].second) way.push_back(queue[at].first);
            way.push_back(first);
            used.insert(way.begin(), way.end());
            way.push_back(from);
            std::reverse(way.begin(), way.end());
            return way;
          }
          if (seen.insert(next).second) queue.emplace_back(next, head);
        }
      }
    }
    return {};
  }

  PlantedTrip Drive(const std::vector<Node>& way, std::pair<size_t, size_t> shared, double step_s,
                    const PlantedTerms& terms) {
    constexpr double kLatM = 111'195, kLat = 41.88, kLon = -87.63;
    const double lon_m = kLatM * std::cos(kLat * M_PI / 180);
    PlantedTrip out;
    corners_ = {0};
    for (size_t i = 1; i < way.size(); ++i) {
      const auto [x0, y0] = Corner(way[i - 1]);
      const auto [x1, y1] = Corner(way[i]);
      corners_.push_back(corners_.back() + std::hypot(x1 - x0, y1 - y0));
    }
    out.from_m = corners_[shared.first];
    out.to_m = corners_[shared.second];
    std::normal_distribution<double> normal(0, 1);
    const double rho = std::pow(terms.noise.rho, step_s);
    double east_m = terms.noise.sd_m * normal(rng_), north_m = terms.noise.sd_m * normal(rng_);
    double gone_m = 0, t_s = 0, next_fix_s = 0, wait_s = 0, speed_mps = Uniform(7, 13);
    constexpr double kTickS = 0.5;
    for (size_t leg = 0; leg + 1 < way.size();) {
      if (t_s >= next_fix_s) {
        const auto [x0, y0] = Corner(way[leg]);
        const auto [x1, y1] = Corner(way[leg + 1]);
        const double share = (gone_m - corners_[leg]) / (corners_[leg + 1] - corners_[leg]);
        const double x_m = x0 + share * (x1 - x0) + east_m, y_m = y0 + share * (y1 - y0) + north_m;
        out.trajectory.fixes.push_back(
            FixFromDegrees(kLat + y_m / kLatM, kLon + x_m / lon_m,
                           1'700'000'000'000 + static_cast<int64_t>(t_s * 1000)));
        out.gone_m.push_back(gone_m);
        next_fix_s += step_s;
        const double fresh_m = terms.noise.sd_m * std::sqrt(1 - rho * rho);
        east_m = rho * east_m + fresh_m * normal(rng_);
        north_m = rho * north_m + fresh_m * normal(rng_);
      }
      t_s += kTickS;
      if (wait_s > 0) {
        wait_s -= kTickS;
        continue;
      }
      gone_m += speed_mps * kTickS;
      if (gone_m < corners_[leg + 1]) continue;
      ++leg;
      speed_mps = Uniform(7, 13);
      if (terms.stops && rng_() % 6 == 0) wait_s = Uniform(5, 60);
    }
    return out;
  }

  std::mt19937_64 rng_;
  std::vector<double> corners_;  // of the way last driven: how far along it they are
};

// How well stretches were found.
struct PlantedScore {
  int planted = 0, found = 0;
  std::vector<double> ends_m;  // by how much found ends were off, along the way
  double longer_m_sum = 0;     // by how much they were too far out

  double longer_m() const {
    return longer_m_sum / static_cast<double>(std::max<size_t>(1, ends_m.size()));
  }

  double recall() const { return planted == 0 ? 0 : static_cast<double>(found) / planted; }
  double Quantile(double share) {
    if (ends_m.empty()) return INFINITY;
    std::sort(ends_m.begin(), ends_m.end());
    return ends_m[std::min(ends_m.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(ends_m.size())))];
  }

  // Whether any of the motifs is the planted one: more than half of what either has is shared.
  void Mark(const std::vector<Motif>& motifs, const PlantedTrip& a, const PlantedTrip& b) {
    ++planted;
    const bool loop = b.again_to_m > 0;
    const double b_from_m = loop ? b.again_from_m : b.from_m, b_to_m = loop ? b.again_to_m : b.to_m;
    for (const Motif& motif : motifs) {
      const MotifOccurrence &x = motif.occurrences[0], &y = motif.occurrences[1];
      const double ends[] = {a.GoneAt(x.from_at), a.GoneAt(x.to_at), b.GoneAt(y.from_at),
                             b.GoneAt(y.to_at)};
      if (!Same({ends[0], ends[1]}, {a.from_m, a.to_m}) ||
          !Same({ends[2], ends[3]}, {b_from_m, b_to_m}))
        continue;
      ++found;
      for (const double longer_m :
           {a.from_m - ends[0], ends[1] - a.to_m, b_from_m - ends[2], ends[3] - b_to_m}) {
        ends_m.push_back(std::abs(longer_m));
        longer_m_sum += longer_m;
      }
      return;
    }
  }

 private:
  static bool Same(std::pair<double, double> x, std::pair<double, double> y) {
    const double shared = std::min(x.second, y.second) - std::max(x.first, y.first);
    return shared > 0.5 * (x.second - x.first) && shared > 0.5 * (y.second - y.first);
  }
};

}  // namespace spoor::testing
