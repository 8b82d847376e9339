//! Connects to the host of a URI: by its addresses or through a proxy, and with TLS if the URI asks for it.
//!
//! ```text
//!   https://host --> TLS --> Route --+-- direct ----------> TCP to an address of the host
//!                                    |
//!                                    +-- by the proxy ----> CONNECT host, over TCP (or TLS) to the proxy
//! ```
//!
//! All of it has to be done within [`CONNECT_TIMEOUT`], with the look-up of names. Addresses are raced. If
//! it fails, nothing was sent to the host.

mod tcp;

use std::{
    error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use thiserror::Error;
use tokio::time::timeout;
use tower_service::Service;

use self::tcp::Tcp;
use crate::sink::{
    network::limited::Limited,
    network::names::Names,
    network::proxy::{Proxies, Proxy, Unusable},
    network::tunnel::tunnel,
};

/// The maximum time to connect, with names, TLS and a proxy.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

type BoxError = Box<dyn error::Error + Send + Sync>;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// A connection that may be encrypted up to the proxy.
type Inner = MaybeHttpsStream<TokioIo<Limited>>;

/// The connection is not there in time.
#[derive(Debug, Error)]
#[error("connect timeout after {CONNECT_TIMEOUT:?}")]
pub struct ConnectTimeout;

/// No connection through a proxy. The source says why.
#[derive(Debug, Error)]
#[error("through the proxy {proxy}")]
struct ThroughProxy {
    proxy: String,
    source: BoxError,
}

/// No connection to a proxy. The source is about the proxy and not about the host, also where it is about TLS.
#[derive(Debug, Error)]
#[error("no connection to it")]
pub struct ToProxy {
    /// The variable that names the proxy.
    pub variable: String,
    source: BoxError,
}

/// Nothing is sent to the host, because its proxy cannot be used.
#[derive(Debug, Error)]
#[error("no proxy: {0}")]
struct NoWay(Unusable);

/// Connects to any URI.
#[derive(Clone)]
pub struct Connector {
    to_host: HttpsConnector<Route>,
    proxies: Arc<Proxies>,
}

impl Connector {
    #[must_use]
    pub fn new(names: Names, tls: ClientConfig, proxies: Proxies) -> Self {
        let tcp = Tcp(names);
        let tls = Arc::new(tls);
        let to_proxy = HttpsConnector::from((tcp.clone(), Arc::clone(&tls)));
        let proxies = Arc::new(proxies);
        let route = Route { tcp, to_proxy, proxies: Arc::clone(&proxies) };
        Self { to_host: HttpsConnector::from((route, tls)), proxies }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Inner>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.to_host.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let proxy = self.proxies.on_the_way_to(&uri).ok().flatten().map(ToString::to_string);
        let connecting = self.to_host.call(uri);
        Box::pin(async {
            let connected = timeout(CONNECT_TIMEOUT, connecting).await;
            let connected = connected.unwrap_or_else(|_| Err(ConnectTimeout.into()));
            connected.map_err(|source| match proxy {
                Some(proxy) => ThroughProxy { proxy, source }.into(),
                None => source,
            })
        })
    }
}

/// The way to a host, without TLS for the host.
#[derive(Clone)]
struct Route {
    tcp: Tcp,
    to_proxy: HttpsConnector<Tcp>,
    proxies: Arc<Proxies>,
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
        let proxy: Proxy = match self.proxies.on_the_way_to(&uri) {
            Ok(Some(proxy)) => proxy.clone(),
            Ok(None) => {
                let connecting = self.tcp.call(uri);
                return Box::pin(async { Ok(MaybeHttpsStream::Http(connecting.await?)) });
            }
            Err(why) => {
                let why = NoWay(why.clone());
                return Box::pin(async { Err(why.into()) });
            }
        };
        let connecting = self.to_proxy.call(proxy.uri.clone());
        Box::pin(async move {
            let connected = connecting.await;
            let connection =
                connected.map_err(|source| ToProxy { variable: proxy.variable.clone(), source })?;
            Ok(tunnel(connection, &proxy, &uri).await?)
        })
    }
}
