//! Tests of unknown outcomes: how often records are sent again, and how their copies are counted.

use super::*;

fn unknown(kind: FaultKind) -> Outcome {
    Outcome::Unknown(fault(kind))
}

/// Returns how often the records were sent.
fn sent(bed: &Bed) -> usize {
    bed.sink.requests.borrow().iter().filter(|(request, _)| !request.datums.is_empty()).count()
}

#[test]
fn during_an_hour_of_unknown_outcomes_records_are_sent_three_times() {
    for kind in [FaultKind::Unavailable, FaultKind::Unanswered, FaultKind::Foreign] {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            (0..12).for_each(|_| bed.record(series, 1.0));
            bed.sink.judge(move |_| unknown(kind));
            for _ in 0..60 {
                bed.flush(millis(2_000)).await.unwrap();
                sleep(millis(58_000)).await;
            }
            assert_eq!(sent(&bed), 3);
            assert_eq!(bed.snapshot().counts.possibly_duplicated, Points::records(2 * 12));
            bed.sink.judge(|_| Outcome::Applied);
            bed.flush(millis(60_000)).await.unwrap();
            let counts = bed.snapshot().counts;
            assert_eq!(
                (counts.applied, counts.possibly_duplicated),
                (Points::records(12), Points::records(3 * 12))
            );
            assert_eq!(sent(&bed), 5, "one record, then the others");
        });
    }
}

#[test]
fn an_answer_of_cloudwatch_to_a_request_without_records_lets_records_be_sent() {
    for answer in [Outcome::Rejected(fault(FaultKind::Invalid)), Outcome::Applied, throttled()] {
        simulated(|bed| async move {
            bed.record(bed.resolve("tool"), 1.0);
            bed.sink.judge(|_| unknown(FaultKind::Unavailable));
            bed.flush(millis(30_000)).await.unwrap();
            assert_eq!(sent(&bed), 3);
            bed.sink.judge(
                move |request| {
                    if request.datums.is_empty() { answer.clone() } else { Outcome::Applied }
                },
            );
            bed.flush(millis(5_000)).await.unwrap();
            assert_eq!(bed.snapshot().counts.applied, Points::records(1));
            assert_eq!(sent(&bed), 4);
        });
    }
}

#[test]
fn no_answer_to_a_request_without_records_lets_none_be_sent() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        // An outage in which a part of the requests reaches a server.
        bed.sink.judge(|request| {
            if request.datums.is_empty() {
                Outcome::NotApplied(fault(FaultKind::Unreachable))
            } else {
                unknown(FaultKind::Unavailable)
            }
        });
        sleep(millis(3_600_000)).await;
        assert_eq!(sent(&bed), 3, "more would be copies");
        assert!(bed.sink.requests.borrow().len() > 60);
        let began = Instant::now();
        bed.sink.judge(|_| Outcome::Applied);
        while bed.applied_points() == 0 {
            sleep(millis(100)).await;
        }
        assert!(began.elapsed() <= millis(61_000), "{:?}", began.elapsed());
    });
}

#[test]
fn if_only_requests_with_records_have_an_unknown_outcome_they_are_sent_rarely() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        // A proxy lets requests pass that carry nothing.
        bed.sink.judge(|request| {
            if request.datums.is_empty() {
                Outcome::Rejected(fault(FaultKind::Invalid))
            } else {
                unknown(FaultKind::Foreign)
            }
        });
        for _ in 0..9 {
            let _unawaited = bed.flush(millis(10_000));
            sleep(millis(60_000)).await;
        }
        assert!(sent(&bed) <= 5, "{}", sent(&bed));
        sleep(millis(24 * 3_600_000)).await;
        assert!(sent(&bed) <= 5 + 24 * 6, "{}", sent(&bed));
    });
}

#[test]
fn a_foreign_answer_before_others_of_unknown_outcome_does_not_let_records_be_sent_more_often() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        let is_first = Cell::new(true);
        bed.sink.judge(move |request| match () {
            () if request.datums.is_empty() => Outcome::Rejected(fault(FaultKind::Invalid)),
            () if is_first.replace(false) => unknown(FaultKind::Foreign),
            () => unknown(FaultKind::Unanswered),
        });
        sleep(millis(24 * 3_600_000)).await;
        // Three, ten while the pause doubles up to ten minutes, and one in each ten minutes.
        assert!(sent(&bed) <= 3 + 10 + 24 * 6, "{}", sent(&bed));
    });
}

#[test]
fn a_record_that_is_tried_is_sent_rarely_although_others_are_accepted_meanwhile() {
    simulated(|bed| async move {
        let (failing, other) = (bed.resolve("tool"), bed.resolve("other"));
        bed.record(failing, 1.0);
        bed.sink.patience.set(3 * INTERVAL);
        bed.sink.judge(move |request| match () {
            () if request.datums.iter().any(|datum| datum.id.0 == failing) => unknown(FaultKind::Unanswered),
            () if request.datums.is_empty() => Outcome::Rejected(fault(FaultKind::Invalid)),
            () => Outcome::Applied,
        });
        for _ in 0..6 * 3_600 {
            bed.record(other, 1.0);
            sleep(millis(1_000)).await;
        }
        let copies = bed.answered_points(|outcome| matches!(outcome, Outcome::Unknown(_)));
        // Some while the pause doubles, and about one in ten minutes.
        assert!((20..=3 + 20 + 2 * 36).contains(&copies), "{copies}");
    });
}

