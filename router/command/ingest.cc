#include "router/command/ingest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/format/make_readers.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/ingest_dry_run.h"
#include "router/command/ingest_live.h"

namespace spoor {
namespace {

// "id=trip,lat=y" into role -> column.
absl::Status ReadColumns(const std::string& text, std::map<std::string, std::string>* columns) {
  for (absl::string_view pair : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> column =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (column.first.empty() || column.second.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--columns ", text, ": ", pair, " is not ROLE=COLUMN"));
    }
    (*columns)[column.first] = column.second;
  }
  return absl::OkStatus();
}

boost::json::array ColumnsJson(const std::vector<ColumnsRead>& tables) {
  boost::json::array all;
  for (const ColumnsRead& table : tables) {
    boost::json::object taken;
    for (const auto& [role, column] : table.taken) taken[role] = column;
    all.push_back(boost::json::object{
        {"file", table.file},
        {"columns", taken},
        {"by_values", table.by_values},
        {"columns_left", boost::json::array(table.left.begin(), table.left.end())}});
  }
  return all;
}

boost::json::object FeedJson(const FeedCounts& feed) {
  return {{"fixes", feed.fixes},
          {"trips", feed.cut.trips},
          {"in_trips", feed.cut.fixes},
          {"resting", feed.cut.resting},
          {"too_short", feed.cut.too_short},
          {"same_time", feed.cut.same_time},
          {"without_time", feed.without_time}};
}

void PrintJson(const IngestOptions& options, const Ingest& ingest, bool interrupted,
               std::ostream& out) {
  const IngestTotals& totals = ingest.totals();
  boost::json::object all{{"accepted", totals.accepted},
                          {"rejected", totals.rejected},
                          {"fixes", totals.fixes},
                          {"bytes", totals.bytes},
                          {"skipped_bytes", totals.skipped_bytes},
                          {"passed_over", totals.passed_over},
                          {"seconds", totals.seconds},
                          {"interrupted", interrupted}};
  if (!options.feed.topic.empty()) all["deleted"] = totals.deleted;
  if (options.lateness_ms) {
    all["live"] = LiveJson(totals.live);
  } else if (options.cut_trips) {
    all["cut"] = FeedJson(totals.feed);
  }
  if (options.clean) {
    all["cleaned"] = boost::json::object{{"dropped_range", totals.dropped_range},
                                         {"dropped_speed", totals.dropped_speed},
                                         {"sorted", totals.sorted},
                                         {"merged", totals.merged}};
  }
  if (options.dry_run) all["files"] = FoundJson(ingest.found());
  if (!ingest.columns().empty()) all["tables"] = ColumnsJson(ingest.columns());
  out << boost::json::serialize(all) << '\n';
}

void PrintColumns(const std::vector<ColumnsRead>& tables, std::ostream& out) {
  for (const ColumnsRead& table : tables) {
    out << table.file << (table.by_values ? ": by their values " : ": ")
        << absl::StrJoin(table.taken, ", ", [](std::string* text, const auto& column) {
             absl::StrAppend(text, column.first, " from ", column.second);
           });
    if (!table.left.empty()) out << "; not read: " << absl::StrJoin(table.left, ", ");
    out << '\n';
  }
}

void PrintCleaned(const IngestTotals& totals, std::ostream& out) {
  out << "cleaned: dropped " << ShowCount(totals.dropped_range)
      << " fixes out of range or absent and " << ShowCount(totals.dropped_speed)
      << " out of reach, sorted " << ShowCount(totals.sorted) << ", merged "
      << ShowCount(totals.merged) << '\n';
}

// Where every fix went.
void PrintFeed(const FeedCounts& feed, std::ostream& out) {
  const TripCounts& cut = feed.cut;
  out << "cut " << ShowCount(feed.fixes) << " fixes into " << ShowCount(cut.trips) << " trips of "
      << ShowCount(cut.fixes) << "; at rest " << ShowCount(cut.resting)
      << ", in what was too short " << ShowCount(cut.too_short) << ", twice at one time "
      << ShowCount(cut.same_time) << ", without a time " << ShowCount(feed.without_time) << '\n';
}

void PrintText(const IngestOptions& options, const Ingest& ingest, std::ostream& out) {
  const IngestTotals& totals = ingest.totals();
  const double seconds = std::max(totals.seconds, 1e-3);
  out << "loaded " << ShowCount(totals.accepted)
      << (options.lateness_ms ? " new fixes of " : " trajectories, ") << ShowCount(totals.fixes)
      << " fixes, " << ShowBytes(static_cast<double>(totals.bytes)) << " into "
      << options.connection.collection << " in " << ShowSeconds(totals.seconds) << " ("
      << ShowCount(static_cast<uint64_t>(static_cast<double>(totals.fixes) / seconds))
      << " fixes/s, " << ShowBytes(static_cast<double>(totals.bytes) / seconds) << "/s)\n";
  PrintColumns(ingest.columns(), out);
  if (options.lateness_ms) {
    PrintLive(totals.live, out);
  } else if (options.cut_trips) {
    PrintFeed(totals.feed, out);
  }
  if (options.clean) PrintCleaned(totals, out);
  if (totals.deleted > 0) out << "deleted " << ShowCount(totals.deleted) << '\n';
  if (totals.passed_over > 0) {
    out << "passed over " << ShowCount(totals.passed_over) << " files of no known format\n";
  }
  if (totals.skipped_bytes > 0) {
    out << "skipped " << ShowBytes(static_cast<double>(totals.skipped_bytes))
        << " that an earlier run had loaded\n";
  }
}

void PrintRejects(const IngestOptions& options, const Ingest& ingest, std::ostream& err) {
  const uint64_t rejected = ingest.totals().rejected;
  err << ShowCount(rejected) << (rejected == 1 ? " record was" : " records were") << " rejected";
  if (!options.rejects_file.empty()) err << "; see " << options.rejects_file;
  err << ":\n";
  for (const std::string& reject : ingest.rejects().first()) err << "  " << reject << '\n';
  if (rejected > ingest.rejects().first().size()) {
    err << "  ...\n";
    if (options.rejects_file.empty()) err << "  (--rejects FILE keeps them all)\n";
  }
}

// What belongs to files does not belong to a feed.
absl::Status CheckSource(const IngestOptions& options) {
  const KafkaFeedOptions& feed = options.feed;
  if (feed.topic.empty() == options.files.empty())
    return absl::InvalidArgumentError("give files, or - for standard input, or --kafka TOPIC");
  if (feed.topic.empty()) {
    return feed.brokers.empty() ? absl::OkStatus()
                                : absl::InvalidArgumentError("--brokers needs --kafka TOPIC");
  }
  if (feed.brokers.empty())
    return absl::InvalidArgumentError("--kafka needs --brokers HOST:PORT,...");
  if (!options.resume_file.empty())
    return absl::InvalidArgumentError("--resume is for files; a group remembers by itself");
  if (options.part.format != "auto" && options.part.format != "ndjson") {
    return absl::InvalidArgumentError(
        absl::StrCat("--format is ", options.part.format, "; allowed with --kafka: ndjson"));
  }
  if (!RefuseTableOptions(options.part.read, "ndjson").ok())
    return absl::InvalidArgumentError(
        "--preset, --columns and what else is of tables are for files");
  return absl::OkStatus();
}

absl::Status CheckCutting(const IngestOptions& options) {
  if (options.lateness_ms) return CheckLive(options);
  if (options.seal) return absl::InvalidArgumentError("--seal needs --lateness");
  if (options.dry_run && !options.feed.topic.empty()) {
    return absl::InvalidArgumentError("--dry-run is for files");
  }
  if (!options.cut_trips) return absl::OkStatus();
  if (!options.resume_file.empty()) {
    return absl::InvalidArgumentError(
        "--resume is for files of trips; --cut-trips reads all files before it sends a trip, and "
        "doing so again is harmless");
  }
  if (!options.feed.topic.empty()) {
    return absl::InvalidArgumentError(
        "a topic is cut as its fixes come: --cut-trips --lateness SECONDS");
  }
  return absl::OkStatus();
}

// What the options say as texts, before they are understood.
struct ReadingTexts {
  std::string columns, delimiter, decimal = "point", time_unit = "s", time_zone = "UTC";
};

absl::Status ReadReading(const ReadingTexts& texts, ReadOptions* read) {
  if (absl::Status s = ReadColumns(texts.columns, &read->columns); !s.ok()) return s;
  if (texts.delimiter.size() > 1 && texts.delimiter != "tab") {
    return absl::InvalidArgumentError(
        absl::StrCat("--delimiter ", texts.delimiter, "; allowed: one character, or tab"));
  }
  if (!texts.delimiter.empty())
    read->delimiter = texts.delimiter == "tab" ? '\t' : texts.delimiter[0];
  read->decimal_comma = texts.decimal == "comma";
  const auto* unit = std::find(std::begin(kTimeUnits), std::end(kTimeUnits), texts.time_unit);
  read->time.unit = static_cast<TimeUnit>(unit - std::begin(kTimeUnits));
  if (absl::LoadTimeZone(texts.time_zone, &read->time.zone)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--time-zone ", texts.time_zone, "; allowed: a zone such as Europe/Zurich, or UTC"));
}

int RunIngest(IngestOptions options, const ReadingTexts& texts, Terminal& terminal) {
  if (absl::Status s = ReadReading(texts, &options.part.read); !s.ok()) return Fail(terminal, s);
  if (absl::Status s = CheckSource(options); !s.ok()) return Fail(terminal, s);
  if (absl::Status s = CheckCutting(options); !s.ok()) return Fail(terminal, s);
  if (options.lateness_ms) options.part.format = "ndjson";
  if (!options.resume_file.empty() && absl::StrJoin(options.files, "") == "-") {
    return Fail(terminal,
                absl::InvalidArgumentError("--resume needs files; standard input comes only once"));
  }
  SignalWatch signals;  // before any thread is started
  Ingest ingest(options, terminal, signals);
  const absl::Status ran = ingest.Run();
  const IngestTotals& totals = ingest.totals();
  const bool interrupted = ran.code() == absl::StatusCode::kCancelled;
  if (options.json) {
    PrintJson(options, ingest, interrupted, terminal.out);
  } else if (options.dry_run) {
    PrintFound(ingest.found(), terminal.out);
    PrintColumns(ingest.columns(), terminal.out);
  } else if (ran.ok() || totals.accepted > 0) {
    PrintText(options, ingest, terminal.out);
  }
  if (!ingest.rejects().first().empty()) PrintRejects(options, ingest, terminal.err);
  if (!ran.ok()) {
    const int code =
        ingest.refusal() ? Fail(terminal, *ingest.refusal(), ingest.file()) : Fail(terminal, ran);
    if (!options.resume_file.empty()) {
      terminal.err << "spoor: the same command goes on where this one ended\n";
    }
    return code;
  }
  return totals.rejected + totals.live.late > 0 ? kIncomplete : kDone;
}

void AddFeed(CLI::App& ingest, IngestOptions& options) {
  constexpr char kFeed[] = "Kafka";
  ingest
      .add_option("--kafka", options.feed.topic,
                  "Load a topic whose messages are NDJSON records; one without a value "
                  "deletes the record that its key names.  With --lateness: lines of fixes")
      ->type_name("TOPIC")
      ->group(kFeed);
  ingest.add_option("--brokers", options.feed.brokers, "Where the topic is")
      ->type_name("HOST:PORT,...")
      ->group(kFeed);
  ingest
      .add_option("--group", options.feed.group,
                  "The consumer group that remembers what is loaded is called this and, after a "
                  "point, the collection")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kFeed);
  ingest
      .add_flag("--until-end", options.until_end,
                "Stop where the topic ends when the command starts; otherwise go on until a signal")
      ->group(kFeed);
}

// A number of seconds as milliseconds.
CLI::Option* AddSeconds(CLI::App& ingest, const std::string& name, int64_t& ms,
                        const std::string& what) {
  return ingest
      .add_option_function<double>(
          name, [&ms](double seconds) { ms = static_cast<int64_t>(seconds * 1000); }, what)
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e9))
      ->default_str(absl::StrCat(ms / 1000));
}

