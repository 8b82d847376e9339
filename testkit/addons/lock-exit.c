// As lock.c, but the thread calls exit() when it has returned the lock.

#define LOCK_EXIT
#include "lock.c"
