#include "router/jobs/result_chunk.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/store/crc32c.h"
#include "engine/store/wire.h"

namespace spoor {
namespace {

constexpr absl::string_view kChunkMagic = "spoorjc1";
constexpr size_t kMaxPartBytes = 64;

absl::Status Damaged(const ChunkName& name, absl::string_view why) {
  return absl::DataLossError(absl::StrCat("chunk ", ChunkKey(name), " of the result ", why));
}

uint32_t ChunkCrc(const ChunkName& name, absl::string_view checked) {
  return Crc32c(checked, Crc32c(ChunkKey(name)));
}

bool HasChunkCrc([[maybe_unused]] const ChunkName& name, [[maybe_unused]] absl::string_view checked,
                 [[maybe_unused]] uint64_t crc) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;  // as HasCrc32c
#else
  return ChunkCrc(name, checked) == crc;
#endif
}

}  // namespace

bool IsPartName(absl::string_view part) {
  return !part.empty() && part.size() <= kMaxPartBytes && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string ChunkKey(const ChunkName& name) {
  return absl::StrCat(name.part, "/", name.term, "/", absl::Hex(name.writer, absl::kZeroPad16), "/",
                      name.number);
}

absl::StatusOr<ChunkName> DecodeChunkKey(absl::string_view key) {
  const std::vector<absl::string_view> fields = absl::StrSplit(key, '/');
  ChunkName name;
  if (fields.size() == 4 && IsPartName(fields[0]) && absl::SimpleAtoi(fields[1], &name.term) &&
      absl::SimpleHexAtoi(fields[2], &name.writer) && absl::SimpleAtoi(fields[3], &name.number)) {
    name.part = std::string(fields[0]);
    if (ChunkKey(name) == key) return name;  // and no other spelling of the numbers
  }
  return absl::DataLossError("a key in the result's log is that of no chunk");
}

std::string EncodeChunk(const ChunkName& name, absl::string_view lines) {
  std::string checked;
  checked.reserve(lines.size() + sizeof(uint64_t));
  ByteWriter(checked).Fixed64(static_cast<uint64_t>(std::ranges::count(lines, '\n')));
  checked.append(lines.data(), lines.size());
  std::string out(kChunkMagic);
  ByteWriter(out).Fixed64(ChunkCrc(name, checked));
  out += checked;
  return out;
}

absl::StatusOr<ChunkLines> DecodeChunk(const ChunkName& name, absl::string_view bytes) {
  if (!absl::ConsumePrefix(&bytes, kChunkMagic)) return Damaged(name, "does not begin as one");
  ByteReader head(bytes);
  const uint64_t crc = head.Fixed64();
  const absl::string_view checked = head.rest();
  ChunkLines out;
  out.rows = head.Fixed64();
  out.lines = head.rest();
  if (!head.ok()) return Damaged(name, "is cut short");
  if (!HasChunkCrc(name, checked, crc)) return Damaged(name, "fails its checksum");
  const bool whole = out.lines.empty() || out.lines.back() == '\n';
  if (!whole || static_cast<uint64_t>(std::ranges::count(out.lines, '\n')) != out.rows) {
    return Damaged(name, absl::StrCat("does not have its ", out.rows, " lines"));
  }
  return out;
}

}  // namespace spoor
