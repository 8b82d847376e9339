//! The flusher under simulated time, against a sink that answers from a script.

use std::{cell::Cell, collections::BTreeMap, sync::atomic::AtomicI64, sync::atomic::Ordering};

use proptest::prelude::*;
use tokio::{sync::mpsc::UnboundedSender, task::LocalSet, time::sleep};

use super::*;
use crate::{
    buffer::Limits,
    catalog::CATALOG,
    clock::UnixMillis,
    ring::{HEAD, PARKED, Producer, Published, Ring},
    sink::memory::{Answer, MemorySink},
    stats::Snapshot,
    window::{Points, Resolution, WindowStart},
};

/// 2026-01-01 00:00:00 UTC.
const START: i64 = 1_767_225_600_000;
const INTERVAL: Duration = Duration::from_secs(5);
const LIMITS: Limits =
    Limits { max_buffered_datums: 10_000, max_series: 10_000, resolution: Resolution::Minute };

/// Wall-clock time that goes with the runtime's, and can be set off from it.
struct SimulatedClock {
    began: Instant,
    offset: AtomicI64,
}

impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        UnixMillis(START + self.offset.load(Ordering::SeqCst) + elapsed)
    }
}

/// A flusher that runs, and one JavaScript thread's side of it.
struct Bed {
    buffer: Arc<Buffer>,
    warnings: Arc<Warnings>,
    clock: Arc<SimulatedClock>,
    commands: UnboundedSender<Command>,
    sink: Rc<MemorySink>,
    ring: Arc<Ring>,
    producer: std::cell::RefCell<Producer>,
}

impl Bed {
    fn resolve(&self, tool: &str) -> u32 {
        self.buffer.resolve(&CATALOG[7], &[Some(tool)]).id.0
    }

    fn record(&self, series: u32, value: f64) {
        match self.producer.borrow_mut().publish(series, value) {
            Published::Quietly => {}
            Published::WhileParked => self.commands.send(Command::Wake).unwrap(),
            Published::Full => panic!("more records than the ring holds"),
        }
    }

    fn answer(&self, outcome: Outcome, after: Duration) {
        self.sink.script.borrow_mut().push_back(Answer { outcome, after });
    }

    /// Starts a flush; the cell tells whether it is done.
    fn flush(&self, within: Duration) -> tokio::sync::oneshot::Receiver<()> {
        let (done, wait) = tokio::sync::oneshot::channel();
        let done = Box::new(move || done.send(()).unwrap_or(()));
        self.commands.send(Command::Flush { within, done }).unwrap();
        wait
    }

    fn snapshot(&self) -> Snapshot {
        let snapshot = self.buffer.snapshot();
        assert!(snapshot.is_balanced(), "{snapshot:?}");
        snapshot
    }

    fn is_parked(&self) -> bool {
        self.ring.header()[HEAD].load(Ordering::SeqCst) & PARKED != 0
    }

    /// value -> count of what was applied, by window and series.
    fn applied(&self) -> BTreeMap<(i64, u32), BTreeMap<u64, u64>> {
        let mut applied: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (request, outcome) in self.sink.requests.borrow().iter() {
            for datum in request.datums.iter().filter(|_| *outcome == Outcome::Applied) {
                let values = applied.entry((datum.window.0, datum.id.0)).or_default();
                for sample in &datum.samples {
                    *values.entry(sample.value.to_bits()).or_default() += sample.count;
                }
            }
        }
        applied
    }

    fn applied_points(&self) -> u64 {
        self.applied().values().flat_map(BTreeMap::values).sum()
    }
}

