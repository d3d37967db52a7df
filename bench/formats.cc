// Reading the formats of devices: bytes and fixes a second of one core, of text that the obvious
// writer has written, and the most memory that the process had while it read.
//
//   formats --mb 64
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

#include "bench/cities.h"
#include "engine/format/reader.h"
#include "tests/format/device_texts.h"

namespace spoor::bench {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;  // as a file would bring it
constexpr int kFixesOfATrip = 2000;

// A text that repeats one trip: head, the trip as often as there is room, tail.  Without a trip the
// head is all of it, as a file is one trip.
struct Text {
  const char* format;
  std::string head, trip, tail;
};

Trajectory OneTrip() {
  std::mt19937_64 rng(1);
  Trajectory trip{.id = TrajectoryId("ride")};
  Fix fix{473'769'000, 85'417'000, 1'714'564'800'000};
  for (int i = 0; i < kFixesOfATrip; ++i) {
    fix.lat_e7 += static_cast<int32_t>(rng() % 2000) - 900;
    fix.lon_e7 += static_cast<int32_t>(rng() % 2000) - 900;
    fix.time_ms += 1000;
    trip.fixes.push_back(fix);
  }
  return trip;
}

uint64_t PeakMemoryKb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss);
}

struct Figures {
  uint64_t bytes = 0, fixes = 0;
  double seconds = 0;
  bool sound = true;
};

// One file of about so many bytes; adds to the figures.
void ReadFile(const Text& text, uint64_t wanted_bytes, const Trajectory& truth, Figures& figures) {
  ReadOptions options;
  options.source = "ride";
  auto reader = (*FindFormat(text.format))->make(options);
  const RecordSink sink = [&](const ParsedRecord& record) {
    const bool same = record.trajectory.ok() && record.trajectory->fixes == truth.fixes;
    figures.sound = figures.sound && same;
    figures.fixes += same ? record.trajectory->fixes.size() : 0;
  };
  uint64_t fed = 0;
  const auto feed = [&](absl::string_view bytes) {
    fed += bytes.size();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(kPieceBytes, bytes.size()))) {
      figures.sound = (*reader)->Feed(bytes.substr(0, kPieceBytes), sink).ok() && figures.sound;
    }
  };
  const double begin = ProcessorSeconds();
  feed(text.head);
  do {
    feed(text.trip);
  } while (!text.trip.empty() && fed < wanted_bytes);
  feed(text.tail);
  figures.sound = (*reader)->Finish(sink).ok() && figures.sound && figures.fixes > 0;
  figures.seconds += ProcessorSeconds() - begin;
  figures.bytes += fed;
}

// Where a file is one trip, many files.
Figures ReadMany(const Text& text, uint64_t wanted_bytes, const Trajectory& truth) {
  Figures figures;
  while (figures.bytes < wanted_bytes) ReadFile(text, wanted_bytes, truth, figures);
  return figures;
}

int Run(const Arguments& arguments) {
  const auto bytes = static_cast<uint64_t>(arguments.Number("mb", 64) * 1e6);
  const Trajectory trip = OneTrip();
  const Text texts[] = {
      {"gpx", "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\">\n", ToGpxTrack(trip), "</gpx>\n"},
      {"tcx", "<TrainingCenterDatabase><Activities>", ToTcxActivity(trip, "ride"),
       "</Activities></TrainingCenterDatabase>"},
      {"kml", "<kml><Document>", ToKmlTrack(trip, "ride"), "</Document></kml>"},
      {"plt", ToPlt(trip), "", ""},
      {"nmea", ToNmea(trip), "", ""},
      {"ndjson", "", ToNdjson(trip), ""},
  };
  std::printf("| format | MB | fixes | s | MB/s | M fixes/s | most memory MB |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  bool sound = true;
  for (const Text& text : texts) {
    const Figures f = ReadMany(text, bytes, trip);
    sound = sound && f.sound;
    std::printf("| %s | %.1f | %llu | %.2f | %.0f | %.2f | %.0f |\n", text.format,
                static_cast<double>(f.bytes) / 1e6, static_cast<unsigned long long>(f.fixes),
                f.seconds, static_cast<double>(f.bytes) / f.seconds / 1e6,
                static_cast<double>(f.fixes) / f.seconds / 1e6,
                static_cast<double>(PeakMemoryKb()) / 1e3);
    if (!f.sound) std::fprintf(stderr, "%s: what was read is not what was written\n", text.format);
  }
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
