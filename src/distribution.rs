//! The values of one series in one window: value -> count.
//!
//! Exact up to [`MAX_EXACT_VALUES`] distinct values, so that CloudWatch computes SampleCount, Sum, Minimum,
//! Maximum, Average and percentiles as if each record had been sent alone. Past that, values share buckets
//! of [`BUCKET_GROWTH`] relative width, each sent as its own mean; minimum and maximum stay exact values, and
//! Sum and SampleCount stay exact (Sum up to the rounding of additions).

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

/// Distinct values kept exactly; ten full datums.
pub const MAX_EXACT_VALUES: usize = 1_500;

/// Ratio of a bucket's upper edge to its lower one: percentiles are within 1 %.
pub const BUCKET_GROWTH: f64 = 1.01;

/// 7/10 / ln([`BUCKET_GROWTH`]): the least for which no bucket is wider; see [`Bucket::of`].
const BUCKETS_A_DOUBLING: f64 = 70.349_419_564_991_3;

/// Added to a value, leaves it as it is, but for -0.0, which becomes 0.0: they are one value.
const NO_SIGN: f64 = 0.0;

/// A value and how often it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub value: f64,
    pub count: u64,
}

/// The values of one series in one window.
#[derive(Clone, Debug)]
pub struct Distribution {
    values: Values,
    count: u64,
}

#[derive(Clone, Debug)]
enum Values {
    /// A counter records nothing but ones.
    One(Sample),
    Exact(FxHashMap<Exact, u64>),
    Buckets(Buckets),
}

/// A value by its bits: equal are those that CloudWatch would store together.
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
    /// The lower half of a short number is zero, and the hash is a product: bits would never move down in it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.swap_bytes());
    }
}

/// Values that are too many to be kept exactly.
#[derive(Clone, Debug)]
struct Buckets {
    sums: FxHashMap<Bucket, Sum>,
    minimum: f64,
    maximum: f64,
}

/// Which values share a sum: the number of their bucket, counted from zero; negative for negative values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Bucket(i32);

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    count: u64,
}

impl Bucket {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const EXPONENT_MASK: u64 = 0x7ff;

    /// By the exponent, and within it by a cubic of the fraction that takes half of the time of `log2`. The cubic rises
    /// from 0 to 1 as `log2` does, and is nowhere less steep than at its ends, where it gains 10/7 of what `ln` gains: values
    /// further apart than [`BUCKET_GROWTH`] never share a bucket, but for those below 2^-1022, which have no exponent.
    fn of(value: f64) -> Self {
        if value == 0.0 {
            return Self(0);
        }
        let bits = value.to_bits();
        let exponent = (bits >> Self::MANTISSA_BITS) & Self::EXPONENT_MASK;
        let mantissa = bits & ((1 << Self::MANTISSA_BITS) - 1);
        let fraction = f64::from_bits(1.0_f64.to_bits() | mantissa) - 1.0;
        let cubic = fraction * (10.0 / 7.0 + fraction * (-3.0 / 5.0 + fraction * (6.0 / 35.0)));
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "within 145,000")]
        let place = ((exponent as f64 + cubic) * BUCKETS_A_DOUBLING) as i32 + 1;
        Self(if value < 0.0 { -place } else { place })
    }
}

impl Buckets {
    fn of(counts: &FxHashMap<Exact, u64>) -> Self {
        let mut buckets =
            Self { sums: FxHashMap::default(), minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };
        for (&exact, &count) in counts {
            buckets.add(exact.value(), count);
        }
        buckets
    }

    fn add(&mut self, value: f64, count: u64) {
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        let bucket = Bucket::of(value);
        #[expect(clippy::cast_precision_loss, reason = "a count of 2^53 is out of reach")]
        let sum = value * count as f64;
        if let Some(known) = self.sums.get_mut(&bucket) {
            known.sum += sum;
            known.count += count;
        } else {
            self.sums.insert(bucket, Sum { sum, count });
        }
    }