void AddCutting(CLI::App& ingest, IngestOptions& options) {
  constexpr char kCutting[] = "Cutting";
  CutOptions& cutting = options.cutting;
  ingest
      .add_flag("--cut-trips", options.cut_trips,
                "The files have fixes, in any order: put those of each object in the order of "
                "their times and cut them into trips, called OBJECT/FIRST TIME")
      ->group(kCutting);
  ingest
      .add_option_function<double>(
          "--lateness",
          [&options](double seconds) {
            options.lateness_ms = static_cast<int64_t>(seconds * 1000);
          },
          "Cut fixes as they come, from a pipe or a topic too: a line is a fix {object, time, lon, "
          "lat}, and one may come so much later than the newest of its object")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e9))
      ->group(kCutting);
  ingest
      .add_flag("--seal", options.seal,
                "With --lateness: at the end of the input all open trips of the collection end")
      ->group(kCutting);
  AddSeconds(ingest, "--gap", cutting.rules.max_gap_ms,
             "A longer silence ends a trip; 0: none does")
      ->group(kCutting);
  AddSeconds(ingest, "--dwell", cutting.rules.dwell_ms,
             "Who stays so long within --dwell-m has arrived; 0: nobody does")
      ->group(kCutting);
  ingest.add_option("--dwell-m", cutting.rules.dwell_m, "Within so many metres")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->group(kCutting);
  ingest
      .add_option("--min-length", cutting.rules.min_length_m, "Metres; what is shorter is no trip")
      ->check(CLI::Range(0.0, 1e8))
      ->capture_default_str()
      ->group(kCutting);
  ingest
      .add_option("--state", cutting.state,
                  "A tag (--columns tag.NAME=COLUMN) whose change ends a trip, such as occupied")
      ->type_name("NAME")
      ->group(kCutting);
  cutting.work_dir = std::filesystem::temp_directory_path().string();
  ingest
      .add_option("--work-dir", cutting.work_dir, "Where fixes are sorted that exceed the memory")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str()
      ->group(kCutting);
  ingest.add_option("--sort-memory", cutting.memory_bytes, "For sorting")
      ->type_name("BYTES")
      ->transform(CLI::AsSizeValue(false))
      ->group(kCutting);
}

