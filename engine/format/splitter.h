#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace spoor {

// Takes the byte order mark off the start of a stream, whatever the pieces in which it comes.
class BomSkipper {
 public:
  absl::string_view operator()(absl::string_view bytes);

 private:
  size_t seen_ = 0;  // bytes of the mark met so far; 3 behind the place where it may be
};

// Cuts a stream into the texts between separators, whatever the pieces in which it comes.  Holds at
// most one text, of at most max_bytes bytes; passes over the rest of a longer one.  Does not copy a
// text that lies within one piece.
class RecordSplitter {
 public:
  struct Text {
    absl::string_view bytes;  // valid during the call; the first max_bytes of a longer text
    uint64_t line = 0;        // on which the first byte that is not white space stands, from 1
    bool too_long = false;
  };
  using Sink = std::function<void(const Text&)>;

  RecordSplitter(char separator, size_t max_bytes) : separator_(separator), max_bytes_(max_bytes) {}

  // Texts of white space alone are left out.
  void Feed(absl::string_view bytes, const Sink& sink);
  // What follows the last separator is a text too.
  void Finish(const Sink& sink);

 private:
  void Append(absl::string_view bytes);
  void End(absl::string_view bytes, const Sink& sink);

  const char separator_;
  const size_t max_bytes_;
  std::string pending_;  // of the current text, when it came in several pieces
  bool too_long_ = false;
  uint64_t newlines_skipped_ = 0;  // in the part of a too long text that is not kept
  uint64_t line_ = 1;
};

inline bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace spoor
