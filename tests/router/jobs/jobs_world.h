// Some nodes with a collection, and jobs of a process on them.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"
#include "router/jobs/kind.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/joined_nodes.h"

namespace spoor::testing {

inline constexpr uint64_t kJobsSeed = 20261130;
inline constexpr CollectionSize kJobsSize{
    .min_trajectories = 60, .max_trajectories = 90, .max_fixes = 16, .routes = 6};
inline constexpr char kExportAll[] = R"({"type":"export","select":{"all":true}})";
inline constexpr char kStatsAll[] = R"({"type":"stats","select":{"all":true}})";

using Rows = std::vector<std::string>;

inline JobsOptions EagerJobs(const std::string& dir) {
  JobsOptions options{.spool_dir = dir};
  options.limits.save_every = std::chrono::milliseconds(0);
  options.limits.map_bytes = 700;  // a few records a page
  return options;
}

inline JobId StartJob(Jobs& jobs, const std::string& body) {
  const auto order = JobOrderOf(body);
  EXPECT_TRUE(order.ok()) << order.status() << body;
  const auto id = jobs.Start("c", *order, {});
  EXPECT_TRUE(id.ok()) << id.status();
  return id.ok() ? *id : JobId();
}

inline JobRecord AwaitEnd(const Jobs& jobs, const JobId& id) {
  uint64_t seen = 0;
  for (;;) {
    const auto job = jobs.Find(id);
    EXPECT_TRUE(job.ok()) << job.status();
    if (!job.ok() || job->ended_ms != 0) return job.ok() ? *job : JobRecord();
    seen = jobs.AwaitChange(seen, std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
}

inline Rows RowsOf(const Jobs& jobs, const JobRecord& job, const std::string& part) {
  const auto read = jobs.Read(job, {.part = part, .cursor = {}, .max_bytes = UINT64_MAX / 4});
  EXPECT_TRUE(read.ok()) << read.status();
  if (!read.ok()) return {};
  EXPECT_EQ(read->rows, ExtentOf(job, part).rows);
  return absl::StrSplit(read->lines, '\n', absl::SkipEmpty());
}

// All parts of the result of a job that ends well.
inline std::map<std::string, Rows> ResultOf(Jobs& jobs, const JobId& id) {
  const JobRecord job = AwaitEnd(jobs, id);
  EXPECT_EQ(job.state, JobState::kDone) << job.error;
  std::map<std::string, Rows> out;
  for (const ResultPart& part : FindKind(job.type)->parts) {
    out[std::string(part.name)] = RowsOf(jobs, job, std::string(part.name));
  }
  return out;
}

inline std::set<std::string> IdsIn(const Rows& rows) {
  std::set<std::string> ids;
  for (const std::string& row : rows) {
    EXPECT_TRUE(ids.insert(std::string(boost::json::parse(row).at("id").as_string())).second)
        << row;
  }
  return ids;
}

// Some nodes with a collection.
class JobsWorld {
 public:
  explicit JobsWorld(uint32_t nodes) {
    Rng rng(kJobsSeed);
    c = MakeCollection(rng, kJobsSize, files_);
    for (size_t i = 0; i < c.live.size(); ++i) {
      c.live[i].object = i % 7 == 0 ? "" : absl::StrCat("o", i % 5);
    }
    nodes_ = std::make_unique<JoinedNodes>(rng, nodes, c);
    cluster = std::make_unique<ClusterOfNodes>(nodes_->collection);
  }
  std::unique_ptr<Jobs> Open(std::unique_ptr<JobStore> store, const std::string& dir) const {
    return std::make_unique<Jobs>(*cluster, std::move(store), EagerJobs(dir));
  }
  std::unique_ptr<Jobs> Open(const std::string& dir) const {
    return Open(std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = dir}), dir);
  }

  RandomCollection c;

 private:
  const TempDir files_;
  std::unique_ptr<JoinedNodes> nodes_;

 public:
  std::unique_ptr<Cluster> cluster;  // goes before its nodes
};

}  // namespace spoor::testing
