//! Starts a command of the shell by `posix_spawn`.
//!
//! `std::process` is not used: it refers to `environ`, the environment of the process, and so would the binary. Nothing is
//! copied from the process but its working directory. No signal is blocked in the child, and none is ignored, as in the
//! children that Node starts. Its group is its own.

use std::{
    ffi::{CString, c_char, c_int},
    io::{self, ErrorKind, PipeReader, PipeWriter, Read},
    mem::MaybeUninit,
    os::{fd::AsRawFd, unix::process::ExitStatusExt},
    process::ExitStatus,
    ptr,
};

use libc::{pid_t, posix_spawn_file_actions_t, posix_spawnattr_t, sigset_t};

/// A child that has not been waited for.
pub struct Child {
    id: pid_t,
    /// Another process may have the id then.
    has_ended: bool,
    pub stdout: Pipe,
    pub stderr: Pipe,
}

/// What the child writes, read without waiting.
pub struct Pipe(PipeReader);

impl Child {
    /// Starts a command of the shell, with this environment and without input.
    pub fn spawn(command: &str, variables: &[(String, String)]) -> io::Result<Self> {
        let arguments = ["sh", "-c", command].map(CString::new);
        let arguments = arguments.into_iter().collect::<Result<Vec<_>, _>>()?;
        let variables = variables.iter().map(|(name, value)| CString::new(format!("{name}={value}")));
        let variables = variables.collect::<Result<Vec<_>, _>>()?;
        let (stdout, to_stdout) = io::pipe()?;
        let (stderr, to_stderr) = io::pipe()?;
        set_nonblocking(&stdout)?;
        set_nonblocking(&stderr)?;
        let actions = Actions::new(&to_stdout, &to_stderr)?;
        let attributes = Attributes::new()?;
        let (arguments, variables) = (pointers(&arguments), pointers(&variables));
        let mut id = 0;
        // SAFETY: all pointers are to values that live until the call returns. The lists end with null.
        check(unsafe {
            libc::posix_spawn(
                &raw mut id,
                c"/bin/sh".as_ptr(),
                &raw const actions.0,
                &raw const attributes.0,
                arguments.as_ptr(),
                variables.as_ptr(),
            )
        })?;
        Ok(Self { id, has_ended: false, stdout: Pipe(stdout), stderr: Pipe(stderr) })
    }

    /// Returns how the child has ended, if it has. Only this child is waited for, by its id.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.wait_for(libc::WNOHANG)
    }

    /// Ends the child and its group, unless the child has ended. Children that have left the group go on.
    pub fn kill(&mut self) {
        if self.has_ended {
            return;
        }
        // SAFETY: takes numbers alone.
        unsafe { libc::kill(-self.id, libc::SIGKILL) };
        while matches!(self.wait_for(0), Ok(None)) {}
    }

    #[cfg(test)]
    pub const fn id(&self) -> pid_t {
        self.id
    }

    fn wait_for(&mut self, options: c_int) -> io::Result<Option<ExitStatus>> {
        let mut status = 0;
        // SAFETY: the status is written.
        let end = match unsafe { libc::waitpid(self.id, &raw mut status, options) } {
            0 => Ok(None),
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(Some(ExitStatus::from_raw(status))),
        };
        match end {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            end => {
                self.has_ended = !matches!(end, Ok(None));
                end
            }
        }
    }
}

impl Pipe {
    /// Adds what was written, up to a length of `most`.
    pub fn read(&self, to: &mut Vec<u8>, most: usize) {
        let rest = u64::try_from(most.saturating_sub(to.len())).unwrap_or(u64::MAX);
        // `WouldBlock` says that nothing more was written. What was read before is in `to`.
        let _ = (&self.0).take(rest).read_to_end(to);
    }
}

/// Makes reading from a pipe return at once. The child's end of it has flags of its own.
fn set_nonblocking(pipe: &PipeReader) -> io::Result<()> {
    // SAFETY: changes a flag of a descriptor that is open.
    match unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// What happens to the first three descriptors in the child. Others are closed there, unless whoever opened them wants
/// children to have them.
struct Actions(posix_spawn_file_actions_t);

impl Actions {
    fn new(stdout: &PipeWriter, stderr: &PipeWriter) -> io::Result<Self> {
        let mut actions = MaybeUninit::uninit();
        // SAFETY: the value is written.
        check(unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) })?;
        // SAFETY: it was written.
        let mut actions = Self(unsafe { actions.assume_init() });
        let list = &raw mut actions.0;
        // SAFETY: the list is valid, and the path is copied or lives for ever.
        check(unsafe {
            libc::posix_spawn_file_actions_addopen(list, 0, c"/dev/null".as_ptr(), libc::O_RDONLY, 0)
        })?;
        for (pipe, as_descriptor) in [(stdout, 1), (stderr, 2)] {
            // SAFETY: the list is valid. The descriptor is open until the child is started.
            check(unsafe { libc::posix_spawn_file_actions_adddup2(list, pipe.as_raw_fd(), as_descriptor) })?;
        }
        Ok(actions)
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: the list is valid, and not used any more.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// The signals and the group of the child.
struct Attributes(posix_spawnattr_t);

impl Attributes {
    fn new() -> io::Result<Self> {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the value is written.
        check(unsafe { libc::posix_spawnattr_init(attributes.as_mut_ptr()) })?;
        // SAFETY: it was written.
        let mut attributes = Self(unsafe { attributes.assume_init() });
        let all = &raw mut attributes.0;
        let (none_blocked, none_ignored) = (no_signals(), all_signals());
        let flags = libc::POSIX_SPAWN_SETPGROUP | libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        let flags = flags.try_into().map_err(io::Error::other)?;
        // SAFETY: the attributes are valid.
        check(unsafe { libc::posix_spawnattr_setflags(all, flags) })?;
        // SAFETY: the attributes are valid. 0 is the id of the child.
        check(unsafe { libc::posix_spawnattr_setpgroup(all, 0) })?;
        // SAFETY: the attributes are valid, and the set is copied.
        check(unsafe { libc::posix_spawnattr_setsigmask(all, &raw const none_blocked) })?;
        // SAFETY: the attributes are valid, and the set is copied.
        check(unsafe { libc::posix_spawnattr_setsigdefault(all, &raw const none_ignored) })?;
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the attributes are valid, and not used any more.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

fn no_signals() -> sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the set is written.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: it was written.
    unsafe { set.assume_init() }
}

/// All signals that can be ignored.
fn all_signals() -> sigset_t {
    let mut set = no_signals();
    // SAFETY: the set is valid.
    unsafe { libc::sigfillset(&raw mut set) };
    for signal in [libc::SIGKILL, libc::SIGSTOP] {
        // SAFETY: the set is valid.
        unsafe { libc::sigdelset(&raw mut set, signal) };
    }
    set
}

/// Returns a list for C, which is valid as long as the texts.
fn pointers(texts: &[CString]) -> Vec<*mut c_char> {
    let texts = texts.iter().map(|text| text.as_ptr().cast_mut());
    texts.chain([ptr::null_mut()]).collect()
}

/// Converts the result of a function that returns the number of an error.
fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}
