//! The table of the eight metrics: their names, units and dimensions.
//!
//! The first dimension of a datum is `Environment`; those of the metric follow in the order of this table. Dashboards
//! depend on the order.

/// The unit that CloudWatch stores with a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Milliseconds,
    None,
}

/// One metric of the `Sim/HostedKey` namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub unit: Unit,
    /// Names of the dimensions after `Environment`; at most [`MAX_LABELS`].
    pub dimensions: &'static [&'static str],
}

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "Sim/HostedKey";

/// The first dimension of all metrics.
pub const ENVIRONMENT: &str = "Environment";

/// The dimension that holds the name of an environment variable, never its value.
pub const KEY: &str = "Key";

/// The maximum number of labels of a metric.
pub const MAX_LABELS: usize = 4;

pub static CATALOG: [Metric; 8] = [
    Metric { name: "Used", unit: Unit::Count, dimensions: &["Provider", "Tool", KEY] },
    Metric { name: "Failed", unit: Unit::Count, dimensions: &["Provider", "Tool", KEY, "Reason"] },
    Metric { name: "CostCharged", unit: Unit::None, dimensions: &["Provider", "Tool"] },
    Metric { name: "Throttled", unit: Unit::Count, dimensions: &["Provider", "Tool", "Reason"] },
    Metric { name: "UpstreamRateLimited", unit: Unit::Count, dimensions: &["Tool", KEY] },
    Metric { name: "QueueWaitDuration", unit: Unit::Milliseconds, dimensions: &["Provider", "Reason"] },
    Metric { name: "QueueWaitExceeded", unit: Unit::Count, dimensions: &["Provider", "Reason"] },
    Metric { name: "UnknownModelCost", unit: Unit::Count, dimensions: &["Tool"] },
];

/// Returns the metric with this CloudWatch name. Case matters.
#[must_use]
pub fn metric(name: &str) -> Option<&'static Metric> {
    CATALOG.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_exact_name() {
        for known in &CATALOG {
            assert_eq!(metric(known.name), Some(known));
        }
        assert_eq!(metric("used"), None);
    }

    #[test]
    fn no_metric_has_more_than_the_maximum_of_labels() {
        assert!(CATALOG.iter().all(|metric| metric.dimensions.len() <= MAX_LABELS));
    }
}
