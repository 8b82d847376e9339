use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use tokio::time::sleep;

use super::*;

const LIMITS: Limits = Limits { rounds: 10, time: Duration::from_secs(10) };

/// What comes of an attempt.
#[derive(Clone, Copy)]
enum Plan {
    Silent,
    /// Succeeds after a time, in milliseconds.
    Succeeds(u64),
    /// Fails after a time, in milliseconds.
    Fails(u64),
    /// Loses the first packets, and answers the next one at once.
    Loses(usize),
    /// Succeeds after a time, in milliseconds. Further attempts fail at once.
    FailsLater(u64),
}

use Plan::{Fails, FailsLater, Loses, Silent, Succeeds};

struct Played {
    /// When each was tried, in milliseconds.
    tried: Vec<(u64, usize)>,
    /// The time of the race, in milliseconds.
    time: u64,
    result: Result<usize, Vec<Option<u64>>>,
}

fn since(begin: Instant) -> u64 {
    begin.elapsed().as_millis().try_into().unwrap()
}

async fn play(plans: &[Plan], limits: Limits) -> Played {
    let (begin, tried) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
    let result = race(plans.len(), limits, |index| {
        let mut tried = tried.lock().unwrap();
        let before = tried.iter().filter(|(_, other)| *other == index).count();
        tried.push((since(begin), index));
        let plan = plans[index];
        async move {
            match plan {
                Silent => pending().await,
                Loses(packets) if before < packets => pending().await,
                FailsLater(_) if before > 0 => return Err(0),
                Succeeds(time) | FailsLater(time) => sleep(Duration::from_millis(time)).await,
                Fails(time) => {
                    sleep(Duration::from_millis(time)).await;
                    return Err(time);
                }
                Loses(_) => {}
            }
            Ok(index)
        }
    })
    .await;
    let tried = std::mem::take(&mut *tried.lock().unwrap());
    Played { tried, time: since(begin), result }
}

#[tokio::test(start_paused = true)]
async fn the_second_is_not_tried_if_the_first_one_succeeds_soon() {
    let played = play(&[Succeeds(299), Succeeds(0)], LIMITS).await;
    assert_eq!((played.tried, played.time, played.result), (vec![(0, 0)], 299, Ok(0)));
}

#[tokio::test(start_paused = true)]
async fn each_that_does_nothing_costs_300_ms() {
    let played = play(&[Silent, Silent, Succeeds(10)], LIMITS).await;
    assert_eq!(played.tried, [(0, 0), (300, 1), (600, 2)]);
    assert_eq!((played.time, played.result), (610, Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn a_lost_packet_costs_300_ms() {
    let played = play(&[Loses(1)], LIMITS).await;
    assert_eq!((played.time, played.result), (300, Ok(0)));
}

#[tokio::test(start_paused = true)]
async fn a_late_success_is_used() {
    let played = play(&[Succeeds(2_500), Silent], LIMITS).await;
    assert_eq!(played.tried, [(0, 0), (300, 1), (600, 0), (1_200, 1), (1_800, 0)]);
    assert_eq!((played.time, played.result), (2_500, Ok(0)));
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_the_next_one_is_tried_at_once_and_the_failed_one_not_again() {
    let played = play(&[Fails(20), Succeeds(1_000)], LIMITS).await;
    assert_eq!(played.tried, [(0, 0), (20, 1), (320, 1), (920, 1)]);
    assert_eq!((played.time, played.result), (1_020, Ok(1)));
}

#[tokio::test(start_paused = true)]
async fn when_all_have_failed_the_reasons_are_returned() {
    let played = play(&[Fails(20), Fails(7)], LIMITS).await;
    assert_eq!((played.time, played.result), (27, Err(vec![Some(20), Some(7)])));
    let played = play(&[], LIMITS).await;
    assert_eq!((played.time, played.result), (0, Err(vec![])));
}

#[tokio::test(start_paused = true)]
async fn the_time_is_limited() {
    let played = play(&[Silent], LIMITS).await;
    let times: Vec<_> = played.tried.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0, 300, 900, 2_100, 4_500, 9_300]);
    assert_eq!((played.time, played.result), (10_000, Err(vec![None])));
}

#[tokio::test(start_paused = true)]
async fn with_one_round_each_is_tried_once() {
    let played = play(&[Silent, Fails(5)], Limits { rounds: 1, ..LIMITS }).await;
    assert_eq!(played.tried, [(0, 0), (300, 1)]);
    assert_eq!((played.time, played.result), (10_000, Err(vec![None, Some(5)])));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_goes_on_when_a_later_one_to_the_same_has_failed() {
    let played = play(&[FailsLater(3_000)], LIMITS).await;
    assert_eq!((played.time, played.result), (3_000, Ok(0)));
}
