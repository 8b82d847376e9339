//! Converts the counters of the process for JavaScript. `index.d.ts` documents them.

use hkm_core::{
    clock::{Clock, UnixMillis},
    stats::{DropReason, LastFault},
};
use napi_derive::napi;

use crate::ending::call::Call;

#[napi(object, use_nullable = true)]
pub struct LastError {
    pub code: String,
    pub message: String,
    pub namespace: Option<String>,
    pub time: f64,
}

#[napi(object)]
pub struct BytesSent {
    pub raw: f64,
    pub compressed: f64,
}

#[napi(object)]
pub struct DroppedRecords {
    pub invalid_value: f64,
    pub invalid_label: f64,
    pub buffer_full: f64,
    pub too_old: f64,
    pub rejected: f64,
    pub unresolved: f64,
    pub unobserved: f64,
}

#[napi(object)]
pub struct Rollups {
    pub series: f64,
    pub stored: f64,
    pub applied: f64,
    pub buffered: f64,
    pub in_flight: f64,
    pub possibly_duplicated: f64,
    pub dropped: f64,
}

#[napi(object)]
pub struct SpoolStats {
    pub directory: String,
    pub adopted: f64,
    pub adopted_files: f64,
    pub set_aside: f64,
    pub dropped: f64,
    pub overflows: f64,
}

/// The counters. What is not known yet is `null`.
#[napi(object, use_nullable = true)]
pub struct Stats {
    pub credential_source: String,
    pub region: Option<String>,
    pub role_arn: Option<String>,
    pub recorded: f64,
    pub applied: f64,
    pub buffered: f64,
    pub in_flight: f64,
    pub possibly_duplicated: f64,
    pub dropped: DroppedRecords,
    pub sanitized: f64,
    pub series: f64,
    pub rollups: Rollups,
    pub overflowed_series: f64,
    pub requests: f64,
    pub throttled: f64,
    pub retries: f64,
    pub bytes_sent: BytesSent,
    pub flush_interval_ms: f64,
    pub clock_offset_ms: f64,
    pub last_success_at: Option<f64>,
    pub last_error: Option<LastError>,
    pub spool: Option<SpoolStats>,
}

/// Returns all counters, or `null` if no thread has turned metrics on.
#[napi(catch_unwind)]
pub fn stats() -> Option<Stats> {
    let recorder = Call::begin()?;
    let snapshot = recorder.snapshot();
    let counts = &snapshot.counts;
    let correction = recorder.clock().correction();
    let moment = |at: UnixMillis| (at.0 + correction) as f64;
    let dropped = |reason| counts.dropped(reason).records as f64;
    Some(Stats {
        credential_source: recorder.source().name().to_owned(),
        region: recorder.region().map(str::to_owned),
        role_arn: recorder.role_arn().map(str::to_owned),
        recorded: counts.recorded.records as f64,
        applied: counts.applied.records as f64,
        buffered: snapshot.buffered.records as f64,
        in_flight: counts.in_flight.records as f64,
        possibly_duplicated: counts.possibly_duplicated.records as f64,
        dropped: DroppedRecords {
            invalid_value: dropped(DropReason::InvalidValue),
            invalid_label: dropped(DropReason::InvalidLabel),
            buffer_full: dropped(DropReason::BufferFull),
            too_old: dropped(DropReason::TooOld),
            rejected: dropped(DropReason::Rejected),
            unresolved: dropped(DropReason::Unresolved),
            unobserved: dropped(DropReason::Unobserved),
        },
        sanitized: counts.sanitized as f64,
        series: snapshot.series.all as f64,
        rollups: Rollups {
            series: snapshot.series.rollups as f64,
            stored: (counts.recorded + counts.adopted).rollups as f64,
            applied: counts.applied.rollups as f64,
            buffered: snapshot.buffered.rollups as f64,
            in_flight: counts.in_flight.rollups as f64,
            possibly_duplicated: counts.possibly_duplicated.rollups as f64,
            dropped: counts.dropped_total().rollups as f64,
        },
        overflowed_series: counts.overflowed as f64,
        requests: recorder.traffic().requests() as f64,
        throttled: counts.throttled as f64,
        retries: counts.retries as f64,
        bytes_sent: BytesSent {
            raw: recorder.traffic().raw() as f64,
            compressed: recorder.traffic().sent() as f64,
        },
        flush_interval_ms: counts.flush_interval.as_millis() as f64,
        clock_offset_ms: recorder.clock().offset() as f64,
        last_success_at: counts.last_success.map(moment),
        last_error: counts.last_fault.as_ref().map(|LastFault { fault, namespace, at }| LastError {
            code: fault.code.clone(),
            message: fault.message.clone(),
            namespace: namespace.as_deref().map(str::to_owned),
            time: moment(*at),
        }),
        spool: recorder.keeper().map(|keeper| {
            let tally = keeper.tally();
            SpoolStats {
                directory: keeper.directory().display().to_string(),
                adopted: counts.adopted.records as f64,
                adopted_files: tally.adopted_files as f64,
                set_aside: tally.set_aside as f64,
                dropped: tally.dropped as f64,
                overflows: snapshot.spool_overflows as f64,
            }
        }),
    })
}
