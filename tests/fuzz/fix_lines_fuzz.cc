#include <cstdint>
#include <cstdlib>

#include "engine/format/fix_lines.h"
#include "tests/format/read_all.h"

namespace {

// Reads lines of fixes in pieces of a size.
spoor::Outcome ReadFixes(absl::string_view input, const spoor::FixLineOptions& options,
                         size_t size) {
  spoor::Outcome outcome;
  const auto reader = spoor::MakeFixLineReader(options);
  const spoor::RecordSink sink = [&](spoor::ParsedRecord record) {
    outcome.records.push_back(std::move(record));
  };
  while (!input.empty()) {
    const std::string piece(input.substr(0, size));
    input.remove_prefix(piece.size());
    outcome.status.Update(reader->Feed(piece, sink));
  }
  outcome.status.Update(reader->Finish(sink));
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const auto choice = static_cast<uint8_t>(input[0]);
  input.remove_prefix(1);
  spoor::FixLineOptions options;
  options.read.max_record_bytes = (choice & 1) != 0 ? 60 : size_t{1} << 20;
  if ((choice & 2) != 0) options.max_accuracy_m = 50;
  const spoor::Outcome whole = ReadFixes(input, options, input.size());
  for (const spoor::ParsedRecord& record : whole.records) {
    if (!spoor::BrokenPromise(record, options.read).empty()) std::abort();
    if (record.trajectory.ok() && !record.trajectory->fixes[0].has_time()) std::abort();
  }
  const spoor::Outcome pieces = ReadFixes(input, options, 1 + (choice >> 4));
  if (spoor::Render(whole) != spoor::Render(pieces)) std::abort();
  return 0;
}
