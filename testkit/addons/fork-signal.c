// As fork.c, with a child that a signal ends.

#define FORK_SIGNAL
#include "fork.c"
