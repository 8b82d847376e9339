// Preloaded, it gives the addon of this package no large pieces of memory while the first byte of the file NO_MEMORY_FILE is
// not zero.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 100 * 1024 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

static const volatile char *refuses;

__attribute__((constructor)) static void open_file(void) {
  int file = open(getenv("NO_MEMORY_FILE"), O_RDONLY);
  refuses = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
  if (refuses == MAP_FAILED) abort();
  close(file);
}

static int is_refused(size_t size, void *address) {
  Dl_info caller;
  return size >= LARGE && refuses && *refuses && dladdr(address, &caller) &&
         strstr(caller.dli_fname, "hkm-native");
}

void *malloc(size_t size) {
  if (is_refused(size, __builtin_return_address(0))) return NULL;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  if (is_refused(count * size, __builtin_return_address(0))) return NULL;
  return __libc_calloc(count, size);
}
