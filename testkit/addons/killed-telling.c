// Preloaded, it kills the process when it is about to tell the file of another one how many of its records were adopted: that is two
// words at a place that nothing else writes alone. It waits for as many milliseconds before as KILLED_TELLING_MS says.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define BYTES 16
#define PLACE 64

typedef ssize_t writer(int, const void *, size_t, off_t);

static ssize_t write_or_die(const char *name, int file, const void *bytes, size_t count, off_t place) {
  const char *wait = getenv("KILLED_TELLING_MS");
  if (wait && count == BYTES && place == PLACE) {
    usleep(1000 * atoi(wait));
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  writer *next = (writer *)dlsym(RTLD_NEXT, name);
  return next(file, bytes, count, place);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
  return write_or_die("pwrite", file, bytes, count, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t place) {
  return write_or_die("pwrite64", file, bytes, count, place);
}
