#include "shard/log/look_between.h"

namespace spoor {
namespace {

constexpr std::chrono::milliseconds kWait(100);
constexpr uint64_t kBytesAtOnce = 1 << 20;

}  // namespace

absl::StatusOr<bool> HasRecordBetween(LogStore& logs, const LogName& log, absl::string_view id,
                                      const LogStretch& stretch, const Patience& patience) {
  const auto& [since, written] = stretch;
  const uint32_t p = PartitionOf(id, static_cast<uint32_t>(written.next.size()));
  const uint64_t end = written.next[p];
  if (since.next[p] + 1 == end) return false;  // it is the next record of its partition
  auto reader = logs.OpenReader(log, since);
  if (!reader.ok()) return reader.status();
  for (;;) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    const auto chunk = (*reader)->Read(kWait, kBytesAtOnce);
    if (absl::IsUnavailable(chunk.status())) continue;
    if (!chunk.ok()) return chunk.status();
    for (const LogRecord& record : chunk->records) {
      if (record.id == id && record.offset + 1 < end) return true;
    }
    if (chunk->next[p] >= end) return false;
  }
}

}  // namespace spoor
