#include <cstdint>
#include <cstdlib>

#include "shard/meta/etcd_messages.h"

// What etcd, or whatever listens in its place, answers.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto range = spoor::etcd::ParseRange(bytes);
  if (range.ok()) {
    for (const spoor::MetaValue& value : range->listing.values) {
      if (value.key.empty() || value.revision == 0) std::abort();
    }
  }
  const auto txn = spoor::etcd::ParseTxn(bytes);
  if (txn.ok() && *txn == 0) std::abort();
  const auto lease = spoor::etcd::ParseGrant(bytes);
  if (lease.ok() && *lease == 0) std::abort();
  static_cast<void>(spoor::etcd::ParseKeepAlive(bytes));
  static_cast<void>(spoor::etcd::ParseWatchLine(bytes));
  if (spoor::etcd::ParseError(400, bytes).ok()) std::abort();
  return 0;
}
