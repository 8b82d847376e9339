//! Warnings about labels that are folded.

use std::sync::Arc;

use hkm_core::{
    definition::Metric,
    series::{MAX_COMBINATIONS, Maximum},
};

/// Says which maximum a metric has reached.
pub fn of_series((metric, maximum): (Arc<Metric>, Maximum)) -> String {
    let name = name(&metric);
    let why = match maximum {
        Maximum::OfMetric(most) => format!("{name} has {most} series, the maxSeries of its definition"),
        Maximum::OfProcess(most) => format!("The process has {most} series, its maxSeries"),
    };
    format!("{why}: further labels of {name} are recorded as _overflow. Look for a label that holds an id")
}

/// Says that roll-ups of a metric lack records.
pub fn of_combinations((metric, _): (Arc<Metric>, Maximum)) -> String {
    format!(
        "Labels of {} past its maxSeries have {MAX_COMBINATIONS} combinations of roll-ups: further ones are recorded as _overflow \
         in the roll-ups too. Look for labels that hold ids",
        name(&metric)
    )
}

fn name(metric: &Metric) -> String {
    format!("{} {}", metric.definition.namespace, metric.definition.name)
}
