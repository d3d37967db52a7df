#include "engine/format/ais_position.h"

#include <cmath>

namespace spoor {
namespace {

// The letters of a payload, six bits each, as one row of bits.
class Bits {
 public:
  explicit Bits(absl::string_view letters) : letters_(letters) {}

  size_t size() const { return letters_.size() * 6; }
  // REQUIRES: begin + count <= size(), count <= 32.
  uint32_t Unsigned(size_t begin, size_t count) const {
    uint32_t value = 0;
    for (size_t bit = begin; bit < begin + count; ++bit) {
      value = value << 1 | (Six(letters_[bit / 6]) >> (5 - bit % 6) & 1U);
    }
    return value;
  }
  int32_t Signed(size_t begin, size_t count) const {
    const auto value = static_cast<int32_t>(Unsigned(begin, count));
    return Unsigned(begin, 1) == 0 ? value : value - (int32_t{1} << count);
  }
  bool AreValid() const {
    for (const char c : letters_) {
      if (c < '0' || c > 'w' || (c > 'W' && c < '`')) return false;
    }
    return true;
  }

 private:
  static uint32_t Six(char c) { return static_cast<uint32_t>(c < '`' ? c - '0' : c - '0' - 8); }

  absl::string_view letters_;
};

// Where a type has its position.
struct Layout {
  uint32_t type;
  size_t lon, lon_bits, lat, lat_bits;
  int per_minute;
};
constexpr Layout kLayouts[] = {
    {1, 61, 28, 89, 27, 10'000},  {2, 61, 28, 89, 27, 10'000},  {3, 61, 28, 89, 27, 10'000},
    {18, 57, 28, 85, 27, 10'000}, {19, 57, 28, 85, 27, 10'000}, {27, 44, 18, 62, 17, 10},
};

int64_t Units(int32_t minutes, int per_minute) {
  return std::llround(minutes * kUnitsPerDegree / (60.0 * per_minute));
}

}  // namespace

AisPosition ReadAisPayload(absl::string_view payload) {
  const Bits bits(payload);
  AisPosition position;
  position.kind = AisPosition::Kind::kBroken;
  if (!bits.AreValid() || bits.size() < 38) return position;
  position.kind = AisPosition::Kind::kOther;
  position.mmsi = bits.Unsigned(8, 30);
  for (const Layout& layout : kLayouts) {
    if (layout.type != bits.Unsigned(0, 6)) continue;
    position.kind = AisPosition::Kind::kBroken;
    if (bits.size() < layout.lat + layout.lat_bits) return position;
    const int64_t lon = Units(bits.Signed(layout.lon, layout.lon_bits), layout.per_minute);
    const int64_t lat = Units(bits.Signed(layout.lat, layout.lat_bits), layout.per_minute);
    position.kind = AisPosition::Kind::kNotAvailable;  // 181 and 91 degrees say so
    if (std::abs(lon) > kMaxLonE7 || std::abs(lat) > kMaxLatE7) return position;
    position.kind = AisPosition::Kind::kPosition;
    position.fix = {.lat_e7 = static_cast<int32_t>(lat), .lon_e7 = static_cast<int32_t>(lon)};
    return position;
  }
  return position;
}

}  // namespace spoor
