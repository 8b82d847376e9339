//! The functions that JavaScript calls. They convert arguments and results, catch panics and have no other logic. No
//! other module names napi.
//!
//! The public API is `index.js`; only `lib/` calls these functions. Options that are numbers arrive as `f64`, because
//! napi's integer conversions accept numbers out of range without an error. While a worker is being terminated, a call
//! returns `undefined` without an error. A function returns `true` if JavaScript must know that it was done.

#![expect(clippy::needless_pass_by_value, reason = "what JavaScript passes is converted, and so owned")]
#![expect(clippy::cast_precision_loss, reason = "JavaScript has no other number; 2^53 is out of reach")]

pub mod stats;

use std::{collections::HashMap, sync::Arc, time::Duration};

use hkm_core::{
    buffer::{Limits, RingId},
    catalog,
    ring::{Ring, SLOTS},
    stats::DropReason,
    warning::Notify,
    window::Resolution,
};
use napi::{
    Env, Error, Result, Status,
    bindgen_prelude::{Either, Function, Object, Uint8Array},
    threadsafe_function::ThreadsafeFunctionCallMode,
};
use napi_derive::napi;

use crate::{
    environment::{Enabled, Environment},
    options::{self, Caller},
    recorder::{self, Recorder},
    thread,
};

/// The bit of the result of `resolve` that is set if the id must not be cached for these labels.
const UNCACHEABLE: u32 = 1 << 31;

/// Sets options of the process. `choices` holds each name, followed by its value as JSON text. Returns why the options
/// are refused, or `null`.
#[napi(catch_unwind)]
pub fn choose_options(choices: Vec<String>, is_main_thread: bool) -> Option<String> {
    let by = if is_main_thread { Caller::Main } else { Caller::Worker };
    options::of_process().choose(&choices, by).err().map(|refusal| refusal.to_string())
}

/// Seals the options of the process. Returns whether this is the first call.
#[napi(catch_unwind)]
pub fn seal_options() -> bool {
    options::of_process().seal()
}

/// Returns the options that were set, in the form that `choose_options` takes.
#[napi(catch_unwind)]
pub fn chosen_options() -> Vec<String> {
    options::of_process().chosen()
}

/// The options and the environment, checked by JavaScript.
#[napi(object)]
pub struct StartOptions {
    /// `auto`, `true` or `false`.
    pub enabled: String,
    /// The name of each variable, followed by its value.
    pub variables: Vec<String>,
    pub environment: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    pub flush_interval_ms: f64,
    pub shutdown_timeout_ms: f64,
    pub max_buffered_datums: f64,
    pub max_series: f64,
    /// Whether a window lasts a second. Otherwise, it lasts a minute.
    pub is_high_resolution: bool,
}

/// The memory of a ring, lent to the calling thread as bytes. `hkm_core::ring` documents the words of each part.
#[napi(object)]
pub struct RingMemory {
    pub id: u32,
    pub slots: u32,
    pub header: Uint8Array,
    pub ids: Uint8Array,
    pub values: Uint8Array,
}

/// Starts the recorder of the process. Later calls, in any thread, use the same recorder and ignore their options.
///
/// Returns why metrics are off, or the maximum delay of the end of the process in milliseconds.
///
/// `on_warning` is called without arguments, on the thread of this call, when it has to fetch warnings with
/// `take_warnings`. In each thread, the function of the last call is used.
#[napi(catch_unwind)]
pub fn start(
    options: StartOptions,
    is_main_thread: bool,
    on_warning: Function<(), ()>,
) -> Result<Either<String, f64>> {
    let recorder = match recorder::start(settings(options)?) {
        Ok(recorder) => recorder,
        Err(why) => return Ok(Either::A(why.to_string())),
    };
    // Built only if it is kept: Bun crashes when such a function is dropped in a worker that exits at once.
    let function = on_warning.build_threadsafe_function().weak::<true>().callee_handled::<false>().build();
    // If this fails, the thread records nevertheless, and other threads get the warnings.
    if let Ok(function) = function {
        let notify: Notify =
            Box::new(move || function.call((), ThreadsafeFunctionCallMode::NonBlocking) != Status::Closing);
        recorder.listen(thread::id(is_main_thread), notify);
    }
    Ok(Either::B(recorder.shutdown_timeout().as_secs_f64() * 1_000.0))
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
        environment: Environment::new(pairs(options.variables)),
        deployment: options.environment,
        region: options.region,
        endpoint: options.endpoint,
        flush_interval: millis(options.flush_interval_ms)?,
        shutdown_timeout: millis(options.shutdown_timeout_ms)?,
        limits: Limits {
            max_buffered_datums: count(options.max_buffered_datums, "maxBufferedDatums")?,
            max_series: count(options.max_series, "maxSeries")?,
            resolution: if options.is_high_resolution { Resolution::Second } else { Resolution::Minute },
        },
    })
}

