//! One process with 10,000 series: all of them get their turn, and only what cannot be kept is dropped.

use std::time::Duration;

use hkm_core::buffer::Limits;
use hkm_fleet::{
    alone::{Alone, Figures, play},
    cloudwatch::Weather,
    process::LIMITS,
    run::Settings,
};

const SERIES: u16 = 10_000;

/// Fewer than five minutes have.
const MOST_DATUMS: usize = 25_000;

const ONE_A_SECOND: Alone = Alone {
    name: "one request a second",
    series: SERIES,
    records: 1,
    are_distinct: false,
    trouble: Weather { quota: 1.0, ..Weather::FAIR },
    lasts: Duration::from_mins(5),
    limits: LIMITS,
};

#[expect(clippy::unwrap_used, reason = "ends the test")]
fn played(alone: &Alone) -> Figures {
    let settings = Settings { strategy: "stretch".to_owned(), interval_ms: 30_000, seed: 1 };
    play(alone, &settings).unwrap()
}

#[test]
fn one_request_a_second_is_enough_for_ten_thousand_series() {
    let figures = played(&ONE_A_SECOND);
    assert_eq!((figures.dropped, figures.possible_copies), (0, 0));
    assert!(figures.turns_least >= 2, "{figures:?}");
    assert!(figures.drained.is_some_and(|seconds| seconds <= 300), "{figures:?}");
}

#[test]
fn with_fewer_requests_than_needed_all_series_take_turns() {
    let trouble = Weather { quota: 0.1, ..Weather::FAIR };
    let limits = Limits { max_buffered_datums: MOST_DATUMS, ..LIMITS };
    let figures = played(&Alone { trouble, limits, ..ONE_A_SECOND });
    assert!(figures.dropped > 0 && figures.held_datums >= usize::from(SERIES), "{figures:?}");
    assert!(figures.turns_least >= 1 && figures.turns_most <= 2 * figures.turns_least + 2, "{figures:?}");
    assert!(figures.drained.is_some_and(|seconds| seconds <= 600), "{figures:?}");
}

#[test]
fn series_with_many_values_lose_none_in_an_outage() {
    let figures = played(&Alone {
        name: "an outage",
        series: 200,
        records: 25,
        are_distinct: true,
        trouble: Weather { is_out: true, ..Weather::FAIR },
        lasts: Duration::from_mins(10),
        limits: LIMITS,
    });
    // Ten datums of each a minute would be 20,000.
    assert_eq!(figures.dropped, 0);
    assert!(figures.held_datums >= 2_000, "{figures:?}");
    assert!(figures.drained.is_some_and(|seconds| seconds <= 300), "{figures:?}");
}
