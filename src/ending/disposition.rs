//! The disposition of a signal, `struct sigaction`, and the marks by which copies of this package recognize each other.
//!
//! A process may load several binaries of this package. Each has its own handler, and each handler restores the one that
//! was there before it. The set of signals that are blocked during a handler marks the handler: two members stand for
//! this package, one for the copy that the handler belongs to, and one for each copy whose handler follows. From the
//! marks, a copy sees whether its own handler will be called. The members are signals that can wait until the process has
//! ended.
//!
//! All functions are async-signal-safe.

use std::{
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The members that mark a handler of this package, in any version.
const MARKS: [c_int; 2] = [libc::SIGTTIN, libc::SIGTTOU];

/// The members that stand for copies. If all are taken, a further copy handles no signals.
const COPIES: [c_int; 4] = [libc::SIGURG, libc::SIGWINCH, libc::SIGIO, libc::SIGVTALRM];

/// The place of this copy in [`COPIES`], plus 1. Zero: not chosen yet. `usize::MAX`: there is none.
static OWN: AtomicUsize = AtomicUsize::new(0);

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// A disposition.
#[derive(Clone, Copy)]
pub struct Disposition(libc::sigaction);

impl Disposition {
    /// Returns the default action.
    pub const fn default_action() -> Self {
        // SAFETY: all zero is a valid disposition: the default action, without flags and masked signals.
        Self(unsafe { MaybeUninit::zeroed().assume_init() })
    }

    /// Returns a disposition that calls a handler of this copy, with the marks for replacing the disposition `over`. `None`
    /// if there are too many copies.
    pub fn calling(handler: Handler, flags: c_int, over: &Self) -> Option<Self> {
        let mut action = Self::default_action();
        action.0.sa_sigaction = handler as libc::sighandler_t;
        action.0.sa_flags = flags | libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
        let called = COPIES.into_iter().filter(|copy| over.is_of_this_package() && over.blocks(*copy));
        MARKS.into_iter().chain(called).chain([own_mark(over)?]).for_each(|signal| action.block(signal));
        Some(action)
    }

    /// Returns the disposition of a signal.
    pub fn of(signal: c_int) -> Self {
        let mut action = MaybeUninit::zeroed();
        // SAFETY: writes to the local variable, or nothing if the call fails.
        unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
        // SAFETY: it was written, or is all zero, which is a valid disposition as in `default_action`.
        Self(unsafe { action.assume_init() })
    }

    /// Sets the disposition of a signal, and returns the one that it replaces.
    pub fn set(&self, signal: c_int) -> Self {
        let mut replaced = MaybeUninit::zeroed();
        // SAFETY: the disposition is from the system or from `calling`, whose handler is async-signal-safe. The handler
        // exists until the process ends: napi keeps this library loaded once a thread-safe function was made.
        unsafe { libc::sigaction(signal, &raw const self.0, replaced.as_mut_ptr()) };
        // SAFETY: as in `of`.
        Self(unsafe { replaced.assume_init() })
    }

    pub const fn is_default(&self) -> bool {
        self.0.sa_sigaction == libc::SIG_DFL
    }

    pub const fn is_ignored(&self) -> bool {
        self.0.sa_sigaction == libc::SIG_IGN
    }

    /// Returns whether the signal ends the process because it has no listener. Node has a handler for this case, which
    /// resets the terminal and sends the signal again. Unlike the handlers for listeners, it has the flag `SA_RESETHAND`.
    pub const fn is_deadly(&self) -> bool {
        self.is_default() || self.0.sa_flags & libc::SA_RESETHAND != 0
    }

    pub fn calls(&self, handler: Handler) -> bool {
        self.0.sa_sigaction == handler as libc::sighandler_t
    }

    pub const fn calls_same_as(&self, other: &Self) -> bool {
        self.0.sa_sigaction == other.0.sa_sigaction
    }

    /// Returns whether the handler is that of a copy of this package.
    pub fn is_of_this_package(&self) -> bool {
        // The handlers that Node and Bun install for listeners block all signals.
        MARKS.into_iter().all(|signal| self.blocks(signal)) && !self.blocks(libc::SIGTERM)
    }

    /// Returns whether the handler is that of a copy of this package which does not call this one.
    pub fn is_of_another_copy(&self) -> bool {
        self.is_of_this_package() && !own_mark(self).is_some_and(|mark| self.blocks(mark))
    }

    fn blocks(&self, signal: c_int) -> bool {
        // SAFETY: the set is part of a valid disposition.
        unsafe { libc::sigismember(&raw const self.0.sa_mask, signal) == 1 }
    }

    fn block(&mut self, signal: c_int) {
        // SAFETY: as above.
        unsafe { libc::sigaddset(&raw mut self.0.sa_mask, signal) };
    }
}

/// Returns the mark of this copy. The first call chooses the first one that is free in `over`.
fn own_mark(over: &Disposition) -> Option<c_int> {
    let is_taken = |copy: c_int| over.is_of_this_package() && over.blocks(copy);
    let free = COPIES.into_iter().position(|copy| !is_taken(copy)).map_or(usize::MAX, |place| place + 1);
    let own =
        OWN.compare_exchange(0, free, Ordering::AcqRel, Ordering::Acquire).map_or_else(|own| own, |_| free);
    COPIES.get(own.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    extern "C" fn handler(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}
    extern "C" fn other_handler(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}

    /// Returns the disposition of another copy, whose mark is at this place.
    fn of_copy(place: usize) -> Disposition {
        let mut copy = Disposition::default_action();
        copy.0.sa_sigaction = other_handler as *const () as libc::sighandler_t;
        MARKS.into_iter().chain([COPIES[place]]).for_each(|signal| copy.block(signal));
        copy
    }

    #[test]
    fn a_copy_knows_whether_the_handler_of_another_one_calls_it() {
        let first = Disposition::calling(handler, 0, &Disposition::default_action()).unwrap();
        assert!(first.calls(handler) && first.is_of_this_package() && !first.is_of_another_copy());

        let other = of_copy(1);
        assert!(!other.calls(handler) && other.is_of_another_copy());
        let over_other = Disposition::calling(handler, 0, &other).unwrap();
        assert!(!over_other.is_of_another_copy());
        assert!(over_other.blocks(COPIES[1]), "the other copy sees that it is called");

        let mut over_first = of_copy(2);
        over_first.block(COPIES[0]);
        assert!(over_first.is_of_this_package() && !over_first.is_of_another_copy());
    }

    #[test]
    fn handlers_of_other_code_are_not_of_this_package() {
        let mut of_listener = of_copy(0);
        // SAFETY: fills the set.
        unsafe { libc::sigfillset(&raw mut of_listener.0.sa_mask) };
        for other in [Disposition::default_action(), of_listener] {
            assert!(!other.is_of_this_package() && !other.is_of_another_copy());
        }
    }

    #[test]
    fn the_default_action_and_the_handler_of_node_are_deadly() {
        let mut of_node = of_copy(0);
        of_node.0.sa_flags = libc::SA_RESETHAND;
        assert!(of_node.is_deadly() && Disposition::default_action().is_deadly());
        assert!(!of_copy(0).is_deadly());
        let mut ignored = Disposition::default_action();
        ignored.0.sa_sigaction = libc::SIG_IGN;
        assert!(ignored.is_ignored() && !ignored.is_deadly() && !ignored.is_default());
    }
}