fn pairs(flat: Vec<String>) -> HashMap<String, String> {
    let mut flat = flat.into_iter();
    std::iter::from_fn(|| flat.next().zip(flat.next())).collect()
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
    let [header, ids] = [ring.header(), ring.ids()].map(|words| lend(&ring, words));
    let values = lend(&ring, ring.values());
    Ok(RingMemory { id, slots: SLOTS, header, ids, values })
}

/// Lends a part of a ring to JavaScript.
fn lend<Atomic>(ring: &Arc<Ring>, words: &[Atomic]) -> Uint8Array {
    let owner = Arc::clone(ring);
    let address = words.as_ptr().cast_mut().cast();
    // SAFETY: the address is that of a slice of atomics. They have the layout of the plain words that JavaScript reads
    // and writes there, and Rust reads and writes them only as atomics. The slice lives as long as the `Arc` that the
    // finalizer owns, and therefore as long as JavaScript can access it.
    unsafe { Uint8Array::with_external_data(address, size_of_val(words), move |_, _| drop(owner)) }
}

/// Handles the end of the calling thread. Further calls in the same thread have no effect.
///
/// In the main thread, the first call returns `true`, and its caller must flush when the process ends. In a worker,
/// returns `false` and registers native flushes: at the end of the worker, also by termination, and when a signal or
/// `quick_exit` ends the process. They do nothing if the main thread flushes.
#[napi(catch_unwind)]
pub fn handle_end(env: Env, is_main_thread: bool) -> Result<bool> {
    let recorder = started()?;
    let is_first = thread::claim_end();
    if is_main_thread {
        recorder.handle_end();
        return Ok(is_first);
    }
    if is_first {
        env.add_env_cleanup_hook(thread::id(false), |thread| recorder.worker_ends(thread))?;
        #[cfg(target_os = "linux")]
        crate::quick_exit::flush_at_quick_exit();
        #[cfg(unix)]
        crate::signal::flush_at_signals(recorder.shutdown_timeout());
    }
    Ok(false)
}

/// Resolves the labels of a metric, in the order of its dimensions, to a series id. The highest bit of the result is
/// set if the id must not be cached.
#[napi(catch_unwind)]
pub fn resolve(metric: String, labels: Vec<Option<String>>) -> Result<u32> {
    let metric = catalog::metric(&metric)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no metric is named {metric}")))?;
    let labels: Vec<_> = labels.iter().map(Option::as_deref).collect();
    let resolved = started()?.resolve(metric, &labels);
    Ok(if resolved.is_cacheable() { resolved.id.0 } else { resolved.id.0 | UNCACHEABLE })
}

/// Counts a record that is dropped, by the name of the reason. Returns `true`.
#[napi(catch_unwind)]
pub fn refuse(reason: String) -> Result<bool> {
    let reason = DropReason::named(&reason)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no reason is named {reason}")))?;
    started()?.refuse(reason);
    Ok(true)
}

/// Counts a value that was changed to be acceptable.
#[napi(catch_unwind)]
pub fn count_sanitized() -> Result<()> {
    started()?.count_sanitized();
    Ok(())
}

/// Drains a ring on the calling thread. The tail of the ring shows whether this was done.
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

/// Resolves when all records made before the call are settled, or after `within_ms` milliseconds. Resolves at once if
/// no thread has turned metrics on. Keeps the event loop alive.
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

/// As `flush`, but blocks the calling thread. Throws if no thread has turned metrics on.
#[napi(catch_unwind)]
pub fn flush_blocking(within_ms: f64) -> Result<()> {
    started()?.flush_blocking(millis(within_ms)?);
    Ok(())
}

/// Takes all warnings that wait, oldest first.
#[napi(catch_unwind)]
pub fn take_warnings() -> Vec<String> {
    recorder::current().map(Recorder::take_warnings).unwrap_or_default()
}
