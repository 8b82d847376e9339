// Calls abort() when it is loaded.

#include <stdlib.h>

__attribute__((constructor)) static void end(void) { abort(); }
