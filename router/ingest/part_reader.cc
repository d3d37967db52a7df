#include "router/ingest/part_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/csv_columns.h"
#include "engine/format/make_readers.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

constexpr size_t kHeadBytes = size_t{64} << 10;  // what a format is guessed from
constexpr size_t kLongestRecord = size_t{256} << 20;

}  // namespace

uint64_t LineEnds(absl::string_view text) {
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

absl::StatusOr<std::unique_ptr<PartReader>> PartReader::Open(const std::string& path,
                                                             std::istream& in,
                                                             const PartOptions& options,
                                                             const Acknowledged& acknowledged) {
  absl::StatusOr<std::unique_ptr<InputFile>> input = InputFile::Open(path, in);
  if (!input.ok()) return input.status();
  absl::StatusOr<std::unique_ptr<PartReader>> reader =
      Open(*std::move(input), options, acknowledged);
  if (reader.ok()) (*reader)->path_ = path;
  return reader;
}

absl::StatusOr<std::unique_ptr<PartReader>> PartReader::Open(std::unique_ptr<InputFile> input,
                                                             const PartOptions& options,
                                                             const Acknowledged& acknowledged) {
  std::unique_ptr<PartReader> reader(new PartReader());
  reader->path_ = input->path();
  reader->input_ = std::move(input);
  if (absl::Status s = reader->Begin(reader->path_, options); !s.ok()) return s;
  if (absl::Status s = reader->Skip(acknowledged); !s.ok()) return s;
  return reader;
}

absl::Status PartReader::Begin(const std::string& path, const PartOptions& options) {
  part_bytes_ = std::max<uint64_t>(options.part_bytes, 1);
  if (absl::Status s = FillInTime(kHeadBytes, {}); !s.ok()) return s;
  while (!ended_ && !absl::StrContains(buffer_, '\n') && buffer_.size() < kHeadBytes) {
    if (absl::Status s = FillTo(buffer_.size() + 1); !s.ok()) return s;
  }
  patience_ = options.patience;
  const ReadOptions& read = options.read;
  const bool guess = options.format == "auto" && RefuseTableOptions(read, "").ok();
  const absl::string_view wanted =
      options.format == "auto" ? "csv" : absl::string_view(options.format);
  const absl::StatusOr<const FormatEntry*> format =
      guess ? GuessFormat(path, buffer_) : FindFormat(wanted);
  if (!format.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", format.status().message()));
  }
  format_ = std::string((*format)->name);
  cut_ = RecordCutOf(format_, buffer_, read);
  if (cut_ == RecordCut::kRow && !NamesNoHeader(read.columns)) {
    header_ = buffer_.substr(0, FirstRow(buffer_));
  }
  return absl::OkStatus();
}

void PartReader::GiveAway(absl::string_view bytes) {
  offset_ += bytes.size();
  line_ += LineEnds(bytes);
  crc32c_ = Crc32c(bytes, crc32c_);
}

absl::Status PartReader::Skip(const Acknowledged& acknowledged) {
  char last = '\n';
  while (offset_ < acknowledged.bytes) {
    if (absl::Status s = FillTo(1); !s.ok()) return s;
    if (buffer_.empty()) break;
    const size_t skipped = std::min<uint64_t>(acknowledged.bytes - offset_, buffer_.size());
    last = buffer_[skipped - 1];
    GiveAway(absl::string_view(buffer_).substr(0, skipped));
    buffer_.erase(0, skipped);
  }
  if (offset_ < acknowledged.bytes || crc32c_ != acknowledged.crc32c) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is not what it was when a part of it was loaded"));
  }
  return acknowledged.bytes == 0 ? absl::OkStatus() : CheckSeam(acknowledged, last);
}

// Whether what follows begins with a new record.
absl::Status PartReader::CheckSeam(const Acknowledged& acknowledged, char last) {
  if (absl::Status s = FillTo(1); !s.ok()) return s;
  if (!acknowledged.complete || buffer_.empty()) return absl::OkStatus();
  const bool whole = cut_ == RecordCut::kSeparator
                         ? buffer_[0] == kSeparatorByte
                         : cut_ != RecordCut::kNowhere && (last == '\n' || buffer_[0] == '\n');
  if (whole) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path_, " has grown in its last record since it was loaded"));
}

absl::Status PartReader::FillTo(size_t bytes) {
  while (!ended_ && buffer_.size() < bytes) {
    const absl::StatusOr<bool> more = input_->Read(&buffer_);
    if (!more.ok()) return more.status();
    ended_ = !*more;
  }
  return absl::OkStatus();
}

// The same, or less when that takes long; at least something.
absl::Status PartReader::FillInTime(size_t bytes, std::chrono::milliseconds patience) {
  if (absl::Status s = FillTo(std::min<size_t>(bytes, 1)); !s.ok()) return s;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!ended_ && buffer_.size() < bytes) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!input_->WaitFor(std::max(left, std::chrono::milliseconds(0)))) break;
    if (absl::Status s = FillTo(buffer_.size() + 1); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PartReader::More(std::string* piece) {
  const size_t before = piece->size();
  absl::StatusOr<bool> more = input_->Read(piece);
  GiveAway(absl::string_view(*piece).substr(before));
  return more;
}

absl::StatusOr<bool> PartReader::Next(Part* part) {
  size_t wanted = part_bytes_, whole = 0;
  while (whole == 0) {
    if (absl::Status s = FillInTime(wanted, patience_); !s.ok()) return s;
    if (buffer_.empty()) return false;
    const bool all = cut_ == RecordCut::kNowhere || (ended_ && buffer_.size() <= wanted);
    whole = all ? buffer_.size() : WholeRecords(absl::string_view(buffer_).substr(0, wanted), cut_);
    if (whole == 0 && buffer_.size() < wanted) {  // in the midst of a record, which takes its time
      if (absl::Status s = FillTo(buffer_.size() + 1); !s.ok()) return s;
      continue;
    }
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
  part->crc32c_before = crc32c_;
  part->first_line = line_;
  part->open_end = cut_ == RecordCut::kNowhere && !ended_;
  GiveAway(absl::string_view(part->bytes).substr(part->header_bytes));
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
