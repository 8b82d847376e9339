//! The HTTP client below the SDK: a pool of connections, with TLS, name resolution and proxy. Environment variables come from
//! the snapshot.
//!
//! Speaks HTTP/1.1, which each service here understands: a connection that has died fails one request, and not each that shares
//! it. Follows no redirect, and decompresses nothing.

use std::{error::Error, fmt, io, time::Duration};

use aws_sdk_cloudwatch::config::{HttpClient, IntoShared, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use hkm_core::warning::WarningKind;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::timeout;

use crate::environment::Environment;
use crate::sink::{
    files::Files,
    network::connect::{CONNECT_TIMEOUT, Connector},
    network::names::Names,
    network::proxy::Proxies,
    network::tls::tls,
};

/// Builds the client. `warn` is called for each setting that cannot be used.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
pub async fn client(
    environment: &Environment,
    endpoint: &str,
    files: &mut Files,
    names: Names,
    warn: &impl Fn(WarningKind, String),
) -> io::Result<SharedHttpClient> {
    let tls = tls(environment, !endpoint.starts_with("http://"), files, warn).await?;
    let proxies = Proxies::new(environment);
    if let Some(complaint) = proxies.complaint() {
        warn(WarningKind::Proxy, complaint);
    }
    let pool = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(Connector::new(names, tls, proxies));
    Ok(Pool(pool).into_shared())
}

/// The client. Its connections are shared by all services.
#[derive(Clone)]
struct Pool(Client<Connector, SdkBody>);

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pool")
    }
}

impl HttpClient for Pool {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Patient { pool: self.clone(), read_timeout: settings.read_timeout() })
    }
}

/// Sends requests, and waits for the head of the answer for a limited time if the settings of a service ask for it.
#[derive(Debug)]
struct Patient {
    pool: Pool,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Patient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { pool, read_timeout } = self;
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = pool.0.request(request);
        let limit = read_timeout.map(|read| CONNECT_TIMEOUT + read);
        HttpConnectorFuture::new(async move {
            let answer = match limit {
                Some(limit) => {
                    timeout(limit, answer).await.map_err(|late| ConnectorError::timeout(late.into()))?
                }
                None => answer.await,
            };
            let answer = answer.map_err(|error| kind_of(&error)(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Returns the kind of an error, by which the SDK decides whether to repeat a request for credentials.
fn kind_of(error: &hyper_util::client::legacy::Error) -> fn(Box<dyn Error + Send + Sync>) -> ConnectorError {
    let hyper = error.source().and_then(<dyn Error>::downcast_ref::<hyper::Error>);
    if hyper.is_some_and(hyper::Error::is_user) { ConnectorError::user } else { ConnectorError::io }
}
