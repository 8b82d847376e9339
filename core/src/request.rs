//! Packs datums into requests within CloudWatch's limits. No sample is lost, duplicated or split.
//!
//! [PutMetricData] accepts 1,000 datums and 1 MB a request. The size that is counted is an upper bound on the
//! uncompressed CBOR body, so no request is refused for its size. A request has one namespace.
//!
//! [PutMetricData]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html

use std::{fmt, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    definition::ENVIRONMENT,
    points::Points,
    resolution::WindowStart,
    sample::Sample,
    series::{Series, SeriesId},
    window::Samples,
};

/// The maximum number of datums in a request. Source: `PutMetricData`, `MetricData`.
pub const MAX_DATUMS_PER_REQUEST: usize = 1_000;

/// The maximum size of a request, in bytes. Source: `PutMetricData`, "limited to 1 MB in size", of whose two meanings
/// this is the smaller one.
pub const MAX_REQUEST_BYTES: usize = 1_000_000;

/// Samples of one series in one window, with the name and the dimensions to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub id: SeriesId,
    pub series: Arc<Series>,
    pub window: WindowStart,
    pub samples: Vec<Sample>,
    /// Whether CloudWatch may have the records: they were sent before, and the outcome is unknown.
    pub is_unsure: bool,
}

impl Datum {
    #[must_use]
    pub fn new(samples: Samples, series: Arc<Series>) -> Self {
        let Samples { window, series: id, samples, is_unsure } = samples;
        Self { id, series, window, samples, is_unsure }
    }

    /// Divides the samples. Returns `None` if there is only one.
    fn split_off_half(&mut self) -> Option<Self> {
        let half = self.samples.len() / 2;
        (half > 0).then(|| Self { samples: self.samples.split_off(half), ..self.clone() })
    }

    #[must_use]
    pub fn points(&self) -> Points {
        Points::of(self.id, self.samples.iter().map(|sample| sample.count).sum())
    }

    /// Returns an upper bound on the bytes of this datum in a CBOR body. `environment` is the value of the first
    /// dimension.
    #[must_use]
    pub fn max_encoded_bytes(&self, environment: &str) -> usize {
        let definition = &self.series.metric.definition;
        let environment = if definition.has_environment { dimension(ENVIRONMENT, environment) } else { 0 };
        let dimensions = definition.constants.len() + self.series.labels.len();
        MAP + text("MetricName")
            + text(&definition.name)
            + text("Dimensions")
            + HEADER
            + environment
            + dimensions * dimension("", "")
            + self.series.text_bytes
            + text("Timestamp")
            + TIMESTAMP
            + text("Values")
            + text("Counts")
            + 2 * (HEADER + self.samples.len() * DOUBLE)
            + text("Unit")
            + text(definition.unit.name())
            + text("StorageResolution")
            + HEADER
    }
}

/// Bytes of a CBOR initial byte and the longest length or integer after it (RFC 8949, section 3).
const HEADER: usize = 9;
/// Bytes of a double-precision float.
const DOUBLE: usize = 9;
/// Bytes of a tag and a double.
const TIMESTAMP: usize = HEADER + DOUBLE;
/// Bytes of the start and the end of a map.
const MAP: usize = HEADER + 1;

const fn text(text: &str) -> usize {
    HEADER + text.len()
}

const fn dimension(name: &str, value: &str) -> usize {
    MAP + text("Name") + text(name) + text("Value") + text(value)
}

/// One PutMetricData request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub namespace: Arc<str>,
    pub datums: Vec<Datum>,
}

impl Request {
    /// Makes a request without records.
    #[must_use]
    pub const fn empty(namespace: Arc<str>) -> Self {
        Self { namespace, datums: Vec::new() }
    }

    /// Returns a request of the same namespace with other datums.
    #[must_use]
    pub fn with(&self, datums: Vec<Datum>) -> Self {
        Self { namespace: Arc::clone(&self.namespace), datums }
    }

    /// Returns an upper bound on the bytes of a request without its datums.
    #[must_use]
    pub fn envelope(&self) -> usize {
        MAP + text("Namespace") + text(&self.namespace) + text("MetricData") + HEADER
    }

