#include "router/jobs/file_job_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"
#include "router/jobs/old_join.h"
#include "shard/files/file_error.h"
#include "shard/files/replace_file.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kOldRecordSuffix = ".job", kOldResultSuffix = ".pairs";
constexpr absl::string_view kRecordFile = "/record", kPartSuffix = ".ndjson";
constexpr uint64_t kPieceBytes = 1 << 20, kLineBytes = 256;  // about

absl::Status WriteAll(int fd, uint64_t at, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
    at += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPiece(int fd, uint64_t from, uint64_t bytes,
                                      const std::string& path) {
  std::string out(bytes, '\0');
  for (uint64_t at = 0; at < bytes;) {
    const ssize_t n = pread(fd, out.data() + at, bytes - at, static_cast<off_t>(from + at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("read", path);
    if (n == 0) return absl::DataLossError(absl::StrCat(path, " is cut off"));
    at += static_cast<uint64_t>(n);
  }
  return out;
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path);
  const absl::Cleanup closer = [fd] { close(fd); };
  std::error_code unknown;
  const auto size = fs::file_size(path, unknown);
  return ReadPiece(fd, 0, unknown ? 0 : size, path);
}

std::string CrcText(uint32_t crc) { return {reinterpret_cast<const char*>(&crc), sizeof crc}; }

// A part that is being written.
class PartFile {
 public:
  // Goes on at the extent; DataLoss when its good bytes are not there, or are others.
  static absl::StatusOr<std::unique_ptr<PartFile>> Open(const std::string& path,
                                                        const JobExtent& at) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return FileError("open", path);
    auto part = std::make_unique<PartFile>(path, fd, at);
    for (uint64_t from = 0; from < at.bytes; from += kPieceBytes) {
      const auto piece =
          ReadPiece(fd, from, std::min<uint64_t>(kPieceBytes, at.bytes - from), path);
      if (!piece.ok()) return piece.status();
      part->crc_ = Crc32c(*piece, part->crc_);
    }
    if (at.bytes > 0 && CrcText(part->crc_) != at.where) {
      return absl::DataLossError(absl::StrCat(path, " fails its checksum"));
    }
    if (ftruncate(fd, static_cast<off_t>(at.bytes)) != 0) return FileError("cut", path);
    return part;
  }
  PartFile(std::string path, int fd, JobExtent at)
      : path_(std::move(path)), fd_(fd), at_(std::move(at)) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() { close(fd_); }

  absl::Status Append(absl::string_view lines, uint64_t rows) {
    if (absl::Status s = WriteAll(fd_, at_.bytes, lines, path_); !s.ok()) return s;
    at_.bytes += lines.size();
    at_.rows += rows;
    crc_ = Crc32c(lines, crc_);
    synced_ = false;
    return absl::OkStatus();
  }
  absl::Status Sync() {
    if (!synced_ && fdatasync(fd_) != 0) return FileError("sync", path_);
    synced_ = true;
    at_.where = CrcText(crc_);
    return absl::OkStatus();
  }
  const JobExtent& at() const { return at_; }

 private:
  const std::string path_;
  const int fd_;
  JobExtent at_;
  uint32_t crc_ = 0;
  bool synced_ = true;
};

using PathOf = std::function<std::string(absl::string_view part)>;

class FileJobWriter : public JobWriter {
 public:
  FileJobWriter(const DiskGuard& disk, PathOf path_of)
      : disk_(disk), path_of_(std::move(path_of)) {}

  absl::Status Begin(const JobRecord& record) {
    for (const JobExtent& extent : record.parts) {
      if (absl::Status s = Begin(extent); !s.ok()) return s;
    }
    return absl::OkStatus();
  }
  absl::Status Append(absl::string_view part, absl::string_view lines, uint64_t rows) override {
    if (absl::Status s = disk_.Check(lines.size()); !s.ok()) return s;
    if (parts_.find(part) == parts_.end()) {
      const JobExtent none{.part = std::string(part), .rows = 0, .bytes = 0, .where = {}};
      if (absl::Status s = Begin(none); !s.ok()) return s;
    }
    return parts_.find(part)->second->Append(lines, rows);
  }
  absl::StatusOr<std::vector<JobExtent>> Sync() override {
    std::vector<JobExtent> extents;
    for (const auto& [name, part] : parts_) {
      if (absl::Status s = part->Sync(); !s.ok()) return s;
      extents.push_back(part->at());
    }
    return extents;
  }

 private:
  absl::Status Begin(const JobExtent& extent) {
    auto part = PartFile::Open(path_of_(extent.part), extent);
    if (!part.ok()) return part.status();
    parts_[extent.part] = *std::move(part);
    return absl::OkStatus();
  }

  const DiskGuard& disk_;
  const PathOf path_of_;
  std::map<std::string, std::unique_ptr<PartFile>, std::less<>> parts_;
};

absl::Status NoJobCalled(const JobId& id) {
  return absl::NotFoundError(absl::StrCat("no job '", id.value(), "'"));
}

// A job that ran lost its driver with the process.
absl::StatusOr<JobRecord> Loaded(absl::StatusOr<JobRecord> record, const std::string& id) {
  if (!record.ok()) return record;
  if (record->id.value() != id) return absl::DataLossError("the record is that of another job");
  if (record->state == JobState::kRunning) record->state = JobState::kQueued;
  return record;
}

// At least one line, no more than about max_bytes of them.
absl::StatusOr<std::string> WholeLines(int fd, uint64_t from, uint64_t to, uint64_t max_bytes,
                                       const std::string& path) {
  for (uint64_t most = std::max<uint64_t>(max_bytes, 1);; most *= 2) {
    const uint64_t bytes = std::min(to - from, most);
    auto text = ReadPiece(fd, from, bytes, path);
    if (!text.ok() || from + bytes == to) return text;
    const size_t end = text->rfind('\n');
    if (end == std::string::npos) continue;
    text->resize(end + 1);
    return text;
  }
}

}  // namespace