fn with_limits<F: Future<Output = ()>>(limits: Limits, test: impl FnOnce(Rc<Bed>) -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let clock = Arc::new(SimulatedClock { began: Instant::now(), offset: AtomicI64::new(0) });
        let buffer = Arc::new(Buffer::new(limits, Arc::clone(&clock) as Arc<dyn Clock>));
        let warnings = Arc::new(Warnings::new(Box::new(|| ())));
        let sink = Rc::new(MemorySink::default());
        let (commands, received) = tokio::sync::mpsc::unbounded_channel();
        let flusher = Flusher {
            buffer: Arc::clone(&buffer),
            warnings: Arc::clone(&warnings),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            commands: received,
            sink: Rc::new(Rc::clone(&sink)),
            flush_interval: INTERVAL,
            environment: "test".to_owned(),
            progress: Progress::default(),
        };
        let (_, ring) = buffer.open_ring();
        let producer = Producer::new(Arc::clone(&ring)).into();
        let running = tokio::task::spawn_local(flusher.run());
        test(Rc::new(Bed { buffer, warnings, clock, commands, sink, ring, producer })).await;
        running.abort();
    });
}

fn simulated<F: Future<Output = ()>>(test: impl FnOnce(Rc<Bed>) -> F) {
    with_limits(LIMITS, test);
}

fn fault(kind: FaultKind) -> Fault {
    Fault { kind, code: format!("{kind:?}"), message: "on purpose".to_owned() }
}

fn throttled() -> Outcome {
    Outcome::NotApplied(fault(FaultKind::Throttled))
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_record_is_sent_after_the_flush_interval_give_or_take_its_jitter() {
    let waits = std::cell::RefCell::new(Vec::new());
    for _ in 0..40 {
        simulated(|bed| {
            let waits = &waits;
            async move {
                let series = bed.resolve("tool");
                sleep(millis(7_000)).await;
                bed.record(series, 1.0);
                let recorded = Instant::now();
                while bed.applied_points() == 0 {
                    sleep(millis(10)).await;
                }
                waits.borrow_mut().push(recorded.elapsed());
            }
        });
    }
    let (shortest, longest) = (*waits.borrow().iter().min().unwrap(), *waits.borrow().iter().max().unwrap());
    assert!(shortest >= millis(4_500) && longest <= millis(5_520), "{shortest:?} to {longest:?}");
    assert!(longest.checked_sub(shortest).unwrap() > millis(300), "40 of them spread over a second");
}

#[test]
fn with_nothing_to_send_the_flusher_is_parked_and_the_next_record_wakes_it() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        for round in 1..4 {
            sleep(millis(1)).await;
            assert!(bed.is_parked());
            bed.record(series, 1.0);
            sleep(millis(10)).await;
            assert!(!bed.is_parked());
            sleep(2 * INTERVAL).await;
            assert_eq!(bed.applied_points(), round);
        }
    });
}

#[test]
fn a_thousand_waiting_datums_are_sent_without_waiting_for_the_interval() {
    simulated(|bed| async move {
        for tool in 0..1_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        sleep(DRAIN_INTERVAL + millis(10)).await;
        assert_eq!(bed.applied_points(), 1_000);
    });
}

#[test]
fn while_it_backs_off_a_full_buffer_is_not_sent_either() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..30 {
            bed.answer(throttled(), Duration::ZERO);
        }
        sleep(millis(300_000)).await;
        let (attempts, began) = (bed.sink.requests.borrow().len(), Instant::now());
        for tool in 0..2_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        sleep(millis(240_000)).await;
        let more = bed.sink.requests.borrow().len() - attempts;
        // Full jitter up to a minute is half a minute in the mean; a drain is due every second.
        assert!(more < 40, "{more} attempts in {:?}", began.elapsed());
    });
}

#[test]
fn at_most_four_requests_are_in_the_air_and_a_failure_holds_back_the_rest() {
    simulated(|bed| async move {
        for tool in 0..9_500 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.answer(throttled(), millis(1_000));
        for _ in 0..3 {
            bed.answer(Outcome::Applied, millis(2_000));
        }
        for _ in 0..96 {
            bed.answer(Outcome::Applied, millis(100));
        }
        let flush = bed.flush(millis(60_000));
        sleep(millis(500)).await;
        assert_eq!(bed.sink.script.borrow().len(), 96);
        sleep(millis(501)).await;
        assert!(bed.snapshot().buffered >= Points(6_500), "what was not sent yet went back");
        flush.await.unwrap();
        assert_eq!(bed.applied_points(), 9_500);
        assert_eq!(bed.snapshot().counts.retries, 1);
    });
}

