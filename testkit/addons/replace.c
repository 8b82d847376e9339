// An addon that replaces the program of its process by the same program, with the same arguments, as `bun --watch` does after a
// change. The new one finds REPLACED among its variables, and has no channel to the parent.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (1 << 20)
#define MOST_ARGUMENTS 64

static char bytes[MOST_BYTES + 1], program[4096];
static char *arguments[MOST_ARGUMENTS + 1];

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  (void)exports;
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  for (ssize_t got; (got = read(file, bytes + length, MOST_BYTES - length)) > 0;) length += got;
  int count = 0;
  for (char *next = bytes; next < bytes + length && count < MOST_ARGUMENTS;) {
    arguments[count++] = next;
    next += strlen(next) + 1;
  }
  if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) abort();
  setenv("REPLACED", "yes", 1);
  unsetenv("NODE_CHANNEL_FD");
  execv(program, arguments);
  abort();
}