    #[must_use]
    pub fn points(&self) -> Points {
        self.datums.iter().map(Datum::points).sum()
    }

    /// Returns what CloudWatch may have already.
    #[must_use]
    pub fn unsure_points(&self) -> Points {
        self.datums.iter().filter(|datum| datum.is_unsure).map(Datum::points).sum()
    }

    /// Returns whether CloudWatch may have the records. Those that it may have and others are sent in different requests.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        self.datums.first().is_some_and(|datum| datum.is_unsure)
    }

    /// Returns the window and the series of the first datum.
    #[must_use]
    pub fn first_place(&self) -> Option<(WindowStart, SeriesId)> {
        self.datums.first().map(|datum| (datum.window, datum.id))
    }

    /// Returns the window of the last datum, and the series after its own.
    #[must_use]
    pub fn place_after(&self) -> Option<(WindowStart, SeriesId)> {
        self.datums.last().map(|datum| (datum.window, SeriesId(datum.id.0.saturating_add(1))))
    }

    /// Takes one record out of the first datum of a request: any of them, because CloudWatch may refuse a value for good. Returns
    /// `None` if it holds none.
    pub fn take_record(&mut self) -> Option<Self> {
        let datum = self.datums.first_mut()?;
        let sample = fastrand::choice(&mut datum.samples)?;
        let one = Sample { count: 1, ..*sample };
        sample.count -= 1;
        let record = Datum { samples: vec![one], series: Arc::clone(&datum.series), ..*datum };
        datum.samples.retain(|sample| sample.count > 0);
        self.datums.retain(|datum| !datum.samples.is_empty());
        Some(self.with(vec![record]))
    }

    /// Divides a request into parts of at most `most` datums.
    #[must_use]
    pub fn divide(mut self, most: usize) -> Vec<Self> {
        let mut parts = Vec::with_capacity(1);
        while self.datums.len() > most.max(1) {
            let rest = self.datums.split_off(most.max(1));
            let rest = self.with(rest);
            parts.push(std::mem::replace(&mut self, rest));
        }
        parts.push(self);
        parts
    }

    /// Splits a request into two halves: of its datums or, if there is only one, of its values.
    ///
    /// # Errors
    /// Returns the request itself if it holds a single value.
    pub fn halve(mut self) -> Result<(Self, Self), Self> {
        let second = match self.datums.as_mut_slice() {
            [single] => single.split_off_half().into_iter().collect(),
            datums => {
                let half = datums.len() / 2;
                self.datums.split_off(half)
            }
        };
        if second.is_empty() {
            return Err(self);
        }
        let second = self.with(second);
        Ok((self, second))
    }
}

/// Describes what is sent: the first datum and, if it is the only value, the value.
impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(datum) = self.datums.first() else { return write!(formatter, "a request without datums") };
        write!(formatter, "{}", datum.series.metric.definition.name)?;
        for (name, value) in datum.series.named_labels() {
            write!(formatter, " {name}={value:.40}")?;
        }
        match datum.samples.as_slice() {
            [Sample { value, .. }] => write!(formatter, " with the value {value:e}"),
            _ => Ok(()),
        }
    }
}

