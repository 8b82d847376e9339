// The tests of each file: they record numbered values, with the name of the file as their source.

const RECORDS = 50

/**
 * @param {string} source
 * @param {(name: string, act: () => void) => void} test of the runner
 * @param {() => typeof import('@sim/hkm-native')} load loads the package as the file would
 */
module.exports = function suite(source, test, load) {
  let number = 0
  for (const title of ['first', 'second']) {
    test(`${source}, ${title}`, () => {
      const { hostedKeyMetrics } = load()
      for (let count = 0; count < RECORDS; count++) {
        hostedKeyMetrics.recordCostCharged(++number, { provider: source, tool: title })
      }
      if (process.env.FAILING === `${source}, ${title}`) throw new Error('failed on purpose')
    })
  }
}