    fn into_samples(self) -> Vec<Sample> {
        let Self { mut sums, minimum, maximum } = self;
        let mut samples = Vec::with_capacity(sums.len() + 2);
        for extreme in [minimum, maximum] {
            let own = sums.entry(Bucket::of(extreme)).or_default();
            if own.count > 0 {
                own.count -= 1;
                own.sum -= extreme;
                samples.push(Sample { value: extreme, count: 1 });
            }
        }
        let shared = sums.into_values().filter(|bucket| bucket.count > 0);
        samples.extend(shared.map(|Sum { sum, count }| {
            #[expect(clippy::cast_precision_loss, reason = "a count of 2^53 is out of reach")]
            let mean = sum / count as f64;
            // Rounding must not move a mean past the extremes.
            Sample { value: mean.clamp(minimum, maximum), count }
        }));
        sorted(samples)
    }
}

impl Distribution {
    /// A distribution of one sample. The value must be finite.
    #[must_use]
    pub fn new(sample: Sample) -> Self {
        let only = Sample { value: sample.value + NO_SIGN, ..sample };
        Self { values: Values::One(only), count: only.count }
    }

    /// Adds a sample. The value must be finite.
    pub fn add(&mut self, sample: Sample) {
        let Sample { value, count } = sample;
        let value = value + NO_SIGN;
        self.count += count;
        match &mut self.values {
            Values::One(only) if only.value.to_bits() == value.to_bits() => only.count += count,
            Values::One(only) => {
                self.values = Values::Exact(
                    [(Exact::of(only.value), only.count), (Exact::of(value), count)].into_iter().collect(),
                );
            }
            Values::Exact(counts) => {
                let exact = Exact::of(value);
                if let Some(known) = counts.get_mut(&exact) {
                    *known += count;
                } else if counts.len() < MAX_EXACT_VALUES {
                    counts.insert(exact, count);
                } else {
                    let mut buckets = Buckets::of(counts);
                    buckets.add(value, count);
                    self.values = Values::Buckets(buckets);
                }
            }
            Values::Buckets(buckets) => buckets.add(value, count),
        }
    }

    /// How many records.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many distinct values would be sent, at most; two more than buckets for minimum and maximum.
    #[must_use]
    pub fn distinct(&self) -> usize {
        match &self.values {
            Values::One(_) => 1,
            Values::Exact(counts) => counts.len(),
            Values::Buckets(buckets) => buckets.sums.len() + 2,
        }
    }

    /// The samples to send, by ascending and distinct value.
    #[must_use]
    pub fn into_samples(self) -> Vec<Sample> {
        match self.values {
            Values::One(only) => vec![only],
            Values::Exact(counts) => {
                let sample = |(exact, count): (Exact, u64)| Sample { value: exact.value(), count };
                sorted(counts.into_iter().map(sample).collect())
            }
            Values::Buckets(buckets) => buckets.into_samples(),
        }
    }
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
#[expect(clippy::float_cmp, reason = "extremes are to be exact")]
mod tests {
    use super::*;
    use crate::request::tests::cases;
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

    /// Few distinct values, many, and values of every magnitude that CloudWatch takes.
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
        fn past_the_limit_every_rank_is_within_one_percent(values in values()) {
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
    fn negative_zero_is_zero_also_when_values_share_buckets() {
        let mut values = vec![-0.0, 0.0];
        values.extend((1..=1_600_u32).map(f64::from));
        let first = distribution(&values).into_samples()[0];
        assert_eq!((first.value.to_bits(), first.count), (0.0_f64.to_bits(), 2));
    }

    /// The least value that is in a bucket, or in one after it.
    fn lower_edge(bucket: i32) -> f64 {
        let (mut below, mut above) = (0, f64::MAX.to_bits());
        while above - below > 1 {
            let middle = below.midpoint(above);
            let is_below = Bucket::of(f64::from_bits(middle)).0 < bucket;
            *(if is_below { &mut below } else { &mut above }) = middle;
        }
        f64::from_bits(above)
    }

    #[test]
    fn a_bucket_is_as_wide_as_is_documented() {
        for exponent in [-1_000, -360, -1, 0, 10, 360, 1_000] {
            let [first, last] = [0, 2].map(|more| Bucket::of(2_f64.powi(exponent + more)).0);
            let edges: Vec<_> = (first..=last).map(lower_edge).collect();
            for edges in edges.windows(2) {
                let width = (edges[1] / edges[0]).log(BUCKET_GROWTH);
                assert!(width <= 1.0 + 1e-9, "{edges:?}");
                // Where the cubic is steepest, by 4 %.
                assert!(width >= 0.96, "{edges:?}");
            }
            assert_eq!(Bucket::of(-edges[0]), Bucket(-first));
        }
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
