#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor::bench {

// A PostgreSQL server with PostGIS, started for a benchmark: its data and its socket lie in a
// directory of their own in /tmp, and nothing listens on a port.  The
// server ends and the directory goes with the object, or with the process, however that ends.
//
// Debian's programs do the work (initdb, pg_ctl, psql); as root they are run as the user
// `postgres`, because a server refuses to be root.
class PostGis {
 public:
  // What each server is told; the rest is as Debian ships it.  One process works on a query, as one
  // thread does in the engine; nothing has to survive.
  static constexpr char kSettings[] =
      "shared_buffers=1GB work_mem=64MB max_parallel_workers_per_gather=0 jit=off fsync=off";

  // Whether Start can succeed.
  static bool IsInstalled();
  // An empty database with the extension.  NotFound, saying what to install, when there is none.
  static absl::StatusOr<std::unique_ptr<PostGis>> Start();

  // "PostgreSQL 15.18, PostGIS 3.3.2, GEOS 3.11.1"
  absl::StatusOr<std::string> Version() const;

  struct Answer {
    std::vector<std::vector<std::string>> rows;  // of columns, as text
    double ms = 0;                               // that psql waited
  };
  // Runs statements, each in one line, one after the other in one session.  Internal, with what the
  // server said, when one of them fails.
  absl::StatusOr<std::vector<Answer>> Ask(const std::vector<std::string>& statements) const;

  // Copies n rows, line(i) the tab-separated columns of each, into a table.
  absl::Status Copy(absl::string_view table, size_t n,
                    const std::function<std::string(size_t)>& line) const;

 private:
  using Pipe = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  PostGis(std::string dir, Pipe keeper) : dir_(std::move(dir)), keeper_(std::move(keeper)) {}
  std::string Psql() const;

  const std::string dir_;
  // Ends the server and removes the directory as soon as this pipe to it closes.
  const Pipe keeper_;
};

}  // namespace spoor::bench
