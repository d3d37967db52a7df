#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace spoor {

// Whether the process may have as much address space as a server takes that keeps memory_bytes of
// data in memory.  Below that threads cannot be started and memory is refused in the midst of
// anything, so that it is better not to begin: FailedPrecondition says what the limit (ulimit -v)
// is and what it must be.
absl::Status CheckAddressSpace(uint64_t memory_bytes);

}  // namespace spoor
