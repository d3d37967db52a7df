#include "router/jobs/two_job_stores.h"

#include <utility>

namespace spoor {

TwoJobStores::TwoJobStores(std::unique_ptr<JobStore> first, std::unique_ptr<JobStore> second)
    : first_(std::move(first)), second_(std::move(second)) {}

JobStore& TwoJobStores::Of(const JobId& id) {
  return absl::IsNotFound(second_->Find(id).status()) ? *first_ : *second_;
}

absl::StatusOr<std::vector<JobStore::Listed>> TwoJobStores::List() {
  auto all = first_->List();
  if (!all.ok()) return all;
  auto others = second_->List();
  if (!others.ok()) return others;
  for (Listed& one : *others) all->push_back(std::move(one));
  return all;
}

absl::StatusOr<JobRecord> TwoJobStores::Find(const JobId& id) {
  auto found = second_->Find(id);
  return absl::IsNotFound(found.status()) ? first_->Find(id) : found;
}

absl::Status TwoJobStores::Create(const JobRecord& record) { return first_->Create(record); }

absl::StatusOr<JobRecord> TwoJobStores::Claim(const JobId& id) { return Of(id).Claim(id); }

absl::StatusOr<JobWish> TwoJobStores::Save(const JobRecord& record) {
  return Of(record.id).Save(record);
}

void TwoJobStores::Release(const JobRecord& record) { Of(record.id).Release(record); }

absl::Status TwoJobStores::Wish(const JobId& id, JobWish wish) { return Of(id).Wish(id, wish); }

absl::Status TwoJobStores::Remove(const JobId& id) { return Of(id).Remove(id); }

absl::StatusOr<std::unique_ptr<JobWriter>> TwoJobStores::Open(const JobRecord& record) {
  return Of(record.id).Open(record);
}

absl::StatusOr<JobLines> TwoJobStores::Read(const JobRecord& record, const JobRead& read) {
  return Of(record.id).Read(record, read);
}

void TwoJobStores::OnChange(std::function<void()> changed) {
  first_->OnChange(changed);
  second_->OnChange(std::move(changed));
}

}  // namespace spoor
