// The model of the ring in `loom/`. Its builds have a folder of their own: `--cfg loom` holds for every crate, and would
// have the others built again after each.

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
