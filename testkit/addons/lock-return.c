// As lock.c, but the thread goes on when it has returned the lock.

#define LOCK_RETURN
#include "lock.c"
