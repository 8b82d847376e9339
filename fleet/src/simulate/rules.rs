//! The rules that hold at any moment, and those that hold at the end.

use std::collections::BTreeMap;

use hkm_core::{
    resolution::WindowStart,
    series::SeriesId,
    stats::{Counts, DropReason, Snapshot},
    window::Size,
};

use super::{ledger::Ledger, process::Process};

/// The time of day has to jump by almost two weeks before a record can be too old.
const ALMOST_TWO_WEEKS_MS: i64 = 13 * 24 * 60 * 60 * 1_000;

/// The memory that one more record takes.
const MOST_BYTES_A_RECORD: u64 = Size::of(2).bytes as u64;

/// Checks what can be checked without draining the rings.
pub fn check(process: &Process) {
    let counts = process.counts();
    let ledger = &*process.ledger.lock();
    let journal = &process.journal;
    let who = || format!("process {}: {counts:?}", process.number);
    ledger.flushes.check(journal, &ledger.time_line);
    journal.check("what is counted as applied was accepted", counts.applied == ledger.accepted, || {
        format!("accepted {:?}, {}", ledger.accepted, who())
    });
    let copies = counts.possibly_duplicated;
    journal.check("each possible copy is counted once", copies == ledger.possible_copies, || {
        format!("{:?} may be copies, {}", ledger.possible_copies, who())
    });
    journal.check(
        "copies are counted as possible ones",
        ledger.copies <= (copies + ledger.in_flight).records + (copies + ledger.in_flight).rollups,
        || format!("{} copies, {}", ledger.copies, who()),
    );
    let no_copies = ledger.unknown > 0 || (ledger.copies == 0 && copies.is_zero());
    journal.check("without an unknown outcome nothing is a copy", no_copies, who);
    let [flying, known] = [counts.in_flight, ledger.in_flight];
    journal.check(
        "what is in flight is counted",
        flying.records >= known.records
            && flying.rollups >= known.rollups
            && flying.records <= counts.recorded.records,
        || format!("{known:?} are in flight, {}", who()),
    );
    journal.check("throttled attempts are counted", counts.throttled == ledger.throttled, || {
        format!("{} were throttled, {}", ledger.throttled, who())
    });
    check_drops(process, ledger, &counts);
    check_runs(process, ledger);
}

fn check_drops(process: &Process, ledger: &Ledger, counts: &Counts) {
    let journal = &process.journal;
    let who = || format!("process {}: {counts:?}", process.number);
    let dropped = |reason| counts.dropped(reason).records;
    let [value, label] = ledger.refused;
    let refused = (dropped(DropReason::InvalidValue), dropped(DropReason::InvalidLabel));
    journal.check("refused records are counted", refused == (value, label), || {
        format!("{value} and {label} were refused, {}", who())
    });
    let unresolved = dropped(DropReason::Unresolved);
    journal.check("a record with a series is resolved", unresolved <= ledger.unresolved, || {
        format!("{} have no series, {}", ledger.unresolved, who())
    });
    let (most, rejected) = (ledger.culprits + ledger.refused_alone, counts.dropped(DropReason::Rejected));
    let are_refused = rejected.records <= most.records && rejected.rollups <= most.rollups;
    journal.check("only what CloudWatch refuses is dropped as refused", are_refused, || {
        let (culprits, alone) = (ledger.culprits, ledger.refused_alone);
        format!("CloudWatch refuses {culprits:?}, and refused {alone:?} of others alone, {}", who())
    });
    let can_be_old = ledger.time_line.spread() > ALMOST_TWO_WEEKS_MS;
    journal.check("only old records are too old", can_be_old || dropped(DropReason::TooOld) == 0, who);
    let waited = ledger.pressure.most_waiting;
    let can_be_full = waited > process.settings.max_buffered_datums as u64
        || waited * MOST_BYTES_A_RECORD > process.settings.max_buffered_bytes as u64;
    journal.check(
        "nothing is dropped while there is room",
        can_be_full || dropped(DropReason::BufferFull) == 0,
        || format!("at most {} waited, {}", ledger.pressure.most_waiting, who()),
    );
    journal.check("no record is dropped for another reason", dropped(DropReason::Unobserved) == 0, who);
}

/// Checks that the flusher runs only if there is something to do: at the start of each second, five times a second while a flush
/// waits, and for each command and answer.
fn check_runs(process: &Process, ledger: &Ledger) {
    let seconds = process.began.elapsed().as_secs();
    let most = 1_000 + 12 * seconds + 12 * ledger.requests + 4 * process.commands_sent.get();
    let runs = process.watch.runs();
    process.journal.check("the flusher runs only if there is something to do", runs <= most, || {
        format!("it ran {runs} times in {seconds} s, with {} requests", ledger.requests)
    });
}