#[test]
fn records_that_were_dropped_leave_no_doubt_behind() {
    let limits = Limits { max_buffered_datums: 1, ..LIMITS };
    with_limits(limits, |bed| async move {
        let (first, second) = (bed.resolve("first"), bed.resolve("second"));
        bed.sink.judge(|request| {
            if request.datums.is_empty() { Outcome::Applied } else { unknown(FaultKind::Foreign) }
        });
        bed.record(first, 1.0);
        sleep(millis(3 * 3_600_000)).await;
        // What is held up goes first, because nothing else has room.
        bed.record(second, 1.0);
        sleep(millis(1_000)).await;
        bed.record(first, 1.0);
        sleep(millis(1_000)).await;
        assert!(bed.snapshot().counts.dropped(DropReason::BufferFull).records > 0);
        bed.sink.judge(|_| Outcome::Applied);
        sleep(millis(3_600_000)).await;
        // After foreign answers, a flush would not shorten the pause.
        bed.sink.judge(|request| {
            if request.datums.is_empty() { Outcome::Applied } else { unknown(FaultKind::Unanswered) }
        });
        bed.record(first, 1.0);
        sleep(millis(3 * 3_600_000)).await;
        bed.sink.judge(|_| Outcome::Applied);
        assert!(bed.flush(millis(60_000)).await.unwrap());
    });
}

#[test]
fn flushes_in_a_loop_send_a_record_of_unknown_outcome_rarely() {
    for is_other_accepted in [false, true] {
        simulated(|bed| async move {
            let (failing, other) = (bed.resolve("tool"), bed.resolve("other"));
            bed.record(failing, 1.0);
            // CloudWatch fails to store what may be stored already.
            bed.sink.judge(move |request| {
                let is_failing = request.datums.iter().any(|datum| datum.id.0 == failing);
                match () {
                    () if is_failing => unknown(FaultKind::Unavailable),
                    () if request.datums.is_empty() => Outcome::Rejected(fault(FaultKind::Invalid)),
                    () => Outcome::Applied,
                }
            });
            for _ in 0..600 {
                if is_other_accepted {
                    bed.record(other, 1.0);
                }
                bed.flush(millis(1_000)).await.unwrap();
            }
            let copies = bed.answered_points(|outcome| matches!(outcome, Outcome::Unknown(_)));
            // Three, a few while the pause doubles up to half a minute, and one in each half of a minute.
            assert!((10..=3 + 10 + 20).contains(&copies), "{copies}");
            bed.sink.judge(|_| Outcome::Applied);
            assert!(bed.flush(millis(60_000)).await.unwrap());
        });
    }
}

#[test]
fn after_unknown_outcomes_a_record_without_a_copy_is_tried_first() {
    simulated(|bed| async move {
        let [old, new] = ["old", "new"].map(|tool| bed.resolve(tool));
        bed.sink.judge(|_| unknown(FaultKind::Unavailable));
        for round in 0..4 {
            bed.record(if round < 3 { old } else { new }, 1.0);
            bed.flush(millis(10_000)).await.unwrap();
        }
        let before = bed.sink.requests.borrow().len();
        bed.sink.judge(|_| Outcome::Applied);
        assert!(bed.flush(millis(10_000)).await.unwrap());
        let requests = bed.sink.requests.borrow();
        let sent: Vec<Vec<_>> = requests[before..]
            .iter()
            .filter(|(request, _)| !request.datums.is_empty())
            .map(|(request, _)| {
                request.datums.iter().map(|datum| (datum.id.0, datum.points().records)).collect()
            })
            .collect();
        assert_eq!(sent, [vec![(new, 1)], vec![(old, 1)], vec![(old, 2)]]);
    });
}

#[test]
fn while_one_record_is_tried_no_other_one_is() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Rejected(fault(FaultKind::Invalid)), Duration::ZERO);
        bed.flush(millis(1)).await.unwrap();
        bed.answer(Outcome::Applied, millis(30_000));
        for _ in 0..20 {
            bed.record(series, 2.0);
            let _unawaited = bed.flush(millis(1_000));
            sleep(millis(1_000)).await;
        }
        assert_eq!(bed.sink.script.borrow().len(), 0, "one is in flight");
        assert_eq!(bed.sink.requests.borrow().len(), 1);
        assert!(bed.flush(millis(30_000)).await.unwrap());
        assert_eq!(bed.applied_points(), 21);
    });
}

