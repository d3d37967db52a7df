#include "router/jobs/join_files.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "engine/store/crc32c.h"
#include "proto/join.pb.h"
#include "shard/files/file_error.h"
#include "shard/files/replace_file.h"
#include "shard/questions/join_messages.h"

namespace spoor {
namespace {

constexpr absl::string_view kMagic = "spoorjb1";
constexpr absl::string_view kCheckpointSuffix = ".job", kResultSuffix = ".pairs";
constexpr size_t kPieceBytes = 1 << 20;

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

absl::StatusOr<std::string> ReadPart(int fd, uint64_t from, uint64_t bytes,
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

std::string CrcBytes(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  std::string out(sizeof crc, '\0');
  std::memcpy(out.data(), &crc, sizeof crc);
  return out;
}

}  // namespace

std::string EncodeCheckpoint(const JoinCheckpoint& c) {
  v1::JoinCheckpoint out;
  out.set_id(c.id.value());
  out.set_collection(c.collection);
  out.set_request(c.request);
  out.set_log_id(c.as_of.log_id);
  for (const uint64_t next : c.as_of.next) out.add_next(next);
  if (c.params) out.set_params(EncodeIndexParams(*c.params));
  out.set_state(static_cast<uint32_t>(c.state));
  EncodePlace(c.reached, *out.mutable_reached());
  if (c.probe) {
    EncodePlace(*c.probe, *out.mutable_probe());
    EncodePlace(c.partner, *out.mutable_partner());
  }
  out.set_done(c.done);
  out.set_total(c.total);
  out.set_pairs(c.pairs);
  out.set_bytes(c.bytes);
  out.set_crc(c.crc);
  out.set_error(c.error);
  out.set_created_ms(c.created_ms);
  out.set_ended_ms(c.ended_ms);
  const std::string body = out.SerializeAsString();
  return absl::StrCat(kMagic, CrcBytes(body), body);
}

absl::StatusOr<JoinCheckpoint> DecodeCheckpoint(absl::string_view bytes) {
  constexpr size_t kHead = 8 + sizeof(uint32_t);
  if (!absl::StartsWith(bytes, kMagic) || bytes.size() < kHead) {
    return absl::DataLossError("this is no checkpoint of a join");
  }
  const absl::string_view body = bytes.substr(kHead);
  uint32_t crc = 0;
  std::memcpy(&crc, bytes.data() + kMagic.size(), sizeof crc);
  v1::JoinCheckpoint in;
  if (!HasCrc32c(body, crc) || !in.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::DataLossError("the checkpoint fails its checksum");
  }
  if (in.state() > static_cast<uint32_t>(JobState::kCancelled)) {
    return absl::DataLossError("the checkpoint has an unknown state");
  }
  JoinCheckpoint c;
  c.id = JobId(in.id());
  c.collection = in.collection();
  c.request = in.request();
  c.as_of = {.log_id = in.log_id(), .next = {in.next().begin(), in.next().end()}};
  if (!in.params().empty()) {
    auto params = DecodeIndexParams(in.params());
    if (!params.ok()) return absl::DataLossError(params.status().message());
    c.params = *std::move(params);
  }
  c.state = static_cast<JobState>(in.state());
  c.reached = DecodePlace(in.reached());
  if (in.has_probe()) c.probe = DecodePlace(in.probe());
  c.partner = DecodePlace(in.partner());
  c.done = in.done();
  c.total = in.total();
  c.pairs = in.pairs();
  c.bytes = in.bytes();
  c.crc = in.crc();
  c.error = in.error();
  c.created_ms = in.created_ms();
  c.ended_ms = in.ended_ms();
  return c;
}

std::string JoinFiles::CheckpointPath(const JobId& id) const {
  return absl::StrCat(dir_, "/", id.value(), kCheckpointSuffix);
}

std::string JoinFiles::ResultPath(const JobId& id) const {
  return absl::StrCat(dir_, "/", id.value(), kResultSuffix);
}

std::vector<JoinFiles::Loaded> JoinFiles::Load() const {
  std::vector<Loaded> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, error)) {
    const std::string name = entry.path().filename().string();
    if (!absl::EndsWith(name, kCheckpointSuffix)) continue;
    const JobId id(name.substr(0, name.size() - kCheckpointSuffix.size()));
    const std::string path = entry.path().string();
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      out.push_back({id, FileError("open", path)});
      continue;
    }
    const absl::Cleanup closer = [fd] { close(fd); };
    std::error_code unknown;
    const auto size = std::filesystem::file_size(entry.path(), unknown);
    const auto bytes = ReadPart(fd, 0, unknown ? 0 : size, path);
    auto checkpoint = bytes.ok() ? DecodeCheckpoint(*bytes) : bytes.status();
    if (checkpoint.ok() && checkpoint->id != id) {
      checkpoint = absl::DataLossError("the checkpoint is that of another job");
    }
    out.push_back({id, std::move(checkpoint)});
  }
  return out;
}