void AddTableReading(CLI::App& ingest, ReadOptions& read, ReadingTexts& texts) {
  constexpr char kReading[] = "Reading";
  ingest.add_option("--id", read.table_id, "Of a table without ids: the one trip that it is")
      ->type_name("ID")
      ->group(kReading);
  ingest
      .add_option("--row-ids", read.row_id_prefix,
                  "Of a table without ids: each row is a trip of one fix, its id this and its line")
      ->type_name("PREFIX")
      ->group(kReading);
  ingest.add_option("--delimiter", texts.delimiter, "Between cells: one character, or tab")
      ->type_name("CHARACTER")
      ->group(kReading);
  ingest.add_option("--decimal", texts.decimal, "What stands in numbers of a table")
      ->check(CLI::IsMember({"point", "comma"}))
      ->capture_default_str()
      ->group(kReading);
  ingest.add_option("--time-unit", texts.time_unit, "Of times that are numbers")
      ->check(CLI::IsMember({"s", "ms", "us", "ns"}))
      ->capture_default_str()
      ->group(kReading);
  ingest
      .add_option("--time-format", read.time.format,
                  "Of times that are texts, such as '%d/%m/%Y %H:%M:%S'; otherwise RFC 3339")
      ->type_name("FORMAT")
      ->group(kReading);
  ingest.add_option("--time-zone", texts.time_zone, "Of times that name none, as Europe/Zurich")
      ->type_name("ZONE")
      ->capture_default_str()
      ->group(kReading);
}

