#include "router/jobs/spool.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/files/file_error.h"

namespace spoor {
namespace {

constexpr uint64_t kPerHeldRow = sizeof(MapRow) + 64;  // about
constexpr size_t kFileBuffer = 256 << 10;

auto OrderOf(const MapRow& row) { return std::tie(row.key, row.place); }

struct RowHead {
  uint64_t key, home;
  uint32_t id_bytes, bytes;
};

}  // namespace

// Rows in their order, with the first one at hand.
class Spool::Run {
 public:
  explicit Run(std::string path) : path_(std::move(path)), buffer_(kFileBuffer) {}
  ~Run() {
    if (file_ != nullptr) std::fclose(file_);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  absl::Status Write(const std::vector<MapRow>& rows) {
    file_ = std::fopen(path_.c_str(), "w+be");
    if (file_ == nullptr) return FileError("open", path_);
    std::setvbuf(file_, buffer_.data(), _IOFBF, buffer_.size());
    for (const MapRow& row : rows) {
      const RowHead head{.key = row.key,
                         .home = row.place.home,
                         .id_bytes = static_cast<uint32_t>(row.place.id.size()),
                         .bytes = static_cast<uint32_t>(row.bytes.size())};
      std::fwrite(&head, sizeof head, 1, file_);
      std::fwrite(row.place.id.data(), 1, row.place.id.size(), file_);
      std::fwrite(row.bytes.data(), 1, row.bytes.size(), file_);
    }
    if (std::fflush(file_) != 0 || std::ferror(file_) != 0) return FileError("write", path_);
    std::rewind(file_);
    return Advance();
  }
  // Goes to the next row.
  absl::Status Advance() {
    RowHead head;
    if (std::fread(&head, sizeof head, 1, file_) != 1) {
      has_row_ = false;
      return std::ferror(file_) != 0 ? FileError("read", path_) : absl::OkStatus();
    }
    row_.key = head.key;
    row_.place.home = head.home;
    row_.place.id.resize(head.id_bytes);
    row_.bytes.resize(head.bytes);
    if (std::fread(row_.place.id.data(), 1, head.id_bytes, file_) != head.id_bytes ||
        std::fread(row_.bytes.data(), 1, head.bytes, file_) != head.bytes) {
      return absl::UnavailableError(absl::StrCat(path_, " is cut off"));
    }
    has_row_ = true;
    return absl::OkStatus();
  }
  bool has_row() const { return has_row_; }
  MapRow& row() { return row_; }

 private:
  const std::string path_;
  std::FILE* file_ = nullptr;
  std::vector<char> buffer_;
  bool has_row_ = false;
  MapRow row_;
};

Spool::Spool(std::string dir, uint64_t budget_bytes, AwaitRoom await_room)
    : dir_(std::move(dir)), budget_(budget_bytes), await_room_(std::move(await_room)) {}

Spool::~Spool() {
  const bool had_files = !runs_.empty();
  runs_.clear();
  std::error_code ignored;
  if (had_files) std::filesystem::remove(dir_, ignored);
}

absl::Status Spool::Add(MapRow row) {
  ++rows_;
  bytes_ += kPerHeldRow + row.place.id.size() + row.bytes.size();
  held_.push_back(std::move(row));
  return bytes_ < budget_ ? absl::OkStatus() : Spill();
}

void Spool::SortRows() {
  std::stable_sort(held_.begin(), held_.end(),
                   [](const MapRow& a, const MapRow& b) { return OrderOf(a) < OrderOf(b); });
}

absl::Status Spool::Spill() {
  std::error_code error;
  std::filesystem::create_directories(dir_, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", dir_));
  if (await_room_ != nullptr) {
    if (absl::Status s = await_room_(bytes_); !s.ok()) return s;
  }
  SortRows();
  runs_.push_back(std::make_unique<Run>(absl::StrCat(dir_, "/", runs_.size(), ".rows")));
  if (absl::Status s = runs_.back()->Write(held_); !s.ok()) return s;
  held_.clear();
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status Spool::Sort() {
  SortRows();
  return absl::OkStatus();
}

// The least of all; of equal ones that of the earlier run: rows of one record came in order.
absl::StatusOr<bool> Spool::Next(MapRow* row) {
  Run* least = nullptr;
  for (const auto& run : runs_) {
    if (!run->has_row()) continue;
    if (least == nullptr || OrderOf(run->row()) < OrderOf(least->row())) least = run.get();
  }
  const bool held = next_ < held_.size();
  if (least == nullptr && !held) return false;
  if (held && (least == nullptr || OrderOf(held_[next_]) < OrderOf(least->row()))) {
    *row = std::move(held_[next_++]);
    return true;
  }
  *row = std::move(least->row());
  if (absl::Status s = least->Advance(); !s.ok()) return s;
  return true;
}

}  // namespace spoor
