#pragma once

#include <cmath>
#include <cstdint>

namespace spoor {

// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): one addition and a mix a number, so that every
// trip may have its own generator.  The standard's engines are portable, but its distributions are
// not, and the same seed has to give the same city everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // A generator of its own for each (seed, stream).
  Random(uint64_t seed, uint64_t stream) : state_(seed) { state_ = Next() ^ Mix(stream + kStep); }

  uint64_t Next() { return Mix(state_ += kStep); }

  // 0 <= x < 1, with 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  double Uniform(double from, double to) { return from + (to - from) * Uniform(); }

  // 0 ... n - 1, each as likely (to within n / 2^32).  REQUIRES: n > 0.
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(((Next() >> 32) * n) >> 32); }

  // Mean 0, standard deviation 1; Marsaglia's polar method, which makes two at a time.
  double Normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double u, v, s;
    do {
      u = Uniform(-1, 1);
      v = Uniform(-1, 1);
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double scale = std::sqrt(-2 * std::log(s) / s);
    spare_ = v * scale;
    has_spare_ = true;
    return u * scale;
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  uint64_t state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace spoor
