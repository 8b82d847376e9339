/*
 * Becomes a program of another platform: `enter`, compiled with the paths below. It takes namespaces of its own, lays the C
 * library of the platform over /usr, has the kernel run programs for other processors under an emulator, and is replaced by the
 * program, or by what runs it, with the same arguments, variables, descriptors and signals.
 *
 * It is linked statically: LD_PRELOAD then reaches the program alone.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define TABLE "/proc/sys/fs/binfmt_misc"

static void check(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(126);
}

static void put(const char *file, const char *text) {
  int descriptor = open(file, O_WRONLY | O_CLOEXEC);
  check(descriptor, file);
  check(write(descriptor, text, strlen(text)), file);
  close(descriptor);
}

int main(int count, char **arguments) {
  char users[64], groups[64];
  snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
  snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
  check(unshare(CLONE_NEWUSER | CLONE_NEWNS), "namespaces");
  put("/proc/self/setgroups", "deny");
  put("/proc/self/uid_map", users);
  put("/proc/self/gid_map", groups);

  check(mount("overlay", "/usr", "overlay", 0, "lowerdir=" SYSTEM ":/usr"), "overlay");
#ifdef INTERPRETER
  check(mount("binfmt_misc", TABLE, "binfmt_misc", 0, NULL), "binfmt_misc");
  put(TABLE "/register", INTERPRETER);
#endif

  char *command[count + 2], **next = command;
#ifdef RUNNER
  *next++ = RUNNER;
#endif
  *next++ = PROGRAM;
  memcpy(next, arguments + 1, count * sizeof *arguments);
  execv(command[0], command);
  perror(command[0]);
  return 126;
}
