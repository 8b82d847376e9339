// Next.js: its dev server, and its standalone server, with the packages installed by each package manager.

import { dev } from '../next-app.mjs'
import { prepare, standaloneInstalledBy } from '../next-installed.mjs'
import { managers } from './package-managers.mjs'

const APP = 'examples/next-app/'
/** The newest of each. Turbopack does not resolve packages of Yarn PnP: https://github.com/vercel/turbo/issues/2369 */
const PLAYED = [
  'npm 12',
  'pnpm 12',
  'pnpm 12, hoisted',
  'Yarn 4, node-modules',
  'Bun install, hoisted',
  'Bun install, isolated',
]

/** @type {import('../../hosts.mjs').Group} */
export const ofNext = ({ all, node24 }) => {
  const bun = all.find(({ name }) => name === 'Bun 1.4')
  return [
    { name: 'Next.js, dev', runtime: node24, host: dev, folder: APP },
    ...managers(node24.command, bun.command)
      .filter(({ name }) => PLAYED.includes(name))
      .map((manager) => ({
        name: `Next.js, standalone, installed by ${manager.name}`,
        runtime: node24,
        host: standaloneInstalledBy(manager),
        folder: [APP, 'matrix/hosts/package-managers/'],
        prepare,
      })),
  ]
}
