#include "engine/store/log_file_check.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

// The format: blocks, in each of them records that do not cross its end, zeros where no other
// header fits.  A record is checksum (4 bytes, of all that follows the length), length (2), kind
// (1) and payload; little endian.
constexpr size_t kLogBlockBytes = 32 << 10;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kFirstKind = 1, kLastKind = 4;  // whole, first, middle, last part
constexpr uint8_t kFirstPart = 2;                 // and below: whole or first

struct RecordHeader {
  uint32_t checksum = 0;
  size_t length = 0;
  uint8_t kind = 0;
};

RecordHeader HeaderAt(absl::string_view bytes) {
  RecordHeader h;
  const auto byte = [bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  for (size_t i = 0; i < 4; ++i) h.checksum |= uint32_t{byte(i)} << (8 * i);
  h.length = byte(4) | size_t{byte(5)} << 8;
  h.kind = byte(6);
  return h;
}

// Stored checksums are turned and moved, so that one of bytes with checksums in them is no
// checksum.
uint32_t Stored(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

// Whether the checksum is that of the kind and some length of what follows it.
bool IsWholeAtSomeLength(uint32_t checksum, absl::string_view kind_and_rest) {
  uint32_t crc = 0;
  for (size_t i = 0; i < kind_and_rest.size(); ++i) {
    crc = Crc32c(kind_and_rest.substr(i, 1), crc);
    if (Stored(crc) == checksum) return true;
  }
  return false;
}

bool TakeVarint(absl::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool IsZero(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// What is wrong with the record at the begin of these bytes, the rest of a block; empty: nothing.
// `bytes` is cut down to what follows the record, to nothing where it is the torn last one.
std::string TakeRecord(absl::string_view& bytes, size_t room_in_block,
                       const std::function<void(absl::string_view)>& first_part) {
  const RecordHeader h = HeaderAt(bytes);
  const size_t end = kHeaderBytes + h.length;
  if (h.kind == 0 && h.length == 0) {  // reserved and never written
    const bool zero = IsZero(bytes);
    bytes = {};
    return zero ? "" : "it has no kind";
  }
  if (end > room_in_block) return absl::StrCat("a length of ", h.length, " bytes does not fit");
  const absl::string_view checked = bytes.substr(kHeaderBytes - 1);
  if (end > bytes.size()) {
    bytes = {};
    return IsWholeAtSomeLength(h.checksum, checked) ? "its length is not that of its checksum" : "";
  }
  if (Stored(Crc32c(checked.substr(0, 1 + h.length))) != h.checksum) return "it fails its checksum";
  if (h.kind < kFirstKind || h.kind > kLastKind) return absl::StrCat("it is of kind ", h.kind);
  if (first_part && h.kind <= kFirstPart) first_part(bytes.substr(kHeaderBytes, h.length));
  bytes.remove_prefix(end);
  return "";
}

// A record of a manifest begins with the name of an order of keys, if it has one, and the number of
// the oldest log that a family of keys still needs, if that has changed; 0: it has not.
uint64_t LogNumberOf(absl::string_view edit) {
  constexpr uint64_t kOrder = 1, kLogNumber = 2;
  uint64_t tag = 0, value = 0;
  if (!TakeVarint(edit, tag)) return 0;
  if (tag == kOrder) {
    if (!TakeVarint(edit, value) || value > edit.size()) return 0;
    edit.remove_prefix(value);
    if (!TakeVarint(edit, tag)) return 0;
  }
  return tag == kLogNumber && TakeVarint(edit, value) ? value : 0;
}

absl::Status Missing(const std::string& path) {
  return absl::DataLossError(absl::StrCat("damaged store: ", path, " is missing"));
}

}  // namespace

absl::Status CheckLogFile(const std::string& path,
                          const std::function<void(absl::string_view)>& first_part) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  std::string block(kLogBlockBytes, '\0');
  for (uint64_t begin = 0;; begin += kLogBlockBytes) {
    in.read(block.data(), static_cast<std::streamsize>(kLogBlockBytes));
    if (in.bad()) return absl::UnavailableError(absl::StrCat("cannot read ", path));
    absl::string_view rest(block.data(), static_cast<size_t>(in.gcount()));
    const size_t size = rest.size();
    while (rest.size() >= kHeaderBytes) {
      const size_t at = size - rest.size();
      const std::string wrong = TakeRecord(rest, kLogBlockBytes - at, first_part);
      if (wrong.empty()) continue;
      return absl::DataLossError(
          absl::StrCat("damaged log ", path, ": the record at byte ", begin + at, ": ", wrong));
    }
    if (size < kLogBlockBytes) return absl::OkStatus();
  }
}

absl::Status CheckLogs(const std::string& store_dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::string current = store_dir + "/CURRENT";
  if (!fs::exists(current, error)) return Missing(current);
  std::string name;
  std::ifstream in(current);
  std::getline(in, name);
  const std::string manifest = absl::StrCat(store_dir, "/", name);
  if (!fs::is_regular_file(manifest, error)) return Missing(manifest);
  uint64_t wanted = 0, newest = 0;
  const auto note = [&wanted](absl::string_view edit) {
    wanted = std::max(wanted, LogNumberOf(edit));
  };
  if (absl::Status s = CheckLogFile(manifest, note); !s.ok()) return s;
  for (const auto& entry : fs::directory_iterator(store_dir, error)) {
    uint64_t number = 0;
    if (entry.path().extension() != ".log" ||
        !absl::SimpleAtoi(entry.path().stem().string(), &number)) {
      continue;
    }
    newest = std::max(newest, number);
    if (absl::Status s = CheckLogFile(entry.path().string()); !s.ok()) return s;
  }
  // There is always a log that is being written, and it is made before the manifest speaks of it.
  if (newest == 0 || newest < wanted) return Missing(absl::StrCat(store_dir, "/*.log"));
  return absl::OkStatus();
}

}  // namespace spoor
