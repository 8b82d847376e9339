// What a local CloudWatch holds.

/** The number of records. */
export function points(cloudwatch) {
  return cloudwatch
    .applied()
    .flatMap(({ counts }) => counts)
    .reduce((sum, count) => sum + count, 0)
}
