//! Buckets for values that are too many to keep exactly. The values of a bucket share one sum and one count.
//!
//! A bucket is sent as its mean. SampleCount stays exact, and Sum is exact up to the rounding of additions. The
//! minimum and the maximum are sent as values of their own, so they stay exact too.

use rustc_hash::FxHashMap;

use crate::sample::{MIN_MAGNITUDE, Sample};

/// The ratio of a bucket's upper edge to its lower edge. Percentiles are within 1 %.
pub const BUCKET_GROWTH: f64 = 1.01;

/// The number of buckets from a power of two to the next: 0.7 / ln([`BUCKET_GROWTH`]). It is the smallest with
/// which no bucket is wider than [`BUCKET_GROWTH`]; see [`Bucket::of`].
const BUCKETS_A_DOUBLING: f64 = 70.349_419_564_991_3;

/// Sums and counts by bucket, with the minimum and the maximum of all values.
#[derive(Clone, Debug)]
pub struct Buckets {
    sums: FxHashMap<Bucket, Sum>,
    /// How often the buckets were made twice as wide.
    doublings: u32,
    minimum: f64,
    maximum: f64,
}

/// The number of a bucket: 0 for zero, from 1 up for positive values, from -1 down for negative values.
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

    /// Returns the bucket of a value.
    ///
    /// It follows from the exponent and from a cubic of the fraction, which takes half the time of `log2`. The cubic
    /// rises from 0 to 1, as `log2` does, and its slope is nowhere below 10/7 of that of `ln`. Values further apart than
    /// [`BUCKET_GROWTH`] therefore never share a bucket, except those below 2^-1022, which have no exponent.
    #[inline]
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

    /// Returns the bucket that this one is in after all were made twice as wide so often. That of zero stays alone.
    #[inline]
    const fn widened(self, doublings: u32) -> Self {
        if self.0 == 0 {
            return self;
        }
        let place = ((self.0.abs() - 1) >> doublings) + 1;
        Self(if self.0 < 0 { -place } else { place })
    }
}

impl Default for Buckets {
    fn default() -> Self {
        Self { sums: FxHashMap::default(), doublings: 0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY }
    }
}

impl Buckets {
    /// Adds a sample if its bucket has one. Returns whether it has. The value must be finite, and must not be -0.0.
    #[inline]
    pub fn add_known(&mut self, Sample { value, count }: Sample) -> bool {
        let Some(known) = self.sums.get_mut(&Bucket::of(value).widened(self.doublings)) else { return false };
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        #[expect(clippy::cast_precision_loss, reason = "a count of 2^53 is out of reach")]
        let sum = value * count as f64;
        known.sum += sum;
        known.count += count;
        true
    }

    /// Adds a sample. The value must be finite, and must not be -0.0.
    pub fn add(&mut self, sample: Sample) {
        if !self.add_known(sample) {
            self.sums.insert(Bucket::of(sample.value).widened(self.doublings), Sum::default());
            self.add_known(sample);
        }
    }

    /// Makes the buckets wider until at most this number of distinct values is left to send, which must be at least five.
    pub fn reduce(&mut self, most: usize) {
        while self.distinct() > most {
            self.doublings += 1;
            let mut wider: FxHashMap<_, Sum> = FxHashMap::default();
            for (bucket, Sum { sum, count }) in self.sums.drain() {
                let into = wider.entry(bucket.widened(1)).or_default();
                into.sum += sum;
                into.count += count;
            }
            self.sums = wider;
        }
    }

    /// Returns the maximum number of distinct values to send: one for each bucket, one for the minimum and one for the
    /// maximum.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.sums.len() + 2
    }

    /// Returns the samples to send, in no order. Several can have the same value.
    #[must_use]
    pub fn into_samples(self) -> Vec<Sample> {
        let Self { mut sums, doublings, minimum, maximum } = self;
        let mut samples = Vec::with_capacity(sums.len() + 2);
        for extreme in [minimum, maximum] {
            let own = sums.entry(Bucket::of(extreme).widened(doublings)).or_default();
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
            // Rounding can move a mean past an extreme, or below the smallest value that CloudWatch accepts.
            let mean = if mean == 0.0 { mean } else { mean.abs().max(MIN_MAGNITUDE).copysign(mean) };
            Sample { value: mean.clamp(minimum, maximum), count }
        }));
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the smallest positive value that is in a bucket or in a later one.
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
    fn buckets_are_as_wide_as_documented() {
        for exponent in [-1_000, -360, -1, 0, 10, 360, 1_000] {
            let [first, last] = [0, 2].map(|more| Bucket::of(2_f64.powi(exponent + more)).0);
            let edges: Vec<_> = (first..=last).map(lower_edge).collect();
            for edges in edges.windows(2) {
                let width = (edges[1] / edges[0]).log(BUCKET_GROWTH);
                assert!(width <= 1.0 + 1e-9, "{edges:?}");
                // Where the cubic is steepest, buckets are 4 % narrower.
                assert!(width >= 0.96, "{edges:?}");
            }
            assert_eq!(Bucket::of(-edges[0]), Bucket(-first));
        }
    }
}
