#include "router/command/input_file.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

absl::string_view CodingOf(absl::string_view head) {
  if (absl::StartsWith(head, "\x1f\x8b")) return "gzip";
  if (absl::StartsWith(head, "\x28\xb5\x2f\xfd")) return "zstd";
  return "identity";
}

}  // namespace

absl::StatusOr<std::unique_ptr<InputFile>> InputFile::Open(const std::string& path,
                                                           std::istream& in) {
  std::unique_ptr<InputFile> input(new InputFile());
  if (path == "-") {
    input->in_ = &in;
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

absl::Status InputFile::ReadPiece(std::string* piece) {
  piece->resize(kPieceBytes);
  in_->read(piece->data(), static_cast<std::streamsize>(kPieceBytes));
  piece->resize(static_cast<size_t>(in_->gcount()));
  if (in_->bad()) return absl::UnavailableError(absl::StrCat("reading ", path_, " failed"));
  stored_bytes_read_ += piece->size();
  if (inflater_ != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<Inflater>> inflater =
      MakeInflater(CodingOf(*piece), std::numeric_limits<uint64_t>::max());
  if (!inflater.ok()) return inflater.status();
  inflater_ = *std::move(inflater);
  return absl::OkStatus();
}

absl::StatusOr<bool> InputFile::Read(std::string* out) {
  if (!waiting_.empty()) {
    out->append(std::exchange(waiting_, ""));
    return true;
  }
  const size_t before = out->size();
  std::string piece;
  while (!finished_ && out->size() == before) {
    if (absl::Status s = ReadPiece(&piece); !s.ok()) return s;
    const auto append = [out](absl::string_view bytes) {
      out->append(bytes.data(), bytes.size());
      return absl::OkStatus();
    };
    absl::Status decoded = inflater_->Feed(piece, append);
    finished_ = in_->eof();
    if (decoded.ok() && finished_) decoded = inflater_->Finish();
    if (!decoded.ok()) {
      return absl::Status(decoded.code(), absl::StrCat(path_, ": ", decoded.message()));
    }
  }
  return out->size() > before;
}

absl::Status InputFile::Skip(uint64_t bytes) {
  std::string piece;
  while (bytes > 0) {
    piece.clear();
    const absl::StatusOr<bool> more = Read(&piece);
    if (!more.ok()) return more.status();
    if (!*more) {
      return absl::OutOfRangeError(
          absl::StrCat(path_, " is shorter than it was, by ", bytes, " bytes"));
    }
    const size_t skipped = std::min<uint64_t>(bytes, piece.size());
    waiting_.assign(piece, skipped);
    bytes -= skipped;
  }
  return absl::OkStatus();
}

}  // namespace spoor
