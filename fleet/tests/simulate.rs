//! A fixed set of seeds of the tester, which runs in seconds. `src/bin/simulate.rs` runs others.

use std::collections::BTreeMap;

use hkm_fleet::simulate::{Run, journal::Tally, run};

const SEEDS: std::ops::RangeInclusive<u64> = 250..=289;

fn holds(seed: u64) -> Run {
    let Ok(run) = run(seed, false) else { panic!("there is no runtime") };
    if let Some(broken) = &run.broken {
        panic!("seed {seed}, step {}, {} ms: {}: {}", broken.step, broken.at, broken.rule, broken.detail);
    }
    run
}

#[test]
fn the_rules_hold_for_a_set_of_seeds_in_which_all_trouble_occurs() {
    let mut occurred = Tally::new();
    for (what, times) in SEEDS.flat_map(|seed| holds(seed).tally) {
        *occurred.entry(what).or_default() += times;
    }
    let missing: Vec<_> = EXPECTED.iter().filter(|what| !occurred.contains_key(**what)).collect();
    assert!(missing.is_empty(), "{missing:?} did not occur: {occurred:#?}");
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in SEEDS.take(8) {
        let [first, second] = [run(seed, true).unwrap(), run(seed, false).unwrap()];
        assert_eq!((first.hash, first.lasted, &first.tally), (second.hash, second.lasted, &second.tally));
        assert!(first.events.len() > 10 && second.events.is_empty());
    }
}

#[test]
fn seeds_are_different_runs() {
    let mut hashes = BTreeMap::new();
    for seed in SEEDS.take(8) {
        assert_eq!(hashes.insert(run(seed, false).unwrap().hash, seed), None, "seed {seed}");
    }
}

/// What makes the rules able to fail: each kind of trouble, of step and of result.
const EXPECTED: [&str; 71] = [
    "copies that CloudWatch has",
    "datums sent again after an unknown outcome",
    "flushers that parked",
    "flushes that ended at their deadline",
    "flushes that ended early without all",
    "flushes that settled all",
    "flushes that were killed",
    "most datums that waited",
    "most failures in a minute",
    "most failures in a minute, with flushes",
    "most minutes until all was delivered",
    "most requests in flight",
    "processes killed with requests in flight",
    "processes that dropped nothing that CloudWatch accepts",
    "records",
    "records dropped: buffer full",
    "records dropped: refused by CloudWatch",
    "records dropped: too old",
    "records dropped: without a series",
    "records folded",
    "records possibly duplicated",
    "requests whose process ended before the answer",
    "requests without records",
    "rings that were full",
    "statistics with a full buffer",
    "steps: bad records",
    "steps: burst",
    "steps: final flush and end",
    "steps: flush",
    "steps: flusher stalls",
    "steps: flushes in a loop",
    "steps: kill",
    "steps: load",
    "steps: many flushes",
    "steps: record",
    "steps: recovery",
    "steps: thread begins",
    "steps: thread ends",
    "steps: time of day jumps",
    "steps: trouble",
    "steps: wake",
    "traced values",
    "trials: all is throttled",
    "trials: everything is refused",
    "trials: few requests are accepted",
    "trials: large requests fail",
    "trials: no more records and no flush",
    "trials: nothing goes wrong",
    "trials: nothing is delivered",
    "trials: one namespace fails",
    "trials: one record gets no answer",
    "trials: records get no answer",
    "trouble: answer lost, applied",
    "trouble: bad datum",
    "trouble: bad signature",
    "trouble: denied",
    "trouble: everything refused",
    "trouble: failed before it applied",
    "trouble: foreign answer",
    "trouble: large request lost",
    "trouble: no credentials",
    "trouble: no instance role",
    "trouble: panic of the sender",
    "trouble: quota used up",
    "trouble: request lost, not applied",
    "trouble: server error",
    "trouble: slow",
    "trouble: throttled",
    "trouble: too large",
    "trouble: unreachable",
    "values refused alone",
];
