//! What a process records: its metrics, labels and values.

use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use fastrand::Rng;
use hkm_core::{
    buffer::Buffer,
    definition::{Definition, DimensionSet, Kind, MetricId, Unit},
    resolution::Resolution,
    series::{MarkedId, Resolved, Series, SeriesId},
};

use super::{
    super::{
        cloud::{REFUSED_FRACTION, REFUSED_LABEL, is_refused_label},
        ledger::Made,
        settings::{DIMENSIONS, NAMESPACES, ProcessSettings, Values, metric_name, pick},
    },
    Process,
};

/// The values of metrics that are recorded more than once. The largest is below CloudWatch's maximum.
const FEW: [f64; 6] = [0.0, -0.0, 1.0, 2.25, -7.0, 1e100];

/// Traced values begin here.
const FIRST_TRACED: f64 = 16.0;

/// The maximum number of records of a process that CloudWatch refuses.
const MAX_REFUSED: u32 = 12;

/// The label of records that CloudWatch accepts.
const GOOD_LABEL: &str = "good";

/// What is known about labels.
pub struct Known {
    id: MarkedId,
    /// The series under which records are sent, and whether CloudWatch refuses them.
    series: Vec<(SeriesId, bool)>,
}

impl Process {
    /// Makes one record of a metric, by a thread or without one.
    pub fn record(&self, rng: &mut Rng, metric: usize) {
        let route = self.draw_route(rng, metric);
        let known = self.resolve(metric, route, rng.usize(..3));
        let (value, is_traced) = self.draw_value(rng, metric);
        let is_rounded = self.settings.metrics[metric].values == Values::Many;
        self.ledger.lock().record(&Made { series: &known.series, value, is_traced, is_rounded });
        self.write(rng, known.id.0, value);
    }

    /// Makes one record of each metric that CloudWatch accepts.
    pub fn record_good(&self, rng: &mut Rng) {
        self.record_good_of(rng, |_| true);
    }

    /// Makes one record of each of some metrics that CloudWatch accepts.
    pub fn record_good_of(&self, rng: &mut Rng, is_one: impl Fn(usize) -> bool) {
        for metric in (0..self.metrics.len()).filter(|&metric| is_one(metric)) {
            let known = self.resolve(metric, GOOD_LABEL.to_owned(), 0);
            let made = Made { series: &known.series, value: 1.0, is_traced: false, is_rounded: false };
            self.ledger.lock().record(&made);
            self.write(rng, known.id.0, 1.0);
        }
    }

    /// Returns the series of these records, with their namespaces.
    pub fn good_series(&self) -> Vec<(&'static str, SeriesId)> {
        let all = self.settings.metrics.iter().enumerate();
        all.map(|(metric, settings)| {
            let known = self.resolve(metric, GOOD_LABEL.to_owned(), 0);
            (NAMESPACES[settings.namespace], known.series[0].0)
        })
        .collect()
    }

    fn draw_route(&self, rng: &mut Rng, metric: usize) -> String {
        let settings = &self.settings.metrics[metric];
        if rng.f64() < settings.refused * 0.2 && self.may_be_refused() {
            return format!("{REFUSED_LABEL}-{}", rng.u8(..3));
        }
        format!("route-{:0>1$}", rng.u32(..settings.routes), settings.route_length)
    }

    /// Counts a record that CloudWatch refuses. Returns whether it is not one of too many: to find each takes many requests.
    fn may_be_refused(&self) -> bool {
        self.refused.set(self.refused.get() + 1);
        self.refused.get() <= MAX_REFUSED
    }

    /// Draws a value. Returns whether it is traced.
    fn draw_value(&self, rng: &mut Rng, metric: usize) -> (f64, bool) {
        let settings = &self.settings.metrics[metric];
        let traced = &mut self.traced.borrow_mut()[metric];
        match settings.values {
            Values::One => (1.0, false),
            Values::Many => (f64::from(rng.u32(1..1_000_000)), false),
            Values::Traced if *traced < self.settings.traced => {
                *traced += 1;
                let value = FIRST_TRACED + f64::from(*traced);
                (
                    if rng.f64() < settings.refused && self.may_be_refused() {
                        -value - REFUSED_FRACTION
                    } else {
                        value
                    },
                    true,
                )
            }
            Values::Few | Values::Traced => (*pick(rng, &FEW), false),
        }
    }

    fn resolve(&self, metric: usize, route: String, plan: usize) -> Rc<Known> {
        let key = (metric, route, plan);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let plans = [None, Some("free"), Some("paid")];
        let id = self
            .metrics
            .get(metric)
            .and_then(|&id| self.buffer.resolve(id, &[Some(&key.1), plans[plan]]).map(Resolved::marked_id));
        let id = id.unwrap_or(MarkedId(u32::MAX));
        let series = self.buffer.series(&[id.series()]).pop().flatten();
        let own = series.as_ref().and_then(|series| series.stored).unwrap_or_else(|| id.series());
        let ids: Vec<_> =
            std::iter::once(own).chain(series.iter().flat_map(|series| series.rollups.to_vec())).collect();
        let all = self.buffer.series(&ids);
        let is_refused =
            |series: &Arc<Series>| series.named_labels().any(|(_, label)| is_refused_label(label));
        let series =
            ids.into_iter().zip(&all).map(|(id, series)| (id, series.as_ref().is_some_and(is_refused)));
        let known = Rc::new(Known { id, series: series.collect() });
        self.known.borrow_mut().insert(key, Rc::clone(&known));
        known
    }

    /// Returns the number of ids that its records have, roll-ups included.
    pub fn known_series(&self) -> usize {
        let known = self.known.borrow();
        let ids = known
            .values()
            .flat_map(|known| known.series.iter().map(|&(id, _)| id).chain([known.id.series()]));
        ids.collect::<BTreeSet<_>>().len()
    }
}

/// Defines a metric of a process.
pub fn define(buffer: &Buffer, process: &ProcessSettings, index: usize) -> Option<MetricId> {
    let settings = process.metrics.get(index)?;
    let set = |bits: u8| DimensionSet::of((0..DIMENSIONS.len()).filter(|at| bits >> at & 1 == 1));
    let resolution = |is_in_seconds| if is_in_seconds { Resolution::Second } else { Resolution::Minute };
    let definition = Definition {
        namespace: NAMESPACES[settings.namespace].into(),
        name: metric_name(index).into(),
        kind: if settings.values == Values::One { Kind::Counter } else { Kind::Distribution },
        unit: Unit::NONE,
        has_environment: true,
        constants: Box::default(),
        dimensions: DIMENSIONS.into_iter().map(Box::from).collect(),
        guarded: DimensionSet::default(),
        rollups: settings.rollups.iter().map(|&bits| set(bits)).collect(),
        resolution: settings.is_in_seconds.map(resolution),
        max_series: settings.max_series,
    };
    buffer.define(definition).map(|defined| defined.id)
}
