//! Converts datums to those of the SDK.

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, MetricDatum, StandardUnit},
};
use hkm_core::{
    request::Datum,
    resolution::{Resolution, WindowStart},
};

/// Returns the timestamp of a window, in seconds: CloudWatch's time, at the start of a minute or a second.
const fn timestamp(window: WindowStart, resolution: Resolution, correction: i64) -> i64 {
    let length = resolution.seconds();
    let corrected = window.0 * 1_000 + correction;
    (corrected + length * 500).div_euclid(length * 1_000) * length
}

/// Converts a datum. `deployment` is the value of the dimension `Environment`.
#[must_use]
pub fn converted(datum: &Datum, deployment: &str, correction: i64) -> MetricDatum {
    let dimensions = datum
        .series
        .dimensions(deployment)
        .map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let (values, counts) = datum
        .samples
        .iter()
        .map(|sample| {
            #[expect(clippy::cast_precision_loss, reason = "a count of 2^53 is out of reach")]
            let count = sample.count as f64;
            (sample.value, count)
        })
        .unzip();
    let (definition, resolution) = (&datum.series.metric.definition, datum.id.resolution());
    MetricDatum::builder()
        .metric_name(&*definition.name)
        .set_dimensions(Some(dimensions.collect()))
        .timestamp(DateTime::from_secs(timestamp(datum.window, resolution, correction)))
        .set_values(Some(values))
        .set_counts(Some(counts))
        .unit(StandardUnit::from(definition.unit.name()))
        .storage_resolution(match resolution {
            Resolution::Minute => 60,
            Resolution::Second => 1,
        })
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_the_nearest_start_of_a_window_of_the_corrected_time() {
        const MINUTE: i64 = 1_700_000_040;
        for (resolution, window, correction, expected) in [
            (Resolution::Minute, MINUTE, 0, MINUTE),
            (Resolution::Minute, MINUTE, 500, MINUTE),
            (Resolution::Minute, MINUTE, -29_999, MINUTE),
            (Resolution::Minute, MINUTE, 30_000, MINUTE + 60),
            (Resolution::Minute, MINUTE, -3 * 3_600_000 - 700, MINUTE - 3 * 3_600),
            (Resolution::Minute, 0, 1_000 * MINUTE + 900, MINUTE),
            // The time line began between two minutes of CloudWatch.
            (Resolution::Minute, MINUTE, 3_600_000 + 20_000, MINUTE + 3_600),
            (Resolution::Second, MINUTE + 1, 499, MINUTE + 1),
            (Resolution::Second, MINUTE + 1, 500, MINUTE + 2),
            (Resolution::Second, MINUTE + 1, -7_600, MINUTE - 7),
        ] {
            assert_eq!(timestamp(WindowStart(window), resolution, correction), expected, "{correction}");
        }
    }
}