#[test]
fn a_flush_sends_at_once_and_is_done_when_everything_before_it_is_settled() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Applied, millis(300));
        let (first, second) = (bed.flush(INTERVAL), bed.flush(INTERVAL));
        let began = Instant::now();
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!(began.elapsed(), millis(300));
        assert_eq!(bed.sink.requests.borrow().len(), 1);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(began.elapsed(), millis(300), "nothing to send, nothing to wait for");
    });
}

#[test]
fn a_flush_waits_for_what_was_in_the_air_before_it() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Applied, millis(4_000));
        let first = bed.flush(INTERVAL);
        sleep(millis(1_000)).await;
        bed.record(series, 2.0);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_points(), 2);
        first.await.unwrap();
    });
}

#[test]
fn a_flush_tries_at_once_whatever_the_backoff_says_and_again_until_it_is_settled() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..40 {
            bed.answer(throttled(), Duration::ZERO);
        }
        sleep(millis(200_000)).await;
        assert_eq!(bed.applied_points(), 0);
        bed.sink.script.borrow_mut().truncate(3);
        let tried = bed.sink.requests.borrow().len();
        let flush = bed.flush(INTERVAL);
        sleep(millis(1)).await;
        assert_eq!(bed.sink.requests.borrow().len(), tried + 1);
        flush.await.unwrap();
        assert_eq!((bed.applied_points(), bed.snapshot().counts.applied), (1, Points(1)));
    });
}

#[test]
fn a_flush_keeps_its_deadline_while_the_sink_hangs_and_the_records_stay() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(throttled(), millis(60_000));
        let began = Instant::now();
        bed.flush(millis(2_000)).await.unwrap();
        assert_eq!(began.elapsed(), millis(2_000));
        assert_eq!(bed.snapshot().counts.in_flight, Points(1));
        sleep(millis(70_000)).await;
        assert_eq!(bed.applied_points(), 1);
    });
}

#[test]
fn backoff_has_full_jitter_from_half_a_second_to_a_minute_and_ends_with_success() {
    let longest = Cell::new(Duration::ZERO);
    let (lowest, highest) = (Cell::new(1.0_f64), Cell::new(0.0_f64));
    for _ in 0..10 {
        simulated(|bed| {
            let (longest, lowest, highest) = (&longest, &lowest, &highest);
            async move {
                let series = bed.resolve("tool");
                bed.record(series, 1.0);
                for _ in 0..12 {
                    bed.answer(throttled(), Duration::ZERO);
                }
                sleep(2 * INTERVAL).await;
                let mut attempts = bed.sink.requests.borrow().len();
                let mut last = Instant::now();
                while bed.applied_points() == 0 {
                    sleep(millis(50)).await;
                    let now = bed.sink.requests.borrow().len();
                    if now > attempts {
                        let bound = FIRST_BACKOFF * 2_u32.pow(u32::try_from(now).unwrap().min(8) - 1);
                        let gap = last.elapsed();
                        assert!(gap <= bound.min(MAX_BACKOFF) + millis(100), "{gap:?} at attempt {now}");
                        longest.set(longest.get().max(gap));
                        if now > 5 {
                            let share = gap.as_secs_f64() / bound.min(MAX_BACKOFF).as_secs_f64();
                            lowest.set(lowest.get().min(share));
                            highest.set(highest.get().max(share));
                        }
                        (attempts, last) = (now, Instant::now());
                    }
                }
                let snapshot = bed.snapshot();
                assert_eq!((snapshot.counts.requests, snapshot.counts.retries), (13, 12));
                assert_eq!(snapshot.counts.throttled, 12);
            }
        });
    }
    assert!(longest.get() > millis(20_000), "the longest of 120 backoffs was {:?}", longest.get());
    assert!(lowest.get() < 0.2 && highest.get() > 0.8, "{} to {} of the bound", lowest.get(), highest.get());
}

