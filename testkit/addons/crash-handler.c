// A crash handler like those of monitoring libraries, preloaded or loaded later. It writes a line, and then calls the handler
// that it has replaced, or restores the default action and sends the signal again.
//
// Link it with -z nodelete: a runtime unloads a shared object that is no addon, but the handler has to stay.

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
      // The signal is blocked until this returns. It then ends the process.
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
