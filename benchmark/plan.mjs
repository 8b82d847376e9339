// How much of each group is measured. `rounds`: on the runtime that the aims are judged on, and on each other one.

export const JUDGED = 'Node 24'

const FULL = {
  record: { rounds: [5, 2], bursts: 60, slowBursts: 6, warmUpChunks: 12 },
  declared: { rounds: [5, 2], bursts: 60, slowBursts: 6, warmUpChunks: 12 },
  heap: { rounds: [1, 1], bursts: 10 },
  cpu: { rounds: [3, 1], seconds: { 1000: 11, 10000: 11, 100000: 6 } },
  bulk: { rounds: [3, 1], records: 200_000 },
  stall: { rounds: [3, 1], seconds: { 10000: 6, 100000: 6 } },
  wire: { rounds: [1, 0], seconds: 60 },
  outage: { rounds: [1, 0], before: 5, outage: 30, after: 5 },
  startup: { rounds: [5, 3] },
  endings: { rounds: [3, 2] },
  growth: { rounds: [2, 0], bursts: 20, series: [10, 100, 1_000, 10_000, 100_000] },
  spool: {
    rounds: [5, 1],
    bursts: 60,
    warmUpChunks: 12,
    cpu: { 10000: 8, 100000: 6 },
    stall: { 10000: 6, 100000: 6 },
  },
}

const QUICK = {
  record: { rounds: [1, 1], bursts: 8, slowBursts: 2, warmUpChunks: 4 },
  declared: { rounds: [1, 1], bursts: 8, slowBursts: 2, warmUpChunks: 4 },
  heap: { rounds: [1, 0], bursts: 2 },
  cpu: { rounds: [1, 0], seconds: { 1000: 2, 10000: 2, 100000: 1 } },
  bulk: { rounds: [1, 0], records: 50_000 },
  stall: { rounds: [1, 0], seconds: { 10000: 1, 100000: 1 } },
  wire: { rounds: [1, 0], seconds: 6 },
  outage: { rounds: [1, 0], before: 1, outage: 3, after: 1 },
  startup: { rounds: [1, 1] },
  endings: { rounds: [1, 0] },
  growth: { rounds: [1, 0], bursts: 2, series: [10, 1_000, 10_000] },
  spool: {
    rounds: [1, 0],
    bursts: 8,
    warmUpChunks: 4,
    cpu: { 10000: 1 },
    stall: { 10000: 1 },
  },
}

export const planOf = (isQuick) => (isQuick ? QUICK : FULL)
