//! Tests of the time between passes while the account is throttled, and after that.

use std::cell::RefCell;

use super::*;
use crate::flusher::pace::{JITTER, MAX_STRETCHED};

const MINUTE: Duration = Duration::from_mins(1);

/// Lets all passes be accepted or throttled, one in each interval, for a time.
fn play(pace: &mut Pace, now: &mut Instant, lasts: Duration, is_throttled: bool) {
    let ends_at = *now + lasts;
    while *now < ends_at {
        *now += pace.interval();
        if is_throttled { pace.throttle(*now) } else { pace.accept(*now) }
    }
}

#[test]
fn the_interval_doubles_with_each_throttled_pass_up_to_five_minutes() {
    let (mut pace, mut now) = (Pace::new(INTERVAL), Instant::now());
    for doubled in [2, 4, 8, 16, 32] {
        now += pace.interval();
        pace.throttle(now);
        assert_eq!(pace.interval(), doubled * INTERVAL);
        assert!(pace.is_stretched());
    }
    play(&mut pace, &mut now, 60 * MINUTE, true);
    assert_eq!(pace.interval(), MAX_STRETCHED);
    let longer = 2 * MAX_STRETCHED;
    let mut pace = Pace::new(longer);
    pace.throttle(now);
    assert_eq!((pace.interval(), pace.is_stretched()), (longer, false), "a longer one was configured");
}

#[test]
fn attempts_in_quick_succession_are_one_sign() {
    let (mut pace, mut now) = (Pace::new(INTERVAL), Instant::now());
    for _ in 0..100 {
        pace.throttle(now);
        now += pace.interval() / 250;
    }
    assert_eq!(pace.interval(), 2 * INTERVAL);
}

#[test]
fn an_interval_gets_a_margin_stays_for_ten_minutes_and_comes_back_within_hours() {
    let (mut pace, mut now) = (Pace::new(INTERVAL), Instant::now());
    play(&mut pace, &mut now, 3 * INTERVAL, true);
    let stretched = pace.interval();
    play(&mut pace, &mut now, MINUTE / 2, false);
    assert_eq!(pace.interval(), stretched, "it may be throttled again in the same minute");
    play(&mut pace, &mut now, 5 * MINUTE, false);
    assert_eq!(pace.interval().as_millis(), (stretched * 4 / 3).as_millis());
    play(&mut pace, &mut now, 4 * MINUTE, false);
    assert_eq!(pace.interval().as_millis(), (stretched * 4 / 3).as_millis());
    let (began, mut last) = (now, pace.interval());
    while pace.is_stretched() {
        play(&mut pace, &mut now, MINUTE, false);
        assert!(pace.interval() <= last && pace.interval() > last.mul_f64(0.9), "{:?}", pace.interval());
        last = pace.interval();
    }
    let took = now - began;
    assert!(took > 30 * MINUTE && took < 180 * MINUTE, "{took:?}");
    assert_eq!(pace.interval(), INTERVAL);
    pace.throttle(now + INTERVAL);
    assert_eq!(pace.interval(), 2 * INTERVAL, "what was before is forgotten");
}

#[test]
fn time_without_passes_does_not_bring_the_interval_back() {
    let (mut pace, mut now) = (Pace::new(INTERVAL), Instant::now());
    play(&mut pace, &mut now, 5 * MINUTE, true);
    play(&mut pace, &mut now, 11 * MINUTE, false);
    let before = pace.interval();
    now += 600 * MINUTE;
    pace.accept(now);
    assert!(pace.interval() > before.mul_f64(0.7), "{before:?} to {:?}", pace.interval());
}

#[test]
fn passes_that_are_throttled_are_an_interval_apart_and_lose_nothing() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        let began = Instant::now();
        bed.sink.judge(move |_| if began.elapsed() < 30 * MINUTE { throttled() } else { Outcome::Applied });
        let mut longest = Duration::ZERO;
        while began.elapsed() < 45 * MINUTE {
            bed.record(series, 1.0);
            longest = longest.max(bed.snapshot().counts.flush_interval);
            sleep(millis(1_000)).await;
        }
        let requests = bed.sink.requests.borrow().len();
        // A second of each five, doubled: 5, 10, 20, … 300 seconds.
        assert!((8..=20).contains(&requests), "{requests} requests in 45 minutes");
        let Snapshot { counts, .. } = bed.snapshot();
        assert_eq!(counts.dropped_total(), Points::default());
        assert_eq!(longest, MAX_STRETCHED);
        assert!(counts.flush_interval > INTERVAL, "it comes back slowly");
        // A pass begins up to one and a half intervals after the one before, whose request can have waited for as long.
        sleep(3 * MAX_STRETCHED).await;
        assert_eq!(bed.applied_points(), 45 * 60);
    });
}

