// A crash handler as monitoring libraries install it, preloaded or loaded later: it writes a line, and passes the signal
// on to the handler before it, or to the default action.
//
// Link it with -z nodelete: a runtime unloads what is no addon, and the handler has to stay.

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int SIGNALS[] = {SIGABRT, SIGTRAP};
enum { COUNT = sizeof SIGNALS / sizeof *SIGNALS };

static struct sigaction before[COUNT];

static void handle(int number, siginfo_t *info, void *context) {
  static const char LINE[] = "another crash handler\n";
  if (write(STDERR_FILENO, LINE, sizeof LINE - 1) < 0) return;
  for (size_t index = 0; index < COUNT; index++) {
    if (SIGNALS[index] != number) continue;
    if (before[index].sa_flags & SA_SIGINFO) {
      before[index].sa_sigaction(number, info, context);
    } else if (before[index].sa_handler == SIG_DFL) {
      // It ends the process as soon as the signal is not blocked any more: when this returns.
      sigaction(number, &before[index], NULL);
      raise(number);
    } else if (before[index].sa_handler != SIG_IGN) {
      before[index].sa_handler(number);
    }
  }
}

__attribute__((constructor)) static void install(void) {
  for (size_t index = 0; index < COUNT; index++) {
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGNALS[index], &action, &before[index]);
  }
}
