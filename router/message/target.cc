#include "router/message/target.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

constexpr size_t kMaxSegments = 16;
constexpr size_t kMaxParams = 32;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

absl::Status BrokenEscape() {
  return absl::InvalidArgumentError("the request target has a broken percent-escape");
}

absl::Status ParseParams(absl::string_view query, Target& target) {
  for (const absl::string_view piece : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(piece, absl::MaxSplits('=', 1));
    auto name = PercentDecode(halves.first, true);
    auto value = PercentDecode(halves.second, true);
    if (!name || !value) return BrokenEscape();
    if (target.Param(*name) != nullptr) {
      return absl::InvalidArgumentError("the request target has a query parameter twice");
    }
    if (target.params.size() == kMaxParams) {
      return absl::InvalidArgumentError(
          absl::StrCat("the request target has more than ", kMaxParams, " query parameters"));
    }
    target.params.emplace_back(*std::move(name), *std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace

const std::string* Target::Param(absl::string_view name) const {
  for (const auto& [known, value] : params) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::optional<std::string> PercentDecode(absl::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string PercentEncode(absl::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::StrContains("-._~", absl::string_view(&c, 1))) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

absl::StatusOr<Target> ParseTarget(absl::string_view text) {
  if (text.empty() || text[0] != '/') {
    return absl::InvalidArgumentError("the request target must begin with '/'");
  }
  Target target;
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text.substr(1), absl::MaxSplits('?', 1));
  for (const absl::string_view piece : absl::StrSplit(halves.first, '/')) {
    auto segment = PercentDecode(piece, false);
    if (!segment) return BrokenEscape();
    if (target.segments.size() == kMaxSegments) {
      return absl::InvalidArgumentError(
          absl::StrCat("the path has more than ", kMaxSegments, " segments"));
    }
    target.segments.push_back(*std::move(segment));
  }
  if (const absl::Status parsed = ParseParams(halves.second, target); !parsed.ok()) return parsed;
  return target;
}

}  // namespace spoor
