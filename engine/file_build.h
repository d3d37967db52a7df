#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/engine_impl.h"
#include "engine/segment/segment_portion.h"

namespace spoor {

// Segments made of records, in files: what is not finished goes with the object.
class Engine::Impl::FileBuild {
 public:
  FileBuild(Impl& engine, const IndexParams& params)
      : e_(engine), params_(params), work_(*engine.memory_) {}
  FileBuild(const FileBuild&) = delete;
  FileBuild& operator=(const FileBuild&) = delete;
  ~FileBuild() { e_.RemoveFiles(files_); }

  absl::Status Add(uint64_t home, absl::string_view id, StoredRecord record) {
    portion_.Add(home, id, std::move(record), params_);
    work_.Set(portion_.bytes());
    const bool full = portion_.size() >= e_.options_.seal_trajectories ||
                      portion_.bytes() >= e_.memory_->work_budget();
    return full ? Flush() : absl::OkStatus();
  }

  absl::StatusOr<std::vector<LiveSegment>> Finish() {
    if (absl::Status s = Flush(); !s.ok()) return s;
    return std::exchange(files_, {});
  }

 private:
  absl::Status Flush() {
    if (portion_.size() == 0) return absl::OkStatus();
    if (absl::Status s = e_.disk_.Check(portion_.bytes()); !s.ok()) return s;
    const SegmentView built{Segment::Build(portion_.entries()), nullptr};
    portion_.Clear();
    const uint64_t file = e_.next_file_.fetch_add(1);
    auto written = MergeToFile(absl::MakeConstSpan(&built, 1), e_.SegmentPath(file));
    if (!written.ok()) return written.status();
    files_.push_back(
        {.view = {*std::move(written), nullptr}, .uid = NextSegmentUid(), .file = file});
    work_.Set(0);
    Memory::ReturnFree();
    return absl::OkStatus();
  }

  Impl& e_;
  const IndexParams& params_;
  SegmentPortion portion_;
  Memory::Work work_;  // of the portion
  std::vector<LiveSegment> files_;
};

}  // namespace spoor
