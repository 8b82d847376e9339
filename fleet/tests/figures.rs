//! The figures of small fleets, whose right values are known without the simulation.

use std::time::Duration;

use hkm_fleet::{
    cloudwatch::Weather,
    figures::Figures,
    run::{Settings, play},
    scenario::{ALL, Population, Scenario},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

const CALM: Scenario = Scenario {
    name: "calm",
    population: Population::Steady(50),
    scale: 1,
    lasts: Duration::from_mins(2),
    weather: |_| Weather::FAIR,
    changed: None,
};

const CROWDED: Scenario =
    Scenario { name: "crowded", weather: |_| Weather { quota: 4.0, ..Weather::FAIR }, ..CALM };

/// Twice as many as the quota has requests for.
const JOBS: Scenario = Scenario {
    name: "jobs",
    population: Population::Jobs { per_second: 20, lives: Duration::from_secs(5), ends: SECOND },
    lasts: Duration::from_secs(20),
    weather: |_| Weather { quota: 10.0, ..Weather::FAIR },
    ..CALM
};

fn played(scenario: &Scenario, seed: u64) -> Figures {
    by("stretch", scenario, seed)
}

#[expect(clippy::unwrap_used, reason = "ends the test")]
fn by(strategy: &str, scenario: &Scenario, seed: u64) -> Figures {
    let settings = Settings { strategy: strategy.to_owned(), interval_ms: 5_000, seed };
    play(scenario, &settings).unwrap()
}

fn accepted(figures: &Figures) -> Vec<u32> {
    let seconds = figures.requests_a_second.iter().zip(&figures.refused_a_second);
    seconds.map(|(requests, refused)| requests - refused).collect()
}

#[test]
fn each_record_arrives_once_while_nothing_fails() {
    let figures = played(&CALM, 1);
    assert!(figures.recorded > 2_000, "{figures:?}");
    assert_eq!((figures.arrived, figures.lost, figures.copies), (figures.recorded, 0, 0));
    assert_eq!((figures.refused, figures.possible_copies), (0.0, 0));
    assert!((8.0..12.0).contains(&figures.mean), "50 processes, once in 5 s: {}", figures.mean);
}

#[test]
fn requests_that_are_accepted_never_exceed_the_quota_and_its_burst() {
    for strategy in ["stretch", "full-jitter"] {
        let figures = by(strategy, &CROWDED, 1);
        let accepted = accepted(&figures);
        for from in 0..accepted.len() {
            let (mut sum, mut most) = (0, 4);
            for requests in &accepted[from..] {
                (sum, most) = (sum + requests, most + 4);
                assert!(sum <= most, "{strategy}: {sum} requests from second {from} on, of {most}");
            }
        }
        assert!(figures.refused > 0.0);
        assert_eq!((figures.arrived, figures.lost), (figures.recorded, 0));
    }
}

#[test]
fn records_of_jobs_that_cannot_flush_are_lost() {
    let figures = played(&JOBS, 1);
    assert!(figures.lost > 0);
    assert_eq!((figures.lost + figures.arrived, figures.copies), (figures.recorded, 0));
    assert_eq!(figures.flushes, 20 * 20);
}

#[test]
fn no_more_flushes_are_done_than_the_quota_has_requests_for() {
    let figures = played(&JOBS, 1);
    // Of 400 flushes: 10 requests a second for 21 s, and the burst of 10.
    assert_eq!(figures.flushes_possible, Some(220.0 / 400.0));
    assert!(figures.flushes_done <= figures.flushes_possible);
}

#[test]
fn the_limit_of_a_deploy_counts_the_time_of_the_restarts_the_time_to_end_and_the_burst() {
    let limit = |name| ALL.iter().find(|scenario| scenario.name == name).unwrap().flushes_possible();
    // 500 requests a second for 12 s, and the burst of 500.
    assert_eq!(limit("10,000 restarted in 10 s, 2 s to end"), Some(6_500.0 / 10_000.0));
    assert_eq!(limit("10,000 restarted in 10 s, 15 s to end"), Some(1.0));
    assert_eq!(limit("1,000 processes"), None);
}

#[test]
fn records_whose_answer_is_lost_are_counted_as_copies() {
    let weather = |at| Weather { lost_answers: if at < MINUTE { 0.5 } else { 0.0 }, ..Weather::FAIR };
    let figures = played(&Scenario { weather, ..CALM }, 1);
    assert!(figures.copies > 0);
    assert_eq!((figures.arrived, figures.lost), (figures.recorded + figures.copies, 0));
    assert!(figures.copies <= figures.possible_copies);
}

#[test]
fn nothing_arrives_in_an_outage_and_all_of_it_afterwards() {
    let weather = |at| Weather { is_out: at < MINUTE, ..Weather::FAIR };
    let figures = played(&Scenario { weather, changed: Some(MINUTE), ..CALM }, 1);
    assert_eq!((figures.arrived, figures.lost, figures.copies), (figures.recorded, 0, 0));
    assert!(figures.age_p99 >= 30, "{}", figures.age_p99);
    assert!(figures.drained.unwrap() <= 60, "{:?}", figures.drained);
}

#[test]
fn the_bill_is_that_of_the_requests_which_were_accepted() {
    let figures = by("full-jitter", &CROWDED, 1);
    let settled = &accepted(&figures)[60..120];
    // A minute of 43,200 in 30 days, at $0.01 for 1,000 requests.
    let dollars = f64::from(settled.iter().sum::<u32>()) * 43_200.0 / 1_000.0 * 0.01;
    assert!((figures.bill - dollars).abs() < 1e-6, "{} and {dollars}", figures.bill);
}

#[test]
fn the_same_seed_has_the_same_figures() {
    assert_eq!(played(&JOBS, 7), played(&JOBS, 7));
    assert_ne!(played(&JOBS, 7), played(&JOBS, 8));
}

#[test]
fn full_jitter_does_not_react_to_the_quota_and_the_packages_own_strategy_does() {
    let [own, before] = ["stretch", "full-jitter"].map(|strategy| by(strategy, &CROWDED, 1));
    assert!(own.of_quota < before.of_quota / 2.0, "{} and {}", own.of_quota, before.of_quota);
}
