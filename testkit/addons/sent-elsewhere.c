// An addon that sends SIGABRT to a thread of its own, as the kernel gives a signal of another process to any thread, while the
// main thread waits.

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static void *receive(void *nothing) {
  // Unlike raise(), this tells the handler that the signal was sent.
  pthread_sigqueue(pthread_self(), SIGABRT, (union sigval){0});
  return nothing;
}

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  (void)exports;
  pthread_t thread;
  if (pthread_create(&thread, NULL, receive, NULL) != 0) return exports;
  for (;;) pause();
}
