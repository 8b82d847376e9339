/**
 * Receives warnings. `console`, a logger of pino or winston, and any other object with a `warn` method are accepted.
 *
 * Only `warn` is called, with one argument. What it throws or rejects with is ignored.
 */
export interface MetricsLogger {
  /**
   * Receives a warning.
   *
   * @param message One line of at most about 1,000 characters that begins with `[hkm-native]`. It holds no secret.
   */
  warn(message: string): void
  /** A logger may have any further members. */
  // biome-ignore lint/suspicious/noExplicitAny: TypeScript refuses interfaces and classes where this is `unknown`.
  [member: string]: any
}
