#pragma once

#include <cstdint>

namespace spoor {

// How the storage of one collection does, for who watches it.
struct StoreFigures {
  uint64_t cache_bytes = 0, cache_capacity_bytes = 0;  // of blocks; all collections share it
  uint64_t cache_pinned_bytes = 0;                     // that cannot be given up now
  uint64_t memtable_bytes = 0;                         // write buffers, also those being written
  uint64_t memtables_waiting = 0;                      // full, and not written to a file yet
  uint64_t table_readers_bytes = 0;                    // indexes and filters beside the cache
  uint64_t sst_bytes = 0, live_sst_bytes = 0;  // the first with files that readers still hold
  uint64_t level0_files = 0;
  uint64_t wal_bytes = 0;
  uint64_t pending_compaction_bytes = 0;  // that compactions have to rewrite, about
  uint64_t running_compactions = 0, running_flushes = 0;
  uint64_t write_stopped = 0;              // 1 while no write gets on
  uint64_t delayed_write_bytes_per_s = 0;  // to which writes are slowed down; 0: they are not
  uint64_t background_errors = 0;          // since it was opened
  uint64_t snapshots = 0, oldest_snapshot_unix_s = 0;  // what readers hold; 0: nothing
};

}  // namespace spoor
