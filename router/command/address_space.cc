#include "router/command/address_space.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// A thread's stack and its share of the heap, of which address space is reserved in large pieces,
// whatever is used of it.
constexpr uint64_t kPerThread = uint64_t{64} << 20;
constexpr uint64_t kThreads = 12, kThreadsPerCore = 2;

}  // namespace

absl::Status CheckAddressSpace(uint64_t memory_bytes) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return absl::OkStatus();
  }
  const uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const uint64_t least = memory_bytes + kPerThread * (kThreads + kThreadsPerCore * cores);
  if (limit.rlim_cur >= least) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the limit of address space (ulimit -v) is ", limit.rlim_cur / 1024,
                   " KiB, allowed: at least ", least / 1024, " KiB with --memory ", memory_bytes));
}

}  // namespace spoor
