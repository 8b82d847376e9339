//! Connects to a host by its addresses. A dead address beside a good one costs 300 ms, whatever their families and number.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
};

use http::{Uri, uri::Scheme};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{BoxError, CONNECT_TIMEOUT, Connecting};
use crate::sink::{
    network::limited::Limited,
    network::names::Names,
    network::race::{Limits, race},
};

/// Each address is tried once. The connector ends a race before it has taken as long.
const LIMITS: Limits = Limits { rounds: 1, time: CONNECT_TIMEOUT.saturating_mul(2) };

/// Connects to the host and port of a URI.
#[derive(Clone)]
pub struct Tcp(pub Names);

/// No address of a host took a connection. The causes are those of one address.
#[derive(Debug)]
struct Refused {
    address: SocketAddr,
    why: io::Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot connect to {}", self.address)
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.why)
    }
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<Limited>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let names = self.0.clone();
        Box::pin(async move {
            let host = uri.host().filter(|host| !host.is_empty()).ok_or("the URL has no host")?;
            let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
            let port = uri.port_u16().unwrap_or(default);
            let addresses = names.lookup(host).await?;
            let attempt = Attempt { names: &names, host, addresses, tried: AtomicUsize::new(0) };
            Ok(TokioIo::new(Limited::new(attempt.connect(port).await?)))
        })
    }
}

/// An attempt to connect to a host. When it ends without a connection, the names are told which addresses were tried. It is
/// dropped when the time to connect has passed, so the destructor tells them.
struct Attempt<'a> {
    names: &'a Names,
    host: &'a str,
    addresses: Vec<IpAddr>,
    /// The number of addresses that were tried. The race takes them in their order.
    tried: AtomicUsize,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let tried = &self.addresses[..*self.tried.get_mut()];
        if !tried.is_empty() {
            self.names.have_failed(self.host, tried);
        }
    }
}

impl Attempt<'_> {
    #[expect(clippy::disallowed_methods, reason = "an address, which is not resolved")]
    async fn connect(mut self, port: u16) -> Result<TcpStream, BoxError> {
        let place = |index: usize| SocketAddr::new(self.addresses[index], port);
        let stream = race(self.addresses.len(), LIMITS, |index| {
            self.tried.store(index + 1, Ordering::Relaxed);
            TcpStream::connect(place(index))
        })
        .await;
        match stream {
            Ok(stream) => {
                *self.tried.get_mut() = 0;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
            Err(failed) => {
                let mut told = failed.into_iter().enumerate();
                let told = told.find_map(|(index, why)| Some(Refused { address: place(index), why: why? }));
                Err(told.map_or_else(|| io::Error::from(io::ErrorKind::TimedOut).into(), Into::into))
            }
        }
    }
}
