#include "engine/format/json_cursor.h"

#include "geo/trajectory.h"

namespace spoor {
namespace {

bool IsHighSurrogate(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool IsLowSurrogate(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F)));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    tail(6), tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12), tail(6), tail(0);
  }
}

// The character behind a backslash, or '\0' when it is not one of the short escapes.
char Unescape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool JsonCursor::AtEnd() {
  if (broken_) return false;
  SkipSpace();
  return p_ == end_ || Break();
}

bool JsonCursor::NextKey(std::string& key) {
  if (!Next('}')) return false;
  if (!ReadString(key)) return Break();
  if (Peek() != ':') return Break();
  ++p_;
  return true;
}

bool JsonCursor::ReadHex4(uint32_t& code) {
  code = 0;
  for (int i = 0; i < 4; ++i, ++p_) {
    if (p_ == end_) return Break();
    const char lower = static_cast<char>(*p_ | 0x20);
    if (*p_ >= '0' && *p_ <= '9') {
      code = code * 16 + static_cast<uint32_t>(*p_ - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      code = code * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    } else {
      return Break();
    }
  }
  return true;
}

// p_ is behind the backslash.
bool JsonCursor::ReadEscape(std::string& out) {
  if (p_ == end_) return Break();
  const char c = *p_;
  if (c != 'u') {
    const char meant = Unescape(c);
    if (meant == '\0') return Break();
    ++p_;
    out.push_back(meant);
    return true;
  }
  ++p_;
  uint32_t code = 0;
  if (!ReadHex4(code) || IsLowSurrogate(code)) return Break();
  if (IsHighSurrogate(code)) {
    uint32_t low = 0;
    if (end_ - p_ < 2 || p_[0] != '\\' || p_[1] != 'u') return Break();
    p_ += 2;
    if (!ReadHex4(low) || !IsLowSurrogate(low)) return Break();
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  AppendUtf8(code, out);
  return true;
}

bool JsonCursor::ReadString(std::string& out) {
  if (Peek() != '"') return false;
  const char* const open = p_++;
  out.clear();
  const char* plain = p_;  // bytes from here to p_ mean themselves
  while (p_ != end_ && *p_ != '"') {
    if (static_cast<unsigned char>(*p_) < 0x20) return Break();
    if (*p_ != '\\') {
      ++p_;
      continue;
    }
    out.append(plain, p_);
    ++p_;
    if (!ReadEscape(out)) return false;
    plain = p_;
  }
  if (p_ == end_) return Break();
  out.append(plain, p_);
  ++p_;
  // Escapes give whole characters, so that what is well-formed decoded was well-formed as written,
  // except where an escape stands inside a character: hence the raw bytes.
  return IsUtf8(absl::string_view(open, static_cast<size_t>(p_ - open))) || Break();
}

bool JsonCursor::SkipString() {
  std::string ignored;
  return ReadString(ignored);
}

bool JsonCursor::SkipWord(absl::string_view word) {
  const absl::string_view rest(p_, static_cast<size_t>(end_ - p_));
  if (rest.substr(0, word.size()) != word) return Break();
  p_ += word.size();
  return true;
}

bool JsonCursor::SkipContainer(char open, int depth) {
  if (depth >= kMaxDepthOfJson) return Break();
  Enter(open);
  std::string key;
  while (open == '{' ? NextKey(key) : NextItem()) {
    if (!SkipNested(depth + 1)) return false;
  }
  return ok();
}

bool JsonCursor::SkipNested(int depth) {
  Decimal ignored;
  switch (Peek()) {
    case '{':
      return SkipContainer('{', depth);
    case '[':
      return SkipContainer('[', depth);
    case '"':
      return SkipString();
    case 't':
      return SkipWord("true");
    case 'f':
      return SkipWord("false");
    case 'n':
      return SkipWord("null");
    default:
      return ReadNumber(ignored) || Break();
  }
}

bool JsonCursor::Skip(absl::string_view* text) {
  if (Peek() == '\0') return Break();
  const char* const begin = p_;
  if (!SkipNested(0)) return false;
  if (text != nullptr) *text = absl::string_view(begin, static_cast<size_t>(p_ - begin));
  return true;
}

}  // namespace spoor
