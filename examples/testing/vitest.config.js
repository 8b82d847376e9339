import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The pools `forks`, `threads` and `vmThreads` keep files apart.
  test: { include: ['vitest/*.test.js'] },
})
