#include "bench/read_trips.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor::bench {
namespace {

constexpr int64_t kTripGapMs = 20 * 60 * 1000;
constexpr double kDaysTo1970 = 25'569;
constexpr double kDayMs = 86'400'000;

// Collects the fixes of PLT lines into trips.
class PltTrips {
 public:
  void Line(absl::string_view line) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
    double lat_deg, lon_deg, days;
    if (fields.size() < 7) return EndTrip();  // a heading
    if (!absl::SimpleAtod(fields[0], &lat_deg) || !absl::SimpleAtod(fields[1], &lon_deg) ||
        !absl::SimpleAtod(fields[4], &days) || !IsPosition(lat_deg, lon_deg)) {
      return;
    }
    const auto time_ms = static_cast<int64_t>(std::llround((days - kDaysTo1970) * kDayMs));
    if (!trip_.empty() && time_ms > trip_.back().time_ms + kTripGapMs) EndTrip();
    if (!trip_.empty() && time_ms <= trip_.back().time_ms) return;
    trip_.push_back(FixFromDegrees(lat_deg, lon_deg, time_ms));
  }

  std::vector<Trajectory> Finish() {
    EndTrip();
    return std::move(trips_);
  }

 private:
  void EndTrip() {
    if (trip_.empty()) return;
    Trajectory t;
    t.id = TrajectoryId(absl::StrCat("trip-", trips_.size()));
    t.fixes = std::exchange(trip_, {});
    trips_.push_back(std::move(t));
  }

  std::vector<Fix> trip_;
  std::vector<Trajectory> trips_;
};

absl::Status MustExist(const std::string& path) {
  if (std::filesystem::exists(path)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no file '", path, "'"));
}

}  // namespace

absl::StatusOr<std::vector<Trajectory>> ReadNdjson(const std::string& path) {
  if (absl::Status s = MustExist(path); !s.ok()) return s;
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const auto format = FindFormat("ndjson");
  if (!format.ok()) return format.status();
  auto reader = (*format)->make({});
  if (!reader.ok()) return reader.status();
  auto inflater =
      MakeInflater(absl::EndsWith(path, ".zst") ? "zstd" : "identity", uint64_t{1} << 40);
  if (!inflater.ok()) return inflater.status();

  std::vector<Trajectory> trips;
  const RecordSink sink = [&](ParsedRecord record) {
    if (record.trajectory.ok()) trips.push_back(*std::move(record.trajectory));
  };
  const auto feed = [&](absl::string_view piece) { return (*reader)->Feed(piece, sink); };
  if (absl::Status s = (*inflater)->Feed(bytes.str(), feed); !s.ok()) return s;
  if (absl::Status s = (*inflater)->Finish(); !s.ok()) return s;
  if (absl::Status s = (*reader)->Finish(sink); !s.ok()) return s;
  return trips;
}

absl::StatusOr<std::vector<Trajectory>> ReadPltArchive(const std::string& path) {
  if (absl::Status s = MustExist(path); !s.ok()) return s;
  const std::string command = absl::StrCat("tar -I zstd -xO --wildcards '*.plt' -f '", path, "'");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (pipe == nullptr) return absl::UnavailableError("cannot run tar");
  PltTrips trips;
  char line[512];
  while (std::fgets(line, sizeof line, pipe.get()) != nullptr) trips.Line(line);
  return trips.Finish();
}

}  // namespace spoor::bench
