#include "router/ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr size_t kArchivePieceBytes = size_t{256} << 10;

}  // namespace

bool IsArchiveName(absl::string_view path) {
  for (const absl::string_view ending :
       {".zip", ".kmz", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"}) {
    if (absl::EndsWithIgnoreCase(path, ending)) return true;
  }
  return false;
}

void Archive::Closer::operator()(archive* opened) const { archive_read_free(opened); }

absl::Status Archive::Failed() const {
  const char* const why = archive_error_string(archive_.get());
  return absl::AbortedError(absl::StrCat(path_, ": ", why == nullptr ? "damaged" : why));
}

absl::StatusOr<std::unique_ptr<Archive>> Archive::Open(const std::string& path) {
  std::unique_ptr<Archive> opened(new Archive());
  opened->path_ = path;
  opened->archive_.reset(archive_read_new());
  archive* const a = opened->archive_.get();
  if (a == nullptr) return absl::ResourceExhaustedError("no memory to read an archive");
  // One by one: the call for all would start programs for some.
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_xz(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_format_zip(a);
  archive_read_support_format_tar(a);
  if (archive_read_open_filename(a, path.c_str(), kArchivePieceBytes) != ARCHIVE_OK) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  return opened;
}

absl::StatusOr<bool> Archive::Next() {
  while (true) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(archive_.get(), &entry);
    if (found == ARCHIVE_EOF) return false;
    if (found != ARCHIVE_OK && found != ARCHIVE_WARN) return Failed();
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
    name_ = name;
    return true;
  }
}

absl::StatusOr<bool> Archive::Read(std::string* out) {
  const size_t before = out->size();
  out->resize(before + kArchivePieceBytes);
  const la_ssize_t got =
      archive_read_data(archive_.get(), out->data() + before, kArchivePieceBytes);
  out->resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
  if (got < 0) return Failed();
  return got > 0;
}

uint64_t Archive::stored_bytes_read() const {
  const auto bytes = archive_filter_bytes(archive_.get(), -1);
  return bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
}

absl::Status ForEachFile(const InputPath& input,
                         const std::function<absl::Status(const InputPath&, Archive*)>& visit) {
  if (input.path == "-" || !IsArchiveName(input.path)) return visit(input, nullptr);
  const absl::StatusOr<std::unique_ptr<Archive>> archive = Archive::Open(input.path);
  if (!archive.ok()) return archive.status();
  for (;;) {
    const absl::StatusOr<bool> more = (*archive)->Next();
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    const std::string& name = (*archive)->name();
    const InputPath file{.path = absl::StrCat(input.path, "/", Shown(name)),
                         .source = SourceInArchive(input, name),
                         .found = true};
    if (absl::Status s = visit(file, archive->get()); !s.ok()) return s;
  }
}

absl::StatusOr<std::unique_ptr<InputFile>> OpenInput(const InputPath& file, Archive* archive,
                                                     std::istream& in) {
  if (archive == nullptr) return InputFile::Open(file.path, in);
  return InputFile::Of(file.path, [archive](std::string* out) { return archive->Read(out); });
}

}  // namespace spoor
