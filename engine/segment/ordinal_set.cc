#include "engine/segment/ordinal_set.h"

#include <bit>
#include <cstring>
#include <roaring/roaring.hh>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

constexpr char kSetVersion = 1;
constexpr size_t kHeaderSize = sizeof kSetVersion + sizeof(uint32_t);

// The library trusts what it reads, and prints what it does not like: so the portable format
// (https://github.com/RoaringBitmap/RoaringFormatSpec) is read here, without its run containers,
// which are never written.
class PortableReader {
 public:
  PortableReader(absl::string_view bytes, uint32_t limit) : bytes_(bytes), limit_(limit) {}

  // False when the bytes are not what Encode writes for ordinals below the limit.
  bool ReadInto(Roaring& bits) {
    constexpr uint32_t kNoRuns = 12346;
    constexpr size_t kHeader = 8, kDescription = 4, kOffset = 4;
    if (bytes_.size() < kHeader || Get<uint32_t>(0) != kNoRuns) return false;
    const uint64_t containers = Get<uint32_t>(4);
    uint64_t at = kHeader + containers * (kDescription + kOffset);
    if (containers > 1 << 16 || at > bytes_.size()) return false;
    for (uint64_t i = 0; i < containers; ++i) {
      const uint32_t high = uint32_t{Get<uint16_t>(kHeader + i * kDescription)} << 16;
      const uint32_t count = Get<uint16_t>(kHeader + i * kDescription + 2) + 1u;
      const uint64_t offset = Get<uint32_t>(kHeader + containers * kDescription + i * kOffset);
      const uint64_t length = count <= kMaxArray ? 2 * count : kBitsetBytes;
      if (offset != at || bytes_.size() - at < length) return false;
      values_.clear();
      if (!(count <= kMaxArray ? ReadArray(at, high, count) : ReadBitset(at, high, count))) {
        return false;
      }
      bits.addMany(values_.size(), values_.data());
      at += length;
    }
    return at == bytes_.size();
  }

 private:
  static constexpr uint32_t kMaxArray = 4096;  // ordinals; beyond it a container is a bitset
  static constexpr uint32_t kBitsetBytes = 8192;

  template <typename T>
  T Get(size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }

  bool Add(uint32_t ordinal) {
    if (ordinal < next_ || ordinal >= limit_) return false;
    next_ = uint64_t{ordinal} + 1;
    values_.push_back(ordinal);
    return true;
  }

  bool ReadArray(size_t at, uint32_t high, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      if (!Add(high | Get<uint16_t>(at + size_t{2} * i))) return false;
    }
    return true;
  }

  bool ReadBitset(size_t at, uint32_t high, uint32_t count) {
    for (uint32_t word = 0; word < kBitsetBytes / 8; ++word) {
      for (uint64_t bits = Get<uint64_t>(at + size_t{8} * word); bits != 0; bits &= bits - 1) {
        if (!Add(high | (64 * word + static_cast<uint32_t>(std::countr_zero(bits))))) return false;
      }
    }
    return values_.size() == count;
  }

  const absl::string_view bytes_;
  const uint64_t limit_;
  uint64_t next_ = 0;  // the least ordinal that may come
  std::vector<uint32_t> values_;
};

}  // namespace

struct OrdinalSet::Rep {
  Roaring bits;
};

OrdinalSet::OrdinalSet() : rep_(std::make_unique<Rep>()) {}
OrdinalSet::OrdinalSet(const OrdinalSet& other) : rep_(std::make_unique<Rep>(*other.rep_)) {}
OrdinalSet::OrdinalSet(OrdinalSet&&) noexcept = default;
OrdinalSet& OrdinalSet::operator=(OrdinalSet other) noexcept {
  rep_ = std::move(other.rep_);
  return *this;
}
OrdinalSet::~OrdinalSet() = default;

void OrdinalSet::Add(uint32_t ordinal) { rep_->bits.add(ordinal); }
bool OrdinalSet::Contains(uint32_t ordinal) const { return rep_->bits.contains(ordinal); }
uint64_t OrdinalSet::size() const { return rep_->bits.cardinality(); }

void OrdinalSet::ForEach(const std::function<void(uint32_t)>& visit) const {
  rep_->bits.iterate(
      [](uint32_t ordinal, void* visitor) {
        (*static_cast<const std::function<void(uint32_t)>*>(visitor))(ordinal);
        return true;
      },
      const_cast<std::function<void(uint32_t)>*>(&visit));
}

OrdinalSet OrdinalSet::Minus(const OrdinalSet& other) const {
  OrdinalSet out;
  out.rep_->bits = rep_->bits - other.rep_->bits;
  return out;
}

std::string OrdinalSet::Encode() const {
  std::string out(kHeaderSize + rep_->bits.getSizeInBytes(), kSetVersion);
  rep_->bits.write(out.data() + kHeaderSize);
  const uint32_t sum = Crc32c(absl::string_view(out).substr(kHeaderSize));
  std::memcpy(out.data() + sizeof kSetVersion, &sum, sizeof sum);
  return out;
}

absl::StatusOr<OrdinalSet> OrdinalSet::Decode(absl::string_view bytes, uint32_t limit) {
  if (bytes.size() < kHeaderSize) {
    return absl::DataLossError(absl::StrCat("ordinals of only ", bytes.size(), " bytes"));
  }
  if (bytes[0] != kSetVersion) {
    return absl::DataLossError(absl::StrCat("ordinals of unknown version ", int{bytes[0]}));
  }
  uint32_t sum = 0;
  std::memcpy(&sum, bytes.data() + sizeof kSetVersion, sizeof sum);
  const absl::string_view body = bytes.substr(kHeaderSize);
  if (!HasCrc32c(body, sum)) return absl::DataLossError("ordinals fail their checksum");
  OrdinalSet out;
  if (!PortableReader(body, limit).ReadInto(out.rep_->bits)) {
    return absl::DataLossError(absl::StrCat("ordinals are not ascending below ", limit));
  }
  return out;
}

}  // namespace spoor
