//! The values of one series in one window: value -> count.
//!
//! Up to [`MAX_EXACT_VALUES`] distinct values are kept exactly. CloudWatch then computes SampleCount, Sum, Minimum,
//! Maximum, Average and percentiles as if each record had been sent alone. Beyond that, values are aggregated in
//! [`Buckets`]: percentiles are within 1 %, and the other statistics do not change. Where memory or room is scarce, fewer and
//! wider buckets are kept; see [`Distribution::reduce`].

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use crate::{bucket::Buckets, sample::Sample};

/// The maximum number of distinct values that are kept exactly: ten full datums.
pub const MAX_EXACT_VALUES: usize = 1_500;

/// Added to a value, turns -0.0 into 0.0, so that both are one value. No other value changes.
const NO_SIGN: f64 = 0.0;

/// The values of one series in one window.
#[derive(Clone, Debug)]
pub struct Distribution {
    values: Values,
    count: u64,
}

#[derive(Clone, Debug)]
enum Values {
    /// All records have the same value. Those of a counter are all 1.
    One(Sample),
    Exact(FxHashMap<Exact, u64>),
    Buckets(Buckets),
}

/// A value as its bits. Values that CloudWatch stores as one are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exact(u64);

impl Exact {
    const fn of(value: f64) -> Self {
        Self(value.to_bits())
    }

    const fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Hash for Exact {
    /// Swaps the bytes first. In a number of few digits the lower half is zero, and the hash is a product, in which bits
    /// only move up.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.swap_bytes());
    }
}

impl Distribution {
    /// Makes a distribution of one sample. The value must be finite.
    #[must_use]
    pub fn new(sample: Sample) -> Self {
        let only = Sample { value: sample.value + NO_SIGN, ..sample };
        Self { values: Values::One(only), count: only.count }
    }

    /// Adds a sample if this adds no value to send. Returns whether it was added. The value must be finite.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is most of what a record costs, and calls are a quarter of it"
    )]
    pub fn add_known(&mut self, Sample { value, count }: Sample) -> bool {
        let value = value + NO_SIGN;
        let is_known = match &mut self.values {
            Values::One(only) if only.value.to_bits() == value.to_bits() => {
                only.count += count;
                true
            }
            Values::One(_) => false,
            Values::Exact(counts) => counts.get_mut(&Exact::of(value)).map(|known| *known += count).is_some(),
            Values::Buckets(buckets) => buckets.add_known(Sample { value, count }),
        };
        self.count += if is_known { count } else { 0 };
        is_known
    }

    /// Adds a sample. The value must be finite.
    pub fn add(&mut self, sample: Sample) {
        if self.add_known(sample) {
            return;
        }
        let Sample { value, count } = sample;
        let value = value + NO_SIGN;
        self.count += count;
        match &mut self.values {
            Values::One(only) => {
                self.values = Values::Exact(
                    [(Exact::of(only.value), only.count), (Exact::of(value), count)].into_iter().collect(),
                );
            }
            Values::Exact(counts) if counts.len() < MAX_EXACT_VALUES => {
                counts.insert(Exact::of(value), count);
            }
            Values::Exact(counts) => {
                let mut buckets = bucketed(counts);
                buckets.add(Sample { value, count });
                self.values = Values::Buckets(buckets);
            }
            Values::Buckets(buckets) => buckets.add(Sample { value, count }),
        }
    }

    /// Adds all of its values to another distribution.
    pub fn add_to(self, other: &mut Self) {
        match self.values {
            Values::One(only) => other.add(only),
            Values::Exact(counts) => {
                for (exact, count) in counts {
                    other.add(Sample { value: exact.value(), count });
                }
            }
            Values::Buckets(buckets) => {
                for sample in buckets.into_samples() {
                    other.add(sample);
                }
            }
        }
    }

    /// Returns the number of records.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the maximum number of distinct values to send.
    #[must_use]
    pub fn distinct(&self) -> usize {
        match &self.values {
            Values::One(_) => 1,
            Values::Exact(counts) => counts.len(),
            Values::Buckets(buckets) => buckets.distinct(),
        }
    }

    /// Aggregates values until at most this number of distinct values is left to send, which must be at least five. Buckets are
    /// made wider, so percentiles become less exact; the other statistics stay as they are.
    pub fn reduce(&mut self, most: usize) {
        if self.distinct() <= most {
            return;
        }
        if let Values::Exact(counts) = &self.values {
            self.values = Values::Buckets(bucketed(counts));
        }
        if let Values::Buckets(buckets) = &mut self.values {
            buckets.reduce(most);
        }
    }

    /// Returns the samples to send. Their values are distinct and ascending.
    #[must_use]
    pub fn into_samples(self) -> Vec<Sample> {
        match self.values {
            Values::One(only) => vec![only],
            Values::Exact(counts) => {
                let sample = |(exact, count): (Exact, u64)| Sample { value: exact.value(), count };
                sorted(counts.into_iter().map(sample).collect())
            }
            Values::Buckets(buckets) => sorted(buckets.into_samples()),
        }
    }
}

