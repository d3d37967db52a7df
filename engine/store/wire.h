#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace spoor {

// Little-endian and variable-length integers, appended to a string and read back with bounds.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void Byte(uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void Varint(uint64_t v) {
    for (; v >= 0x80; v >>= 7) Byte(static_cast<uint8_t>(v | 0x80));
    Byte(static_cast<uint8_t>(v));
  }
  void Signed(int64_t v) {
    Varint((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }
  void Fixed64(uint64_t v) {
    for (int i = 0; i < 8; ++i) Byte(static_cast<uint8_t>(v >> 8 * i));
  }
  void Double(double v) { Fixed64(std::bit_cast<uint64_t>(v)); }
  void Text(absl::string_view v) {
    Varint(v.size());
    out_.append(v.data(), v.size());
  }

 private:
  std::string& out_;
};

// Reads what ByteWriter wrote.  The first thing that is cut or overlong makes ok() false for good,
// and every later read return zero.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  uint8_t Byte() {
    if (at_ == end_) return Fail();
    return static_cast<uint8_t>(*at_++);
  }
  uint64_t Varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return Fail();
      const auto b = static_cast<uint8_t>(*at_++);
      if (shift == 63 && b > 1) return Fail();
      v |= uint64_t{b & 0x7Fu} << shift;
      if (b < 0x80) return v;
    }
    return Fail();
  }
  int64_t Signed() {
    const uint64_t v = Varint();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  uint64_t Fixed64() {
    if (end_ - at_ < 8) return Fail();
    uint64_t v = 0;
    for (int i = 0; i < 8; ++i) v |= uint64_t{static_cast<uint8_t>(at_[i])} << 8 * i;
    at_ += 8;
    return v;
  }
  double Double() { return std::bit_cast<double>(Fixed64()); }
  absl::string_view Text() {
    const uint64_t n = Varint();
    if (n > static_cast<uint64_t>(end_ - at_)) return Fail(), absl::string_view();
    const absl::string_view v(at_, n);
    at_ += n;
    return v;
  }

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  absl::string_view rest() const { return {at_, left()}; }

 private:
  uint8_t Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace spoor
