// Package managers, each with an empty cache: what they install is loaded, records, and lets a script end in each way.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedBy, installedInWorkspaceBy } from '../package-managers.mjs'

const folder = 'matrix/hosts/package-managers/'
const ROOT = fileURLToPath(new URL('../../../node_modules/', import.meta.url))
const OWN = fileURLToPath(new URL('../package-managers/node_modules/', import.meta.url))

/** `registry` is read from `.npmrc` by all but Yarn. */
const yarnSettings =
  (linker) =>
  ({ registry }) => ({
    '.yarnrc.yml': [
      `npmRegistryServer: ${registry}`,
      'unsafeHttpWhitelist: [127.0.0.1]',
      `nodeLinker: ${linker}`,
      // `import` needs it, unless a package of the project is of the type `module`.
      'pnpEnableEsmLoader: true\n',
    ].join('\n'),
  })

/** @returns {import('../package-managers.mjs').Manager[]} */
export function managers(node, bun) {
  const npm = (major) => ({
    name: `npm ${major}`,
    command: [node, join(OWN, `npm-${major}/bin/npm-cli.js`)],
    verb: 'install',
    sibling: '*',
    binary: /^node_modules\/@sim\/[^/]+\/[^/]+$/,
  })
  const pnpm = (major, command) => ({
    name: `pnpm ${major}`,
    command,
    sibling: 'workspace:*',
    settings: ({ packages }) => ({ 'pnpm-workspace.yaml': `packages: [${packages}]\n` }),
    binary: /^node_modules\/\.pnpm\/@sim\+/,
  })
  const hoisted = ({ name, settings, ...rest }) => ({
    ...rest,
    name: `${name}, hoisted`,
    settings: (given) => ({
      'pnpm-workspace.yaml': `${settings(given)['pnpm-workspace.yaml']}nodeLinker: hoisted\n`,
    }),
    binary: /^node_modules\/@sim\/[^/]+\/[^/]+$/,
  })
  const yarn = {
    command: [node, join(OWN, '@yarnpkg/cli-dist/bin/yarn.js')],
    variables: { YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
    sibling: 'workspace:*',
  }
  const pnpm10 = pnpm(10, [node, join(ROOT, 'pnpm/bin/pnpm.cjs')])
  // No JavaScript any more. Without its install script, npm installs the binary alone.
  const pnpm12 = pnpm(12, [join(OWN, `@pnpm/exe.${process.platform}-${process.arch}/pnpm`)])
  return [
    npm(10),
    npm(11),
    npm(12),
    pnpm10,
    hoisted(pnpm10),
    pnpm12,
    hoisted(pnpm12),
    {
      ...yarn,
      name: 'Yarn 4, PnP',
      settings: yarnSettings('pnp'),
      binary: /^\.yarn\/unplugged\//,
      runtimeArgs: (project) => [
        ...['--require', join(project, '.pnp.cjs')],
        ...['--loader', join(project, '.pnp.loader.mjs')],
      ],
    },
    {
      ...yarn,
      name: 'Yarn 4, node-modules',
      settings: yarnSettings('node-modules'),
      binary: /^node_modules\/@sim\//,
    },
    {
      name: 'Bun install, hoisted',
      command: [bun],
      variables: { DO_NOT_TRACK: '1' },
      settings: () => ({ 'bunfig.toml': '[install]\nlinker = "hoisted"\n' }),
      sibling: 'workspace:*',
      binary: /^node_modules\/@sim\//,
    },
    {
      name: 'Bun install, isolated',
      command: [bun],
      variables: { DO_NOT_TRACK: '1' },
      settings: () => ({ 'bunfig.toml': '[install]\nlinker = "isolated"\n' }),
      sibling: 'workspace:*',
      binary: /^node_modules\/\.bun\/@sim\+/,
    },
  ]
}

const WORKSPACES = ['npm 11', 'pnpm 12', 'Yarn 4, PnP', 'Bun install, isolated']

/** @type {import('../../hosts.mjs').Group} */
export const ofPackageManagers = ({ all, node24 }) => {
  const bun = all.find(({ name }) => name === 'Bun 1.4')
  const every = managers(node24.command, bun.command)
  // The loader of Yarn depends on the version of Node. Bun has no PnP.
  const runtimesOf = ({ name }) => {
    if (name.endsWith('PnP')) return all.filter((runtime) => runtime.name.startsWith('Node'))
    return name.startsWith('Bun') ? [node24, bun] : [node24]
  }
  return [
    ...every.flatMap((manager) =>
      runtimesOf(manager).map((runtime) => ({
        name: manager.name,
        runtime,
        host: installedBy(manager),
        folder,
      }))
    ),
    ...every
      .filter(({ name }) => WORKSPACES.includes(name))
      .map((manager) => ({
        name: `workspace of ${manager.name}`,
        runtime: node24,
        host: installedInWorkspaceBy(manager),
        folder,
      })),
  ]
}