#[test]
fn a_record_counts_as_a_possible_duplicate_when_it_is_sent_again() {
    simulated(|bed| async move {
        let [first, second] = ["first", "second"].map(|tool| bed.resolve(tool));
        bed.record(first, 1.0);
        bed.answer(unknown(FaultKind::Unanswered), Duration::ZERO);
        bed.flush(millis(1)).await.unwrap();
        assert_eq!(bed.snapshot().counts.possibly_duplicated, Points::records(0), "it was sent once");
        bed.record(first, 2.0);
        bed.record(second, 3.0);
        for _ in 0..2 {
            bed.answer(throttled(), millis(100));
        }
        bed.flush(millis(1)).await.unwrap();
        sleep(millis(150)).await;
        assert_eq!(
            bed.snapshot().counts.possibly_duplicated,
            Points::records(0),
            "it was certainly not applied"
        );
        bed.flush(INTERVAL).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!((counts.applied, counts.possibly_duplicated), (Points::records(3), Points::records(1)));
    });
}

#[test]
fn if_requests_with_records_fail_while_others_are_refused_each_attempt_sends_one_record() {
    simulated(|bed| async move {
        for tool in 0..10 {
            let series = bed.resolve(&tool.to_string());
            (0..100).for_each(|_| bed.record(series, 1.0));
        }
        // CloudWatch checks a request before it fails to store it.
        bed.sink.judge(|request| {
            if request.datums.is_empty() {
                Outcome::Rejected(fault(FaultKind::Invalid))
            } else {
                unknown(FaultKind::Unavailable)
            }
        });
        sleep(millis(3_600_000)).await;
        let with_records: Vec<_> = {
            let requests = bed.sink.requests.borrow();
            requests.iter().map(|(request, _)| request.points().records).filter(|&size| size > 0).collect()
        };
        assert_eq!(with_records[..3], [1_000; 3]);
        assert!(
            with_records.len() > 10 && with_records[3..].iter().all(|&size| size == 1),
            "{with_records:?}"
        );
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(millis(60_000)).await.unwrap();
        assert_eq!(bed.snapshot().counts.applied, Points::records(1_000));
    });
}

#[test]
fn requests_whose_size_is_the_cause_are_sent_smaller() {
    simulated(|bed| async move {
        for tool in 0..2_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        // A proxy applies everything, and gives no answer to large requests.
        let copies = Rc::new(Cell::new(0));
        let counted = Rc::clone(&copies);
        bed.sink.judge(move |request| {
            if request.datums.len() > 100 {
                counted.set(counted.get() + request.points().records);
                unknown(FaultKind::Unanswered)
            } else {
                Outcome::Applied
            }
        });
        bed.flush(millis(600_000)).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!(counts.applied, Points::records(2_000));
        assert_eq!(counts.possibly_duplicated, Points::records(copies.get()));
        assert!(copies.get() <= 8 * 2_000, "{} copies", copies.get());

        // Once all of them are settled, the size of others is not the cause of anything.
        for tool in 0..2_000 {
            bed.record(bed.resolve(&tool.to_string()), 2.0);
        }
        let before = bed.sink.requests.borrow().len();
        let is_first = Cell::new(true);
        bed.sink.judge(move |_| {
            if is_first.replace(false) { unknown(FaultKind::Unanswered) } else { Outcome::Applied }
        });
        bed.flush(millis(600_000)).await.unwrap();
        let requests = bed.sink.requests.borrow();
        let sizes = |of: fn(&Request) -> bool| -> Vec<_> {
            let such = requests[before..].iter().filter(|(request, _)| of(request));
            such.map(|(request, _)| request.datums.len()).collect()
        };
        assert_eq!(sizes(Request::is_unsure), [sizes(|_| true)[0]], "it is sent again as a whole");
    });
}

#[test]
fn flushes_in_a_loop_during_a_backoff_make_few_requests() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        bed.sink.judge(|_| throttled());
        let began = Instant::now();
        while began.elapsed() < millis(5_000) {
            bed.flush(millis(1)).await.unwrap();
        }
        let requests = bed.sink.requests.borrow().len();
        assert!((10..=110).contains(&requests), "{requests} requests");
    });
}

#[test]
fn after_an_outage_the_steps_of_the_return_are_spread_over_the_interval() {
    let mut waits = Vec::new();
    for _ in 0..20 {
        let wait = Rc::new(Cell::new(Duration::ZERO));
        let told = Rc::clone(&wait);
        simulated(|bed| async move {
            bed.record(bed.resolve("tool"), 1.0);
            bed.sink.judge(|_| unknown(FaultKind::Unavailable));
            sleep(Duration::from_mins(2)).await;
            bed.sink.judge(|_| Outcome::Applied);
            let before = bed.sink.requests.borrow().len();
            while bed.sink.requests.borrow().len() == before {
                sleep(millis(200)).await;
            }
            let began = Instant::now();
            while bed.applied_points() == 0 {
                sleep(millis(50)).await;
            }
            told.set(began.elapsed());
        });
        waits.push(wait.get());
    }
    assert!(waits.iter().all(|&wait| wait <= INTERVAL + millis(50)), "{waits:?}");
    let mean = waits.iter().sum::<Duration>() / 20;
    assert!(mean > INTERVAL / 4 && mean < INTERVAL * 3 / 4, "{mean:?}");
}
