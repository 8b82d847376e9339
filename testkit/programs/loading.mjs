/** Loads a shared object. If it is no addon, the runtime throws after its constructor has run. */
export function load(library) {
  try {
    process.dlopen({ exports: {} }, library)
  } catch {}
}
