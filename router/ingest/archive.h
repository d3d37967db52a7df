#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/ingest/input_file.h"
#include "router/ingest/input_paths.h"

struct archive;  // of libarchive, which archive.cc alone knows

namespace spoor {

// Whether a file of this name is an archive: .zip, .kmz, .tar, and .tar that is packed (.tar.gz,
// .tgz, .tar.zst, .tar.xz, .tar.bz2).
bool IsArchiveName(absl::string_view path);
// The same of the first bytes of a stream.  Of text that comes slowly the first few tell; nothing:
// more have to come.
std::optional<bool> BeginsArchive(absl::string_view head);

// The files in an archive, one behind another as they stand in it; nothing is unpacked to disk, and
// memory is that of the decompressors.
//
//   while (*archive->Next()) { while (*archive->Read(&bytes)) … }
class Archive {
 public:
  // NotFound when it cannot be read, Aborted when it is no archive.
  static absl::StatusOr<std::unique_ptr<Archive>> Open(const std::string& path);
  // The same of bytes that come in one go.
  static absl::StatusOr<std::unique_ptr<Archive>> OpenStream(std::unique_ptr<InputFile> input);

  // Goes to the next regular file, whatever of the last one was read; false behind the last.
  // Aborted when the archive is damaged or cut.
  absl::StatusOr<bool> Next();
  // Of the current file, with the folders in the archive: "Data/000/x.plt".
  const std::string& name() const { return name_; }
  // Appends the next piece of it; false at its end.  Aborted when it is damaged, or locked by a
  // password.
  absl::StatusOr<bool> Read(std::string* out);

  // Of the archive, as stored.
  uint64_t stored_bytes_read() const;

 private:
  struct Closer {
    void operator()(archive* opened) const;
  };
  Archive() = default;
  absl::Status Failed() const;
  static absl::StatusOr<std::unique_ptr<Archive>> Begin(const std::string& path);
  static long Pull(archive* opened, void* self, const void** bytes);  // as libarchive wants it

  std::unique_ptr<InputFile> input_;  // of a stream
  std::string piece_;                 // the last one of it
  std::unique_ptr<archive, Closer> archive_;
  std::string path_, name_;
};

// Calls visit with each file that the input stands for: itself with null, or those in the archive
// that it is, with the archive standing at each.  Until visit returns an error.  `in` is standard
// input, where an archive is known by its first bytes.
absl::Status ForEachFile(const InputPath& input, std::istream& in,
                         const std::function<absl::Status(const InputPath&, Archive*)>& visit);
// Such a file's bytes; `in` is standard input.  The archive outlives them.
absl::StatusOr<std::unique_ptr<InputFile>> OpenInput(const InputPath& file, Archive* archive,
                                                     std::istream& in);

}  // namespace spoor
