#include "engine/format/splitter.h"

#include <algorithm>

namespace spoor {
namespace {

constexpr absl::string_view kBom = "\xEF\xBB\xBF";

uint64_t CountNewlines(absl::string_view bytes) {
  return static_cast<uint64_t>(std::ranges::count(bytes, '\n'));
}

}  // namespace

absl::string_view BomSkipper::operator()(absl::string_view bytes) {
  while (seen_ < kBom.size() && !bytes.empty()) {
    if (bytes[0] != kBom[seen_]) {
      seen_ = kBom.size();
      break;
    }
    bytes.remove_prefix(1);
    ++seen_;
  }
  return bytes;
}

void RecordSplitter::Append(absl::string_view bytes) {
  const size_t room = max_bytes_ - pending_.size();
  if (bytes.size() > room) too_long_ = true;
  pending_.append(bytes.data(), std::min(room, bytes.size()));
  if (bytes.size() > room) newlines_skipped_ += CountNewlines(bytes.substr(room));
}

// The current text ends with these bytes.
void RecordSplitter::End(absl::string_view bytes, const Sink& sink) {
  if (!pending_.empty() || too_long_ || bytes.size() > max_bytes_) {
    Append(bytes);
    bytes = pending_;
  }
  const auto* first = std::ranges::find_if_not(bytes, IsJsonSpace);
  const auto blank = static_cast<size_t>(first - bytes.begin());
  if (blank < bytes.size() || too_long_) {
    sink({.bytes = bytes,
          .line = line_ + CountNewlines(bytes.substr(0, blank)),
          .too_long = too_long_});
  }
  line_ += CountNewlines(bytes) + newlines_skipped_ + (separator_ == '\n' ? 1 : 0);
  pending_.clear();
  too_long_ = false;
  newlines_skipped_ = 0;
}

void RecordSplitter::Feed(absl::string_view bytes, const Sink& sink) {
  while (true) {
    const size_t end = bytes.find(separator_);
    if (end == absl::string_view::npos) break;
    End(bytes.substr(0, end), sink);
    bytes.remove_prefix(end + 1);
  }
  Append(bytes);
}

void RecordSplitter::Finish(const Sink& sink) { End({}, sink); }

}  // namespace spoor
