// A native function that takes nothing, does nothing and gives nothing: the least that a call over Node-API costs.

#include <node_api.h>

static napi_value empty(napi_env env, napi_callback_info info) { return NULL; }

NAPI_MODULE_INIT() {
  napi_create_function(env, NULL, 0, empty, NULL, &exports);
  return exports;
}
