/**
 * The value of a label. CloudWatch stores it as text: `200` as `200`, `true` as `true`.
 *
 * A label is changed if CloudWatch would refuse it. Characters outside printable ASCII become `?`, a text is cut so that
 * it has 1,024 characters, and `~` and 16 digits are added at its end: the first of the SHA-256 of the label. Labels that
 * differ therefore stay different. A label that already ends like this is changed too. Labels of more than 4,096
 * characters are told apart by the first 4,096 and by their length. A blank text leaves its dimension out.
 *
 * A label may be inherited from a class. A label that only `Object.prototype` has is left out.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export type LabelValue = string | number | boolean

/** A dimension of a metric. */
export interface DimensionOptions {
  /**
   * The name of the dimension in CloudWatch: 1 to 255 printable ASCII characters, not blank and without a leading colon.
   *
   * @default the key of the dimension in PascalCase: `region` gives `Region`
   */
  readonly name?: string | undefined
  /**
   * The values that the label can have. They become its type. At run time, other values are recorded too, and definitions that
   * differ in them alone are the same.
   *
   * @default any text, number or boolean
   */
  readonly values?: readonly string[] | undefined
  /**
   * Whether the label may be left out, or be `null` or `undefined`. The datum is then stored without the dimension.
   *
   * @default false
   */
  readonly optional?: boolean | undefined
  /**
   * Whether a text that looks like a secret is replaced by `[redacted]`: every text with characters other than ASCII
   * letters, digits and `_`, and every text with a long part that is not made of words, such as a digest or a random
   * token. Meant for the **names** of keys.
   *
   * @default false
   */
  readonly redact?: boolean | undefined
}

/**
 * The dimensions of a metric: an array of keys, or an object that has for each key
 *
 * - the name of the dimension: `{ region: 'AwsRegion' }`,
 * - the values that the label can have: `{ status: ['success', 'failed'] }`,
 * - or {@link DimensionOptions}: `{ tool: { optional: true } }`.
 *
 * The keys are the keys of the labels. CloudWatch accepts 30 dimensions. `Environment` and those of `defaultDimensions`
 * count.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
export type Dimensions =
  | readonly string[]
  | { readonly [key: string]: string | readonly string[] | DimensionOptions }

/** The keys of dimensions. */
export type DimensionKey<D> = D extends readonly (infer Key)[] ? Key : keyof D

// `infer` and the mapped type make editors and declaration files show the labels themselves, and not how they came about.
/**
 * The labels that follow from dimensions. If the compiler does not know their keys, as with a `string[]`, labels can have any
 * keys, and are required.
 */
export type DimensionLabels<D> = D extends readonly (infer Key extends string)[]
  ? { [K in Key]: LabelValue }
  : {
        -readonly [K in keyof D as D[K] extends Optional ? never : K]: ValueOf<D[K]>
      } & {
        -readonly [K in keyof D as D[K] extends Optional ? K : never]?:
          | ValueOf<D[K]>
          | null
          | undefined
      } extends infer Labels
    ? { [K in keyof Labels]: Labels[K] }
    : never

interface Optional {
  readonly optional: true
}

type ValueOf<Dimension> = Dimension extends readonly (infer Value)[]
  ? Value
  : Dimension extends { readonly values: readonly (infer Value)[] }
    ? Value
    : LabelValue

/** Refuses properties that {@link DimensionOptions} does not have. */
export type Exact<D> = {
  [K in keyof D]: D[K] extends string | readonly unknown[]
    ? unknown
    : D[K] extends object
      ? { [P in Exclude<keyof D[K], keyof DimensionOptions>]: never }
      : never
}

// biome-ignore lint/complexity/noBannedTypes: the type that a mapped type without keys has, and that editors show.
export type NoLabels = {}

/**
 * The parameter for labels: none without labels, and an optional one if all of them are optional.
 *
 * Functions that wrap a recorder of any labels pass it on.
 *
 * @example
 * ```ts
 * function count<Labels>(metric: Counter<Labels>, ...labels: LabelArguments<Labels>) {
 *   metric.add(1, ...labels)
 * }
 * count(shop.orders, { region: 'eu', plan: 'pro' })
 * ```
 */
export type LabelArguments<Labels> = [keyof Labels] extends [never]
  ? []
  : AreOptional<Labels> extends true
    ? [labels?: Labels]
    : [labels: Labels]

/** Whether all labels may be left out. If their keys are not known, their values tell. */
export type AreOptional<Labels> = string extends keyof Labels
  ? undefined extends Labels[string & keyof Labels]
    ? true
    : false
  : NoLabels extends Labels
    ? true
    : false

/**
 * The labels that are left when some are given. If the keys of the labels are not known, giving any of them may have given
 * all.
 */
export type RemainingLabels<Labels, Given> = string extends keyof Labels
  ? [Given] extends [never]
    ? Labels
    : { [K in keyof Labels]: Labels[K] | null | undefined }
  : { [K in keyof Labels as Exclude<K, Given>]: Labels[K] }
