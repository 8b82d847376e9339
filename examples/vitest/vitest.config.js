import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Many threads of one process load the package.
    pool: 'threads',
    maxWorkers: 4,
    include: ['tests/**/*.test.js'],
  },
})
