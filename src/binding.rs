//! The functions that JavaScript calls. They convert arguments and results, catch panics and have no other logic. No
//! other module names napi.
//!
//! The public API is `index.js`; only `lib/` calls these functions. A number arrives as `f64` if its range has to be
//! checked, because napi's integer conversions accept numbers out of range without an error. While a worker is being
//! terminated, a call returns `undefined` without an error. A function returns `true` if JavaScript must know that it was
//! done.
//!
//! No argument is an object, because napi would also read properties that it inherits from `Object.prototype`. Options and
//! variables arrive as lists of names and values. Objects and lists that are returned have all of their properties.

#![expect(clippy::needless_pass_by_value, reason = "what JavaScript passes is converted, and so owned")]
#![expect(clippy::cast_precision_loss, reason = "JavaScript has no other number; 2^53 is out of reach")]

mod callback;
pub mod definition;
mod list;
mod settings;
pub mod stats;

use std::sync::Arc;

use hkm_core::{
    buffer::RingId,
    definition::MetricId,
    ring::{Ring, SLOTS},
    series::MarkedId,
    stats::DropReason,
};
use napi::{
    Env, Error, Result, Status,
    bindgen_prelude::{Array, Either, Function, Uint8Array},
};
use napi_derive::napi;

use crate::{
    doctor,
    ending::{self, call::Call},
    options::{self, Caller},
    recorder::{self, Recorder},
    thread,
};
use list::list;
use settings::{millis, settings};

/// The bit of the result of `resolve` that is set if any number of labels can have the id.
const SHARED: u32 = 1 << 31;

/// The number with which the function of `listen` is called when warnings wait. Other numbers are those of flushes.
const WARNINGS: u32 = 0;

/// The bit of the number of a flush that is set if its time is over and records wait.
const UNSETTLED: u32 = 1 << 31;

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
#[napi(catch_unwind, ts_return_type = "Array<string>")]
pub fn chosen_options(env: &Env) -> Result<Array<'_>> {
    let chosen = options::of_process().chosen();
    list(env, chosen)
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
/// `options`, `variables` and `process_environment` hold each name, followed by its value. The last one holds all variables
/// of the process if metrics were turned on by `true`, and is empty otherwise.
///
/// Returns why metrics are off, or the maximum delay of the end of the process in milliseconds. Throws why metrics are off if
/// that is a mistake that no thread has been told about.
#[napi(catch_unwind)]
pub fn start(
    options: Vec<String>,
    variables: Vec<String>,
    process_environment: Vec<String>,
) -> Result<Either<String, f64>> {
    match recorder::start(settings(options, variables, process_environment)?) {
        Ok(recorder) => Ok(Either::B(recorder.shutdown_timeout().as_secs_f64() * 1_000.0)),
        Err(off) if off.is_due() => Err(Error::new(Status::GenericFailure, off.why.to_string())),
        Err(off) => Ok(Either::A(off.why.to_string())),
    }
}

/// Goes the way of a record to CloudWatch step by step, and returns what was found, as JSON.
///
/// The arguments are those of `start`, and the namespaces for which a request without data is sent. Starts nothing that lasts.
/// Blocks the thread.
#[napi(catch_unwind)]
pub fn diagnose(
    options: Vec<String>,
    variables: Vec<String>,
    process_environment: Vec<String>,
    namespaces: Vec<String>,
) -> Result<String> {
    let settings = settings(options, variables, process_environment)?;
    doctor::diagnose(&settings, &namespaces)
        .map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
}

/// Starts the native threads that the system did not start at the first record. Call it after `handle_end`. Returns whether
/// all of them run. If not, call this again later.
#[napi(catch_unwind)]
pub fn start_threads() -> Result<bool> {
    let call = started()?;
    let is_flusher_started = call.start_thread();
    Ok(ending::install_again(call.recorder()) && is_flusher_started)
}

/// Sets the function that the native side calls in this thread.
///
/// It is called with the number of each flush of this thread that is done. The highest bit is set if not all of its records
/// are settled. If `wants_warnings`, it is also called with 0 when warnings wait. It does not keep the event loop alive. In each thread, the function of the last call is used.
#[napi(catch_unwind)]
pub fn listen(
    env: Env,
    is_main_thread: bool,
    wants_warnings: bool,
    on_call: Function<u32, ()>,
) -> Result<()> {
    let call = started()?;
    let recorder = call.recorder();
    let thread = thread::id(is_main_thread);
    callback::set(thread, &on_call)?;
    if !is_main_thread && thread::claim_hook() {
        env.add_env_cleanup_hook(thread, move |thread| {
            callback::remove(thread);
            recorder.worker_ends(thread);
            #[cfg(not(unix))]
            ending::flush_for_worker(recorder);
        })?;
    }
    if wants_warnings {
        recorder.listen(thread, Box::new(move || callback::call(thread, WARNINGS)));
    }
    Ok(())
}

fn started() -> Result<Call> {
    Call::begin().ok_or_else(|| Error::new(Status::GenericFailure, "metrics are not on"))
}

/// Opens a ring for the calling thread. Returns `null` if there is no memory for it.
#[napi(catch_unwind)]
pub fn open_ring() -> Result<Option<RingMemory>> {
    let Some((RingId(id), ring)) = started()?.open_ring() else { return Ok(None) };
    let [header, ids] = [ring.header(), ring.ids()].map(|words| lend(&ring, words));
    let values = lend(&ring, ring.values());
    Ok(Some(RingMemory { id, slots: SLOTS, header, ids, values }))
}

/// Returns whether JavaScript and Rust use the same memory for a ring. JavaScript has written `probe` as the id and the
/// value of the first slot.
///
/// Some hosts forbid memory that the engine did not allocate, such as Electron. napi then passes a copy.
#[napi(catch_unwind)]
pub fn is_ring_shared(id: u32, probe: u32) -> Result<bool> {
    Ok(started()?.is_ring_shared(RingId(id), probe))
}

