#include "router/jobs/result_runs.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

using Two = std::pair<absl::string_view, absl::string_view>;

Two SplitOnce(absl::string_view text, char at) {
  return absl::StrSplit(text, absl::MaxSplits(at, 1));
}

std::string Writer(uint64_t writer) { return absl::StrCat(absl::Hex(writer, absl::kZeroPad16)); }

std::string EncodeRun(const ChunkRun& run) {
  return absl::StrCat(run.term, ".", Writer(run.writer), ":", run.first, "-", run.last, "@",
                      run.offset);
}

bool DecodeRun(absl::string_view text, ChunkRun& run) {
  const auto [who, chunks] = SplitOnce(text, ':');
  const auto [term, writer] = SplitOnce(who, '.');
  const auto [numbers, offset] = SplitOnce(chunks, '@');
  const auto [first, last] = SplitOnce(numbers, '-');
  return absl::SimpleAtoi(term, &run.term) && absl::SimpleHexAtoi(writer, &run.writer) &&
         absl::SimpleAtoi(first, &run.first) && absl::SimpleAtoi(last, &run.last) &&
         absl::SimpleAtoi(offset, &run.offset) && run.first <= run.last && EncodeRun(run) == text;
}

}  // namespace

std::string EncodeRuns(const std::vector<ChunkRun>& runs) {
  std::string out;
  for (const ChunkRun& run : runs) absl::StrAppend(&out, out.empty() ? "" : ",", EncodeRun(run));
  return out;
}

absl::StatusOr<std::vector<ChunkRun>> DecodeRuns(absl::string_view text) {
  std::vector<ChunkRun> runs;
  if (text.empty()) return runs;
  for (const absl::string_view one : absl::StrSplit(text, ',')) {
    ChunkRun run;
    if (!DecodeRun(one, run)) return absl::DataLossError("where a result lies cannot be read");
    runs.push_back(run);
  }
  return runs;
}

std::string EncodePlaceInResult(const ResultPlace& place) {
  const std::string lines =
      place.lines == UINT64_MAX ? std::string("all") : absl::StrCat(place.lines);
  return absl::StrCat(Writer(place.writer), ".", place.number, ".", place.offset, ".", lines);
}

absl::StatusOr<ResultPlace> DecodePlaceInResult(absl::string_view text) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '.');
  ResultPlace place;
  if (fields.size() == 4 && absl::SimpleHexAtoi(fields[0], &place.writer) &&
      absl::SimpleAtoi(fields[1], &place.number) && absl::SimpleAtoi(fields[2], &place.offset)) {
    if (fields[3] == "all") place.lines = UINT64_MAX;
    const bool lines = fields[3] == "all" || absl::SimpleAtoi(fields[3], &place.lines);
    if (lines && EncodePlaceInResult(place) == text) return place;
  }
  return absl::OutOfRangeError("no read has given this cursor");
}

}  // namespace spoor
