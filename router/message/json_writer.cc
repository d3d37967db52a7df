#include "router/message/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace spoor {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Whether a string of JSON holds the character as it is.
bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// The length of the UTF-8 sequence at the front of text, 0 when it is none.
size_t SequenceLength(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  size_t length = 1;
  if (lead >= 0xF0) {
    length = 4;
  } else if (lead >= 0xE0) {
    length = 3;
  } else if (lead >= 0x80) {
    length = 2;
  }
  return length <= text.size() && IsUtf8(text.substr(0, length)) ? length : 0;
}

void AppendControl(unsigned char c, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

// value / 10^decimals without trailing zeros.
void AppendDecimal(uint64_t value, int decimals, std::string& out) {
  uint64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value / scale).ptr;
  out.append(digits, end);
  uint64_t rest = value % scale;
  if (rest == 0) return;
  out += '.';
  for (scale /= 10; rest != 0; scale /= 10) {
    out += static_cast<char>('0' + rest / scale);
    rest %= scale;
  }
}

}  // namespace

void JsonWriter::Separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonWriter::BeginObject() {
  Separate();
  out_ += '{';
  first_ = true;
}

void JsonWriter::EndObject() {
  out_ += '}';
  first_ = false;
}

void JsonWriter::BeginArray() {
  Separate();
  out_ += '[';
  first_ = true;
}

void JsonWriter::EndArray() {
  out_ += ']';
  first_ = false;
}

void JsonWriter::EndLine() {
  out_ += '\n';
  first_ = true;
}

void JsonWriter::Key(absl::string_view name) {
  String(name);
  out_ += ':';
  first_ = true;  // the value follows without a comma
}

void JsonWriter::String(absl::string_view text) {
  Separate();
  out_ += '"';
  while (!text.empty()) {
    const auto plain =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsPlain) - text.begin());
    out_.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text[0]);
    size_t length = 1;
    if (c < 0x20 || c == 0x7F) {
      AppendControl(c, out_);
    } else if (c < 0x80) {  // a quote or a backslash
      out_ += '\\';
      out_ += static_cast<char>(c);
    } else if (length = SequenceLength(text); length != 0) {
      out_.append(text.data(), length);
    } else {
      length = 1;
      out_.append(kReplacement.data(), kReplacement.size());
    }
    text.remove_prefix(length);
  }
  out_ += '"';
}

void JsonWriter::Uint(uint64_t value) {
  Separate();
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  Separate();
  char digits[32];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::Rounded(double value, int decimals) {
  const double scaled = std::round(std::abs(value) * std::pow(10.0, decimals));
  if (!(scaled < 1e18)) return Double(value);
  Separate();
  if (value < 0 && scaled != 0) out_ += '-';
  AppendDecimal(static_cast<uint64_t>(scaled), decimals, out_);
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  Separate();
  out_ += "null";
}

void JsonWriter::Raw(absl::string_view json) {
  Separate();
  out_.append(json.data(), json.size());
}

void JsonWriter::DegreesE7(int32_t value_e7) {
  Separate();
  if (value_e7 < 0) out_ += '-';
  AppendDecimal(static_cast<uint64_t>(std::abs(int64_t{value_e7})), 7, out_);
}

void JsonWriter::Seconds(int64_t time_ms) {
  Separate();
  if (time_ms < 0) out_ += '-';
  const uint64_t size_ms =
      time_ms < 0 ? 0 - static_cast<uint64_t>(time_ms) : static_cast<uint64_t>(time_ms);
  AppendDecimal(size_ms, 3, out_);
}

void JsonWriter::Position(const Fix& fix, bool with_time) {
  BeginArray();
  DegreesE7(fix.lon_e7);
  DegreesE7(fix.lat_e7);
  if (with_time) Seconds(fix.time_ms);
  EndArray();
}

}  // namespace spoor
