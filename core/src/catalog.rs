//! The eight metrics: name, unit and dimensions, in the one table that everything else reads.
//!
//! Dimension names follow `Environment` in this order; dashboards depend on it.

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
    /// Dimension names after `Environment`; at most [`MAX_LABELS`].
    pub dimensions: &'static [&'static str],
}

/// CloudWatch namespace of every metric.
pub const NAMESPACE: &str = "Sim/HostedKey";

/// First dimension of every metric.
pub const ENVIRONMENT: &str = "Environment";

/// The dimension whose label names an environment variable and must never hold its value.
pub const KEY: &str = "Key";

/// The most labels that a metric has.
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

/// Looks a metric up by its CloudWatch name.
#[must_use]
pub fn metric(name: &str) -> Option<&'static Metric> {
    CATALOG.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_exact_name_only() {
        for known in &CATALOG {
            assert_eq!(metric(known.name), Some(known));
        }
        assert_eq!(metric("used"), None);
    }

    #[test]
    fn no_metric_has_more_labels_than_the_boundary_carries() {
        assert!(CATALOG.iter().all(|metric| metric.dimensions.len() <= MAX_LABELS));
    }
}
