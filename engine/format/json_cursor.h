#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/decimal.h"

namespace spoor {

// Reads one JSON text (RFC 8259) from left to right without building a tree, so that a record costs
// no more memory than its fixes, each value is known by the bytes that it was written in, and
// digits go straight into integers.  Strict: UTF-8 is checked, lone surrogates and nesting beyond
// kMaxDepthOfJson are refused.
//
//   JsonCursor in(text);
//   if (in.Enter('{')) {
//     while (in.NextKey(key)) in.Skip();
//   }
//   const bool is_json_object = in.AtEnd();
//
// A method that meets what is not JSON breaks the cursor: ok() turns false for good, and every
// later call returns false.  A method that meets another kind of value than it reads returns false
// and leaves the cursor before that value, which Skip then passes over.
class JsonCursor {
 public:
  explicit JsonCursor(absl::string_view text)
      : begin_(text.data()), p_(text.data()), end_(text.data() + text.size()) {}

  bool ok() const { return !broken_; }
  // Bytes before the place where reading goes on, or where it broke.
  size_t offset() const { return static_cast<size_t>(p_ - begin_); }

  // The first byte of the next value, '\0' at the end of the text.
  char Peek() {
    SkipSpace();
    return p_ == end_ || broken_ ? '\0' : *p_;
  }
  // Only white space is left.  Breaks the cursor when something else is.
  bool AtEnd();

  // Goes into an object ('{') or an array ('[').
  bool Enter(char open) {
    if (Peek() != open) return false;
    ++p_;
    fresh_ = true;
    return true;
  }
  // In an array: whether one more item follows, which must be read.  False behind its end.
  bool NextItem() { return Next(']'); }
  // In an object: the next key, decoded; its value must be read.  False behind its end.
  bool NextKey(std::string& key);

  bool ReadString(std::string& out);
  bool ReadNumber(Decimal& out) {
    const char c = Peek();
    if (c != '-' && !(c >= '0' && c <= '9')) return false;
    const char* after = ScanDecimal(p_, end_, out);
    if (after == nullptr) return Break();
    p_ = after;
    return true;
  }
  // Passes over one value of any kind and says in which bytes it was written.
  bool Skip(absl::string_view* text = nullptr);

  // Back to an offset() of before.  REQUIRES: ok(), and nothing but values begins there.
  void Rewind(size_t offset) {
    p_ = begin_ + offset;
    fresh_ = false;
  }

 private:
  void SkipSpace() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }
  bool Break() {
    broken_ = true;
    return false;
  }
  bool Next(char close) {
    const char c = Peek();
    const bool first = fresh_;
    fresh_ = false;
    if (c == close) {
      ++p_;
      return false;
    }
    if (first) return c != '\0' || Break();
    if (c != ',') return Break();
    ++p_;
    return true;
  }
  bool SkipNested(int depth);
  bool SkipContainer(char open, int depth);
  bool SkipString();
  bool SkipWord(absl::string_view word);
  bool ReadEscape(std::string& out);
  bool ReadHex4(uint32_t& code);

  const char* begin_;
  const char* p_;
  const char* end_;
  bool fresh_ = false;  // right behind an opening bracket
  bool broken_ = false;
};

inline constexpr int kMaxDepthOfJson = 128;

}  // namespace spoor
