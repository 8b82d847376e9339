//! Signals that a thread of this process sends with a value: the time to the deadline of the end.
//!
//! The value serves copies of this package that have a binary of their own, and so a deadline of their own. A copy that
//! receives the signal after another one waits until the same deadline. The value also tells a signal of this package from
//! a later request to end.
//!
//! All functions call only what POSIX lists as async-signal-safe, and system calls. On other systems than Linux, a signal
//! carries no value.

use std::{ffi::c_int, time::Duration};

#[cfg(target_os = "linux")]
use super::deadline;

/// Marks the value of a signal that carries the time to a deadline.
#[cfg(target_os = "linux")]
const MARK: usize = 0x484b_4d45 << 32;

/// The bits of the value that hold the time, in milliseconds.
#[cfg(target_os = "linux")]
const TIME: usize = 0xffff_ffff;

/// The fields of `siginfo_t` for a signal with a value, on 64-bit Linux.
#[cfg(target_os = "linux")]
#[repr(C)]
struct Queued {
    signal: c_int,
    errno: c_int,
    code: c_int,
    padding: c_int,
    pid: libc::pid_t,
    uid: libc::uid_t,
    value: usize,
}

/// Sends a signal to the calling thread.
pub fn raise(signal: c_int) {
    #[cfg(target_os = "linux")]
    if send(this_thread(), signal) {
        return;
    }
    // SAFETY: takes a number.
    unsafe { libc::raise(signal) };
}

/// Sends a signal to the main thread if that is not the calling one, so that the main thread is held too. A signal to the
/// process may arrive on another thread while the main thread handles another signal, such as one that suspends it during
/// a garbage collection.
pub fn send_to_main_thread(signal: c_int) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes nothing, and never fails.
        let main = unsafe { libc::getpid() }.into();
        if this_thread() != main {
            send(main, signal);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
}

#[cfg(target_os = "linux")]
fn this_thread() -> libc::c_long {
    // SAFETY: takes nothing, and never fails.
    unsafe { libc::syscall(libc::SYS_gettid) }
}

/// Sends a signal with the time to the deadline to a thread of this process. Returns whether it was sent.
#[cfg(target_os = "linux")]
fn send(thread: libc::c_long, signal: c_int) -> bool {
    let remaining = deadline::remaining(Duration::ZERO).as_millis();
    let value = MARK | usize::try_from(remaining).unwrap_or(0) & TIME;
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: takes nothing, and never fails.
    let pid = unsafe { libc::getpid() };
    // SAFETY: as above.
    let uid = unsafe { libc::getuid() };
    let queued = Queued { signal, errno: 0, code: libc::SI_QUEUE, padding: 0, pid, uid, value };
    // SAFETY: `siginfo_t` is larger than `Queued`, and aligned as it is: it has a union with pointers.
    unsafe { info.as_mut_ptr().cast::<Queued>().write(queued) };
    // SAFETY: the structure lives longer than the call, which reads it.
    let result = unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, pid, thread, signal, info.as_ptr()) };
    result == 0
}

/// Returns whether a signal was sent to the process, as `kill` does, or by this package. It has then interrupted its thread
/// anywhere. A crash interrupts its thread where it crashes, and only Linux tells the two apart.
pub const fn was_sent(info: *const libc::siginfo_t) -> bool {
    #[cfg(target_os = "linux")]
    if !info.is_null() {
        // SAFETY: as in `remaining_of`.
        let Queued { code, .. } = unsafe { info.cast::<Queued>().read() };
        return code == libc::SI_USER || code == libc::SI_QUEUE;
    }
    let _ = info;
    false
}

/// Returns the time to the deadline that a signal carries, if this package has sent it in this process.
pub fn remaining_of(info: *const libc::siginfo_t) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    if !info.is_null() {
        // SAFETY: the kernel passes a structure that lives as long as the handler runs, with the fields of `Queued` if its
        // code is SI_QUEUE, and with others of plain numbers if not.
        let Queued { code, pid, value, .. } = unsafe { info.cast::<Queued>().read() };
        // SAFETY: takes nothing, and never fails.
        let is_own = code == libc::SI_QUEUE && pid == unsafe { libc::getpid() };
        return (is_own && value & !TIME == MARK).then(|| Duration::from_millis((value & TIME) as u64));
    }
    let _ = info;
    None
}