absl::Status JoinFiles::Save(const JoinCheckpoint& checkpoint) const {
  std::error_code error;
  std::filesystem::create_directories(dir_, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", dir_));
  return ReplaceFile(CheckpointPath(checkpoint.id), EncodeCheckpoint(checkpoint));
}

// The checkpoint first: a result without one is nobody's.
void JoinFiles::Remove(const JobId& id) const {
  std::error_code ignored;
  std::filesystem::remove(CheckpointPath(id), ignored);
  std::filesystem::remove(CheckpointPath(id) + ".tmp", ignored);
  std::filesystem::remove(ResultPath(id), ignored);
}

absl::StatusOr<std::string> JoinFiles::Read(const JobId& id, uint64_t from, uint64_t to,
                                            uint64_t max_bytes) const {
  if (from >= to) return std::string();
  const std::string path = ResultPath(id);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path);
  const absl::Cleanup closer = [fd] { close(fd); };
  for (uint64_t most = std::max<uint64_t>(max_bytes, 1);; most *= 2) {
    const uint64_t bytes = std::min(to - from, most);
    auto text = ReadPart(fd, from, bytes, path);
    if (!text.ok() || from + bytes == to) return text;
    const size_t end = text->rfind('\n');
    if (end == std::string::npos) continue;
    text->resize(end + 1);
    return text;
  }
}

uint64_t JoinFiles::FreeBytes() const {
  struct statvfs disk = {};
  if (statvfs(dir_.c_str(), &disk) != 0) return UINT64_MAX;
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

absl::StatusOr<JoinResult> JoinResult::Open(const std::string& path, const JoinCheckpoint& at) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("open", path);
  JoinResult result(path, fd, at);
  uint32_t crc = 0;
  for (uint64_t from = 0; from < at.bytes; from += kPieceBytes) {
    const auto piece = ReadPart(fd, from, std::min<uint64_t>(kPieceBytes, at.bytes - from), path);
    if (!piece.ok()) return piece.status();
    crc = Crc32c(*piece, crc);
  }
  if (crc != at.crc) return absl::DataLossError(absl::StrCat(path, " fails its checksum"));
  if (ftruncate(fd, static_cast<off_t>(at.bytes)) != 0) return FileError("cut", path);
  return result;
}

JoinResult::JoinResult(JoinResult&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      bytes_(other.bytes_),
      crc_(other.crc_) {}

JoinResult::~JoinResult() {
  if (fd_ >= 0) close(fd_);
}

absl::Status JoinResult::Append(absl::string_view lines) {
  if (absl::Status s = WriteAll(fd_, bytes_, lines, path_); !s.ok()) return s;
  bytes_ += lines.size();
  crc_ = Crc32c(lines, crc_);
  return absl::OkStatus();
}

absl::Status JoinResult::Sync() {
  return fdatasync(fd_) == 0 ? absl::OkStatus() : FileError("sync", path_);
}

}  // namespace spoor