fn bucketed(counts: &FxHashMap<Exact, u64>) -> Buckets {
    let mut buckets = Buckets::default();
    for (&exact, &count) in counts {
        buckets.add(Sample { value: exact.value(), count });
    }
    buckets
}

fn sorted(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
    samples.dedup_by(|next, kept| {
        let same = next.value.to_bits() == kept.value.to_bits();
        if same {
            kept.count += next.count;
        }
        same
    });
    samples
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts here are small")]
#[expect(clippy::float_cmp, reason = "extremes must be exact")]
mod tests {
    use super::*;
    use crate::{
        sample::{MAX_MAGNITUDE, MIN_MAGNITUDE},
        strategies::cases,
    };
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn distribution(values: &[f64]) -> Distribution {
        let mut values = values.iter().map(|&value| Sample { value, count: 1 });
        let mut distribution = Distribution::new(values.next().unwrap());
        values.for_each(|sample| distribution.add(sample));
        distribution
    }

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-9 * scale.max(f64::MIN_POSITIVE)
    }

    /// Values of which few are distinct, values of which many are, and values of all magnitudes that CloudWatch accepts.
    fn values() -> impl Strategy<Value = Vec<f64>> {
        prop_oneof![
            prop::collection::vec((-20_i32..20).prop_map(f64::from), 1..400),
            prop::collection::vec(0.0..100_000.0_f64, 1..4_000),
            prop::collection::vec(-5e-3..1e9_f64, 1_400..3_000),
            prop::collection::vec(
                (-1.0..1.0_f64, -300_i32..300).prop_map(|(m, e)| m * 2_f64.powi(e)),
                1..3_000
            ),
        ]
    }

    /// Zero, the least and the greatest values, their neighbours, and values of all magnitudes in between.
    fn acceptable_value() -> impl Strategy<Value = f64> {
        let near = |edge: f64, step: i64| {
            move |ulps: u8| f64::from_bits(edge.to_bits().wrapping_add_signed(step * i64::from(ulps)))
        };
        let magnitude = prop_oneof![
            1 => Just(0.0),
            4 => any::<u8>().prop_map(near(MIN_MAGNITUDE, 1)),
            4 => any::<u8>().prop_map(near(MAX_MAGNITUDE, -1)),
            4 => (MIN_MAGNITUDE.to_bits()..=MAX_MAGNITUDE.to_bits()).prop_map(f64::from_bits),
        ];
        (magnitude, any::<bool>())
            .prop_map(|(magnitude, is_negative)| if is_negative { -magnitude } else { magnitude })
    }

    /// Where the sum of a bucket passes a power of two, it loses a bit of the maximum. The rest is then too small.
    #[test]
    fn a_mean_is_not_rounded_below_what_cloudwatch_accepts() {
        let mut buckets = Distribution::new(Sample { value: -1.0, count: 1 });
        for value in 2..=MAX_EXACT_VALUES + 1 {
            buckets.add(Sample { value: -(value as f64), count: 1 });
        }
        for (doublings, step) in (2..12).flat_map(|doublings| (1..50).map(move |step| (doublings, step))) {
            let mut distribution = buckets.clone();
            distribution.add(Sample { value: MIN_MAGNITUDE, count: (1 << doublings) - 1 });
            distribution.add(Sample { value: MIN_MAGNITUDE * (1.0 + f64::from(step) / 6_000.0), count: 1 });
            for Sample { value, .. } in distribution.into_samples() {
                assert!(value.abs() >= MIN_MAGNITUDE, "{value:e} of 2^{doublings} values");
            }
        }
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn counts_sum_and_extremes_stay_exact(values in values()) {
            let samples = distribution(&values).into_samples();
            prop_assert!(samples.windows(2).all(|pair| pair[0].value < pair[1].value));
            prop_assert!(samples.iter().all(|sample| sample.count > 0));
            prop_assert_eq!(samples.iter().map(|sample| sample.count).sum::<u64>(), values.len() as u64);
            let sum: f64 = samples.iter().map(|sample| sample.value * sample.count as f64).sum();
            let scale: f64 = values.iter().map(|value| value.abs()).sum();
            prop_assert!(close(sum, values.iter().sum(), scale));
            prop_assert_eq!(samples[0].value, values.iter().copied().fold(f64::INFINITY, f64::min));
            let last = samples[samples.len() - 1].value;
            prop_assert_eq!(last, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }

        #[test]
        fn what_is_sent_is_acceptable_to_cloudwatch(
            values in prop::collection::vec(acceptable_value(), 1..3_000),
            repeats in 1..1_000_000_u64,
        ) {
            let mut distribution = Distribution::new(Sample { value: values[0], count: repeats });
            for &value in &values {
                distribution.add(Sample { value, count: 1 });
            }
            let samples = distribution.into_samples();
            for Sample { value, count } in &samples {
                let magnitude = value.abs();
                prop_assert!(magnitude == 0.0 || (MIN_MAGNITUDE..=MAX_MAGNITUDE).contains(&magnitude), "{value:e}");
                prop_assert!(*count > 0);
            }
            prop_assert!(samples.windows(2).all(|pair| pair[0].value < pair[1].value), "distinct");
        }

        #[test]
        fn up_to_the_limit_every_value_keeps_its_count(
            values in prop_oneof![
                prop::collection::vec(-1e6..1e6_f64, 1..1_500_usize),
                prop::collection::vec(-1e6..1e6_f64, 1_500_usize),
            ],
            repeats in 1..4_usize,
        ) {
            let all: Vec<f64> = values.iter().copied().cycle().take(values.len() * repeats).collect();
            let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
            for value in &all {
                *expected.entry((value + 0.0).to_bits()).or_default() += 1;
            }
            let samples = distribution(&all).into_samples();
            let sent = samples.iter().map(|sample| (sample.value.to_bits(), sample.count)).collect();
            prop_assert_eq!(expected, sent);
        }

        #[test]
        fn beyond_the_limit_every_rank_is_within_one_percent(values in values()) {
            let mut expected = values.clone();
            expected.sort_unstable_by(f64::total_cmp);
            let ranks = distribution(&values)
                .into_samples()
                .into_iter()
                .flat_map(|sample| std::iter::repeat_n(sample.value, sample.count as usize));
            for (sent, recorded) in ranks.zip(expected) {
                let tolerance = recorded.abs() * 0.01 * (1.0 + 1e-9);
                prop_assert!((sent - recorded).abs() <= tolerance, "{sent} for {recorded}");
            }
        }

        #[test]
        fn adding_the_samples_back_changes_nothing(values in values()) {
            let samples = distribution(&values).into_samples();
            let mut again = Distribution::new(samples[0]);
            samples[1..].iter().for_each(|&sample| again.add(sample));
            let again = again.into_samples();
            prop_assert_eq!(samples.len(), again.len());
            for (before, after) in samples.iter().zip(&again) {
                prop_assert_eq!(before.count, after.count);
                prop_assert!(close(before.value, after.value, before.value.abs()));
            }
        }
    }

    #[test]
    fn a_counter_is_one_value_however_often_it_counts() {
        let samples = distribution(&[1.0; 1_000]).into_samples();
        assert_eq!(samples, [Sample { value: 1.0, count: 1_000 }]);
    }

    #[test]
    fn negative_zero_is_zero_in_buckets_too() {
        let mut values = vec![-0.0, 0.0];
        values.extend((1..=1_600_u32).map(f64::from));
        let first = distribution(&values).into_samples()[0];
        assert_eq!((first.value.to_bits(), first.count), (0.0_f64.to_bits(), 2));
    }

    #[test]
    fn negative_zero_is_zero() {
        for zeros in [[-0.0, 0.0], [0.0, -0.0]] {
            let samples = distribution(&zeros).into_samples();
            assert_eq!(samples, [Sample { value: 0.0, count: 2 }]);
            assert!(samples[0].value.is_sign_positive());
        }
    }
}
