// spoor ingest --dry-run: reads the files here, and says what was found and how it was understood.

#include "router/command/ingest_dry_run.h"

#include <algorithm>
#include <boost/json.hpp>

#include "absl/strings/str_format.h"
#include "router/command/ingest.h"
#include "router/command/table.h"
#include "router/ingest/local_read.h"

namespace spoor {
namespace {

namespace json = boost::json;

void Count(const ParsedRecord& record, FileFound& found) {
  if (!record.trajectory.ok()) {
    ++found.rejected;
    return;
  }
  const std::vector<Fix>& fixes = record.trajectory->fixes;
  ++found.records;
  found.fixes += fixes.size();
  const Box box = Cover(fixes);
  found.box = found.box ? found.box->Union(box) : box;
  if (!fixes[0].has_time()) return;
  ++found.timed;
  const int64_t first_ms = fixes.front().time_ms, last_ms = fixes.back().time_ms;
  found.first_ms = found.first_ms == kNoTime ? first_ms : std::min(found.first_ms, first_ms);
  found.last_ms = std::max(found.last_ms, last_ms);
}

double Degrees(int32_t e7) { return e7 / kUnitsPerDegree; }

std::string ShowBox(const Box& box) {
  return absl::StrFormat("%.4f, %.4f to %.4f, %.4f", Degrees(box.south_e7), Degrees(box.west_e7),
                         Degrees(box.north_e7), Degrees(box.east_e7));
}

}  // namespace

absl::Status Ingest::ReadOnly() {
  for (const InputPath& input : inputs_) {
    const absl::Status read = ForEachFile(
        input, terminal_.in,
        [this](const InputPath& file, Archive* archive) { return LookAt(file, archive); });
    if (!read.ok()) return read;
  }
  progress_.reset();
  return absl::OkStatus();
}

absl::Status Ingest::LookAt(const InputPath& input, Archive* archive) {
  file_ = input.path;
  FileFound& found = found_.emplace_back();
  found.path = input.path;
  progress_ = std::make_unique<Progress>(terminal_, input.path, 0, options_.quiet);
  LocalReading how{.part = options_.part, .row_by_row = options_.cut_trips, .on_bytes = {}};
  how.part.read.clean = options_.clean;
  how.on_bytes = [&](uint64_t stored_bytes) {
    progress_->Update(stored_bytes, absl::StrCat(found.records, " records"));
    return signals_.signalled() ? absl::CancelledError("interrupted") : absl::OkStatus();
  };
  const auto read = ReadRecords(input, archive, terminal_.in, how, [&](const ParsedRecord& record) {
    Count(record, found);
    if (!record.trajectory.ok()) Refuse({.file = input.path, .line = record.line}, record);
  });
  totals_.accepted += found.records;
  totals_.rejected += found.rejected;
  totals_.fixes += found.fixes;
  if (read.ok()) {
    found.format = read->format;
    if (const auto& layout = read->layout) {
      columns_.push_back({input.path, layout->taken, layout->left, layout->by_values});
    }
    return absl::OkStatus();
  }
  if (!absl::IsInvalidArgument(read.status())) return read.status();
  found.problem = std::string(read.status().message());
  ++totals_.passed_over;
  return absl::OkStatus();
}

void PrintFound(const std::vector<FileFound>& files, std::ostream& out) {
  TextTable table({"file", "format", ">records", ">rejected", ">fixes", ">with times", "from", "to",
                   "south, west to north, east", "problem"});
  for (const FileFound& f : files) {
    const bool timed = f.first_ms != kNoTime;
    const auto when = [timed](int64_t ms) {
      return timed ? ShowTime(static_cast<double>(ms) / 1000) : std::string();
    };
    table.Add({f.path, f.format, ShowCount(f.records), ShowCount(f.rejected), ShowCount(f.fixes),
               ShowCount(f.timed), when(f.first_ms), when(f.last_ms),
               f.box ? ShowBox(*f.box) : std::string(), f.problem});
  }
  table.Print(out);
}

json::array FoundJson(const std::vector<FileFound>& files) {
  json::array all;
  for (const FileFound& f : files) {
    json::object file{{"file", f.path},         {"format", f.format}, {"records", f.records},
                      {"rejected", f.rejected}, {"fixes", f.fixes},   {"with_times", f.timed}};
    if (f.first_ms != kNoTime) {
      file["time"] = {static_cast<double>(f.first_ms) / 1000,
                      static_cast<double>(f.last_ms) / 1000};
    }
    if (f.box) {
      file["bbox"] = {Degrees(f.box->west_e7), Degrees(f.box->south_e7), Degrees(f.box->east_e7),
                      Degrees(f.box->north_e7)};
    }
    if (!f.problem.empty()) file["problem"] = f.problem;
    all.push_back(std::move(file));
  }
  return all;
}

}  // namespace spoor