void AddReading(CLI::App& ingest, IngestOptions& options, ReadingTexts& texts) {
  std::vector<std::string> formats = {"auto"}, presets;
  for (const FormatEntry& format : AllFormats()) formats.emplace_back(format.name);
  for (absl::string_view preset : AllPresets()) presets.emplace_back(preset);
  constexpr char kReading[] = "Reading";
  ingest
      .add_option("--format", options.part.format, "Of the files; auto looks at name and content")
      ->check(CLI::IsMember(formats))
      ->capture_default_str()
      ->group(kReading);
  ingest.add_option("--preset", options.part.read.preset, "A table layout that is known by name")
      ->check(CLI::IsMember(presets))
      ->group(kReading);
  ingest
      .add_option("--columns", texts.columns,
                  "What the columns of a table hold; roles: id, object, lat, lon, time, polyline, "
                  "tags, tag.NAME;"
                  " id=ship+day joins two, time=- says that there is none")
      ->type_name("ROLE=COLUMN,...")
      ->group(kReading);
  AddTableReading(ingest, options.part.read, texts);
  ingest
      .add_option("--source", options.part.read.source,
                  "What the trips of files without ids are called; otherwise as the file: run, "
                  "run/2, ...")
      ->type_name("NAME")
      ->group(kReading);
  ingest
      .add_flag("--clean", options.clean,
                "Repair instead of reject: drop impossible fixes, sort, merge equal times")
      ->group(kReading);
  ingest
      .add_flag("--dry-run", options.dry_run,
                "Load nothing; say what the files hold, and how they are understood")
      ->group(kReading);
}

}  // namespace

