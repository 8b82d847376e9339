// What a Next.js app needs for the package: `serverExternalPackages`. The two roots are those of any monorepo whose
// packages are hoisted.

import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: ROOT,
  turbopack: { root: ROOT },
  // Its binary cannot be bundled: Node or Bun loads it, from the node_modules of the standalone output.
  serverExternalPackages: ['@sim/hkm-native'],
}
