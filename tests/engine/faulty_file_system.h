#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>

namespace spoor::testing {

// A file system that forgets: what was written but not synced when Kill is called is gone, but for
// a torn piece of it; and from then on every change fails, until Revive.  It can also run out of
// space, or fail one operation that changes something, by number.
class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyFileSystem"; }

  void Kill() { dead_ = true; }
  void SetFull(bool full) { full_ = full; }
  // The n-th operation from now that changes something fails, and all after it: 0 never.
  void FailAt(uint64_t n) {
    count_ = 0;
    fail_at_ = n;
  }
  // The n-th operation from now that changes something fails, and no other.
  void FailOnce(uint64_t n) {
    count_ = 0;
    fail_once_at_ = n;
  }
  uint64_t operations() const { return count_; }

  // What a start after the loss of power finds.
  void Revive(uint64_t seed) {
    std::lock_guard lock(mu_);
    std::mt19937_64 rng(seed);
    for (auto& [path, state] : files_) {
      std::error_code error;
      if (!std::filesystem::exists(path, error)) continue;
      const uint64_t torn = state.size > state.synced ? rng() % (state.size - state.synced + 1) : 0;
      std::filesystem::resize_file(path, state.synced + torn / 2, error);
    }
    files_.clear();
    dead_ = full_ = false;
    fail_at_ = 0;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* debug) override {
    if (auto s = Check(); !s.ok()) return s;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    auto s = FileSystemWrapper::NewWritableFile(path, options, &file, debug);
    if (!s.ok()) return s;
    Track(path, 0);
    *out = std::make_unique<File>(*this, path, std::move(file));
    return s;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* out,
                                       rocksdb::IODebugContext* debug) override {
    if (auto s = Check(); !s.ok()) return s;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    auto s = FileSystemWrapper::ReopenWritableFile(path, options, &file, debug);
    if (!s.ok()) return s;
    std::error_code error;
    Track(path, std::filesystem::file_size(path, error));
    *out = std::make_unique<File>(*this, path, std::move(file));
    return s;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (auto s = Check(); !s.ok()) return s;
    auto s = FileSystemWrapper::RenameFile(from, to, options, debug);
    std::lock_guard lock(mu_);
    if (const auto it = files_.find(from); s.ok() && it != files_.end()) {
      files_[to] = it->second;
      files_.erase(from);
    }
    return s;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (auto s = Check(); !s.ok()) return s;
    {
      std::lock_guard lock(mu_);
      files_.erase(path);
    }
    return FileSystemWrapper::DeleteFile(path, options, debug);
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* out,
                                 rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    auto s = FileSystemWrapper::NewDirectory(path, options, &directory, debug);
    if (s.ok()) *out = std::make_unique<Directory>(std::move(directory));
    return s;
  }

 private:
  struct State {
    uint64_t size = 0, synced = 0;
  };

  // Names are not forgotten, so that they need no sync either.
  class Directory : public rocksdb::FSDirectoryWrapper {
   public:
    using FSDirectoryWrapper::FSDirectoryWrapper;
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                                          const rocksdb::DirFsyncOptions&) override {
      return rocksdb::IOStatus::OK();
    }
  };

  class File : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(FaultyFileSystem& fs, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), fs_(fs), path_(std::move(path)) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (auto s = fs_.Check(true); !s.ok()) return s;
      auto s = FSWritableFileOwnerWrapper::Append(data, options, debug);
      if (s.ok()) fs_.Grow(path_, data.size());
      return s;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
      if (auto s = fs_.Check(); !s.ok()) return s;
      // What is handed to the operating system survives this process; the loss of power is played
      // by Revive, so the real and slow sync is not needed.
      auto s = FSWritableFileOwnerWrapper::Flush(options, debug);
      if (s.ok()) fs_.Synced(path_);
      return s;
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override {
      return Sync(options, debug);
    }
    rocksdb::IOStatus RangeSync(uint64_t, uint64_t, const rocksdb::IOOptions&,
                                rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();  // promises nothing
    }

   private:
    FaultyFileSystem& fs_;
    const std::string path_;
  };

  rocksdb::IOStatus Check(bool grows = false) {
    if (grows && full_) return rocksdb::IOStatus::NoSpace("injected");
    const uint64_t n = ++count_;
    if (n == fail_once_at_) return rocksdb::IOStatus::IOError("injected once");
    if (fail_at_ != 0 && n >= fail_at_) return rocksdb::IOStatus::IOError("injected");
    return dead_ ? rocksdb::IOStatus::IOError("killed") : rocksdb::IOStatus::OK();
  }
  void Track(const std::string& path, uint64_t size) {
    std::lock_guard lock(mu_);
    files_[path] = {size, size};
  }
  void Grow(const std::string& path, uint64_t n) {
    std::lock_guard lock(mu_);
    files_[path].size += n;
  }
  void Synced(const std::string& path) {
    std::lock_guard lock(mu_);
    State& s = files_[path];
    if (!dead_) s.synced = s.size;
  }

  std::atomic<bool> dead_ = false, full_ = false;
  std::atomic<uint64_t> count_ = 0, fail_at_ = 0, fail_once_at_ = 0;
  std::mutex mu_;
  std::map<std::string, State> files_;
};

}  // namespace spoor::testing
