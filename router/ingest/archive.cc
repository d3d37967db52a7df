#include "router/ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr size_t kArchivePieceBytes = size_t{256} << 10;
constexpr absl::string_view kTarMark = "ustar";
constexpr size_t kTarMarkAt = 257;

// What is packed in the head, as far as it goes; nothing where it is not packed so.
std::optional<std::string> Unpacked(absl::string_view head) {
  std::string inner;
  auto inflater = MakeInflater(CodingOf(head), std::numeric_limits<uint64_t>::max());
  const auto append = [&inner](absl::string_view bytes) {
    inner.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
  if (!inflater.ok() || !(*inflater)->Feed(head, append).ok()) return std::nullopt;
  return inner;
}

std::optional<bool> BeginsTar(absl::string_view head) {
  if (head.size() >= kTarMarkAt + kTarMark.size()) {
    return head.substr(kTarMarkAt, kTarMark.size()) == kTarMark;
  }
  if (!absl::StrContains(head, '\0')) return false;  // tar fills up names with zeros, text has none
  return std::nullopt;
}

using Visit = std::function<absl::Status(const InputPath&, Archive*)>;

absl::Status VisitFiles(Archive& archive, const InputPath& input, const Visit& visit) {
  for (;;) {
    const absl::StatusOr<bool> more = archive.Next();
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    const InputPath file{.path = absl::StrCat(input.path, "/", Shown(archive.name())),
                         .source = SourceInArchive(input, archive.name()),
                         .found = true};
    if (absl::Status s = visit(file, &archive); !s.ok()) return s;
  }
}

// Reads as much of standard input as tells whether it is an archive.
absl::Status VisitStream(InputPath input, std::istream& in, const Visit& visit) {
  auto stored = InputFile::Open(input.path, in);
  if (!stored.ok()) return stored.status();
  (*stored)->DoNotInflate();
  for (std::optional<bool> is_archive; !is_archive; is_archive = BeginsArchive(input.head)) {
    const absl::StatusOr<bool> more = (*stored)->Read(&input.head);
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  if (!BeginsArchive(input.head).value_or(false)) return visit(input, nullptr);
  auto rest = InputFile::Open(input.path, in, std::move(input.head));
  if (!rest.ok()) return rest.status();
  auto archive = Archive::OpenStream(*std::move(rest));
  return archive.ok() ? VisitFiles(**archive, input, visit) : archive.status();
}

}  // namespace

std::optional<bool> BeginsArchive(absl::string_view head) {
  for (const absl::string_view mark : {"PK\x03\x04", "PK\x05\x06",
                                       "\xFD"
                                       "7zXZ",
                                       "BZh"}) {
    if (absl::StartsWith(head, mark)) return true;
  }
  if (CodingOf(head) == "identity") return BeginsTar(head);
  const auto inner = Unpacked(head);
  if (!inner) return false;
  const bool is_long = inner->size() >= kTarMarkAt + kTarMark.size();
  return is_long ? BeginsTar(*inner) : std::nullopt;
}

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

absl::StatusOr<std::unique_ptr<Archive>> Archive::Begin(const std::string& path) {
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
  return opened;
}

absl::StatusOr<std::unique_ptr<Archive>> Archive::Open(const std::string& path) {
  auto opened = Begin(path);
  if (!opened.ok()) return opened;
  const int result =
      archive_read_open_filename((*opened)->archive_.get(), path.c_str(), kArchivePieceBytes);
  if (result != ARCHIVE_OK) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return opened;
}

long Archive::Pull(archive* opened, void* self, const void** bytes) {
  auto* const stream = static_cast<Archive*>(self);
  stream->piece_.clear();
  const absl::StatusOr<bool> more = stream->input_->Read(&stream->piece_);
  if (!more.ok()) {
    archive_set_error(opened, EIO, "%s", std::string(more.status().message()).c_str());
    return ARCHIVE_FATAL;
  }
  *bytes = stream->piece_.data();
  return static_cast<long>(stream->piece_.size());
}

absl::StatusOr<std::unique_ptr<Archive>> Archive::OpenStream(std::unique_ptr<InputFile> input) {
  auto opened = Begin(input->path());
  if (!opened.ok()) return opened;
  Archive* const self = opened->get();
  self->input_ = std::move(input);
  self->input_->DoNotInflate();
  const int result =
      archive_read_open(self->archive_.get(), self, nullptr, &Archive::Pull, nullptr);
  if (result != ARCHIVE_OK) return self->Failed();
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

absl::Status ForEachFile(const InputPath& input, std::istream& in, const Visit& visit) {
  if (input.path == "-") return VisitStream(input, in, visit);
  if (!IsArchiveName(input.path)) return visit(input, nullptr);
  const absl::StatusOr<std::unique_ptr<Archive>> archive = Archive::Open(input.path);
  return archive.ok() ? VisitFiles(**archive, input, visit) : archive.status();
}

absl::StatusOr<std::unique_ptr<InputFile>> OpenInput(const InputPath& file, Archive* archive,
                                                     std::istream& in) {
  if (archive == nullptr) return InputFile::Open(file.path, in, file.head);
  return InputFile::Of(file.path, [archive](std::string* out) { return archive->Read(out); });
}

}  // namespace spoor
