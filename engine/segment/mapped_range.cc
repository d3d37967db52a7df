#include "engine/segment/mapped_range.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>

namespace spoor {

// Entries are never freed, since the handler may be looking at them: a later range has them anew.
// The order of the stores sees to it that the ends of two ranges are never taken for one.
struct MappedRange::Entry {
  std::atomic<uintptr_t> begin = UINTPTR_MAX, end = 0;  // empty: free
  std::atomic<std::atomic<bool>*> suspected = nullptr;
  std::atomic<bool> taken = true;
  Entry* next = nullptr;
};

namespace {

std::atomic<MappedRange::Entry*> entries = nullptr;
struct sigaction before = {};
uintptr_t page_bytes = 0;

// Runs in the midst of whatever read there: only what is safe then.
bool MakeUp(uintptr_t at) {
  for (MappedRange::Entry* p = entries.load(); p != nullptr; p = p->next) {
    if (at < p->begin || at >= p->end) continue;
    void* page = reinterpret_cast<void*>(at / page_bytes * page_bytes);
    const int error = errno;
    const bool made = mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                           0) != MAP_FAILED;
    errno = error;
    if (made) p->suspected.load()->store(true, std::memory_order_relaxed);
    return made;
  }
  return false;
}

void OnBusError(int signal, siginfo_t* info, void*) {
  if (MakeUp(reinterpret_cast<uintptr_t>(info->si_addr))) return;
  sigaction(signal, &before, nullptr);  // the read is tried again, and ends as it always has
}

void TakeSignal() {
  page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &before);
}

MappedRange::Entry* TakeEntry() {
  for (MappedRange::Entry* p = entries.load(); p != nullptr; p = p->next) {
    bool free = false;
    if (p->taken.compare_exchange_strong(free, true)) return p;
  }
  auto* added = new MappedRange::Entry();
  added->next = entries.load();
  while (!entries.compare_exchange_weak(added->next, added)) continue;
  return added;
}

}  // namespace

MappedRange::MappedRange(const char* data, size_t size)
    : data_(data), size_(size), entry_(TakeEntry()) {
  static std::once_flag once;
  std::call_once(once, TakeSignal);
  entry_->suspected = &suspected_;
  entry_->end = reinterpret_cast<uintptr_t>(data) + size;
  entry_->begin = reinterpret_cast<uintptr_t>(data);
}

MappedRange::~MappedRange() {
  entry_->begin = UINTPTR_MAX;
  munmap(const_cast<char*>(data_), size_);
  entry_->taken = false;
}

}  // namespace spoor