#[test]
fn after_a_success_backoff_begins_anew() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..12 {
            bed.answer(throttled(), Duration::ZERO);
        }
        while bed.applied_points() == 0 {
            sleep(millis(1_000)).await;
        }
        bed.record(series, 2.0);
        bed.answer(throttled(), Duration::ZERO);
        let attempts = bed.sink.requests.borrow().len();
        while bed.sink.requests.borrow().len() == attempts {
            sleep(millis(10)).await;
        }
        sleep(FIRST_BACKOFF + millis(10)).await;
        assert_eq!(bed.applied_points(), 2);
    });
}

#[test]
fn an_unknown_outcome_is_sent_again_and_counted_as_possibly_duplicated() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.record(series, 2.0);
        bed.answer(Outcome::Unknown(fault(FaultKind::Unanswered)), millis(10));
        bed.flush(INTERVAL).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!((counts.applied, counts.possibly_duplicated), (Points(2), Points(2)));
        assert_eq!((counts.throttled, counts.retries), (0, 1));
        assert_eq!(counts.last_fault.unwrap().0.kind, FaultKind::Unanswered);
    });
}

#[test]
fn of_a_refused_request_only_the_culprit_is_dropped() {
    simulated(|bed| async move {
        for tool in 0..64 {
            bed.record(bed.resolve(&tool.to_string()), f64::from(tool));
        }
        // 64 -> 32 -> 16 -> 8 -> 4 -> 2 -> 1: the culprit is always in the first half.
        let rejected = || Outcome::Rejected(fault(FaultKind::Invalid));
        bed.answer(rejected(), Duration::ZERO);
        for _ in 0..6 {
            bed.answer(rejected(), millis(1));
            bed.answer(Outcome::Applied, millis(2));
        }
        bed.flush(INTERVAL).await.unwrap();
        let snapshot = bed.snapshot();
        assert_eq!(snapshot.counts.dropped(DropReason::Rejected), Points(1));
        assert_eq!((bed.applied_points(), snapshot.counts.requests), (63, 13));
        assert!(bed.applied().keys().all(|(_, series)| *series != 0));
        assert!(bed.warnings.take()[0].contains("they are dropped"));
    });
}

#[test]
fn a_request_that_is_too_large_is_halved_and_nothing_is_dropped() {
    simulated(|bed| async move {
        for tool in 0..10 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.answer(Outcome::TooLarge(fault(FaultKind::Invalid)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        let sizes: Vec<_> =
            bed.sink.requests.borrow().iter().map(|(request, _)| request.datums.len()).collect();
        assert_eq!(sizes, [10, 5, 5]);
        let counts = bed.snapshot().counts;
        assert_eq!((counts.applied, counts.retries), (Points(10), 1));
    });
}

#[test]
fn a_single_datum_that_is_too_large_waits_and_is_sent_again() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::TooLarge(fault(FaultKind::Invalid)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.snapshot().counts.applied, Points(1));
    });
}

#[test]
fn records_that_are_sent_again_keep_the_minute_in_which_they_were_made() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..20 {
            bed.answer(throttled(), Duration::ZERO);
        }
        while bed.applied_points() == 0 {
            sleep(millis(60_000)).await;
        }
        assert_eq!(bed.applied().keys().next().unwrap().0, START / 1_000);
    });
}