/// Adds one record without a ring. Returns `true`.
#[napi(catch_unwind)]
pub fn record(id: u32, value: f64) -> Result<bool> {
    let call = started()?;
    if call.record(MarkedId(id), value) {
        wake_all(&call);
    }
    Ok(true)
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

/// Makes the native side flush when the process ends.
///
/// In the main thread, the first call returns `true`, and its caller must call `end_at_exit` at the `exit` event.
/// `engine_uses_traps` says whether the JavaScript engine uses SIGTRAP in its normal operation.
/// `listens_to_crashes`: JavaScript listens to SIGABRT or SIGTRAP.
#[napi(catch_unwind)]
pub fn handle_end(is_main_thread: bool, engine_uses_traps: bool, listens_to_crashes: bool) -> Result<bool> {
    let call = started()?;
    ending::install(call.recorder(), ending::Engine { uses_traps: engine_uses_traps, listens_to_crashes });
    if is_main_thread {
        call.handle_end();
    }
    Ok(is_main_thread && thread::claim_end())
}

/// Sets the deadline of the end of the process. If `sends` is set, requests a flush, and does not wait.
#[napi(catch_unwind)]
pub fn start_end(sends: bool) -> Result<()> {
    ending::start(&*started()?, sends);
    Ok(())
}

/// Call this when the flush at `beforeExit` is over. If it has failed, `exit` does not wait.
#[napi(catch_unwind)]
pub fn end_before_exit(has_failed: bool) {
    ending::end_before_exit(has_failed);
}

/// Blocks until all records are settled or the deadline of the end has passed. Returns the warnings that wait and, if
/// records are lost, one about them.
#[napi(catch_unwind, ts_return_type = "Array<string>")]
pub fn end_at_exit(env: &Env) -> Result<Array<'_>> {
    let call = started()?;
    let records = ending::flush(&call);
    list(env, ending::loss::last_warnings(&call, records))
}

/// Installs the native signal handler again for each signal whose listeners have been removed. `is_always_told` says whether
/// this is called after each removal.
#[napi(catch_unwind)]
pub fn watch_signals(is_always_told: bool) {
    #[cfg(unix)]
    {
        let _call = Call::begin();
        if is_always_told {
            ending::signals::rely_on_javascript();
        }
        ending::signals::watch();
    }
    #[cfg(not(unix))]
    let _ = is_always_told;
}

/// Holds warnings about delivery back while the process may be about to end, or releases them.
#[napi(catch_unwind)]
pub fn hold_delivery_warnings(is_held: bool) -> Result<()> {
    started()?.warnings().hold_delivery(is_held);
    Ok(())
}

/// Resolves the labels of a metric, in the order of its dimensions, to what is written into a ring for them.
///
/// This is the id of their series, with marks that are counted for each record. The highest bit of the result is set if
/// any number of labels can have the id, so that memory for them needs a limit.
#[napi(catch_unwind)]
pub fn resolve(metric: u32, labels: Vec<Option<String>>) -> Result<u32> {
    let labels: Vec<_> = labels.iter().map(Option::as_deref).collect();
    let resolved = started()?
        .resolve(MetricId(metric), &labels)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no metric has the id {metric}")))?;
    let shared = if resolved.is_shared() { SHARED } else { 0 };
    Ok(resolved.marked_id().0 | shared)
}

/// Returns bits that tell which labels of a metric belong to no series and are folded, or `null` if they do not tell that. See
/// `core/src/series/filter.rs`.
#[napi(catch_unwind)]
pub fn filter(metric: u32) -> Result<Option<Vec<u32>>> {
    Ok(started()?.filter(MetricId(metric)))
}

/// Counts a record that is dropped, by the name of the reason. Returns `true`.
#[napi(catch_unwind)]
pub fn refuse(reason: String) -> Result<bool> {
    let reason = DropReason::named(&reason)
        .ok_or_else(|| Error::new(Status::InvalidArg, format!("no reason is named {reason}")))?;
    started()?.refuse(reason);
    Ok(true)
}

/// Drains a ring on the calling thread. The tail of the ring shows whether this was done.
#[napi(catch_unwind)]
pub fn drain_ring(id: u32) -> Result<()> {
    started()?.drain_ring(RingId(id));
    Ok(())
}

/// Wakes the native threads: the flusher drains the rings, and the signal handlers are installed where they are missing.
#[napi(catch_unwind)]
pub fn wake() -> Result<()> {
    wake_all(&*started()?);
    Ok(())
}

fn wake_all(recorder: &Recorder) {
    recorder.wake();
    #[cfg(unix)]
    ending::signals::wake();
}

/// Requests that all records made before the call are sent. Returns `true`.
///
/// The function of `listen` is called with `number` when the records are settled or `within_ms` milliseconds have passed. The
/// highest bit of `number` must be 0. It is called late or never if the flusher is blocked.
#[napi(catch_unwind)]
pub fn flush(number: u32, within_ms: f64, is_main_thread: bool) -> Result<bool> {
    let thread = thread::id(is_main_thread);
    started()?.flush(millis(within_ms)?, move |is_settled| {
        // If the thread has ended, no code waits for the flush.
        callback::call(thread, if is_settled { number } else { number | UNSETTLED });
    });
    Ok(true)
}

/// Takes all warnings that wait, oldest first.
#[napi(catch_unwind, ts_return_type = "Array<string>")]
pub fn take_warnings(env: &Env) -> Result<Array<'_>> {
    list(env, Call::begin().map(|call| call.take_warnings()).unwrap_or_default())
}
