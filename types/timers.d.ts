import type { AreOptional, LabelArguments, NoLabels } from './labels.js'

/**
 * A timer that has all the labels that it needs. `Labels` are the optional ones that the start left out.
 *
 * Where the runtime has `Symbol.dispose`, `using` stops it at the end of the block.
 */
export interface Timer<in out Labels = NoLabels> extends MaybeDisposable {
  /**
   * Records the duration since the start. Further calls record nothing.
   *
   * @returns The duration that was recorded, in the unit of the metric.
   */
  (...labels: LabelArguments<Labels>): number
}

/** A timer that needs further labels. `Labels` are those that the start left out. */
export interface PendingTimer<in out Labels> {
  /**
   * Records the duration since the start. Further calls record nothing.
   *
   * @param labels The labels that the start left out.
   * @returns The duration that was recorded, in the unit of the metric.
   */
  // biome-ignore lint/style/useShorthandFunctionType: as an interface, it is shown by its name.
  (...labels: LabelArguments<Labels>): number
}

/** The timer whose start left out these labels. */
export type TimerFor<Labels> =
  AreOptional<Labels> extends true ? Timer<Labels> : PendingTimer<Labels>

/** `Disposable` if the compiler's `lib` or the types of Node have it. Otherwise an empty object. */
export type MaybeDisposable = SymbolConstructor extends {
  readonly dispose: infer Dispose extends symbol
}
  ? { [K in Dispose]: () => void }
  : NoLabels
