/** The C compiler and linker for other platforms than this one, from PyPI. */

import { pythonTools } from './python-tools.mjs'

/** Installs it unless it is there, and returns the folder of its programs: `python-zig`, `cargo-zigbuild` and `pip`. */
export const zig = () => pythonTools('zig', ['ziglang==0.15.2', 'cargo-zigbuild==0.24.0'])
