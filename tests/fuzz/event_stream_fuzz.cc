#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "router/message/event_stream.h"

namespace {

constexpr size_t kLimit = 1000;

std::vector<std::string> Read(absl::string_view text, size_t piece_bytes, size_t limit = kLimit) {
  std::vector<std::string> events;
  spoor::EventReader reader(limit);
  for (size_t at = 0; at < text.size(); at += piece_bytes) {
    const auto fed = reader.Feed(text.substr(at, piece_bytes), [&](absl::string_view data) {
      if (data.size() > limit) std::abort();
      events.emplace_back(data);
      return absl::OkStatus();
    });
    if (!fed.ok()) break;
  }
  return events;
}

}  // namespace

// Aborts when pieces change what is read, or when what was read and written is not read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto events = Read(text, size);
  if (Read(text, 1 + data[0] % 7) != events) std::abort();
  std::string again;
  for (const std::string& event : events) again += spoor::EventText(event);
  if (!again.empty() && Read(again, again.size(), 2 * kLimit) != events) std::abort();
  return 0;
}
