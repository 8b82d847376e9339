//! Connects to the host of a URI: by its addresses or through a proxy, and with TLS if the URI asks for it.
//!
//! ```text
//!   https://host --> TLS --> Route --+-- direct ----------> TCP to an address of the host
//!                                    |
//!                                    +-- by the proxy ----> CONNECT host, over TCP (or TLS) to the proxy
//! ```
//!
//! All of it has to be done within [`CONNECT_TIMEOUT`], with the look-up of names. Addresses of both families are raced.

use std::{
    error::Error,
    fmt,
    iter::Map,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_runtime_api::client::dns::ResolveDns;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::Name, proxy::Tunnel},
    rt::TokioIo,
};
use rustls::ClientConfig;
use tokio::{net::TcpStream, time::timeout};
use tower_service::Service;

use super::proxy::Proxy;

/// The maximum time to connect, with names, TLS and a proxy.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

type BoxError = Box<dyn Error + Send + Sync>;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// A connection that may be encrypted up to the proxy.
type Inner = MaybeHttpsStream<TokioIo<TcpStream>>;

/// The connection is not there in time.
#[derive(Debug)]
pub struct ConnectTimeout;

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "connect timeout after {CONNECT_TIMEOUT:?}")
    }
}

impl Error for ConnectTimeout {}

/// Connects to any URI.
#[derive(Clone)]
pub struct Connector(HttpsConnector<Route>);

impl Connector {
    #[must_use]
    pub fn new(names: HickoryDnsResolver, tls: ClientConfig, proxy: Option<Proxy>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Addresses(names));
        // TLS is a matter of the layer above.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = Arc::new(tls);
        let to_proxy = HttpsConnector::from((tcp.clone(), Arc::clone(&tls)));
        let route = Route { tcp, to_proxy, proxy: proxy.map(Arc::new) };
        Self(HttpsConnector::from((route, tls)))
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Inner>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async { timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| ConnectTimeout)? })
    }
}

/// The way to a host, without TLS for the host.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector<Addresses>,
    to_proxy: HttpsConnector<HttpConnector<Addresses>>,
    proxy: Option<Arc<Proxy>>,
}

impl Service<Uri> for Route {
    type Response = Inner;
    type Error = BoxError;
    type Future = Connecting<Inner>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        ready!(self.tcp.poll_ready(context))?;
        self.to_proxy.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Some(intercept) = self.proxy.as_ref().and_then(|proxy| proxy.intercept(&uri)) else {
            let connecting = self.tcp.call(uri);
            return Box::pin(async { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(intercept.uri().clone(), self.to_proxy.clone());
        if let Some(authorization) = intercept.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let tunneling = tunnel.call(uri);
        Box::pin(async { Ok(tunneling.await?) })
    }
}

/// Returns an address whose port the connector sets.
const fn of_any_port(address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, 0)
}

/// The addresses of a name.
#[derive(Clone)]
struct Addresses(HickoryDnsResolver);

impl Service<Name> for Addresses {
    type Response = Map<vec::IntoIter<IpAddr>, fn(IpAddr) -> SocketAddr>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let names = self.0.clone();
        Box::pin(async move {
            let found = names.resolve_dns(name.as_str()).await?;
            Ok(found.into_iter().map(of_any_port as fn(_) -> _))
        })
    }
}