#[test]
fn the_requests_of_a_pass_are_spread_over_a_stretched_interval() {
    with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
        (0..8_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), Duration::ZERO);
        sleep(2 * INTERVAL).await;
        let times = RefCell::new(Vec::new());
        let mut seen = bed.sink.requests.borrow().len();
        let began = Instant::now();
        while began.elapsed() < 3 * INTERVAL {
            let now = bed.sink.requests.borrow().len();
            times.borrow_mut().extend((seen..now).map(|_| began.elapsed()));
            seen = now;
            sleep(millis(10)).await;
        }
        assert_eq!(bed.applied_points(), 8_000);
        let times = times.into_inner();
        let most =
            times.iter().map(|at| times.iter().filter(|t| *t >= at && **t < *at + millis(200)).count());
        assert!(most.max().unwrap_or_default() <= 2, "{times:?}");
    });
}

#[test]
fn a_process_with_many_requests_tries_again_sooner() {
    let wait = |series: u32| {
        let waits = (0..6).map(|_| {
            let wait = Rc::new(Cell::new(Duration::ZERO));
            let told = Rc::clone(&wait);
            with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
                (0..series).for_each(|tool| bed.record(bed.resolve(&tool.to_string()), 1.0));
                bed.answer(throttled(), Duration::ZERO);
                while bed.sink.requests.borrow().is_empty() {
                    sleep(millis(10)).await;
                }
                let began = Instant::now();
                while bed.sink.requests.borrow().len() == 1 {
                    sleep(millis(10)).await;
                }
                told.set(began.elapsed());
            });
            wait.get()
        });
        waits.sum::<Duration>() / 6
    };
    let (one, ten) = (wait(10), wait(9_500));
    assert!(one > INTERVAL && one < 3 * INTERVAL, "{one:?}");
    assert!(ten < one / 3, "{ten:?}, where one request waits for {one:?}");
}

#[test]
fn a_process_with_thousands_of_requests_tries_again_once_a_second() {
    with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
        let is_throttled = Rc::new(Cell::new(false));
        let throttles = Rc::clone(&is_throttled);
        let times = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&times);
        bed.sink.judge(move |request| {
            if throttles.get() {
                told.borrow_mut().push(Instant::now());
                throttled()
            } else if request.datums.len() > 1 {
                Outcome::Unknown(fault(FaultKind::Unanswered))
            } else {
                Outcome::Applied
            }
        });
        let record_all = || (0..1_500).for_each(|tool| bed.record(bed.resolve(&tool.to_string()), 1.0));
        record_all();
        // The size of the requests that get an answer is found.
        while bed.buffer.snapshot().counts.applied.records < 100 {
            sleep(INTERVAL).await;
        }
        is_throttled.set(true);
        record_all();
        sleep(10 * MINUTE).await;
        let times = times.borrow();
        let most = times
            .iter()
            .enumerate()
            .map(|(first, &began)| times[first..].iter().take_while(|&&time| time < began + MINUTE).count());
        let most = most.max().unwrap_or_default();
        assert!((50..=80).contains(&most), "{most} in a minute");
    });
}

/// The times of the attempts of a flush that is throttled, in a process that has so many series.
fn attempts(bed: &Bed, series: u32) -> Rc<RefCell<Vec<Duration>>> {
    (0..series).for_each(|tool| bed.record(bed.resolve(&tool.to_string()), 1.0));
    let (began, times) = (Instant::now(), Rc::new(RefCell::new(Vec::new())));
    let told = Rc::clone(&times);
    bed.sink.judge(move |_| {
        told.borrow_mut().push(began.elapsed());
        throttled()
    });
    times
}

#[test]
fn a_flush_that_is_throttled_makes_more_attempts_towards_its_end() {
    for _ in 0..20 {
        simulated(|bed| async move {
            let times = attempts(&bed, 1);
            let began = Instant::now();
            assert!(!bed.flush(millis(15_000)).await.unwrap());
            assert_eq!(began.elapsed(), millis(15_000));
            let times = times.borrow();
            let before = |seconds: u64| times.iter().filter(|at| **at < millis(seconds * 1_000)).count();
            assert_eq!(times[0], Duration::ZERO, "it tries at once");
            let (half, two, all) = (before(8), before(13), times.len());
            assert!((2..=8).contains(&half), "{times:?}");
            assert!(two - half >= 2 && all - two >= 20 && all <= 100, "{times:?}");
        });
    }
}

#[test]
fn a_flush_of_two_seconds_that_is_throttled_makes_tens_of_attempts() {
    for _ in 0..20 {
        simulated(|bed| async move {
            let times = attempts(&bed, 1);
            bed.flush(millis(2_000)).await.unwrap();
            assert!((20..=70).contains(&times.borrow().len()), "{times:?}");
        });
    }
}

