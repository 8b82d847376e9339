// An addon that exports nothing: that of another package.

void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  return exports;
}
