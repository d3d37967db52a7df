#include "router/generate/ndjson.h"

#include <charconv>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace spoor {
namespace {

void AppendText(absl::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out->push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

// value / 10^places in as few digits as are exact.
void AppendDecimal(int64_t value, int places, std::string* out) {
  int64_t scale = 1;
  for (int i = 0; i < places; ++i) scale *= 10;
  if (value < 0) out->push_back('-');
  const uint64_t size =
      value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  char digits[24];
  const auto whole =
      std::to_chars(digits, digits + sizeof digits, size / static_cast<uint64_t>(scale));
  out->append(digits, whole.ptr);
  uint64_t rest = size % static_cast<uint64_t>(scale);
  if (rest == 0) return;
  out->push_back('.');
  for (int i = places - 1; i >= 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  while (digits[places - 1] == '0') --places;
  out->append(digits, static_cast<size_t>(places));
}

}  // namespace

void AppendNdjson(const Trajectory& trajectory, std::string* out) {
  out->append("{\"id\":");
  AppendText(trajectory.id.value(), out);
  if (!trajectory.object.empty()) {
    out->append(",\"object\":");
    AppendText(trajectory.object, out);
  }
  if (!trajectory.tags.empty()) {
    out->append(",\"tags\":{");
    for (const auto& [name, value] : trajectory.tags) {
      AppendText(name, out);
      out->push_back(':');
      AppendText(value, out);
      out->push_back(',');
    }
    out->back() = '}';
  }
  out->append(",\"coords\":[");
  for (const Fix& fix : trajectory.fixes) {
    out->push_back('[');
    AppendDecimal(fix.lon_e7, 7, out);
    out->push_back(',');
    AppendDecimal(fix.lat_e7, 7, out);
    if (fix.has_time()) {
      out->push_back(',');
      AppendDecimal(fix.time_ms, 3, out);
    }
    out->append("],");
  }
  if (trajectory.fixes.empty()) {
    out->push_back(']');
  } else {
    out->back() = ']';
  }
  out->append("}\n");
}

}  // namespace spoor
