// Preloaded, it makes the end of a process last: its function is the last one that the C library calls. It returns once nothing
// was written to the directory SLOW_EXIT_DIRECTORY for as many milliseconds as SLOW_EXIT_MS says.

#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static int count_files(void) {
  int count = 0;
  DIR *directory = opendir(getenv("SLOW_EXIT_DIRECTORY"));
  if (!directory) return 0;
  while (readdir(directory)) count++;
  closedir(directory);
  return count;
}

static void linger(void) {
  int longest = atoi(getenv("SLOW_EXIT_MS"));
  int files = count_files();
  for (int still = 0; still < longest; still += 10) {
    usleep(10000);
    int now = count_files();
    if (now != files) still = 0;
    files = now;
  }
}

__attribute__((constructor)) static void install(void) {
  if (!getenv("SLOW_EXIT_MS")) return;
  atexit(linger);
  at_quick_exit(linger);
}
