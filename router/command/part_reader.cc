#include "router/command/part_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"

namespace spoor {
namespace {

constexpr size_t kHeadBytes = size_t{64} << 10;  // what a format is guessed from
constexpr size_t kLongestRecord = size_t{256} << 20;

uint64_t Lines(absl::string_view text) {
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PartReader>> PartReader::Open(const std::string& path,
                                                             std::istream& in,
                                                             const PartOptions& options,
                                                             const Acknowledged& acknowledged) {
  absl::StatusOr<std::unique_ptr<InputFile>> input = InputFile::Open(path, in);
  if (!input.ok()) return input.status();
  std::unique_ptr<PartReader> reader(new PartReader());
  reader->path_ = path;
  reader->input_ = *std::move(input);
  if (absl::Status s = reader->Begin(path, options); !s.ok()) return s;
  if (absl::Status s = reader->Skip(acknowledged); !s.ok()) return s;
  return reader;
}

absl::Status PartReader::Begin(const std::string& path, const PartOptions& options) {
  part_bytes_ = std::max<uint64_t>(options.part_bytes, 1);
  if (absl::Status s = FillTo(kHeadBytes); !s.ok()) return s;
  const bool guess = options.format == "auto" && options.preset.empty() && options.columns.empty();
  const absl::string_view wanted =
      options.format == "auto" ? "csv" : absl::string_view(options.format);
  const absl::StatusOr<const FormatEntry*> format =
      guess ? GuessFormat(path, buffer_) : FindFormat(wanted);
  if (!format.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", format.status().message()));
  }
  format_ = std::string((*format)->name);
  cut_ = RecordCutOf(format_, buffer_, options.preset, options.columns);
  if (cut_ == RecordCut::kRow && !AreNumbered(options.columns)) {
    header_ = buffer_.substr(0, FirstRow(buffer_));
  }
  return absl::OkStatus();
}

absl::Status PartReader::Skip(const Acknowledged& acknowledged) {
  offset_ = acknowledged.bytes;
  line_ = acknowledged.lines + 1;
  const size_t held = std::min<uint64_t>(acknowledged.bytes, buffer_.size());
  buffer_.erase(0, held);
  return input_->Skip(acknowledged.bytes - held);
}

absl::Status PartReader::FillTo(size_t bytes) {
  while (!ended_ && buffer_.size() < bytes) {
    const absl::StatusOr<bool> more = input_->Read(&buffer_);
    if (!more.ok()) return more.status();
    ended_ = !*more;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PartReader::Next(Part* part) {
  size_t wanted = part_bytes_, whole = 0;
  while (whole == 0) {
    if (absl::Status s = FillTo(wanted); !s.ok()) return s;
    if (buffer_.empty()) return false;
    const bool all = cut_ == RecordCut::kNowhere || (ended_ && buffer_.size() <= wanted);
    whole = all ? buffer_.size() : WholeRecords(absl::string_view(buffer_).substr(0, wanted), cut_);
    wanted *= 2;
    if (whole == 0 && wanted > kLongestRecord) {
      return absl::InvalidArgumentError(
          absl::StrCat("the record in line ", line_, " is longer than ", kLongestRecord, " bytes"));
    }
  }
  std::string rest = buffer_.substr(whole);
  buffer_.resize(whole);
  part->header_bytes = offset_ == 0 ? 0 : header_.size();
  part->bytes = offset_ == 0 ? std::move(buffer_) : header_ + buffer_;
  part->begin = offset_;
  part->first_line = line_;
  part->open_end = cut_ == RecordCut::kNowhere && !ended_;
  offset_ += whole;
  line_ += Lines(absl::string_view(part->bytes).substr(part->header_bytes));
  buffer_ = std::move(rest);
  return true;
}

size_t StopAfter(const Part& part, RecordCut cut, size_t from, size_t bytes) {
  const absl::string_view rest = absl::string_view(part.bytes).substr(from);
  if (cut == RecordCut::kNowhere) return from + std::min(bytes, rest.size());
  for (; bytes < rest.size(); bytes *= 2) {
    const size_t whole = WholeRecords(rest.substr(0, bytes), cut);
    if (whole > 0) return from + whole;
  }
  return part.bytes.size();
}

}  // namespace spoor
