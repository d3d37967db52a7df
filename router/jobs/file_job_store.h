#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/store/access.h"
#include "engine/store/disk_guard.h"
#include "engine/wait/mutex.h"
#include "router/jobs/job_store.h"

namespace spoor {

// The jobs of one process, in files:
//
//   <dir>/<id>/record         replaced as a whole, durably, with a checksum
//   <dir>/<id>/<part>.ndjson  rows of a part, a line each; what lies behind the extent that the
//                             record calls good is cut off before the job goes on
//   <dir>/<id>.job, .pairs    of a join of an earlier version: its checkpoint and its result, which
//                             stays where it is; the first save makes a record of the checkpoint
//
// JobExtent::where is the CRC-32C of the good bytes; a cursor is the byte at which a line begins.
struct FileJobStoreOptions {
  std::string dir;  // made with the first job
  Access access = Access::kWrite;
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;
  std::function<uint64_t()> free_bytes;  // of its disk, for tests; null: as it is
};

class FileJobStore : public JobStore {
 public:
  // Reads all records.
  explicit FileJobStore(FileJobStoreOptions options);

  absl::StatusOr<std::vector<Listed>> List() override;
  absl::StatusOr<JobRecord> Find(const JobId& id) override;
  absl::Status Create(const JobRecord& record) override;
  absl::StatusOr<JobRecord> Claim(const JobId& id) override;
  absl::Status CheckRoom(uint64_t bytes) override { return disk_.Check(bytes); }
  absl::StatusOr<JobWish> Save(const JobRecord& record) override;
  absl::Status Wish(const JobId& id, JobWish wish) override;
  absl::Status Remove(const JobId& id) override;
  absl::StatusOr<std::unique_ptr<JobWriter>> Open(const JobRecord& record) override;
  absl::StatusOr<JobLines> Read(const JobRecord& record, const JobRead& read) override;
  void OnChange(std::function<void()> /*changed*/) override {}  // there is no other process

 private:
  absl::Status CheckChangeable() const;
  absl::Status Put(const JobRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::string PartPath(const JobId& id, absl::string_view part) const;

  const FileJobStoreOptions options_;
  const DiskGuard disk_;
  mutable Mutex mu_;
  std::map<std::string, absl::StatusOr<JobRecord>> records_ ABSL_GUARDED_BY(mu_);
};

// Where a process keeps its jobs in its data directory.
inline std::string JobsDir(const std::string& data_dir) { return data_dir + "/jobs"; }

}  // namespace spoor
