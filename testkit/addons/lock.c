// An addon that takes a lock for two seconds, for which every allocation of other threads waits. That is longer than the
// package holds a thread without a flush. The addon has to be preloaded too, so that it replaces the functions that allocate.
//
// A thread that is stopped in `malloc` may have such a lock for a moment. This makes the moment long.

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int is_locking;
static volatile pthread_t owner;

static int enter(void) {
  if (!is_locking || pthread_equal(owner, pthread_self())) return 0;
  pthread_mutex_lock(&lock);
  return 1;
}

static void leave(int entered) {
  if (entered) pthread_mutex_unlock(&lock);
}

void *malloc(size_t size) {
  int entered = enter();
  void *result = __libc_malloc(size);
  leave(entered);
  return result;
}

void *calloc(size_t count, size_t size) {
  int entered = enter();
  void *result = __libc_calloc(count, size);
  leave(entered);
  return result;
}

void *realloc(void *known, size_t size) {
  int entered = enter();
  void *result = __libc_realloc(known, size);
  leave(entered);
  return result;
}

void free(void *known) {
  int entered = enter();
  __libc_free(known);
  leave(entered);
}

static long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  owner = pthread_self();
  pthread_mutex_lock(&lock);
  is_locking = 1;
  if (write(STDOUT_FILENO, "locked\n", 7) < 0) return exports;
  for (long end = milliseconds() + 2000; milliseconds() < end;);
  pthread_mutex_unlock(&lock);
#ifdef LOCK_EXIT
  exit(0);
#endif
#ifdef LOCK_RETURN
  return exports;
#endif
  for (;;);
}
