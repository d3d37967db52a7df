#include "bench/postgis.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace spoor::bench {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr char kExtension[] = "/usr/share/postgresql/15/extension/postgis.control";
constexpr char kTime[] = "Time: ";  // begins a line of psql's \timing

// What a server program is run with.
std::string AsServer() {
  return absl::StrCat(
      geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : "", kPrograms);
}

// What a command printed, on both streams; Internal with it when the command failed.
absl::StatusOr<std::string> OutputOf(const std::string& command) {
  std::FILE* pipe = popen(absl::StrCat(command, " 2>&1").c_str(), "re");
  if (pipe == nullptr) return absl::InternalError(absl::StrCat("cannot run ", command));
  std::string out;
  char piece[4096];
  for (size_t n; (n = fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, n);
  if (pclose(pipe) == 0) return out;
  constexpr size_t kTold = 2000;
  if (out.size() > kTold) out.erase(0, out.size() - kTold);
  return absl::InternalError(absl::StrCat(command, " failed: ", out));
}

std::string Contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

}  // namespace

bool PostGis::IsInstalled() {
  return std::filesystem::exists(absl::StrCat(kPrograms, "initdb")) &&
         std::filesystem::exists(kExtension);
}

absl::StatusOr<std::unique_ptr<PostGis>> PostGis::Start() {
  if (!IsInstalled()) {
    return absl::NotFoundError("no PostgreSQL 15 with PostGIS 3: deploy/install-deps.sh bench");
  }
  std::string dir =
      "/tmp/spoor_postgis_XXXXXX";  // a path without blanks, short enough for a socket
  if (mkdtemp(dir.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", dir));
  }
  // It outlives whatever ends this process, ignores what a terminal sends to all of its processes,
  // and finds the server by the process id in its directory.
  const std::string keep =
      absl::StrCat("trap '' INT HUP TERM; exec >/dev/null 2>&1; cat; cd /; ", AsServer(),
                   "pg_ctl -D ", dir, "/data -m fast -w stop; rm -rf ", dir);
  Pipe keeper(popen(keep.c_str(), "we"), pclose);
  if (keeper == nullptr) {
    std::filesystem::remove(dir);
    return absl::UnavailableError("cannot run a shell");
  }
  std::unique_ptr<PostGis> out(new PostGis(dir, std::move(keeper)));

  const std::string cd = absl::StrCat("cd ", dir, " && ");
  if (geteuid() == 0) {
    if (const auto s = OutputOf("chown postgres: " + dir); !s.ok()) return s.status();
  }
  const auto made = OutputOf(absl::StrCat(cd, AsServer(), "initdb -D ", dir,
                                          "/data -U bench --auth=trust --encoding=UTF8 --locale=C "
                                          "--no-sync"));
  if (!made.ok()) return made.status();
  const std::string settings =
      absl::StrCat("-c listen_addresses= -c unix_socket_directories=", dir, " -c ",
                   absl::StrReplaceAll(kSettings, {{" ", " -c "}}));
  const auto started = OutputOf(absl::StrCat(cd, AsServer(), "pg_ctl -D ", dir, "/data -l ", dir,
                                             "/log -o '", settings, "' -w start"));
  if (!started.ok()) {
    return absl::InternalError(absl::StrCat(started.status().message(), Contents(dir + "/log")));
  }
  if (const auto s = out->Ask({"CREATE EXTENSION postgis"}); !s.ok()) return s.status();
  return out;
}

std::string PostGis::Psql() const {
  return absl::StrCat(kPrograms, "psql -h ", dir_,
                      " -U bench -d postgres -X -q -A -t -v ON_ERROR_STOP=1 ");
}

absl::StatusOr<std::string> PostGis::Version() const {
  const auto answers =
      Ask({"SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ', "
           "PostGIS ' || split_part(postgis_lib_version(), ' ', 1) || ', GEOS ' || "
           "split_part(postgis_geos_version(), '-', 1)"});
  if (!answers.ok()) return answers.status();
  return answers->front().rows.at(0).at(0);
}

absl::StatusOr<std::vector<PostGis::Answer>> PostGis::Ask(
    const std::vector<std::string>& statements) const {
  const std::string script = dir_ + "/ask.sql";
  {
    std::ofstream file(script);
    file << "\\timing on\n";
    for (const std::string& s : statements) file << s << ";\n";
    if (!file.flush()) return absl::UnavailableError("cannot write " + script);
  }
  const auto output = OutputOf(absl::StrCat(Psql(), "-f ", script));
  if (!output.ok()) return output.status();
  std::vector<Answer> out(1);
  for (const absl::string_view line : absl::StrSplit(*output, '\n', absl::SkipEmpty())) {
    if (!absl::StartsWith(line, kTime)) {
      out.back().rows.push_back(absl::StrSplit(line, '|'));
      continue;
    }
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');  // Time: 0.123 ms
    if (!absl::SimpleAtod(words.at(1), &out.back().ms)) {
      return absl::InternalError(absl::StrCat("psql said '", line, "'"));
    }
    out.emplace_back();
  }
  out.pop_back();
  if (out.size() != statements.size()) {
    return absl::InternalError(
        absl::StrCat(statements.size(), " statements, ", out.size(), " answers: ", *output));
  }
  return out;
}

absl::Status PostGis::Copy(absl::string_view table, size_t n,
                           const std::function<std::string(size_t)>& line) const {
  const std::string command = absl::StrCat(Psql(), "-c 'COPY ", table, " FROM STDIN'");
  std::FILE* pipe = popen(command.c_str(), "we");
  if (pipe == nullptr) return absl::InternalError("cannot run psql");
  for (size_t i = 0; i < n; ++i) fputs((line(i) + '\n').c_str(), pipe);
  return pclose(pipe) == 0 ? absl::OkStatus()
                           : absl::InternalError(absl::StrCat("cannot copy into ", table));
}

}  // namespace spoor::bench
