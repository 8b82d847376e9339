//! What is measured, whatever it is measured with.

use std::hint::black_box;

use hkm_core::{
    request::{self, Request},
    ring::SLOTS,
};

use crate::load::{self, Load, Shape};

/// A step of a record's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Labels to series that are not known yet.
    Resolve,
    /// A full ring to its window, in which every series and value is known.
    Drain,
    /// Windows to datums.
    Take,
    /// Datums back to their windows, after a request that was not applied.
    GiveBack,
    /// Datums to requests.
    Pack,
}

impl Step {
    /// What the cost of a step is stated for.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Resolve => "series",
            Self::Drain => "record",
            Self::Take | Self::GiveBack | Self::Pack => "datum",
        }
    }
}

/// A step under a load.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub name: &'static str,
    pub step: Step,
    pub shape: Shape,
}

const fn case(name: &'static str, step: Step, shape: Shape) -> Case {
    Case { name, step, shape }
}

pub const CASES: [Case; 19] = [
    case("drain, 1 counter", Step::Drain, Shape::counters(1)),
    case("drain, 100 counters", Step::Drain, Shape::counters(100)),
    case("drain, 1,000 counters", Step::Drain, Shape::counters(1_000)),
    case("drain, 10 series of 20 durations", Step::Drain, Shape::durations(10, 20)),
    case("drain, 10 series of 1,000 durations", Step::Drain, Shape::durations(10, 1_000)),
    case("drain, 10 series of 1,000 prices", Step::Drain, Shape::prices(10, 1_000)),
    // More than are kept exactly.
    case("drain, 4 series of 4,000 durations", Step::Drain, Shape::durations(4, 4_000)),
    case("take, 1,000 counters", Step::Take, Shape::counters(1_000)),
    case("take, 10 series of 1,000 durations", Step::Take, Shape::durations(10, 1_000)),
    case("give back, 1,000 counters", Step::GiveBack, Shape::counters(1_000)),
    case("pack, 1,000 counters", Step::Pack, Shape::counters(1_000)),
    case("resolve, 1,000 counters", Step::Resolve, Shape::counters(1_000)),
    case("resolve, 1,000 counters with 2 roll-ups", Step::Resolve, Shape::rolled_up(1_000)),
    case("drain, 1,000 counters with 2 roll-ups", Step::Drain, Shape::rolled_up(1_000)),
    case("take, 1,000 counters with 2 roll-ups", Step::Take, Shape::rolled_up(1_000)),
    case("give back, 1,000 counters with 2 roll-ups", Step::GiveBack, Shape::rolled_up(1_000)),
    case("resolve, 1,000 counters of 30 dimensions", Step::Resolve, Shape::wide(1_000)),
    case("drain, 1,000 counters of 30 dimensions", Step::Drain, Shape::wide(1_000)),
    case("pack, 1,000 counters of 30 dimensions", Step::Pack, Shape::wide(1_000)),
];

/// Looks a case up by its name.
#[must_use]
pub fn named(name: &str) -> Option<Case> {
    CASES.into_iter().find(|case| case.name == name)
}

impl Case {
    /// Gets everything ready, so that the work can be done any number of times.
    #[must_use]
    pub fn ready(self) -> Ready {
        let mut load = Load::new(self.shape);
        load.record_all();
        Ready { step: self.step, load }
    }
}

/// A case that is warmed up.
pub struct Ready {
    step: Step,
    load: Load,
}

impl Ready {
    /// Does the work once. Only what runs inside of `measure`, which has to call what it is given, is to be
    /// measured. Returns how many records or datums that was.
    pub fn run(&mut self, measure: impl FnOnce(&mut dyn FnMut())) -> usize {
        let Self { step, load } = self;
        if *step == Step::Resolve {
            return resolve_new(load.shape, measure);
        }
        if *step == Step::Drain {
            load.fill_ring();
            measure(&mut || {
                black_box(load.buffer.drain());
            });
            return SLOTS as usize;
        }
        load.record_all();
        if *step == Step::Take {
            let mut taken = Vec::new();
            measure(&mut || taken = load.buffer.take(true));
            return taken.len();
        }
        let mut taken = load.buffer.take(true);
        let datums = taken.len();
        if *step == Step::GiveBack {
            let request = Request { namespace: "Sim/HostedKey".into(), datums: taken };
            measure(&mut || load.buffer.give_back(&request));
            // For the next time, as if it had been recorded then.
            load.buffer.take(true);
        } else {
            let mut requests = Vec::new();
            measure(&mut || requests = request::pack(std::mem::take(&mut taken), "production"));
            drop(black_box(requests));
        }
        datums
    }
}

fn resolve_new(Shape { metric, series, .. }: Shape, measure: impl FnOnce(&mut dyn FnMut())) -> usize {
    let buffer = load::roomy();
    let id = load::define(&buffer, metric);
    let all: Vec<_> = (0..series).map(|number| load::labels(metric, number)).collect();
    let all: Vec<Vec<_>> =
        all.iter().map(|labels| labels.iter().map(|label| Some(label.as_str())).collect()).collect();
    measure(&mut || {
        for labels in &all {
            black_box(buffer.resolve(id, labels));
        }
    });
    all.len()
}
