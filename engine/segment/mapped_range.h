#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace spoor {

// A file that is mapped for reading, as long as the object lives.  Somebody may cut the file short,
// or its disk may fail: then the system ends (SIGBUS) whoever reads what is gone.  Here he reads
// zeros in its entry, and finds out by `suspected` that they are none of the file's.
//
// The first object takes over the signal for the process; one that no range explains goes where it
// went before.
class MappedRange {
 public:
  MappedRange(const char* data, size_t size);  // takes the mapping over
  ~MappedRange();
  MappedRange(const MappedRange&) = delete;
  MappedRange& operator=(const MappedRange&) = delete;

  const char* data() const { return data_; }
  size_t size() const { return size_; }
  // Set where something had to be made up; who has looked may take it back.
  std::atomic<bool>& suspected() const { return suspected_; }

  struct Entry;  // in the list that the signal's handler goes through

 private:
  const char* const data_;
  const size_t size_;
  mutable std::atomic<bool> suspected_ = false;
  Entry* const entry_;
};

}  // namespace spoor
