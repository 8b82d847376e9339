//! The boundary to Node: converts, catches panics, and has no logic of its own. Nothing else names napi.
//!
//! Numbers arrive as `f64`, because napi's integer conversions accept what is out of range without a word.
//! None of this is the public API: `index.js` is, and it is the only caller.

#![expect(clippy::needless_pass_by_value, reason = "what JavaScript passes is converted, and so owned")]
#![expect(clippy::cast_precision_loss, reason = "JavaScript has no other number; 2^53 is out of reach")]

pub mod stats;

use std::{collections::HashMap, sync::Arc, time::Duration};

use hkm_core::{
    buffer::{Limits, RingId},
    catalog,
    ring::{Ring, SLOTS},
    stats::DropReason,
    window::Resolution,
};
use napi::{
    Env, Error, Result, Status,
    bindgen_prelude::{Float64Array, Function, Int32Array, Object, Uint32Array},
    threadsafe_function::ThreadsafeFunctionCallMode,
};
use napi_derive::napi;

use crate::{
    environment::{Enabled, Environment},
    recorder::{self, Recorder},
};

/// Set in the result of `resolve` when the id must not be remembered for these labels.
const UNCACHEABLE: u32 = 1 << 31;

/// Options and environment, checked by the facade.
#[napi(object)]
pub struct StartOptions {
    /// `auto`, `true` or `false`.
    pub enabled: String,
    pub variables: HashMap<String, String>,
    pub environment: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    pub flush_interval_ms: f64,
    pub max_buffered_datums: f64,
    pub max_series: f64,
    /// Windows of a second rather than a minute.
    pub is_high_resolution: bool,
}

/// A ring's memory, lent to the calling thread.
#[napi(object)]
pub struct RingMemory {
    pub id: u32,
    pub slots: u32,
    pub header: Int32Array,
    pub ids: Uint32Array,
    pub values: Float64Array,
}

/// Starts the process's recorder at its first call. Returns why metrics are off, or nothing when they are on.
/// `on_warning` is called without arguments, on the thread that came first, when `take_warnings` has news.
#[napi(catch_unwind)]
pub fn start(options: StartOptions, on_warning: Function<(), ()>) -> Result<Option<String>> {
    // Made only where it is kept: Bun takes one that is dropped in a worker that exits at once for an unhandled error.
    let notify = || {
        let function =
            on_warning.build_threadsafe_function().weak::<true>().callee_handled::<false>().build();
        let function = function.map_err(|error| error.to_string())?;
        Ok(Box::new(move || {
            function.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }) as recorder::Notify)
    };
    Ok(recorder::start(settings(options)?, notify).err().map(ToString::to_string))
}