FileJobStore::FileJobStore(FileJobStoreOptions options)
    : options_(std::move(options)),
      disk_(options_.dir, options_.min_free_disk_bytes, 0, options_.free_bytes) {
  MutexLock lock(mu_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.dir, error)) {
    const std::string name = entry.path().filename().string();
    const std::string path = entry.path().string();
    std::error_code ignored;
    if (fs::exists(path + std::string(kRecordFile), ignored)) {
      const auto bytes = ReadWhole(path + std::string(kRecordFile));
      records_.insert_or_assign(
          name, Loaded(bytes.ok() ? DecodeJobRecord(*bytes) : bytes.status(), name));
    } else if (absl::EndsWith(name, kOldRecordSuffix)) {
      const std::string id = name.substr(0, name.size() - kOldRecordSuffix.size());
      const auto bytes = ReadWhole(path);
      records_.try_emplace(id, Loaded(bytes.ok() ? DecodeOldJoin(*bytes) : bytes.status(), id));
    }
  }
}

std::string FileJobStore::PartPath(const JobId& id, absl::string_view part) const {
  const std::string old = absl::StrCat(options_.dir, "/", id.value(), kOldResultSuffix);
  std::error_code ignored;
  if (part == "pairs" && fs::exists(old, ignored)) return old;
  return absl::StrCat(options_.dir, "/", id.value(), "/", part, kPartSuffix);
}

absl::Status FileJobStore::CheckChangeable() const {
  if (options_.access != Access::kRead) return absl::OkStatus();
  return absl::FailedPreconditionError("the jobs were opened to be read");
}

absl::Status FileJobStore::Put(const JobRecord& record) {
  const std::string dir = absl::StrCat(options_.dir, "/", record.id.value());
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", dir));
  absl::Status s = ReplaceFile(dir + std::string(kRecordFile), EncodeJobRecord(record));
  if (!s.ok()) return s;
  records_.insert_or_assign(record.id.value(), record);
  fs::remove(absl::StrCat(dir, kOldRecordSuffix), error);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<JobStore::Listed>> FileJobStore::List() {
  MutexLock lock(mu_);
  std::vector<Listed> out;
  for (const auto& [id, record] : records_) out.push_back({JobId(id), record});
  return out;
}

absl::StatusOr<JobRecord> FileJobStore::Find(const JobId& id) {
  MutexLock lock(mu_);
  const auto found = records_.find(id.value());
  if (found == records_.end()) return NoJobCalled(id);
  return found->second;
}

absl::Status FileJobStore::Create(const JobRecord& record) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  if (records_.count(record.id.value()) > 0) {
    return absl::AlreadyExistsError(absl::StrCat("job '", record.id.value(), "' is there"));
  }
  return Put(record);
}

