// A shared object that is no addon.

int nothing(void) { return 0; }