/// Reads the statistics, which drains the rings, and checks them.
pub fn check_statistics(process: &Process) -> Snapshot {
    let waiting = process.buffer.drain();
    let snapshot = process.buffer.snapshot();
    let ledger = &*process.ledger.lock();
    let (journal, settings) = (&process.journal, &process.settings);
    let who = || format!("process {}: {snapshot:?}", process.number);
    journal.count("statistics that were read", 1);
    journal.check("the books balance", snapshot.is_balanced(), who);
    journal.check("each record is counted", snapshot.counts.recorded.records == ledger.recorded, || {
        format!("{} were recorded, {}", ledger.recorded, who())
    });
    let sets: usize = settings.metrics.iter().map(|metric| 1 + metric.rollups.len()).sum();
    let most_series = settings.max_series + sets;
    journal.check("the series are limited", snapshot.series.all <= most_series, who);
    // While CloudWatch accepts records, each series may have one datum more.
    let most = settings.max_buffered_datums + settings.max_series + process.known_series() + 2;
    let Size { datums, bytes } = waiting.size;
    journal.count_most("most datums that waited", datums as u64);
    journal.check("the datums that wait are limited", datums <= most, || {
        format!("{datums} wait, at most {most} may, {}", who())
    });
    journal.check("the memory of what waits is limited", bytes <= settings.max_buffered_bytes, || {
        format!("{bytes} bytes wait, {}", who())
    });
    if snapshot.counts.dropped(DropReason::BufferFull).records > 0 {
        journal.count("statistics with a full buffer", 1);
    }
    snapshot
}

/// Checks a process that has delivered all.
pub fn check_delivered(process: &Process) {
    let snapshot = check_statistics(process);
    let ledger = &*process.ledger.lock();
    let journal = &process.journal;
    let counts = &snapshot.counts;
    let dropped = |reason| counts.dropped(reason).records;
    let who = || format!("process {}: {counts:?}", process.number);
    let is_whole = (counts.dropped(DropReason::BufferFull) + counts.dropped(DropReason::TooOld)).is_zero();
    let lost = dropped(DropReason::BufferFull) + dropped(DropReason::TooOld) + dropped(DropReason::Rejected);
    journal.check("what is not accepted was dropped", ledger.unsettled.len() as u64 <= lost, || {
        format!("{} traced records, {}", ledger.unsettled.len(), who())
    });
    if !is_whole {
        return check_untraced(process, ledger, false);
    }
    journal.count("processes that dropped nothing that CloudWatch accepts", 1);
    let unresolved = dropped(DropReason::Unresolved);
    journal.check("records without a series are counted", unresolved == ledger.unresolved, || {
        format!("{} have no series, {}", ledger.unresolved, who())
    });
    let rejected = counts.dropped(DropReason::Rejected);
    if ledger.refused_alone.is_zero() {
        journal.check("each record that CloudWatch refuses is dropped", rejected == ledger.culprits, || {
            format!("it refuses {:?}, {}", ledger.culprits, who())
        });
        let missing = ledger.traces.iter().find(|(_, trace)| trace.is_accepted == trace.is_refused);
        journal.check("each good value arrives in its series and roll-ups", missing.is_none(), || {
            format!("{missing:?}, {}", who())
        });
    }
    check_untraced(process, ledger, (ledger.culprits + ledger.refused_alone).is_zero());
}

/// Checks the records that are not traced by their numbers. `are_all` of them accepted.
fn check_untraced(process: &Process, ledger: &Ledger, are_all: bool) {
    for (id, untraced) in &ledger.untraced {
        let made = untraced.made_at.len() as u64;
        let accepted: u64 = untraced.accepted.values().sum();
        let who = || format!("process {}, series {}: {accepted} of {made}", process.number, id.0);
        let is_right = if are_all { accepted == made } else { accepted <= made };
        process.journal.check("each series has its own records", is_right, who);
        let possible = possible(ledger, *id);
        let excess = untraced
            .accepted
            .iter()
            .find(|(window, count)| **count > possible.get(*window).copied().unwrap_or_default());
        process.journal.check("a window is that of its records", excess.is_none(), || {
            format!("{excess:?} in {}, {possible:?}", who())
        });
    }
}

/// Returns how many records may be in each window of a series.
fn possible(ledger: &Ledger, id: SeriesId) -> BTreeMap<i64, u64> {
    let mut possible = BTreeMap::new();
    let resolution = id.resolution();
    let length = resolution.seconds();
    for &at in ledger.untraced.get(&id).iter().flat_map(|untraced| &untraced.made_at) {
        let mut windows = Vec::new();
        for (from, to) in ledger.time_line.ranges(at) {
            let WindowStart(first) = WindowStart(from.div_euclid(1_000)).within(resolution);
            windows.extend((0..).map(|index| first + index * length).take_while(|start| start * 1_000 <= to));
        }
        windows.sort_unstable();
        windows.dedup();
        for window in windows {
            *possible.entry(window).or_default() += 1;
        }
    }
    possible
}
