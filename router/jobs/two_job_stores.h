#pragma once

#include <memory>
#include <string>
#include <vector>

#include "router/jobs/job_store.h"

namespace spoor {

// Two stores as one: what is made goes to the first, what the second has stays there.  A router of
// a cluster has in files of its own what it was asked for before the cluster kept jobs.
//
// What cannot be asked of one of them is Unavailable: half of an answer is none.  Thread-safe.
class TwoJobStores : public JobStore {
 public:
  TwoJobStores(std::unique_ptr<JobStore> first, std::unique_ptr<JobStore> second);

  absl::StatusOr<std::vector<Listed>> List() override;
  absl::StatusOr<JobRecord> Find(const JobId& id) override;
  absl::Status Create(const JobRecord& record) override;
  absl::StatusOr<JobRecord> Claim(const JobId& id) override;
  absl::Status CheckRoom(uint64_t bytes) override { return first_->CheckRoom(bytes); }
  absl::StatusOr<JobWish> Save(const JobRecord& record) override;
  void Release(const JobRecord& record) override;
  absl::Status Wish(const JobId& id, JobWish wish) override;
  absl::Status Remove(const JobId& id) override;
  absl::StatusOr<std::unique_ptr<JobWriter>> Open(const JobRecord& record) override;
  absl::StatusOr<JobLines> Read(const JobRecord& record, const JobRead& read) override;
  void OnChange(std::function<void()> changed) override;

 private:
  JobStore& Of(const JobId& id);

  const std::unique_ptr<JobStore> first_, second_;
};

}  // namespace spoor