/// Packs datums into requests, and keeps the order of those of one namespace. `environment` is the value of the first
/// dimension.
#[must_use]
pub fn pack(datums: impl IntoIterator<Item = Datum>, environment: &str) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    // The last request of each namespace, and its size.
    let mut open: FxHashMap<Arc<str>, (usize, usize)> = FxHashMap::default();
    let mut current = (0, 0);
    for datum in datums {
        let size = datum.max_encoded_bytes(environment);
        let namespace = &datum.series.metric.definition.namespace;
        // Most datums have the namespace of the one before.
        let is_current =
            |request: &Request| Arc::ptr_eq(&request.namespace, namespace) || request.namespace == *namespace;
        if !requests.get(current.0).is_some_and(is_current) {
            if let Some(request) = requests.get(current.0) {
                open.insert(Arc::clone(&request.namespace), current);
            }
            current = open.get(namespace).copied().unwrap_or((usize::MAX, 0));
        }
        let (last, bytes) = &mut current;
        if let Some(request) = requests.get_mut(*last)
            && request.datums.len() < MAX_DATUMS_PER_REQUEST
            && *bytes + size <= MAX_REQUEST_BYTES
        {
            *bytes += size;
            request.datums.push(datum);
        } else {
            let mut request = Request::empty(Arc::clone(namespace));
            current = (requests.len(), request.envelope() + size);
            request.datums.push(datum);
            requests.push(request);
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::{Metric, MetricId},
        strategies::{cases, datums, metric},
    };
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn identity(datum: &Datum) -> (SeriesId, WindowStart, Points) {
        (datum.id, datum.window, datum.points())
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn requests_are_within_the_limits_and_hold_every_datum_once_and_those_of_a_namespace_in_order(
            datums in datums(3_000),
            environment in "[a-z]{1,20}|[a-z]{1024}",
        ) {
            let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for datum in &datums {
                let namespace = Arc::clone(&datum.series.metric.definition.namespace);
                expected.entry(namespace).or_default().push(identity(datum));
            }
            let mut packed: BTreeMap<_, Vec<Request>> = BTreeMap::new();
            for request in pack(datums, &environment) {
                packed.entry(Arc::clone(&request.namespace)).or_default().push(request);
            }
            for requests in packed.values() {
                for request in requests {
                    prop_assert!((1..=MAX_DATUMS_PER_REQUEST).contains(&request.datums.len()));
                    let sizes = request.datums.iter().map(|datum| datum.max_encoded_bytes(&environment));
                    prop_assert!(request.envelope() + sizes.sum::<usize>() <= MAX_REQUEST_BYTES);
                }
                for pair in requests.windows(2) {
                    let sizes = pair[0].datums.iter().chain(&pair[1].datums[..1]);
                    let bytes: usize = sizes.map(|datum| datum.max_encoded_bytes(&environment)).sum();
                    let is_full = pair[0].datums.len() == MAX_DATUMS_PER_REQUEST;
                    prop_assert!(is_full || pair[0].envelope() + bytes > MAX_REQUEST_BYTES, "one more would fit");
                }
            }
            let sent = |requests: Vec<Request>| requests.iter().flat_map(|one| one.datums.iter().map(identity)).collect();
            let packed: BTreeMap<_, _> = packed.into_iter().map(|(namespace, all)| (namespace, sent(all))).collect();
            prop_assert_eq!(packed, expected);
        }

        #[test]
        fn halving_ends_at_single_values_and_loses_none(datums in datums(100)) {
            let value = |datum: &Datum| {
                let key = (datum.id, datum.window, datum.is_unsure);
                datum.samples.iter().map(|sample| (key, sample.value.to_bits(), sample.count)).collect::<Vec<_>>()
            };
            let expected: Vec<_> = datums.iter().flat_map(value).collect();
            let mut rest = vec![Request { datums, namespace: "Test".into() }];
            let mut alone = Vec::new();
            while let Some(request) = rest.pop() {
                match request.halve() {
                    Ok((first, second)) => {
                        prop_assert!(first.datums.len() == 1 || first.datums.iter().all(|datum| !datum.samples.is_empty()));
                        rest.extend([second, first]);
                    }
                    Err(single) => {
                        prop_assert_eq!(single.datums.iter().map(|datum| datum.samples.len()).sum::<usize>(), 1);
                        alone.extend(single.datums.iter().flat_map(value));
                    }
                }
            }
            prop_assert_eq!(alone, expected);
        }
    }

    #[test]
    fn a_request_is_filled_before_the_next_one_starts() {
        let metric = Arc::new(Metric { id: MetricId(0), definition: metric("Orders", ["Tool"]) });
        let series = Arc::new(Series::new(&metric, vec![(0, "tool".into())], false));
        let samples = vec![Sample { value: 1.0, count: 1 }];
        let samples = |id| Samples {
            window: WindowStart(0),
            series: SeriesId(id),
            samples: samples.clone(),
            is_unsure: false,
        };
        let datums = (0..2_500).map(|id| Datum::new(samples(id), Arc::clone(&series)));
        let sizes: Vec<_> = pack(datums, "test").iter().map(|request| request.datums.len()).collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
    }
}
