#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/format/reader.h"

namespace {

constexpr uint64_t kLimit = uint64_t{1} << 16;

// What comes out of the bytes in pieces, and whether all went well.
std::pair<std::string, absl::StatusCode> Inflate(absl::string_view bytes, absl::string_view coding,
                                                 size_t piece) {
  auto inflater = *spoor::MakeInflater(coding, kLimit);
  std::string out;
  absl::Status status;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    status = inflater->Feed(bytes.substr(i, piece), [&](absl::string_view more) {
      out.append(more.data(), more.size());
      return absl::OkStatus();
    });
  }
  status.Update(inflater->Finish());
  return {out, status.code()};
}

}  // namespace

// Aborts when more than the limit comes out, when pieces change what does, or when what was
// deflated does not come back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const char* const coding = (data[0] & 1) != 0 ? "gzip" : "zstd";
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Inflate(input, coding, size);
  if (whole.first.size() > kLimit) std::abort();
  const auto pieces = Inflate(input, coding, size_t{1} + (data[0] >> 4));
  if (whole.second == absl::StatusCode::kOk && pieces != whole) std::abort();
  if ((whole.second == absl::StatusCode::kOk) != (pieces.second == absl::StatusCode::kOk)) {
    std::abort();
  }
  if ((data[0] & 2) != 0) return 0;  // deflating takes longer than all of the above
  const auto back = Inflate(spoor::Deflate(input, coding), coding, size);
  if (back.first != input || back.second != absl::StatusCode::kOk) std::abort();
  const auto deflater = spoor::MakeDeflater(coding);
  std::string encoded = deflater->Feed(input.substr(0, size / 2));
  if (Inflate(encoded, coding, size).first != input.substr(0, size / 2)) std::abort();
  encoded += deflater->Feed(input.substr(std::min(input.size(), size / 2)));
  encoded += deflater->Finish();
  const auto again = Inflate(encoded, coding, size_t{1} + (data[0] >> 4));
  if (again.first != input || again.second != absl::StatusCode::kOk) std::abort();
  return 0;
}
