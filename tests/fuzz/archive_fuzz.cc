#include <string>
#include <utility>

#include "router/ingest/archive.h"

// Goes through all files of whatever comes, as `spoor ingest -` does.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(spoor::BeginsArchive(bytes));
  auto archive = spoor::Archive::OpenStream(
      spoor::InputFile::Of("fuzz", [&bytes](std::string* out) -> absl::StatusOr<bool> {
        out->append(std::exchange(bytes, std::string()));
        return !out->empty();
      }));
  constexpr size_t kMost = size_t{4} << 20;  // of a bomb
  for (size_t seen = 0; archive.ok() && seen < kMost;) {
    const auto more = (*archive)->Next();
    if (!more.ok() || !*more) break;
    std::string text;
    for (auto read = (*archive)->Read(&text); read.ok() && *read && text.size() < kMost;) {
      read = (*archive)->Read(&text);
    }
    seen += text.size() + 1;
  }
  return 0;
}
