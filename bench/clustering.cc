// Stable clusters: whether they are those that were measured on CROSS, and how fast they are found.
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine/cluster/agreement.h"
#include "engine/cluster/stable_dbscan.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Labelled {
  AlignedTrips trips;
  std::vector<int32_t> truth;
};

Labelled ReadLabelled(const std::string& path) {
  Labelled out;
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

void PrintTable(const Labelled& cross) {
  std::printf(
      "eps/min  clusters outliers     sil    ARI    NMI | after: outliers     sil    ARI    NMI"
      "  seconds  without silhouette\n");
  struct Row {
    double eps;
    uint32_t min_samples;
  };
  for (const Row row : {Row{1.0, 5}, Row{1.5, 5}, Row{1.5, 8}, Row{2.0, 10}, Row{3.0, 5}}) {
    StableDbscanTerms terms{.eps_m = row.eps, .min_samples = row.min_samples};
    terms.step = {.anchor = StrayAnchor::kCore, .cap = std::nullopt, .several = Several::kMean};
    terms.stable = false;
    const auto before = FindStableClusters(cross.trips, terms, {});
    terms.stable = true;
    auto begin = Clock::now();
    const auto after = FindStableClusters(cross.trips, terms, {});
    const double seconds = SecondsSince(begin);
    terms.silhouette = false;
    begin = Clock::now();
    static_cast<void>(FindStableClusters(cross.trips, terms, {}));
    const double bare = SecondsSince(begin);
    const auto outliers = [](const StableClusters& c) {
      return std::count(c.labels.begin(), c.labels.end(), kOutlier);
    };
    const LabelAgreement a = AgreementOf(cross.truth, before->labels);
    const LabelAgreement b = AgreementOf(cross.truth, after->labels);
    std::printf("%.1f/%-4u %9u %8td  %6.3f %6.3f %6.3f | %15td  %6.3f %6.3f %6.3f  %7.3f  %7.3f\n",
                row.eps, row.min_samples, before->clusters, outliers(*before),
                before->silhouette->Mean(), a.ari, a.nmi, outliers(*after),
                after->silhouette->Mean(), b.ari, b.nmi, seconds, bare);
  }
}

// Steps that go along lanes, at a mean degree of about `degree`.
std::vector<MovedStep> StepsOfDegree(std::mt19937_64& rng, size_t n, double degree) {
  const double side = std::sqrt(3.14159 * static_cast<double>(n) / degree);  // eps is 1
  std::uniform_real_distribution<double> place(0, side), near(-0.1, 0.1);
  std::vector<MovedStep> out;
  for (size_t i = 0; i < n; ++i) {
    const double x = place(rng), y = place(rng);
    out.push_back({x, y, x + 1 + near(rng), y + near(rng)});
  }
  return out;
}

void PrintSpeed() {
  std::mt19937_64 rng(7);
  for (const double degree : {10.0, 30.0, 100.0, 1000.0}) {
    const std::vector<MovedStep> steps = StepsOfDegree(rng, 95'000, degree);
    double best = 1e9;
    SegmentClusters found;
    for (int i = 0; i < 5; ++i) {
      const auto begin = Clock::now();
      found = ClusterSteps(steps, {1, 5});
      best = std::min(best, SecondsSince(begin));
    }
    std::printf("degree about %4.0f: %7zu segments in %.4f s, %.2f M segments/s, %u clusters\n",
                degree, steps.size(), best, static_cast<double>(steps.size()) / best / 1e6,
                found.clusters);
  }
}

// Points that do not move, so that any program that knows planes can say whether it is right; the
// labels go to a file for bench/clustering.R.
void PrintPoints(const std::string& prefix) {
  std::mt19937_64 rng(11);
  std::vector<MovedStep> points;
  std::normal_distribution<double> near(0, 3);
  std::uniform_real_distribution<double> place(0, 300);
  for (size_t i = 0; i < 95'000; ++i) {
    const size_t town = i % 60;
    const bool alone = i % 10 == 0;
    const double x = alone ? place(rng) : static_cast<double>(town % 10) * 30 + near(rng);
    const double y = alone ? place(rng) : static_cast<double>(town / 10) * 50 + near(rng);
    points.push_back({x, y, x, y});
  }
  double best = 1e9;
  SegmentClusters found;
  for (int i = 0; i < 5; ++i) {
    const auto begin = Clock::now();
    found = ClusterSteps(points, {0.6, 10});
    best = std::min(best, SecondsSince(begin));
  }
  std::printf("points for R: %zu in %.4f s, %u clusters, %td outliers\n", points.size(), best,
              found.clusters, std::count(found.labels.begin(), found.labels.end(), kOutlier));
  std::ofstream file(prefix);
  file.precision(17);
  for (size_t i = 0; i < points.size(); ++i) {
    file << points[i].from_x_m << ' ' << points[i].from_y_m << ' ' << found.labels[i] << ' '
         << found.core[i] << '\n';
  }
}

int Main(int argc, char** argv) {
  const std::string data = argc > 1 ? argv[1] : "../shared/data";
  const Labelled cross = ReadLabelled(data + "/cross/cross1900x50.csv.gz");
  if (cross.truth.empty()) {
    std::printf("no cross/cross1900x50.csv.gz in %s\n", data.c_str());
  } else {
    PrintTable(cross);
  }
  PrintSpeed();
  if (argc > 2) PrintPoints(argv[2]);
  return 0;
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) { return spoor::Main(argc, argv); }