fn settings(options: StartOptions) -> Result<recorder::Settings> {
    let invalid = |name: &str| Error::new(Status::InvalidArg, format!("{name} is out of range"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    let count = |value: f64, name| {
        ((1.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as usize).ok_or_else(|| invalid(name))
    };
    Ok(recorder::Settings {
        enabled: match options.enabled.as_str() {
            "auto" => Enabled::Auto,
            "true" => Enabled::Always,
            "false" => Enabled::Never,
            _ => return Err(invalid("enabled")),
        },
        environment: Environment::new(options.variables),
        deployment: options.environment,
        region: options.region,
        endpoint: options.endpoint,
        flush_interval: millis(options.flush_interval_ms)?,
        limits: Limits {
            max_buffered_datums: count(options.max_buffered_datums, "maxBufferedDatums")?,
            max_series: count(options.max_series, "maxSeries")?,
            resolution: if options.is_high_resolution { Resolution::Second } else { Resolution::Minute },
        },
    })
}

fn millis(millis: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(millis / 1_000.0)
        .map_err(|error| Error::new(Status::InvalidArg, format!("{millis} ms: {error}")))
}

fn started() -> Result<&'static Recorder> {
    recorder::current().ok_or_else(|| Error::new(Status::GenericFailure, "metrics are not on"))
}

/// Opens a ring for the calling thread.
#[napi(catch_unwind)]
pub fn open_ring() -> Result<RingMemory> {
    let (RingId(id), ring) = started()?.open_ring();
    let (header, ids, values) = (ring.header(), ring.ids(), ring.values());
    // SAFETY: the address is that of a slice of atomics, which have the layout of the plain words that the typed
    // array reads and writes, and which Rust only ever reads and writes as atomics. The slice lives as long as
    // the `Arc` that the finalizer owns, so as long as JavaScript can reach it.
    let header = unsafe { Int32Array::with_external_data(address(header), header.len(), keep(&ring)) };
    // SAFETY: as above.
    let ids = unsafe { Uint32Array::with_external_data(address(ids), ids.len(), keep(&ring)) };
    // SAFETY: as above.
    let values = unsafe { Float64Array::with_external_data(address(values), values.len(), keep(&ring)) };
    Ok(RingMemory { id, slots: SLOTS, header, ids, values })
}

const fn address<Atomic, Word>(words: &[Atomic]) -> *mut Word {
    words.as_ptr().cast_mut().cast()
}

/// A finalizer of memory in a ring.
fn keep<Word>(ring: &Arc<Ring>) -> impl FnOnce(*mut Word, usize) + use<Word> {
    let ring = Arc::clone(ring);
    move |_, _| drop(ring)
}

/// Tells that the calling thread, the main one, flushes when the process ends.
#[napi(catch_unwind)]
pub fn handle_end() -> Result<()> {
    started()?.handle_end();
    Ok(())
}

/// Flushes when the calling thread, not the main one, ends or is terminated, and when the process ends without a
/// word to it, if the main thread will not.
#[napi(catch_unwind)]
pub fn flush_at_thread_end(env: Env, within_ms: f64) -> Result<()> {
    let recorder = started()?;
    let within = millis(within_ms)?;
    env.add_env_cleanup_hook(within, |within| recorder.thread_ends(within))?;
    #[cfg(target_os = "linux")]
    crate::quick_exit::flush_at_quick_exit(within);
    #[cfg(unix)]
    crate::signal::flush_at_signals(within);
    Ok(())
}

/// Resolves the labels of a metric, in the order of its dimensions, to a series id; the highest bit is set
/// when the id must not be remembered.
#[napi(catch_unwind)]
pub fn resolve(metric: String, labels: Vec<Option<String>>) -> Result<u32> {
    let metric = catalog::metric(&metric)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no metric is named {metric}")))?;
    let labels: Vec<_> = labels.iter().map(Option::as_deref).collect();
    let resolved = started()?.resolve(metric, &labels);
    Ok(if resolved.is_cacheable() { resolved.id.0 } else { resolved.id.0 | UNCACHEABLE })
}

/// Counts a record that cannot be recorded, by the name of the reason.
#[napi(catch_unwind)]
pub fn refuse(reason: String) -> Result<()> {
    let reason = DropReason::named(&reason)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no reason is named {reason}")))?;
    started()?.refuse(reason);
    Ok(())
}

/// Counts a value that was changed to be acceptable.
#[napi(catch_unwind)]
pub fn count_sanitized() -> Result<()> {
    started()?.count_sanitized();
    Ok(())
}

/// Makes room in a full ring.
#[napi(catch_unwind)]
pub fn drain_ring(id: u32) -> Result<()> {
    started()?.drain_ring(RingId(id));
    Ok(())
}

/// Wakes the flusher.
#[napi(catch_unwind)]
pub fn wake() -> Result<()> {
    started()?.wake();
    Ok(())
}

/// Resolves when all that was recorded before is settled, or after `within_ms`. Keeps the event loop alive.
/// Resolves at once when no thread has turned metrics on.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn flush(env: &Env, within_ms: f64) -> Result<Object<'_>> {
    let (deferred, promise) = env.create_deferred::<(), _>()?;
    let done = move || deferred.resolve(|_| Ok(()));
    match recorder::current() {
        Some(recorder) => recorder.flush(millis(within_ms)?, done),
        None => done(),
    }
    Ok(promise)
}

/// As `flush`, holding up the calling thread.
#[napi(catch_unwind)]
pub fn flush_blocking(within_ms: f64) -> Result<()> {
    started()?.flush_blocking(millis(within_ms)?);
    Ok(())
}

/// Takes the warnings that wait, oldest first.
#[napi(catch_unwind)]
pub fn take_warnings() -> Vec<String> {
    recorder::current().map(Recorder::take_warnings).unwrap_or_default()
}
