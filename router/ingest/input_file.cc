#include "router/ingest/input_file.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <limits>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

constexpr size_t kInputPieceBytes = size_t{256} << 10;

}  // namespace

absl::string_view CodingOf(absl::string_view head) {
  if (absl::StartsWith(head, "\x1f\x8b")) return "gzip";
  if (absl::StartsWith(head, "\x28\xb5\x2f\xfd")) return "zstd";
  return "identity";
}

absl::StatusOr<std::unique_ptr<InputFile>> InputFile::Open(const std::string& path,
                                                           std::istream& in, std::string head) {
  std::unique_ptr<InputFile> input(new InputFile());
  input->head_ = std::move(head);
  if (path == "-") {
    input->in_ = &in;
    if (&in == &std::cin) input->descriptor_ = STDIN_FILENO;
    input->path_ = "standard input";
    return input;
  }
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) {
    return absl::NotFoundError(absl::StrCat(path, " is a directory"));
  }
  input->file_.open(path, std::ios::binary);
  if (!input->file_) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  input->path_ = path;
  const uintmax_t size = std::filesystem::file_size(path, none);
  if (!none) input->stored_bytes_ = size;
  return input;
}

std::unique_ptr<InputFile> InputFile::Of(std::string path, Source source) {
  std::unique_ptr<InputFile> input(new InputFile());
  input->path_ = std::move(path);
  input->source_ = std::move(source);
  return input;
}

void InputFile::DoNotInflate() {
  inflater_ = *MakeInflater("identity", std::numeric_limits<uint64_t>::max());
}

absl::Status InputFile::FillPiece(std::string* piece) {
  if (!head_.empty()) {
    *piece = std::exchange(head_, std::string());
    return absl::OkStatus();
  }
  if (source_) {
    piece->clear();
    const absl::StatusOr<bool> more = source_(piece);
    if (!more.ok()) return more.status();
    finished_ = !*more;
    return absl::OkStatus();
  }
  piece->resize(kInputPieceBytes);
  if (descriptor_ >= 0) {  // what is there, where a stream would wait for all of it
    ssize_t got = 0;
    do {
      got = read(descriptor_, piece->data(), piece->size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return absl::UnavailableError(absl::StrCat("reading ", path_, " failed"));
    piece->resize(static_cast<size_t>(got));
    finished_ = got == 0;
  } else {
    in_->read(piece->data(), static_cast<std::streamsize>(kInputPieceBytes));
    piece->resize(static_cast<size_t>(in_->gcount()));
    if (in_->bad()) return absl::UnavailableError(absl::StrCat("reading ", path_, " failed"));
    finished_ = in_->eof();
  }
  return absl::OkStatus();
}

absl::Status InputFile::ReadPiece(std::string* piece) {
  if (absl::Status s = FillPiece(piece); !s.ok()) return s;
  stored_bytes_read_ += piece->size();
  if (inflater_ != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<Inflater>> inflater =
      MakeInflater(CodingOf(*piece), std::numeric_limits<uint64_t>::max());
  if (!inflater.ok()) return inflater.status();
  inflater_ = *std::move(inflater);
  return absl::OkStatus();
}

absl::StatusOr<bool> InputFile::Read(std::string* out) {
  const size_t before = out->size();
  std::string piece;
  while (!finished_ && out->size() == before) {
    if (absl::Status s = ReadPiece(&piece); !s.ok()) return s;
    const auto append = [out](absl::string_view bytes) {
      out->append(bytes.data(), bytes.size());
      return absl::OkStatus();
    };
    absl::Status decoded = inflater_->Feed(piece, append);
    if (decoded.ok() && finished_) decoded = inflater_->Finish();
    if (!decoded.ok()) {
      return absl::AbortedError(absl::StrCat(path_, ": ", decoded.message()));
    }
  }
  return out->size() > before;
}

bool InputFile::WaitFor(std::chrono::milliseconds time) const {
  if (descriptor_ < 0 || finished_ || !head_.empty()) return true;
  pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&wanted, 1, static_cast<int>(time.count())) != 0;
}

}  // namespace spoor
