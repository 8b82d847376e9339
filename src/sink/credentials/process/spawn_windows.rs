//! Starts a command of the shell by the standard library.

use std::{
    io::{self, Read},
    os::windows::process::CommandExt,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::Duration,
};

/// `CREATE_NO_WINDOW` of Microsoft's documentation.
const NO_WINDOW: u32 = 0x0800_0000;

/// How long a pipe without contents is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// A child that has not been waited for.
pub struct Child {
    child: std::process::Child,
    pub stdout: Pipe,
    pub stderr: Pipe,
}

impl Child {
    /// Starts a command of the shell, with this environment and without input.
    pub fn spawn(command: &str, variables: &[(String, String)]) -> io::Result<Self> {
        let mut shell = Command::new("cmd.exe");
        // As Node does it: without commands of the registry (`/D`), and with outer quotation marks, which `/S` removes.
        shell.args(["/D", "/S", "/C"]).raw_arg(format!("\"{command}\"")).creation_flags(NO_WINDOW);
        shell.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (Pipe::new(child.stdout.take())?, Pipe::new(child.stderr.take())?);
        Ok(Self { child, stdout, stderr })
    }

    /// Returns how the child has ended, if it has.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Ends the child, unless it has ended. Its own children go on.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the child writes. A thread of its own reads it, because reading waits.
pub struct Pipe(Receiver<Vec<u8>>);

impl Pipe {
    fn new(pipe: Option<impl Read + Send + 'static>) -> io::Result<Self> {
        let (sender, parts) = sync_channel(16);
        if let Some(mut pipe) = pipe {
            let read = move || {
                let mut buffer = [0; 4 << 10];
                while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                    if sender.send(buffer[..length].to_vec()).is_err() {
                        break;
                    }
                }
            };
            // It ends with the child and its children, or when nobody takes the next part.
            drop(thread::Builder::new().name(super::THREAD_NAME.to_owned()).spawn(read)?);
        }
        Ok(Self(parts))
    }

    /// Adds what was written, up to about a length of `most`.
    pub fn read(&self, to: &mut Vec<u8>, most: usize) {
        while to.len() < most
            && let Ok(part) = self.0.recv_timeout(PAUSE)
        {
            to.extend(part);
        }
    }
}
