#include "geo/trajectory.h"

#include <optional>

namespace spoor {
namespace {

// Takes the first code point off text.  Returns nullopt where it is not well formed: stray, missing
// or overlong bytes, surrogates, beyond U+10FFFF. REQUIRES: text is not empty.
std::optional<uint32_t> TakeCodePoint(absl::string_view& text) {
  const auto byte = [&text](size_t i) -> uint32_t { return static_cast<unsigned char>(text[i]); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return std::nullopt;
  uint32_t code = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = code < (size == 4 ? 0x10000u : size == 3 ? 0x800u : 0x80u);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) return std::nullopt;
  text.remove_prefix(size);
  return code;
}

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f); }

}  // namespace

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    if (!TakeCodePoint(text)) return false;
  }
  return true;
}

bool IsValidName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxIdBytes) return false;
  while (!text.empty()) {
    const std::optional<uint32_t> code = TakeCodePoint(text);
    if (!code || IsControl(*code)) return false;
  }
  return true;
}

}  // namespace spoor
