//! What the system says about names: `/etc/hosts` and `/etc/resolv.conf`, or their counterparts on Windows.

use std::{io, net::IpAddr, path::Path, time::Duration};

use super::{configuration::Configuration, hosts};
use crate::{
    environment::Environment,
    sink::{
        failure::is_shortage,
        files::{Files, Problem},
    },
};

#[cfg(not(windows))]
const HOSTS: &str = "/etc/hosts";
#[cfg(windows)]
const HOSTS: &str = r"C:\Windows\System32\drivers\etc\hosts";

#[cfg(not(windows))]
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The maximum time to read a file. It is a part of the time to connect.
const MAX_TIME: Duration = Duration::from_millis(300);

/// The maximum size of a file. A list of blocked hosts has a few megabytes.
const MAX_BYTES: u64 = 16 << 20;

/// Reads the files, and stores what they said last.
pub struct System {
    hosts: File,
    #[cfg(not(windows))]
    resolv_conf: File,
    #[cfg(not(windows))]
    environment: Environment,
}

struct File {
    path: &'static Path,
    files: Files,
    text: String,
}

impl File {
    fn new(path: &'static str) -> Self {
        Self { path: Path::new(path), files: Files::within(MAX_TIME), text: String::new() }
    }

    /// Returns the contents. A file that is absent or cannot be read is empty. If reading takes too long, returns what it
    /// said last.
    async fn read(&mut self) -> io::Result<&str> {
        match self.files.read(self.path, MAX_BYTES).await {
            Ok(contents) => self.text = String::from_utf8_lossy(&contents).into_owned(),
            Err(Problem::System(error)) if is_shortage(&error) => {
                if self.text.is_empty() {
                    return Err(error);
                }
            }
            Err(Problem::TooSlow(_)) => {}
            Err(Problem::TooLarge(_) | Problem::System(_)) => self.text.clear(),
        }
        Ok(&self.text)
    }
}

impl System {
    #[cfg_attr(windows, expect(unused_variables, reason = "the variables are those of Unix"))]
    pub fn new(environment: &Environment) -> Self {
        Self {
            hosts: File::new(HOSTS),
            #[cfg(not(windows))]
            resolv_conf: File::new(RESOLV_CONF),
            #[cfg(not(windows))]
            environment: environment.clone(),
        }
    }

    /// Returns the addresses that the system lists for a name.
    ///
    /// # Errors
    /// Returns an error if the process or the system has no descriptors or threads left.
    pub async fn hosts(&mut self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(hosts::addresses(self.hosts.read().await?, name))
    }
}

#[cfg(not(windows))]
mod unix {
    use super::{Configuration, System, io};
    use crate::sink::network::names::configuration::Overrides;

    impl System {
        /// Returns whom to ask.
        ///
        /// # Errors
        /// Returns an error if the process or the system has no descriptors or threads left.
        pub async fn configuration(&mut self) -> io::Result<Configuration> {
            let domain = domain_of_machine();
            let overrides = Overrides {
                search: self.environment.get("LOCALDOMAIN"),
                options: self.environment.get("RES_OPTIONS"),
                domain: domain.as_deref(),
            };
            Ok(Configuration::parse(self.resolv_conf.read().await?, overrides, index_of_interface))
        }
    }

    /// Returns what follows the first dot in the name of the machine.
    fn domain_of_machine() -> Option<String> {
        let mut name = [0_u8; 256];
        // SAFETY: the buffer is writable for its length, of which the last byte stays 0.
        let failed = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } != 0;
        let end = name.iter().position(|byte| *byte == 0)?;
        let (_, domain) = std::str::from_utf8(&name[..end]).ok()?.split_once('.')?;
        (!failed && !domain.is_empty()).then(|| domain.to_owned())
    }

    fn index_of_interface(name: &str) -> Option<u32> {
        let name = std::ffi::CString::new(name).ok()?;
        // SAFETY: the name ends in 0.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        (index != 0).then_some(index)
    }
}

#[cfg(windows)]
impl System {
    /// Returns whom to ask: the servers of the interfaces that are up.
    ///
    /// # Errors
    /// Returns an error if the system does not tell its interfaces.
    #[expect(clippy::unused_async, reason = "as on Unix")]
    pub async fn configuration(&self) -> io::Result<Configuration> {
        let adapters = ipconfig::get_adapters().map_err(io::Error::other)?;
        let is_up =
            |adapter: &&ipconfig::Adapter| adapter.oper_status() == ipconfig::OperStatus::IfOperStatusUp;
        let servers = adapters.iter().filter(is_up).flat_map(ipconfig::Adapter::dns_servers);
        // The site-local addresses that Windows lists where no server is configured. RFC 3879: they are not used.
        let is_placeholder =
            |server: &IpAddr| matches!(server, IpAddr::V6(six) if six.segments()[0] == 0xfec0);
        let servers = servers.filter(|server| !is_placeholder(server)).map(|server| (*server, 53).into());
        let mut search = ipconfig::computer::get_search_list().unwrap_or_default();
        if search.is_empty() {
            search.extend(ipconfig::computer::get_domain().ok().flatten());
        }
        Ok(Configuration::new(servers.collect(), search))
    }
}

/// The warning if the system names no server.
pub fn no_servers() -> String {
    #[cfg(windows)]
    let place = "No network interface has";
    #[cfg(not(windows))]
    let place = "/etc/resolv.conf is absent, cannot be read or has no line with";
    format!("{place} a name server. Names are looked up at 127.0.0.1")
}