#[test]
fn a_day_without_cloudwatch_costs_at_most_the_buffer_and_every_dropped_point_is_counted() {
    let limits = Limits { max_buffered_datums: 100, ..LIMITS };
    with_limits(limits, |bed| async move {
        let series = bed.resolve("tool");
        for _ in 0..10_000 {
            bed.answer(throttled(), millis(20));
        }
        for _ in 0..24 * 60 {
            bed.record(series, 1.0);
            sleep(millis(60_000)).await;
        }
        let snapshot = bed.snapshot();
        assert!(snapshot.buffered.0 <= 100 && snapshot.counts.in_flight.0 <= 101);
        assert!(snapshot.counts.dropped(DropReason::BufferFull).0 >= 24 * 60 - 201);
        bed.sink.script.borrow_mut().clear();
        bed.flush(INTERVAL).await.unwrap();
        let oldest = bed.applied().keys().next().unwrap().0;
        assert!(oldest > (START / 1_000) + 22 * 60 * 60, "the oldest go first");
        let is_about_drops = |warning: &String| warning.contains("maxBufferedDatums");
        assert!(bed.warnings.take().iter().any(is_about_drops));
        for _ in 0..10 {
            bed.record(series, 1.0);
            sleep(millis(60_000)).await;
        }
        assert!(!bed.warnings.take().iter().any(is_about_drops), "told once for each drop");
    });
}

#[test]
fn what_cloudwatch_would_not_take_for_its_age_is_dropped_and_counted() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(throttled(), Duration::ZERO);
        bed.flush(millis(1)).await.unwrap();
        let two_weeks = 14 * 24 * 60 * 60 * 1_000;
        for (age, dropped) in [(two_weeks - 60_000, 0), (two_weeks + 1_000, 1)] {
            bed.clock.offset.store(age, Ordering::SeqCst);
            bed.answer(throttled(), Duration::ZERO);
            bed.flush(millis(1)).await.unwrap();
            assert_eq!(bed.snapshot().counts.dropped(DropReason::TooOld), Points(dropped));
        }
    });
}

#[test]
fn warnings_say_what_became_of_the_records_and_what_to_do() {
    for (kind, advice) in [
        (FaultKind::Unreachable, "check the region, the endpoint, DNS, proxy and CA certificates"),
        (FaultKind::Throttled, "quota"),
        (FaultKind::Denied, "allow cloudwatch:PutMetricData"),
        (FaultKind::Unanswered, "no answer came in time"),
        (FaultKind::Unavailable, "CloudWatch failed"),
        (FaultKind::Invalid, "please report it"),
    ] {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            bed.record(series, 1.0);
            for _ in 0..5 {
                bed.answer(Outcome::NotApplied(fault(kind)), Duration::ZERO);
            }
            bed.flush(INTERVAL).await.unwrap();
            let warnings = bed.warnings.take();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            for part in ["kept and sent again", advice, &format!("{kind:?}: on purpose")] {
                assert!(warnings[0].contains(part), "{part} in {}", warnings[0]);
            }
        });
    }
}

#[test]
fn warnings_of_different_kinds_do_not_hold_each_other_back() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(throttled(), Duration::ZERO);
        bed.answer(Outcome::NotApplied(fault(FaultKind::Denied)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.warnings.take().len(), 2);
    });
}

#[test]
fn requests_that_fail_together_are_one_failure() {
    for _ in 0..8 {
        simulated(|bed| async move {
            (0..4_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
            (0..4).for_each(|_| bed.answer(throttled(), millis(10)));
            sleep(DRAIN_INTERVAL + millis(15) + FIRST_BACKOFF + millis(5)).await;
            assert_eq!(bed.applied_points(), 4_000);
        });
    }
}

#[test]
fn after_a_failure_what_was_not_sent_yet_waits_with_what_failed() {
    simulated(|bed| async move {
        (0..6_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), Duration::ZERO);
        (0..3).for_each(|_| bed.answer(Outcome::Applied, millis(10)));
        let start = Instant::now();
        bed.flush(millis(60_000)).await.unwrap();
        assert!(start.elapsed() < millis(60_000), "settled before its deadline");
        let first = |(request, _): &(Request, Outcome)| request.datums[0].id.0;
        let begun: Vec<_> = bed.sink.requests.borrow().iter().map(first).collect();
        let again = begun.iter().rposition(|&series| series == 0).unwrap();
        assert!(again > 0 && begun.iter().position(|&series| series == 4_000).unwrap() > again, "{begun:?}");
    });
}

