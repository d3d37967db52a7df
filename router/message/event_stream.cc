#include "router/message/event_stream.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace spoor {

std::string EventText(absl::string_view data) {
  std::string text;
  for (const absl::string_view line : absl::StrSplit(data, '\n')) {
    absl::StrAppend(&text, "data: ", line, "\n");
  }
  return text + "\n";
}

absl::Status EventReader::Feed(absl::string_view piece,
                               const std::function<absl::Status(absl::string_view)>& event) {
  while (!piece.empty()) {
    if (after_return_ && piece[0] == '\n') piece.remove_prefix(1);
    after_return_ = false;
    const size_t end = piece.find_first_of("\r\n");
    const absl::string_view part = piece.substr(0, end);
    if (line_.size() + part.size() + data_.size() > max_event_bytes_) {
      return absl::ResourceExhaustedError(
          absl::StrCat("an event of more than ", max_event_bytes_, " bytes"));
    }
    line_.append(part.data(), part.size());
    if (end == absl::string_view::npos) break;
    after_return_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    const absl::Status taken = TakeLine(line_, event);
    line_.clear();
    if (!taken.ok()) return taken;
  }
  return absl::OkStatus();
}

absl::Status EventReader::TakeLine(absl::string_view line,
                                   const std::function<absl::Status(absl::string_view)>& event) {
  if (line.empty()) {
    if (!has_data_) return absl::OkStatus();
    const std::string data = std::move(data_);
    data_.clear();
    has_data_ = false;
    return event(data);
  }
  if (line == "data") {
    line = "";
  } else if (absl::ConsumePrefix(&line, "data:")) {
    absl::ConsumePrefix(&line, " ");
  } else {
    return absl::OkStatus();
  }
  if (has_data_) data_ += '\n';
  data_.append(line.data(), line.size());
  has_data_ = true;
  return absl::OkStatus();
}

}  // namespace spoor