absl::StatusOr<JobRecord> FileJobStore::Claim(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  const auto found = records_.find(id.value());
  if (found == records_.end()) return NoJobCalled(id);
  if (!found->second.ok()) return found->second.status();
  JobRecord record = *found->second;
  record.driver = "local";
  ++record.term;
  if (record.wish == JobWish::kResume) record.wish = JobWish::kNone;
  if (absl::Status s = Put(record); !s.ok()) return s;
  return record;
}

absl::StatusOr<JobWish> FileJobStore::Save(const JobRecord& record) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  const auto found = records_.find(record.id.value());
  if (found == records_.end() || !found->second.ok()) {
    return absl::AbortedError(absl::StrCat("job '", record.id.value(), "' is gone"));
  }
  if (found->second->term != record.term) {
    return absl::AbortedError(absl::StrCat("job '", record.id.value(), "' has another driver"));
  }
  JobRecord next = record;
  next.wish = found->second->wish;
  if (IsOver(next.state) && next.wish != JobWish::kRemove) next.wish = JobWish::kNone;
  if (absl::Status s = Put(next); !s.ok()) return s;
  return next.wish;
}

absl::Status FileJobStore::Wish(const JobId& id, JobWish wish) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  const auto found = records_.find(id.value());
  if (found == records_.end()) return NoJobCalled(id);
  if (!found->second.ok()) return found->second.status();
  JobRecord record = *found->second;
  record.wish = wish;
  return Put(record);
}

absl::Status FileJobStore::Remove(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  records_.erase(id.value());
  const std::string path = absl::StrCat(options_.dir, "/", id.value());
  std::error_code ignored;
  fs::remove(absl::StrCat(path, kRecordFile), ignored);
  fs::remove(absl::StrCat(path, kOldRecordSuffix), ignored);
  fs::remove_all(path, ignored);
  fs::remove(absl::StrCat(path, kOldResultSuffix), ignored);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<JobWriter>> FileJobStore::Open(const JobRecord& record) {
  auto writer = std::make_unique<FileJobWriter>(
      disk_, [this, id = record.id](absl::string_view part) { return PartPath(id, part); });
  if (absl::Status s = writer->Begin(record); !s.ok()) return s;
  return writer;
}

absl::StatusOr<JobLines> FileJobStore::Read(const JobRecord& record, const JobRead& read) {
  const JobExtent extent = ExtentOf(record, read.part);
  uint64_t from = 0;
  if (!read.cursor.empty() && !absl::SimpleAtoi(read.cursor, &from)) {
    return absl::OutOfRangeError("the cursor is none");
  }
  if (from > extent.bytes) return absl::OutOfRangeError("the cursor is behind the result");
  JobLines out{.lines = {}, .rows = 0, .next = absl::StrCat(from), .more = false};
  if (extent.bytes == 0) return out;
  const std::string path = PartPath(record.id, read.part);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path);
  const absl::Cleanup closer = [fd] { close(fd); };
  if (from > 0) {
    const auto before = ReadPiece(fd, from - 1, 1, path);
    if (!before.ok()) return before.status();
    if (*before != "\n") return absl::OutOfRangeError("the cursor is in the midst of a row");
  }
  const uint64_t max_rows = std::max<uint64_t>(read.max_rows, 1);
  const uint64_t max_bytes = std::max<uint64_t>(read.max_bytes, 1);
  while (from < extent.bytes && out.rows < max_rows && out.lines.size() < max_bytes) {
    // No more than is likely to be wanted.
    const uint64_t rows = std::min(max_rows - out.rows, kPieceBytes / kLineBytes);
    const uint64_t most = std::min(max_bytes - out.lines.size(), rows * kLineBytes);
    auto text = WholeLines(fd, from, extent.bytes, most, path);
    if (!text.ok()) return text.status();
    size_t end = 0;
    for (; out.rows < max_rows && end < text->size(); ++out.rows) end = text->find('\n', end) + 1;
    text->resize(end);
    out.lines += *text;
    from += end;
  }
  out.next = absl::StrCat(from);
  out.more = from < extent.bytes;
  return out;
}

}  // namespace spoor