RunCommand AddIngest(CLI::App& spoor) {
  auto options = std::make_shared<IngestOptions>();
  auto texts = std::make_shared<ReadingTexts>();
  CLI::App& ingest = *spoor.add_subcommand(
      "ingest", "Load files of trajectories, or a Kafka topic, into a collection");
  ingest.footer(R"(
Files may be compressed with gzip or zstd, and stand in folders or archives (zip, tar), which standard
input may be as well.  What the
command reports as loaded is durable.  A record with a known id replaces it, so loading a file twice is harmless.

Examples:
  spoor ingest trips.ndjson.zst more.geojson
  spoor ingest --collection porto --preset porto train.csv.gz
  spoor ingest --columns id=trip,lon=x,lat=y,time=when fixes.csv
  spoor ingest hikes/ 'runs/*.gpx' export.zip
  curl -s https://example.org/runs.tar.gz | spoor ingest -
  spoor ingest --cut-trips --columns object=taxi,lat=y,lon=x,time=when fixes.csv
  spoor ingest --kafka trips --brokers localhost:9092
  spoor ingest --cut-trips --lateness 60 --kafka fixes --brokers localhost:9092
  receiver | spoor ingest --cut-trips --lateness 60 -     lines such as
      {"object": "cab-7", "time": "2024-05-01T12:00:00Z", "lon": 8.54, "lat": 47.37}
  spoor ingest --resume load.progress --rejects bad.ndjson big.ndjson     again: goes on)");
  ingest.add_option("FILE", options->files,
                    "Files, archives and folders of them, patterns, or - for standard input");
  AddConnection(ingest, options->connection);
  AddReading(ingest, *options, *texts);
  AddCutting(ingest, *options);
  AddFeed(ingest, *options);
  ingest
      .add_option("--ack", options->ack,
                  "Wait until records are durable (log), searchable (applied), everywhere (all)")
      ->check(CLI::IsMember({"log", "applied", "all"}));
  ingest.add_option("--rejects", options->rejects_file, "Write rejected records and why: NDJSON")
      ->type_name("FILE");
  ingest
      .add_option("--resume", options->resume_file,
                  "Keep here what is acknowledged, and go on from there")
      ->type_name("FILE");
  ingest
      .add_option("--part", options->part.part_bytes,
                  "Bytes that are sent and acknowledged together")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES")
      ->default_str("32M");
  const CLI::Option* retry = ingest
                                 .add_option("--retry-for", options->retry_for_s,
                                             "How long to try again when a server is busy or gone; "
                                             "when given, also when it is not there yet")
                                 ->check(CLI::NonNegativeNumber)
                                 ->type_name("SECONDS")
                                 ->capture_default_str();
  ingest.add_flag("--quiet", options->quiet, "No progress");
  AddJson(ingest, options->json);
  return [options, texts, retry](Terminal& terminal) {
    options->wait_for_server = retry->count() > 0;
    return RunIngest(*options, *texts, terminal);
  };
}

}  // namespace spoor
