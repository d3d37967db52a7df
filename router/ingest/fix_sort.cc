#include "router/ingest/fix_sort.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/files/file_error.h"

namespace spoor {
namespace {

constexpr size_t kReadAhead = 16384;  // fixes of a file

bool ComesBefore(const ObjectFix& a, const ObjectFix& b) { return a.order() < b.order(); }

// Of a heap, whose first is the greatest: the run whose fix comes next.
struct LastFirst {
  template <typename RunPtr>
  bool operator()(const RunPtr& a, const RunPtr& b) const {
    return ComesBefore(b->first(), a->first());
  }
};

}  // namespace

class FixSort::Run {
 public:
  explicit Run(std::string dir) : dir_(std::move(dir)) {}
  ~Run() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  absl::Status Write(const std::vector<ObjectFix>& fixes) {
    std::string path = absl::StrCat(dir_, "/spoor-sort-XXXXXX");
    const int descriptor = mkstemp(path.data());
    if (descriptor < 0) return FileError("make a file in", dir_);
    unlink(path.c_str());
    file_ = fdopen(descriptor, "w+b");
    if (file_ == nullptr) return FileError("open a file in", dir_);
    const size_t written = std::fwrite(fixes.data(), sizeof(ObjectFix), fixes.size(), file_);
    if (written != fixes.size() || std::fflush(file_) != 0) {
      return FileError("write a file in", dir_);
    }
    left_ = fixes.size();
    std::rewind(file_);
    return Advance();
  }
  absl::Status Advance() {
    if (++at_ < ahead_.size()) return absl::OkStatus();
    ahead_.resize(std::min(left_, kReadAhead));
    at_ = 0;
    left_ -= ahead_.size();
    if (std::fread(ahead_.data(), sizeof(ObjectFix), ahead_.size(), file_) == ahead_.size()) {
      return absl::OkStatus();
    }
    return FileError("read a file in", dir_);
  }
  bool ended() const { return ahead_.empty(); }
  const ObjectFix& first() const { return ahead_[at_]; }  // REQUIRES: not ended

 private:
  const std::string dir_;
  std::FILE* file_ = nullptr;
  size_t left_ = 0;  // in the file, beyond those that are read
  std::vector<ObjectFix> ahead_;
  size_t at_ = 0;
};

FixSort::FixSort(std::string dir, uint64_t memory_bytes)
    : dir_(std::move(dir)), most_(std::max<uint64_t>(memory_bytes / sizeof(ObjectFix), 1)) {}

FixSort::~FixSort() = default;

absl::Status FixSort::Spill() {
  std::sort(held_.begin(), held_.end(), ComesBefore);
  runs_.push_back(std::make_unique<Run>(dir_));
  if (absl::Status s = runs_.back()->Write(held_); !s.ok()) return s;
  held_.clear();
  return absl::OkStatus();
}

absl::Status FixSort::Sort() {
  if (runs_.empty()) {
    std::sort(held_.begin(), held_.end(), ComesBefore);
    return absl::OkStatus();
  }
  if (!held_.empty()) {
    if (absl::Status s = Spill(); !s.ok()) return s;
  }
  held_.shrink_to_fit();
  std::make_heap(runs_.begin(), runs_.end(), LastFirst());
  return absl::OkStatus();
}

absl::StatusOr<bool> FixSort::Next(ObjectFix* fix) {
  if (next_ < held_.size()) {
    *fix = held_[next_++];
    return true;
  }
  if (runs_.empty()) return false;
  std::pop_heap(runs_.begin(), runs_.end(), LastFirst());
  Run& run = *runs_.back();
  *fix = run.first();
  if (absl::Status s = run.Advance(); !s.ok()) return s;
  if (run.ended()) {
    runs_.pop_back();
  } else {
    std::push_heap(runs_.begin(), runs_.end(), LastFirst());
  }
  return true;
}

}  // namespace spoor
