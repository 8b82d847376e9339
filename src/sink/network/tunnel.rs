//! Asks a proxy for a tunnel to a host: `CONNECT` of HTTP (RFC 9110, 9.3.6).
//!
//! hyper-util's tunnel does not tell the status with which a proxy refuses. Here hyper reads the answer: in pieces, of
//! HTTP/1.0, after interim answers, and with limits for the head. The caller limits the time.

use std::{error::Error, future::poll_fn, pin::pin, task::Poll};

use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::{
    client::conn::http1::{Builder, Parts},
    rt::{Read, Write},
};
use thiserror::Error;

use crate::sink::network::proxy::Proxy;

/// The reason why a proxy gives no tunnel. No request was sent to the host.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error("it wants a user and a password (HTTP 407): set {variable}={scheme}://user:password@{proxy}")]
    WantsPassword { variable: String, scheme: String, proxy: String },
    #[error("it refuses the user and the password in {0} (HTTP 407)")]
    WrongPassword(String),
    #[error("it wants an authentication other than Basic (HTTP 407), which is not supported")]
    WantsOther,
    #[error("it gives no tunnel to {host}: HTTP {status}")]
    Status { host: String, status: u16 },
    #[error("it sent data of its own after it gave a tunnel")]
    Babbling,
    #[error("it gave no valid answer")]
    NoAnswer(#[source] Box<dyn Error + Send + Sync>),
}

impl Refusal {
    fn new(proxy: &Proxy, host: &str, status: StatusCode, headers: &HeaderMap) -> Self {
        let variable = proxy.variable.clone();
        if status != StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Self::Status { host: host.to_owned(), status: status.as_u16() };
        }
        if !takes_basic(headers) {
            return Self::WantsOther;
        }
        if proxy.authorization.is_some() {
            return Self::WrongPassword(variable);
        }
        // With another scheme, the password would be sent unencrypted.
        let scheme = proxy.uri.scheme_str().unwrap_or("http").to_owned();
        Self::WantsPassword { variable, scheme, proxy: proxy.to_string() }
    }
}

/// Returns whether a proxy that wants an authentication offers `Basic`, or does not say what it wants.
fn takes_basic(headers: &HeaderMap) -> bool {
    let mut offers = headers.get_all(header::PROXY_AUTHENTICATE).iter().peekable();
    let is_basic = |challenge: &str| {
        challenge.split_whitespace().next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
    };
    offers.peek().is_none()
        || offers.any(|offer| String::from_utf8_lossy(offer.as_bytes()).split(',').any(is_basic))
}

/// Makes a connection to a proxy a tunnel to the host of a URI.
///
/// # Errors
/// Returns why there is no tunnel.
pub async fn tunnel<T>(connection: T, proxy: &Proxy, uri: &Uri) -> Result<T, Refusal>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let host = format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(443));
    let mut request = Request::builder().method(Method::CONNECT).uri(&host).header(header::HOST, &host);
    if let Some(authorization) = &proxy.authorization {
        request = request.header(header::PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(Empty::<&[u8]>::new()).map_err(no_answer)?;
    // Some proxies compare the case of names.
    let mut builder = Builder::new();
    let (mut sender, mut connection) =
        builder.title_case_headers(true).handshake(connection).await.map_err(no_answer)?;
    let mut answer = pin!(sender.send_request(request));
    let answer = poll_fn(|context| {
        // The connection makes progress only while it is polled.
        let ended = connection.poll_without_shutdown(context);
        match (answer.as_mut().poll(context), ended) {
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
            (answer, _) => answer,
        }
    })
    .await
    .map_err(no_answer)?;
    if !answer.status().is_success() {
        return Err(Refusal::new(proxy, &host, answer.status(), answer.headers()));
    }
    let Parts { io, read_buf, .. } = connection.into_parts();
    // The server of TLS waits for the client: what comes first is no part of it, but a page of the proxy for example.
    if read_buf.is_empty() { Ok(io) } else { Err(Refusal::Babbling) }
}

fn no_answer(error: impl Error + Send + Sync + 'static) -> Refusal {
    Refusal::NoAnswer(error.into())
}