#[test]
fn what_is_merged_back_past_the_cap_is_shed_at_once() {
    with_limits(Limits { max_buffered_datums: 3, ..LIMITS }, |bed| async move {
        (0..3).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), millis(100));
        (0..50).for_each(|_| bed.answer(throttled(), Duration::ZERO));
        drop(bed.flush(millis(1)));
        sleep(millis(50)).await;
        (3..6).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.buffer.drain();
        sleep(millis(51)).await;
        let Snapshot { counts, buffered, .. } = bed.snapshot();
        assert!(buffered.0 + counts.in_flight.0 <= 3, "{counts:?}");
    });
}

#[derive(Clone, Debug)]
enum Step {
    Record { series: u32, value: u32 },
    Wait(u64),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..5_u32, 0..20_u32).prop_map(|(series, value)| Step::Record { series, value }),
        4 => prop_oneof![0..50_u64, 900..1_100_u64, 20_000..70_000_u64].prop_map(Step::Wait),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 1..120)
}

fn outcomes() -> impl Strategy<Value = Vec<(Outcome, u64)>> {
    let outcome = prop_oneof![
        Just(Outcome::Applied),
        Just(throttled()),
        Just(Outcome::TooLarge(fault(FaultKind::Invalid))),
        Just(Outcome::Unknown(fault(FaultKind::Unanswered))),
        Just(Outcome::Rejected(fault(FaultKind::Invalid))),
    ];
    prop::collection::vec((outcome, prop_oneof![Just(0), 1..5_000_u64]), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_every_record_is_in_exactly_one_place(steps in steps(), outcomes in outcomes()) {
        simulated(|bed| async move {
            for tool in 0..5 {
                assert_eq!(bed.resolve(&tool.to_string()), tool);
            }
            for (outcome, after) in outcomes {
                bed.answer(outcome, millis(after));
            }
            let mut recorded = 0;
            for step in steps {
                match step {
                    Step::Record { series, value } => {
                        bed.record(series, f64::from(value));
                        recorded += 1;
                    }
                    Step::Wait(time) => sleep(millis(time)).await,
                    Step::Flush => drop(bed.flush(millis(500))),
                }
                assert_eq!(bed.snapshot().counts.recorded, Points(recorded));
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points(0), Points(0)));
            assert_eq!(bed.applied_points(), counts.applied.0);
            assert_eq!(counts.applied.0 + counts.dropped(DropReason::Rejected).0, recorded);
        });
    }

    #[test]
    fn each_record_lands_in_the_minute_in_which_it_was_made(
        moments in prop::collection::vec((prop_oneof![0..50_u64, 900..3_000_u64, 25_000..90_000_u64],
            prop::option::weighted(0.1, -7_200_000..7_200_000_i64)), 1..80),
    ) {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            let mut expected: BTreeMap<i64, u64> = BTreeMap::new();
            for (pause, step) in moments {
                sleep(millis(pause)).await;
                if let Some(step) = step {
                    // The flusher has woken for the last record, and notices a clock that is set at its next
                    // drain.
                    sleep(millis(1)).await;
                    bed.clock.offset.fetch_add(step, Ordering::SeqCst);
                    sleep(DRAIN_INTERVAL + millis(1)).await;
                }
                if bed.clock.now().0.rem_euclid(60_000) == 0 {
                    // In the very millisecond of a boundary, the drain and the record have no order.
                    sleep(millis(1)).await;
                }
                let WindowStart(window) = Resolution::Minute.window(bed.clock.now());
                bed.record(series, 1.0);
                *expected.entry(window).or_default() += 1;
            }
            bed.flush(INTERVAL).await.unwrap();
            let applied: BTreeMap<i64, u64> = bed
                .applied()
                .into_iter()
                .map(|((window, _), values)| (window, values.values().sum()))
                .collect();
            assert_eq!(applied, expected);
        });
    }
}
