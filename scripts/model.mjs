// The model of the ring in `loom/`. It is built in a folder of its own: `--cfg loom` applies to every crate, and cargo
// rebuilds all of them when it changes.

const MODEL = ['--quiet', '--package', 'hkm-ring-model', '--profile', 'model']
const ENVIRONMENT = { RUSTFLAGS: '--cfg loom', CARGO_TARGET_DIR: 'target/loom' }

export const LINT_MODEL = {
  name: 'lints of the model',
  command: ['cargo', 'clippy', ...MODEL, '--all-targets', '--', '-D', 'warnings'],
  env: ENVIRONMENT,
}

export const TEST_MODEL = {
  name: 'the ring in every interleaving',
  command: ['cargo', 'test', ...MODEL],
  env: ENVIRONMENT,
}
