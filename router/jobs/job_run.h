#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/store/disk_guard.h"
#include "router/cluster.h"
#include "router/jobs/job_record.h"
#include "router/jobs/job_store.h"
#include "router/jobs/join_run.h"
#include "router/jobs/selection.h"
#include "router/jobs/spool.h"
#include "shard/map/mapper.h"

namespace spoor {

// What a job may take.
struct JobLimits {
  uint64_t max_result_bytes = uint64_t{16} << 30;  // of one job
  uint64_t memory_bytes = uint64_t{256} << 20;     // of one job; beyond it rows go to files
  std::chrono::milliseconds save_every{1000};      // a checkpoint: what a crash may cost
  // What cannot be reached is tried again, so long without getting on.
  std::chrono::milliseconds give_up_after = std::chrono::minutes(10);
  std::chrono::milliseconds retry_every{500};
  uint64_t map_bytes = 4 << 20;  // of rows, of one answer of a mapper
  JoinPace pace;
};

// Where a job works.
struct JobPlace {
  ClusterCollection* collection = nullptr;
  JobStore* store = nullptr;
  std::string spool_dir;
  JobLimits limits;
  const DiskGuard* spool_disk = nullptr;
  Patience patience;
  // Waits so long; Cancelled as soon as the job is to stop.
  std::function<absl::Status(std::chrono::milliseconds)> pause;
  std::function<void(const JobRecord&)> shown;  // told of everything that others may see
};

// Whether a disk is full: the job waits for room, however long.
bool IsNoRoom(const absl::Status& status);
// Whether what has failed so may have passed when it is tried again.
bool IsPassing(const absl::Status& status);

// What was selected.
struct Selected {
  Filter filter;
  bool is_list = false;
  std::vector<HomePlace> places;  // of a list: ascending
};

// A job on its way, as its kind sees it: what it is about, the mappers that it runs at the nodes,
// rows that it adds to its result, and where it goes on after a crash.
//
//     run.Step("write", [&] {
//       return run.Map({"records"}, [&](const MapAnswer& page) { … run.Append("part", line) … });
//     });
//
// Thread safety: one thread at a time.  An error of anything here is to be returned.
class JobRun {
 public:
  // REQUIRES: the record is claimed, its steps are those of its kind; all of place outlives it.
  JobRun(JobRecord record, JobPlace place);
  ~JobRun();

  const JobRecord& record() const { return record_; }
  const Selected& selected() const { return selected_; }
  ClusterCollection& collection() const { return *place_.collection; }
  const Patience& patience() const { return place_.patience; }
  const JobLimits& limits() const { return place_.limits; }
  JoinTerms terms() const { return {.as_of = record_.as_of, .since = since_}; }
  // Whether that version of a record was the one of as_of.
  bool WasThere(absl::string_view id, uint64_t version) const;

  // Runs the step unless it is done.  What it appends counts from its next Checkpoint, or from its
  // end.
  absl::Status Step(absl::string_view name, const std::function<absl::Status()>& work);
  // Within a step: where it had got to; empty: it begins.
  const std::string& checkpoint() const { return record_.checkpoint; }
  // All that was appended belongs to it; durable now and then.
  absl::Status Checkpoint(std::string at);
  // For people.
  void Progress(uint64_t done, uint64_t total);
  void Advance(uint64_t by) { Progress(record_.done + by, record_.total); }

  // What runs at the nodes.
  struct Mapping {
    absl::string_view mapper;
    std::string params = {};
  };
  using Take = std::function<absl::Status(const MapAnswer& page)>;
  // Within a step: maps what is selected, from where the step had got to, with a checkpoint behind
  // every page.
  absl::Status Map(const Mapping& mapping, const Take& take);
  // The same from the beginning, without checkpoints.
  absl::Status MapAll(const Mapping& mapping, const Take& take);
  // A step of its own: maps what is selected into the spool, and sorts it.  The spool lives as long
  // as the process: where the step after it was not done, it runs again; where it was, it passes.
  absl::Status Exchange(absl::string_view name, const Mapping& mapping, Spool& spool);
  // Within a step: shows all rows of a sorted spool, and how far it is.
  absl::Status EachRow(Spool& spool, const std::function<absl::Status(const MapRow& row)>& take);
  // For Exchange, or to bring rows into an order: under the job's budget, in a directory of its
  // own. REQUIRES: a name for each that is there at one time.
  std::unique_ptr<Spool> MakeSpool(absl::string_view name = {});

  // A row, a JSON object in one line, without its end; or several with their ends.
  absl::Status Append(absl::string_view part, absl::string_view row);
  absl::Status AppendLines(absl::string_view part, absl::string_view lines, uint64_t rows);
  // A JSON object.
  void Summarise(std::string summary) { record_.summary = std::move(summary); }

  // --- For the driver.

  // Opens what was written, and resolves the selection.
  absl::Status Begin();
  // Saves where it is, when all that was appended belongs to a checkpoint; after an error, so that
  // nothing is done twice.
  absl::Status SaveWhereItIs();
  // Another process drives the job, or it was removed: nothing more is to be saved.
  bool lost() const { return lost_; }
  bool got_on() const { return got_on_; }  // since Begin
  // As it was saved last: with it the job goes on.
  const JobRecord& durable() const { return durable_; }

 private:
  JobStep* FindStep(absl::string_view name);
  void BeginStep(JobStep& step, bool again);
  absl::Status EndStep(JobStep& step);
  // Notes whether it is that another process drives the job.
  absl::Status Said(const absl::Status& by_store);
  absl::Status Flush();
  absl::Status Save();
  absl::Status Select();
  absl::Status FreezeList(const Selection& selection);
  absl::StatusOr<std::vector<std::string>> IdsOf(const Selection& selection);
  absl::StatusOr<std::vector<std::string>> IdsApart(const Selection& selection);
  absl::Status LoadList();
  absl::Status AwaitRoom(const std::function<absl::Status()>& look);
  absl::StatusOr<MapAnswer> MapPage(const Mapping& mapping, const HomePlace& after);
  absl::StatusOr<MapAnswer> MapOnce(const Mapping& mapping, const HomePlace& after);
  absl::Status MapFrom(const Mapping& mapping, HomePlace after, const Take& take);

  JobRecord record_, durable_;
  const JobPlace place_;
  const std::chrono::steady_clock::time_point since_;
  Selected selected_;
  std::unique_ptr<JobWriter> writer_;
  struct Pending {
    std::string lines;
    uint64_t rows = 0;
  };
  std::map<std::string, Pending, std::less<>> pending_;
  uint64_t bytes_ = 0;  // of the whole result
  bool dirty_ = false;  // rows were appended that belong to no checkpoint yet
  bool lost_ = false, got_on_ = false;
  std::chrono::steady_clock::time_point saved_, step_began_;
};

}  // namespace spoor
