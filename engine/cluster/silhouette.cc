#include "engine/cluster/silhouette.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

namespace spoor {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

}  // namespace

absl::StatusOr<Silhouette> Silhouette::Of(absl::Span<const int32_t> labels,
                                          const Distance& distance, size_t threads,
                                          const Patience& patience) {
  Silhouette out;
  out.labels_.assign(labels.begin(), labels.end());
  for (const int32_t l : labels) {
    out.clusters_ = std::max(out.clusters_, static_cast<uint32_t>(l + 1));
  }
  const uint32_t k = out.clusters_;
  const auto n = static_cast<uint32_t>(labels.size());
  out.sums_.resize(size_t{n} * k);
  // Each thread adds whole rows, so that the order of a sum is that of the things; the half of the
  // pairs that another row has found is computed once more where there are more threads.
  std::atomic<uint32_t> next{0};
  std::atomic<bool> stopped{false};
  const auto work = [&] {
    for (uint32_t i = next++; i < n && !stopped; i = next++) {
      if (!patience.Check().ok()) stopped = true;
      if (labels[i] < 0) continue;
      for (uint32_t j = threads > 1 ? 0 : i + 1; j < n; ++j) {
        if (labels[j] < 0 || i == j) continue;
        const double d = distance(std::min(i, j), std::max(i, j));
        if (d == std::numeric_limits<double>::infinity()) continue;
        Sum& to = out.sums_[size_t{i} * k + static_cast<uint32_t>(labels[j])];
        to.distance += d, ++to.count;
        if (threads > 1) continue;
        Sum& back = out.sums_[size_t{j} * k + static_cast<uint32_t>(labels[i])];
        back.distance += d, ++back.count;
      }
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& t : others) t.join();
  if (stopped) return patience.Check();
  return out;
}

double Silhouette::ValueOf(const Sum* sums, int32_t own) const {
  double other = std::numeric_limits<double>::infinity();
  for (uint32_t c = 0; c < clusters_; ++c) {
    if (c != static_cast<uint32_t>(own) && sums[c].count > 0) {
      other = std::min(other, sums[c].mean());
    }
  }
  if (other == std::numeric_limits<double>::infinity()) return kNoValue;
  const Sum& mine = sums[own];
  if (mine.count == 0) return 0;
  const double widest = std::max(other, mine.mean());
  return widest > 0 ? (other - mine.mean()) / widest : 0;
}

std::vector<double> Silhouette::Values() const {
  std::vector<double> out(labels_.size(), kNoValue);
  for (size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] >= 0) out[i] = ValueOf(&sums_[i * clusters_], labels_[i]);
  }
  return out;
}

double Silhouette::Mean() const {
  double sum = 0;
  size_t count = 0;
  for (const double v : Values()) {
    if (!std::isnan(v)) sum += v, ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kNoValue;
}

void Silhouette::Add(uint32_t o, int32_t cluster, const Distance& distance) {
  for (uint32_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] < 0 || i == o) continue;
    const double d = distance(std::min(i, o), std::max(i, o));
    if (d == std::numeric_limits<double>::infinity()) continue;
    Sum& own = sums_[size_t{o} * clusters_ + static_cast<uint32_t>(labels_[i])];
    own.distance += d, ++own.count;
    Sum& to = sums_[size_t{i} * clusters_ + static_cast<uint32_t>(cluster)];
    to.distance += d, ++to.count;
  }
  labels_[o] = cluster;
}

double Silhouette::MeanToOwn(uint32_t member) const {
  const Sum& own = sums_[size_t{member} * clusters_ + static_cast<uint32_t>(labels_[member])];
  return own.count > 0 ? own.mean() : kNoValue;
}

double Silhouette::MeanWith(uint32_t o, int32_t cluster, const Distance& distance) const {
  std::vector<Sum> own(clusters_), changed(clusters_);
  double sum = 0;
  size_t count = 0;
  const auto add = [&](double v) {
    if (!std::isnan(v)) sum += v, ++count;
  };
  for (uint32_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] < 0) continue;
    const double d = distance(std::min(i, o), std::max(i, o));
    const Sum* const before = &sums_[size_t{i} * clusters_];
    std::copy_n(before, clusters_, changed.begin());
    if (d != std::numeric_limits<double>::infinity()) {
      Sum& of = own[static_cast<size_t>(labels_[i])];
      of.distance += d, ++of.count;
      Sum& to = changed[static_cast<size_t>(cluster)];
      to.distance += d, ++to.count;
    }
    add(ValueOf(changed.data(), labels_[i]));
  }
  add(ValueOf(own.data(), cluster));
  return count > 0 ? sum / static_cast<double>(count) : kNoValue;
}

}  // namespace spoor
