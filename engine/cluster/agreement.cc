#include "engine/cluster/agreement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace spoor {
namespace {

double PairsOf(double n) { return n * (n - 1) / 2; }

double EntropyOf(const std::map<int64_t, double>& counts, double n) {
  double sum = 0;
  for (const auto& [label, count] : counts) sum -= count / n * std::log(count / n);
  return sum;
}

}  // namespace

LabelAgreement AgreementOf(absl::Span<const int32_t> a, absl::Span<const int32_t> b) {
  const auto n = static_cast<double>(a.size());
  if (a.empty()) return {};
  // Outliers have labels of their own.
  const auto own = [](absl::Span<const int32_t> labels, size_t i) {
    return labels[i] < 0 ? -1 - static_cast<int64_t>(i) : int64_t{labels[i]};
  };
  std::map<int64_t, double> in_a, in_b;
  std::map<std::pair<int64_t, int64_t>, double> in_both;
  for (size_t i = 0; i < a.size(); ++i) {
    ++in_a[own(a, i)];
    ++in_b[own(b, i)];
    ++in_both[{own(a, i), own(b, i)}];
  }
  double pairs_a = 0, pairs_b = 0, pairs_both = 0, mutual = 0;
  for (const auto& [label, count] : in_a) pairs_a += PairsOf(count);
  for (const auto& [label, count] : in_b) pairs_b += PairsOf(count);
  for (const auto& [both, count] : in_both) {
    pairs_both += PairsOf(count);
    mutual += count / n * std::log(count * n / (in_a[both.first] * in_b[both.second]));
  }
  LabelAgreement out;
  const double by_chance = a.size() < 2 ? 0 : pairs_a * pairs_b / PairsOf(n);
  const double most = (pairs_a + pairs_b) / 2;
  out.ari = most == by_chance ? 1 : (pairs_both - by_chance) / (most - by_chance);
  const double entropy_a = EntropyOf(in_a, n), entropy_b = EntropyOf(in_b, n);
  const auto share = [mutual](double of) { return std::clamp(mutual / of, 0.0, 1.0); };
  const bool trivial = in_a.size() == 1 && in_b.size() == 1;
  const double geometric = std::sqrt(entropy_a * entropy_b);
  const double arithmetic = (entropy_a + entropy_b) / 2;
  out.nmi = geometric > 0 ? share(geometric) : trivial ? 1 : 0;
  out.nmi_arithmetic = arithmetic > 0 ? share(arithmetic) : 1;
  return out;
}

}  // namespace spoor
