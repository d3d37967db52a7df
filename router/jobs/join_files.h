#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/fingerprint/index_params.h"
#include "engine/store/home_key.h"
#include "engine/store/log_position.h"
#include "shard/job.h"

namespace spoor {

// What a join leaves on disk, so that it goes on where it was when the process is killed:
//
//   <dir>/<id>.job     its checkpoint: replaced as a whole, durably, with a checksum
//   <dir>/<id>.pairs   its result, a line of JSON for each pair; what lies behind the bytes that
//                      the checkpoint calls good is cut off before it goes on

struct JoinCheckpoint {
  JobId id;
  std::string collection;
  std::string request;  // the body that asked for it
  LogPosition as_of;
  std::optional<IndexParams> params;  // of the index that scores; absent: nothing was stored
  JobState state = JobState::kRunning;
  HomePlace reached;  // everything up to it has asked for its partners
  // The next one, with so many partners that it was left in their midst: they are told up to
  // `partner`.
  std::optional<HomePlace> probe;
  HomePlace partner;
  uint64_t done = 0, total = 0;  // records
  uint64_t pairs = 0;
  uint64_t bytes = 0;  // of the result
  uint32_t crc = 0;    // CRC-32C of these
  std::string error;
  int64_t created_ms = 0, ended_ms = 0;
};
std::string EncodeCheckpoint(const JoinCheckpoint& checkpoint);
absl::StatusOr<JoinCheckpoint> DecodeCheckpoint(absl::string_view bytes);  // DataLoss

// The files of the joins of one process.  Errors: Unavailable, or ResourceExhausted when the disk
// is full.  Thread safety: const methods may be called from any number of threads, about one job
// from one thread at a time, but for Read.
class JoinFiles {
 public:
  explicit JoinFiles(std::string dir) : dir_(std::move(dir)) {}

  // A file that does not decode: its id, and why.
  struct Loaded {
    JobId id;
    absl::StatusOr<JoinCheckpoint> checkpoint;
  };
  std::vector<Loaded> Load() const;  // none when there is no such directory

  absl::Status Save(const JoinCheckpoint& checkpoint) const;  // makes the directory when missing
  void Remove(const JobId& id) const;
  // Lines of the result, whole ones: from `from`, a multiple of lines, up to `to`, no more than
  // about max_bytes, but one.
  absl::StatusOr<std::string> Read(const JobId& id, uint64_t from, uint64_t to,
                                   uint64_t max_bytes) const;
  std::string ResultPath(const JobId& id) const;
  uint64_t FreeBytes() const;  // of the disk

 private:
  std::string CheckpointPath(const JobId& id) const;
  const std::string dir_;
};

// A result that is being written.
class JoinResult {
 public:
  // Goes on at the checkpoint; DataLoss when its good bytes are not there, or are others.
  static absl::StatusOr<JoinResult> Open(const std::string& path, const JoinCheckpoint& at);
  JoinResult(JoinResult&& other) noexcept;
  JoinResult& operator=(JoinResult&&) = delete;
  ~JoinResult();

  absl::Status Append(absl::string_view lines);  // all of them, or it may be tried again
  absl::Status Sync();                           // durable on return
  uint64_t bytes() const { return bytes_; }
  uint32_t crc() const { return crc_; }

 private:
  JoinResult(std::string path, int fd, const JoinCheckpoint& at)
      : path_(std::move(path)), fd_(fd), bytes_(at.bytes), crc_(at.crc) {}
  std::string path_;
  int fd_;
  uint64_t bytes_;
  uint32_t crc_;
};

}  // namespace spoor
