//! The way to an endpoint: the proxy, the name, the connection and TLS, each by the code that delivers.

use std::{error::Error, io, net::IpAddr};

use http::Uri;
use hyper_rustls::MaybeHttpsStream;
use rustls::ProtocolVersion;
use tower_service::Service;

use super::{report::Report, timed};
use crate::{
    environment::Environment,
    sink::{
        failure::chain,
        files::Files,
        network::{connect::Connector, names::Names, proxy::Proxies, tls},
    },
};

/// Looks up the host of an endpoint, or its proxy, and connects to it. Its warnings are those of the sink.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
pub async fn explore(environment: &Environment, endpoint: &str, report: &mut Report) -> io::Result<()> {
    // The endpoint was checked. A host of other letters than those of ASCII is none for the network.
    let Ok(uri) = endpoint.parse::<Uri>() else { return Ok(()) };
    let proxies = Proxies::new(environment);
    let first = match proxies.on_the_way_to(&uri) {
        Ok(None) => uri.clone(),
        Ok(Some(proxy)) => {
            report.text("proxy", &proxy.to_string());
            report.text("proxyVariable", &proxy.variable);
            proxy.uri.clone()
        }
        Err(unusable) => {
            report.text("proxyProblem", &unusable.to_string());
            return Ok(());
        }
    };
    let names = Names::new(environment, |_| {});
    if let Some(host) = first.host() {
        let (addresses, took) = timed(names.lookup(host)).await;
        report.step("name", took, |step| {
            step.text("host", host);
            match &addresses {
                Ok(addresses) => step.texts("addresses", addresses.iter().map(IpAddr::to_string)),
                Err(error) => step.text("problem", &error.to_string()),
            }
        });
        if addresses.is_err() {
            return Ok(());
        }
    }
    let is_encrypted = uri.scheme_str() == Some("https");
    let tls = tls::tls(environment, is_encrypted, &mut Files::default(), &|_, _| {}).await?;
    let mut connector = Connector::new(names, tls, proxies);
    let (connected, took) = timed(connector.call(uri)).await;
    report.step("connection", took, |step| match connected {
        Ok(MaybeHttpsStream::Https(stream)) => {
            let (_, session) = stream.inner().get_ref();
            if let Some(version) = session.protocol_version().and_then(version) {
                step.text("tls", version);
            }
            let chain = session.peer_certificates().unwrap_or_default();
            if let Some(issuer) = chain.first().and_then(tls::certificate::issuer) {
                step.text("issuer", &issuer);
            }
        }
        Ok(MaybeHttpsStream::Http(_)) => {}
        Err(error) => step.text("problem", &chain(&*error as &(dyn Error + 'static))),
    });
    Ok(())
}

const fn version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
        ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
        _ => None,
    }
}
