// Compiled, never run: what can be a logger. Each directive stands for one line and one mistake.

import { Console } from 'node:console'
import {
  configureHostedKeyMetrics,
  type HostedKeyMetricsLogger,
  type HostedKeyMetricsOptions,
} from '@sim/hkm-native'

// Literals: with `warn` alone, and with whatever else a logger has.
configureHostedKeyMetrics({ logger: { warn() {} } })
configureHostedKeyMetrics({ logger: { debug() {}, info() {}, warn() {}, error() {} } })
configureHostedKeyMetrics({
  logger: {
    warn() {},
    trace() {},
    child() {
      return this
    },
    level: 'info',
    'log level': 3,
    [Symbol.toStringTag]: 'Logger',
  },
})
configureHostedKeyMetrics({ logger: { warn: async (message: string) => message } })
configureHostedKeyMetrics({ logger: { warn: (message?: unknown) => void message } })
configureHostedKeyMetrics({ logger: { warn: (...parts: unknown[]) => parts.length } })

// The message is a text without an annotation.
export const lines: string[] = []
configureHostedKeyMetrics({ logger: { warn: (message) => lines.push(message.toUpperCase()) } })
configureHostedKeyMetrics({
  logger: {
    warn(message) {
      const line: string = message
      lines.push(line)
    },
    trace() {},
  },
})
export const collecting: HostedKeyMetricsLogger = { warn: (line) => lines.push(line.trim()) }
export const checked = { warn: (line) => lines.push(line.trim()) } satisfies HostedKeyMetricsLogger
export const labelled: HostedKeyMetricsLogger = { warn() {}, trace() {}, level: 'info' }

// Of Node.
configureHostedKeyMetrics({ logger: console })
configureHostedKeyMetrics({ logger: new Console(process.stderr) })

/** As pino declares its methods. */
interface LogFn {
  <T, TMsg extends string = string>(object: T, message?: T extends string ? never : TMsg): void
  (object: unknown, message?: string, ...args: unknown[]): void
  (message: string, ...args: unknown[]): void
}
interface BaseLogger {
  level: string
  fatal: LogFn
  error: LogFn
  warn: LogFn
  info: LogFn
  silent: LogFn
}
interface PinoLike extends BaseLogger {
  child(bindings: Record<string, unknown>, options?: { level?: string }): PinoLike
  on(event: 'level-change', listener: (level: string) => void): this
  [Symbol.asyncDispose]?(): Promise<void>
}
declare const pinoLike: PinoLike
configureHostedKeyMetrics({ logger: pinoLike })
configureHostedKeyMetrics({ logger: pinoLike.child({ module: 'metrics' }) })
declare const pinoByRecord: Record<'trace' | 'warn' | 'fatal', LogFn> & { level: string }
configureHostedKeyMetrics({ logger: pinoByRecord })

/** As winston declares its own. */
interface LeveledLogMethod {
  (message: string, callback: () => void): WinstonLike
  (message: string, meta: unknown, callback: () => void): WinstonLike
  (message: string, ...meta: unknown[]): WinstonLike
  (message: unknown): WinstonLike
  (infoObject: object): WinstonLike
}
interface WinstonLike {
  warn: LeveledLogMethod
  readonly transports: readonly object[]
}
declare const winstonLike: WinstonLike
configureHostedKeyMetrics({ logger: winstonLike })

/** As little as there can be. */
interface OnlyWarn {
  warn(message: string): void
}
declare const onlyWarn: OnlyWarn
declare const frozen: Readonly<{ warn: (message: string) => void }>
declare const generic: { warn<T>(message: T): T }
configureHostedKeyMetrics({ logger: onlyWarn })
configureHostedKeyMetrics({ logger: frozen })
configureHostedKeyMetrics({ logger: generic })

// Classes: with private members, and with the name of the interface.
class Logger {
  #lines = 0
  protected level = 'info'
  static shared = new Logger('shared')
  constructor(private readonly module: string) {}
  warn(message: string, ...context: Record<string, unknown>[]) {
    this.#lines++
    console.warn(this.module, this.level, this.#lines, message, ...context)
  }
  error(message: string, error?: Error) {
    console.error(this.module, message, error)
  }
}
configureHostedKeyMetrics({ logger: new Logger('HostedKey') })
configureHostedKeyMetrics({ logger: Logger.shared })
class Implementing implements HostedKeyMetricsLogger {
  private readonly lines: string[] = []
  warn(message: string) {
    this.lines.push(message)
  }
  flush(): number {
    return this.lines.length
  }
}
class Extended extends Implementing {
  trace() {}
}
configureHostedKeyMetrics({ logger: new Implementing() })
configureHostedKeyMetrics({ logger: new Extended() })
abstract class Base {
  abstract warn(message: string | Error): void
}
declare const derived: Base
configureHostedKeyMetrics({ logger: derived })

// Where there may be none.
declare const maybe: Logger | undefined
configureHostedKeyMetrics({ logger: maybe })
configureHostedKeyMetrics({ logger: undefined })
configureHostedKeyMetrics({ logger: maybe ?? console })
export const withLogger = (logger: HostedKeyMetricsLogger): HostedKeyMetricsOptions => ({ logger })
withLogger(pinoLike)
withLogger(new Logger('HostedKey'))

// A logger that cannot warn.
// @ts-expect-error an empty object
configureHostedKeyMetrics({ logger: {} })
// @ts-expect-error other methods alone
configureHostedKeyMetrics({ logger: { error() {}, info() {} } })
// @ts-expect-error a misspelt warn
configureHostedKeyMetrics({ logger: { wran() {}, error() {} } })
// @ts-expect-error a warn that may be missing
configureHostedKeyMetrics({ logger: {} as { warn?: (message: string) => void } })
// @ts-expect-error a warn that is a text
configureHostedKeyMetrics({ logger: { warn: 'yes' } })
// @ts-expect-error null
configureHostedKeyMetrics({ logger: null })
// @ts-expect-error a function
configureHostedKeyMetrics({ logger: console.warn })
// @ts-expect-error a name
configureHostedKeyMetrics({ logger: 'console' })
// @ts-expect-error a class in place of an instance
configureHostedKeyMetrics({ logger: Logger })

// A warn that a message alone does not satisfy.
// @ts-expect-error a number
configureHostedKeyMetrics({ logger: { warn(_code: number) {} } })
// @ts-expect-error a number before the message
configureHostedKeyMetrics({ logger: { warn(_code: number, _message: string) {} } })
// @ts-expect-error a number after the message
configureHostedKeyMetrics({ logger: { warn(_message: string, _code: number) {} } })
// @ts-expect-error an object
configureHostedKeyMetrics({ logger: { warn(_entry: { message: string }) {} } })
// @ts-expect-error an error
configureHostedKeyMetrics({ logger: { warn: (_error: Error) => {} } })

declare const byNumber: { warn(code: number): void; error(message: string): void }
// @ts-expect-error an interface whose warn takes a number
configureHostedKeyMetrics({ logger: byNumber })

class Incomplete {
  error(_message: string) {}
}
// @ts-expect-error a class without warn
configureHostedKeyMetrics({ logger: new Incomplete() })

class Protected {
  protected warn(_message: string) {}
}
// @ts-expect-error a class whose warn is protected
configureHostedKeyMetrics({ logger: new Protected() })
// @ts-expect-error an implementation without warn
export class Quiet implements HostedKeyMetricsLogger {
  error() {}
}
export class Numbered implements HostedKeyMetricsLogger {
  // @ts-expect-error an implementation whose warn takes a number
  warn(_code: number) {}
}
