// An addon that forks the process without exec, as libraries that serve from several processes do. The child has the
// handlers of its parent, and none of its threads. It ends by exit(), or by SIGTERM if FORK_SIGNAL is defined. The parent
// waits for it, and writes how it ended to stdout.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  pid_t child = fork();
  if (child == 0) {
#ifdef FORK_SIGNAL
    kill(getpid(), SIGTERM);
    for (;;) pause();
#else
    exit(5);
#endif
  }
  int status = 0;
  waitpid(child, &status, 0);
  char line[64];
  int length = WIFSIGNALED(status)
                   ? snprintf(line, sizeof line, "child ended by signal %d\n", WTERMSIG(status))
                   : snprintf(line, sizeof line, "child ended by code %d\n", WEXITSTATUS(status));
  if (write(STDOUT_FILENO, line, length) < 0) return NULL;
  return exports;
}
