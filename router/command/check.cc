#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/message/record_json.h"
#include "shard/files/data_directory.h"
#include "shard/files/directory_lock.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct CheckOptions {
  std::string data = "./spoor-data";
  std::string salvage;  // a directory; empty: none
  bool json = false;
};

// The directories of the collections of a server or a shard, as shard/node/node.h and
// shard/node/following.h lay them out; those that are being dropped, whose names begin with a dot,
// do not count.
absl::StatusOr<std::vector<std::filesystem::path>> CollectionsIn(const std::string& data) {
  std::vector<std::filesystem::path> found;
  absl::Status opened = OpenDataDirectory(data, DataKind::kFollowed, Access::kRead);
  const DataKind kind = opened.ok() ? DataKind::kFollowed : DataKind::kCollections;
  if (!opened.ok()) opened = OpenDataDirectory(data, kind, Access::kRead);
  if (!opened.ok()) return opened;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(RoomIn(data, kind), error)) {
    if (entry.is_directory() && entry.path().filename().string()[0] != '.')
      found.push_back(entry.path());
  }
  if (error)
    return absl::UnavailableError(absl::StrCat("cannot read ", data, ": ", error.message()));
  std::sort(found.begin(), found.end());
  return found;
}

// Writes every record that can be read to a new file; what cannot has been named by the check.
absl::StatusOr<uint64_t> Salvage(const std::filesystem::path& collection, const std::string& file) {
  if (std::filesystem::exists(file)) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is there already"));
  }
  std::ofstream out(file, std::ios::binary);
  uint64_t records = 0;
  const auto write = [&](const Trajectory& trajectory) {
    out << RecordLine(trajectory) << '\n';
    ++records;
    return out ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", file));
  };
  const auto salvaged = Engine::SalvageStore(collection.string(), write, [](absl::string_view) {});
  if (!salvaged.ok()) return salvaged.status();
  out.close();
  if (!out) return absl::InternalError(absl::StrCat("cannot write ", file));
  return records;
}

// Each collection into a file of its name.
absl::Status SalvageAll(const CheckOptions& options,
                        const std::vector<std::filesystem::path>& collections, Terminal& terminal) {
  std::error_code error;
  std::filesystem::create_directories(options.salvage, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make ", options.salvage, ": ", error.message()));
  }
  absl::Status failed;
  for (const std::filesystem::path& path : collections) {
    const std::string name = path.stem().string();
    const std::string file = absl::StrCat(options.salvage, "/", name, ".ndjson");
    const absl::StatusOr<uint64_t> records = Salvage(path, file);
    failed.Update(records.status());
    terminal.err << name << ": "
                 << (records.ok() ? absl::StrCat(*records, " records in ", file)
                                  : std::string(records.status().message()))
                 << std::endl;
  }
  return failed;
}

int Check(const CheckOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::vector<std::filesystem::path>> paths = CollectionsIn(options.data);
  if (!paths.ok()) return Fail(terminal, paths.status());
  DirectoryLock lock;  // no server may have the directory meanwhile
  if (!lock.TakeIfThere((std::filesystem::path(options.data) / "LOCK").string()).ok()) {
    return Fail(terminal, absl::UnavailableError(
                              absl::StrCat("another process has ", options.data, " open")));
  }
  uint64_t damaged = 0;
  json::array report;
  for (const std::filesystem::path& path : *paths) {
    const std::string name = path.stem().string();
    json::array findings;
    const absl::StatusOr<uint64_t> found =
        Engine::CheckStore(path.string(), [&](absl::string_view what) {
          findings.emplace_back(json::string_view(what.data(), what.size()));
          if (!options.json) terminal.out << name << ": damaged: " << what << std::endl;
        });
    if (!found.ok() && found.status().code() != absl::StatusCode::kDataLoss) {
      return Fail(terminal, found.status());
    }
    if (!found.ok()) findings.emplace_back(std::string(found.status().message()));
    if (!found.ok() && !options.json) {
      terminal.out << name << ": damaged: " << found.status().message() << '\n';
    }
    const uint64_t count = found.ok() ? *found : 1;
    damaged += count;
    if (!options.json) {
      terminal.out << name << ": " << (count == 0 ? "sound" : absl::StrCat(count, " findings"))
                   << std::endl;
    }
    report.push_back(json::object{{"collection", name}, {"findings", std::move(findings)}});
  }
  if (options.json) {
    terminal.out << json::serialize(json::object{{"data", options.data},
                                                 {"sound", damaged == 0},
                                                 {"collections", std::move(report)}})
                 << '\n';
  }
  if (!options.salvage.empty()) {
    const absl::Status salvaged = SalvageAll(options, *paths, terminal);
    if (!salvaged.ok() && !absl::IsDataLoss(salvaged)) return Fail(terminal, salvaged);
  }
  return damaged == 0 ? kDone : kDamaged;
}

}  // namespace

RunCommand AddCheck(CLI::App& spoor) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& check =
      *spoor.add_subcommand("check", "Read everything that is stored and name what is damaged");
  check.footer(R"(
Changes nothing.  No server may have the directory open.  Returns 4 when something is damaged.
--salvage writes every record that can still be read, for spoor ingest; what is not in it has been
named as damaged.

Examples:
  spoor check
  spoor check --data /var/lib/spoor --json
  spoor check --data /var/lib/spoor-shard     of a shard
  spoor check --salvage ./saved          makes ./saved/COLLECTION.ndjson)");
  check
      .add_option("--salvage", options->salvage, "Write what can be read to DIR/COLLECTION.ndjson")
      ->type_name("DIR");
  check.add_option("--data", options->data, "Directory of a server or of a shard")
      ->type_name("DIR")
      ->capture_default_str();
  AddJson(check, options->json);
  return [options](Terminal& terminal) { return Check(*options, terminal); };
}

}  // namespace spoor
