#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// A set of ordinals of one segment: deletions, and what a filter allows.  Roaring inside.
//
// Thread safety: const methods may be called from any number of threads.
class OrdinalSet {
 public:
  OrdinalSet();
  OrdinalSet(const OrdinalSet& other);
  OrdinalSet(OrdinalSet&&) noexcept;
  OrdinalSet& operator=(OrdinalSet other) noexcept;
  ~OrdinalSet();

  void Add(uint32_t ordinal);
  bool Contains(uint32_t ordinal) const;
  uint64_t size() const;
  bool empty() const { return size() == 0; }
  void ForEach(const std::function<void(uint32_t)>& visit) const;  // ascending
  OrdinalSet Minus(const OrdinalSet& other) const;

  // Version byte, CRC-32C, portable Roaring format.
  std::string Encode() const;
  // DataLoss when bytes are cut, changed, of an unknown version, or hold an ordinal >= limit.
  static absl::StatusOr<OrdinalSet> Decode(absl::string_view bytes, uint32_t limit);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace spoor
