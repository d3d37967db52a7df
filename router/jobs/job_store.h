#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "router/jobs/job_record.h"

namespace spoor {

// The results of one job while its driver writes them.  Thread safety: one thread at a time.
class JobWriter {
 public:
  virtual ~JobWriter() = default;
  // Whole lines of JSON, `rows` of them, behind those of the part that are there.  After an error
  // nothing more may be appended: open the job anew.  ResourceExhausted: there is no room;
  // Aborted: another process drives the job.
  virtual absl::Status Append(absl::string_view part, absl::string_view lines, uint64_t rows) = 0;
  // All that was appended is durable on return: the extents of all parts, for Save.
  virtual absl::StatusOr<std::vector<JobExtent>> Sync() = 0;
};

// Which lines of a part, and how many at most; at least one comes where there is one.
struct JobRead {
  std::string part;
  std::string cursor;  // JobLines::next of an earlier read; empty: from the beginning
  uint64_t max_rows = UINT64_MAX;
  uint64_t max_bytes = 1 << 20;
};
struct JobLines {
  std::string lines;  // whole ones, each with its end of line
  uint64_t rows = 0;
  std::string next;   // where to go on, also when there is no more yet: a job that runs grows
  bool more = false;  // there are more now, within the extent
};

// Where jobs are kept: records, each replaced as a whole, and the results of each, which only grow.
// One process (router/jobs/file_job_store.h), or what all routers of a cluster share.
//
//     Create ── Claim ── Open ── Append … Sync, Save ── … ── Save(done) ── Remove
//                 ^ another process, once the first one lives no more
//
// Thread safety: all methods may be called from any number of threads.  Errors of all: Unavailable
// when the store cannot be reached, ResourceExhausted when it is full, DataLoss for what is
// damaged; NotFound of those that name a job; FailedPrecondition of those that change something
// when it was opened to be read.
class JobStore {
 public:
  struct Listed {
    JobId id;
    absl::StatusOr<JobRecord> record;  // DataLoss: it is there and cannot be read
  };

  virtual ~JobStore() = default;
  // In no order.  A job that runs by its record and whose driver lives no more is told as queued,
  // here and by Find: whoever wants to may claim it.
  virtual absl::StatusOr<std::vector<Listed>> List() = 0;
  virtual absl::StatusOr<JobRecord> Find(const JobId& id) = 0;
  virtual absl::Status Create(const JobRecord& record) = 0;  // AlreadyExists

  // Makes this process the job's driver: its record as it is now, with this driver, one more term
  // and no wish to resume.  The state is the caller's to change.  Aborted while another lives;
  // asked again by the one who has it, it has it with a new term.
  virtual absl::StatusOr<JobRecord> Claim(const JobId& id) = 0;
  // Whether so many bytes of results can be appended: ResourceExhausted while they cannot.
  virtual absl::Status CheckRoom(uint64_t /*bytes*/) { return absl::OkStatus(); }
  // By its driver: replaces the record durably, but for its wish; returns the wish that is stored,
  // which an ended state has fulfilled and clears, unless it is to remove it.  Aborted when another
  // has claimed it, or it was removed.
  virtual absl::StatusOr<JobWish> Save(const JobRecord& record) = 0;
  // Gives up driving without changing anything, so that another may claim it at once.
  virtual void Release(const JobRecord& /*record*/) {}

  // From any process.
  virtual absl::Status Wish(const JobId& id, JobWish wish) = 0;
  // The record first, then all results.  Of one that is over or damaged; OK when there is none.
  virtual absl::Status Remove(const JobId& id) = 0;

  // Goes on behind the extents of the record, its driver's last one: what lies behind them is cut
  // off or skipped.  DataLoss when they are not there.
  virtual absl::StatusOr<std::unique_ptr<JobWriter>> Open(const JobRecord& record) = 0;
  // Within the extents of the record.  OutOfRange for a cursor that no read has given.
  virtual absl::StatusOr<JobLines> Read(const JobRecord& record, const JobRead& read) = 0;

  // `changed` is called, on some thread and soon, when another process has created, changed or
  // removed jobs or wished something of one; it must not wait nor call the store.  Null: no more,
  // and on return none is in progress.  A hint: what is missed is found by List.
  virtual void OnChange(std::function<void()> changed) = 0;
};

// Calls visit(line) for each line of the part, within the extents of the record, until it fails.
// Errors: those of Read and of visit.
template <typename Visit>
absl::Status ForEachLine(JobStore& store, const JobRecord& record, absl::string_view part,
                         Visit visit) {
  JobRead read{.part = std::string(part), .cursor = {}};
  for (bool more = true; more;) {
    const auto page = store.Read(record, read);
    if (!page.ok()) return page.status();
    for (const absl::string_view line : absl::StrSplit(page->lines, '\n', absl::SkipEmpty())) {
      if (absl::Status s = visit(line); !s.ok()) return s;
    }
    read.cursor = page->next;
    more = page->more;
  }
  return absl::OkStatus();
}

}  // namespace spoor
