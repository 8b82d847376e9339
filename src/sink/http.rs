//! Builds the HTTP client with TLS, name resolution and proxy. Environment variables come from the snapshot, and name
//! servers from the configuration of the system.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    panic::catch_unwind,
};

use aws_sdk_cloudwatch::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use hkm_core::warning::WarningKind;

use super::{
    failure::{cause_of_resolver, is_shortage},
    files::Files,
    proxy::Proxy,
    trust::trust_store,
};
use crate::environment::Environment;

/// The HTTP client of all requests.
pub struct Http {
    pub client: SharedHttpClient,
    /// The host and port of the proxy, if requests to the endpoint use one.
    pub proxy: Option<String>,
}

/// Builds the client. `warn` is called for each setting that cannot be used.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
pub async fn client(
    environment: &Environment,
    endpoint: &str,
    files: &mut Files,
    warn: &impl Fn(WarningKind, String),
) -> io::Result<Http> {
    let trust = trust_store(environment, !endpoint.starts_with("http://"), files, warn).await?;
    let resolver = resolver()?;
    let proxy = Proxy::new(environment).unwrap_or_else(|name| {
        // The warning does not contain the value, which may hold a password.
        warn(
            WarningKind::Proxy,
            format!("{name} is not used: it is not an http or https URL. No proxy is used"),
        );
        None
    });
    let config = proxy.as_ref().map_or_else(ProxyConfig::disabled, |proxy| proxy.config.clone());
    let proxy = proxy.and_then(|proxy| proxy.on_the_way_to(endpoint));
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(config.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::rustls(CryptoMode::Ring));
        let context = TlsContext::builder().with_trust_store(trust.clone()).build();
        let connector = match context {
            Ok(context) => connector.tls_context(context),
            Err(_) => connector,
        };
        connector.build_with_resolver(resolver.clone())
    });
    Ok(Http { client, proxy })
}

/// Makes a resolver that does not use the C library. If the configuration of the system cannot be read, the resolver
/// asks a server on this machine. Literal addresses and `/etc/hosts` work without a server.
fn resolver() -> io::Result<HickoryDnsResolver> {
    let builder = HickoryDnsResolver::builder();
    let unread = if cfg!(windows) { None } else { hickory_resolver::system_conf::read_system_conf().err() };
    match unread {
        // It panics if the configuration cannot be read any more.
        None => catch_unwind(|| builder.build()).map_err(|_| io::Error::other("DNS has no configuration")),
        Some(error) if cause_of_resolver(&error).is_some_and(is_shortage) => Err(io::Error::other(error)),
        Some(_) => Ok(builder.nameservers(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 53).build()),
    }
}
