// An addon that calls abort() when the runtime has loaded it and registers it.
//
// It does not call it in a constructor. While a constructor runs, the thread has the lock of the dynamic loader, for which
// other threads may wait.

#include <stdlib.h>

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  (void)exports;
  abort();
}
