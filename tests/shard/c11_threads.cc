// The thread sanitizer knows POSIX threads but not those of C11, which Debian's librdkafka uses: it
// crashes in a thread that it has not seen begin, and misses what locks order.  In glibc the ones
// are the others under another name, so here they are said by the name that it knows.
#if defined(__SANITIZE_THREAD__)

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t));

namespace {

struct Begin {
  thrd_start_t function;
  void* argument;
};

void* Run(void* begin) {
  const std::unique_ptr<Begin> b(static_cast<Begin*>(begin));
  return reinterpret_cast<void*>(static_cast<intptr_t>(b->function(b->argument)));
}

int Answer(int error) {
  if (error == ETIMEDOUT) return thrd_timedout;
  if (error == EBUSY) return thrd_busy;
  return error == 0 ? thrd_success : thrd_error;
}

pthread_mutex_t* Posix(mtx_t* m) { return reinterpret_cast<pthread_mutex_t*>(m); }
pthread_cond_t* Posix(cnd_t* c) { return reinterpret_cast<pthread_cond_t*>(c); }

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  return Answer(pthread_create(thread, nullptr, Run, new Begin{function, argument}));
}
int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  return Answer(error);
}
int thrd_detach(thrd_t thread) { return Answer(pthread_detach(thread)); }

int mtx_init(mtx_t* m, int type) {
  pthread_mutexattr_t how;
  pthread_mutexattr_init(&how);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&how, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(Posix(m), &how);
  pthread_mutexattr_destroy(&how);
  return Answer(error);
}
int mtx_lock(mtx_t* m) { return Answer(pthread_mutex_lock(Posix(m))); }
int mtx_trylock(mtx_t* m) { return Answer(pthread_mutex_trylock(Posix(m))); }
int mtx_unlock(mtx_t* m) { return Answer(pthread_mutex_unlock(Posix(m))); }
void mtx_destroy(mtx_t* m) { pthread_mutex_destroy(Posix(m)); }

int cnd_init(cnd_t* c) { return Answer(pthread_cond_init(Posix(c), nullptr)); }
int cnd_signal(cnd_t* c) { return Answer(pthread_cond_signal(Posix(c))); }
int cnd_broadcast(cnd_t* c) { return Answer(pthread_cond_broadcast(Posix(c))); }
int cnd_wait(cnd_t* c, mtx_t* m) { return Answer(pthread_cond_wait(Posix(c), Posix(m))); }
int cnd_timedwait(cnd_t* c, mtx_t* m, const timespec* end) {
  return Answer(pthread_cond_timedwait(Posix(c), Posix(m), end));
}
void cnd_destroy(cnd_t* c) { pthread_cond_destroy(Posix(c)); }

}  // extern "C"

#endif