#[test]
fn a_flush_that_is_over_soon_takes_no_attempts_from_another_one() {
    simulated(|bed| async move {
        let times = attempts(&bed, 1);
        let short = bed.flush(millis(1));
        assert!(!bed.flush(millis(10_000)).await.unwrap());
        assert!(!short.await.unwrap());
        assert!(times.borrow().len() >= 20, "{times:?}");
    });
}

#[test]
fn a_flush_with_many_requests_tries_again_sooner() {
    let attempts_at_first = |series| {
        let count = Rc::new(Cell::new(0));
        let told = Rc::clone(&count);
        with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
            let times = attempts(&bed, series);
            let _unawaited = bed.flush(millis(60_000));
            sleep(millis(20_000)).await;
            told.set(times.borrow().len());
        });
        count.get()
    };
    let (one, ten) = (attempts_at_first(1), attempts_at_first(9_500));
    assert!(one <= 5 && ten >= 8, "{one} attempts, and {ten} with ten requests");
}

#[test]
fn a_flush_on_demand_is_not_held_back_by_a_stretched_interval() {
    with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
        bed.record(bed.resolve("first"), 1.0);
        bed.answer(throttled(), Duration::ZERO);
        bed.answer(throttled(), Duration::ZERO);
        while bed.sink.requests.borrow().len() < 3 {
            sleep(millis(100)).await;
        }
        assert!(bed.snapshot().counts.flush_interval >= 2 * INTERVAL);
        (0..8_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        let began = Instant::now();
        assert!(bed.flush(INTERVAL).await.unwrap());
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(bed.applied_points(), 8_001);
    });
}

#[test]
fn what_waits_its_turn_is_sent_when_a_flush_comes() {
    with_limits(Limits { max_buffered_datums: 100_000, ..LIMITS }, |bed| async move {
        (0..8_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), Duration::ZERO);
        while bed.applied_points() == 0 {
            sleep(millis(10)).await;
        }
        assert!(bed.applied_points() < 8_000);
        let began = Instant::now();
        assert!(bed.flush(INTERVAL).await.unwrap());
        assert_eq!((began.elapsed(), bed.applied_points()), (Duration::ZERO, 8_000));
    });
}

#[test]
fn waits_are_spread_evenly_over_the_whole_interval() {
    let pace = Pace::new(INTERVAL);
    let waits: Vec<_> = (0..10_000).map(|_| pace.draw().as_secs_f64() / INTERVAL.as_secs_f64()).collect();
    for tenth in 0..10 {
        let from = f64::from(tenth).mul_add(0.1, 1.0 - JITTER);
        let count = waits.iter().filter(|wait| (from..from + 0.1).contains(*wait)).count();
        assert!((800..=1_200).contains(&count), "{count} of 10,000 from {from}");
    }
}

#[test]
fn the_warning_says_how_many_processes_fit_and_what_to_set() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        bed.answer(throttled(), Duration::ZERO);
        sleep(2 * INTERVAL).await;
        let warnings = bed.warnings.take();
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert_eq!(
            *warning,
            "Metrics were not delivered; they are kept and sent again. CloudWatch throttles this account: its quota, 500 \
             PutMetricData requests a second unless it was raised, is enough for 2500 processes like this one, with 1 request \
             every 5000 ms. This process sends them every 10000 ms for now. In all processes, set flushIntervalMs to 10000 or \
             more, and flush on demand no more often than that. Or ask for a higher quota. Throttled: on purpose"
        );
    });
}

#[test]
fn what_follows_an_accepted_trial_does_not_wait_for_a_turn_too() {
    let mut parts = Vec::new();
    for _ in 0..40 {
        let part = Rc::new(Cell::new(0.0));
        let told = Rc::clone(&part);
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            bed.record(series, 1.0);
            bed.record(series, 2.0);
            bed.sink.judge(|_| throttled());
            sleep(2 * INTERVAL).await;
            bed.sink.judge(|_| Outcome::Unknown(fault(FaultKind::Unavailable)));
            sleep(5 * MINUTE).await;
            let interval = bed.snapshot().counts.flush_interval;
            assert!(interval > INTERVAL);
            bed.sink.judge(|_| Outcome::Applied);
            while bed.applied_points() < 1 {
                sleep(millis(100)).await;
            }
            let began = Instant::now();
            while bed.applied_points() < 2 {
                sleep(millis(100)).await;
            }
            told.set(began.elapsed().div_duration_f64(interval));
        });
        parts.push(part.get());
    }
    // A random part of the interval. A turn would be half of it to one and a half.
    let mean = parts.iter().sum::<f64>() / 40.0;
    assert!(mean < 0.75, "{mean}: {parts:?}");
}
