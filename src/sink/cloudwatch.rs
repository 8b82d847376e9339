//! PutMetricData through the AWS SDK: one attempt, bounded in time, signed and compressed by the SDK.
//!
//! The SDK sees the snapshot of the environment and nothing else. Its own retries are off, because they treat
//! an unknown outcome as a failure; names are resolved in-process, because the system's resolver reads the
//! environment.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_cloudwatch::{
    Client,
    config::http::HttpResponse,
    error::SdkError,
    operation::put_metric_data::PutMetricDataError,
    primitives::DateTime,
    types::{Dimension, MetricDatum, StandardUnit},
};
use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use aws_types::os_shim_internal::Env;

use super::{
    Sink,
    answer::AnswerCheck,
    traffic::{Traffic, TrafficMeter},
    trust::trust_store,
};
use crate::{
    catalog::{ENVIRONMENT, NAMESPACE, Unit},
    environment::{CredentialSource, Environment},
    outcome::{Fault, FaultKind, Outcome, classify},
    request::{Datum, Request},
    window::Resolution,
};

/// Longest time to connect, DNS and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest time for one attempt, from first byte sent to last byte read.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where and as whom to send.
pub struct Settings {
    pub environment: Environment,
    pub source: CredentialSource,
    pub region: String,
    /// In place of the region's own endpoint.
    pub endpoint: Option<String>,
    /// Value of the `Environment` dimension.
    pub deployment: String,
    pub resolution: Resolution,
}

/// Sends to CloudWatch.
pub struct CloudWatchSink {
    client: Client,
    deployment: String,
    resolution: Resolution,
}

impl CloudWatchSink {
    /// Builds the client. No request is made before the first put. `warn` is told of settings that cannot be used.
    pub async fn new(settings: Settings, traffic: Arc<Traffic>, warn: impl FnOnce(String)) -> Self {
        let (trust, problem) = trust_store(&settings.environment);
        if let Some(problem) = problem {
            warn(problem);
        }
        let http = http_client(trust, proxy(&settings.environment));
        Self::with_client(settings, traffic, http).await
    }

    async fn with_client(settings: Settings, traffic: Arc<Traffic>, http: impl HttpClient + 'static) -> Self {
        let Settings { environment, source, region, endpoint, deployment, resolution } = settings;
        let variables = environment.for_sdk(source);
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from_slice(&variables))
            .region(Region::new(region))
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .load()
            .await;
        let mut config = aws_sdk_cloudwatch::config::Builder::from(&shared)
            .interceptor(TrafficMeter::new(traffic))
            .interceptor(AnswerCheck);
        config = match endpoint {
            // A custom endpoint and an endpoint variant exclude each other.
            Some(endpoint) => config.endpoint_url(endpoint).use_fips(false).use_dual_stack(false),
            None => config.use_fips(environment.use_fips()).use_dual_stack(environment.use_dual_stack()),
        };
        Self { client: Client::from_conf(config.build()), deployment, resolution }
    }

    fn datum(&self, datum: &Datum) -> MetricDatum {
        let environment = Dimension::builder().name(ENVIRONMENT).value(&self.deployment).build();
        let dimensions = datum.series.dimensions.iter();
        let dimensions =
            dimensions.map(|(name, value)| Dimension::builder().name(*name).value(&**value).build());
        let (values, counts) = datum
            .samples
            .iter()
            .map(|sample| {
                #[expect(clippy::cast_precision_loss, reason = "a count of 2^53 is out of reach")]
                let count = sample.count as f64;
                (sample.value, count)
            })
            .unzip();
        MetricDatum::builder()
            .metric_name(datum.series.metric.name)
            .set_dimensions(Some(std::iter::once(environment).chain(dimensions).collect()))
            .timestamp(DateTime::from_secs(datum.window.0))
            .set_values(Some(values))
            .set_counts(Some(counts))
            .unit(match datum.series.metric.unit {
                Unit::Count => StandardUnit::Count,
                Unit::Milliseconds => StandardUnit::Milliseconds,
                Unit::None => StandardUnit::None,
            })
            .storage_resolution(match self.resolution {
                Resolution::Minute => 60,
                Resolution::Second => 1,
            })
            .build()
    }
}

impl Sink for CloudWatchSink {
    async fn put(&self, request: &Request) -> Outcome {
        let datums = request.datums.iter().map(|datum| self.datum(datum)).collect();
        let put = self.client.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(datums));
        match put.send().await {
            Ok(_) => Outcome::Applied,
            Err(error) => outcome(&error),
        }
    }
}

type PutError = SdkError<PutMetricDataError, HttpResponse>;

fn outcome(error: &PutError) -> Outcome {
    let described = |kind, code: &str| Fault { kind, code: code.to_owned(), message: chain(error) };
    match error {
        SdkError::ServiceError(service) => {
            let metadata = service.err().meta();
            let status = service.raw().status().as_u16();
            classify(status, metadata.code().unwrap_or(""), metadata.message().unwrap_or(""))
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            classify(status, "", &chain(error))
        }
        SdkError::TimeoutError(_) => Outcome::Unknown(described(FaultKind::Unanswered, "TimeoutError")),
        SdkError::DispatchFailure(failure) => {
            let is_connect = failure.as_connector_error().is_some_and(|error| failed_to_connect(error));
            if is_connect {
                Outcome::NotApplied(described(FaultKind::Unreachable, "ConnectError"))
            } else if failure.is_io() || failure.is_timeout() {
                Outcome::Unknown(described(FaultKind::Unanswered, "ConnectionReset"))
            } else {
                Outcome::NotApplied(described(FaultKind::Denied, "CredentialsError"))
            }
        }
        // Nothing was sent: the request could not be built, signed or addressed.
        _ => Outcome::NotApplied(described(FaultKind::Denied, "CredentialsError")),
    }
}

/// What an error says and what its causes say, without repetition.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in std::iter::successors(Some(error), |error| (*error).source()) {
        let message = error.to_string();
        if said.last().is_none_or(|last| !last.contains(&message)) {
            said.push(message);
        }
    }
    said.join(": ")
}

/// Whether no connection was made, so that nothing was sent.
fn failed_to_connect(error: &(dyn Error + 'static)) -> bool {
    let is_connect = error
        .downcast_ref::<hyper_util::client::legacy::Error>()
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    is_connect || error.source().is_some_and(failed_to_connect)
}

fn http_client(trust: TrustStore, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector
            .set_sleep_impl(components.and_then(aws_sdk_cloudwatch::config::RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::rustls(CryptoMode::Ring));
        let context = TlsContext::builder().with_trust_store(trust.clone()).build();
        let connector = match context {
            Ok(context) => connector.tls_context(context),
            Err(_) => connector,
        };
        connector.build_with_resolver(resolver())
    })
}

/// Resolves names without the C library. Where the system names no servers, a local one is asked: literal
/// addresses and `/etc/hosts` work all the same.
fn resolver() -> HickoryDnsResolver {
    let builder = HickoryDnsResolver::builder();
    if cfg!(windows) || hickory_resolver::system_conf::read_system_conf().is_ok() {
        builder.build()
    } else {
        builder.nameservers(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 53).build()
    }
}

/// `HTTPS_PROXY` for what is encrypted; credentials services on the link-local network are asked directly.
fn proxy(environment: &Environment) -> ProxyConfig {
    let url = environment.any_case("HTTPS_PROXY").or_else(|| environment.any_case("ALL_PROXY"));
    let Some(proxy) = url.and_then(|url| ProxyConfig::https(url).ok()) else {
        return ProxyConfig::disabled();
    };
    match environment.any_case("NO_PROXY") {
        Some(rules) => proxy.no_proxy(rules),
        None => proxy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{MAX_REQUEST_BYTES, pack, tests::datums};
    use aws_smithy_http_client::test_util::infallible_client_fn;
    use proptest::{prelude::*, test_runner::TestRunner};
    use std::sync::Mutex;

    fn settings(variables: &[(&str, &str)], deployment: &str) -> Settings {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings {
            environment: Environment::new(owned.collect()),
            source: CredentialSource::StaticKeys,
            region: "us-east-1".to_owned(),
            endpoint: Some("http://127.0.0.1:9".to_owned()),
            deployment: deployment.to_owned(),
            resolution: Resolution::Minute,
        }
    }

    /// The SDK's own serializer is the judge of the bound that `request` counts with.
    #[test]
    fn what_the_sdk_serializes_is_never_larger_than_what_was_counted() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DISABLE_REQUEST_COMPRESSION", "true"),
        ];
        // As long as CloudWatch takes, so that leaving it out of the count would show.
        let deployment = "d".repeat(1_024);
        let deployment = deployment.as_str();
        let sent = Arc::new(Mutex::new(0));
        let observed = Arc::clone(&sent);
        let http = infallible_client_fn(move |request| {
            *observed.lock().unwrap() = request.body().bytes().unwrap().len();
            http::Response::builder().header("smithy-protocol", "rpc-v2-cbor").body("").unwrap()
        });
        let sink = runtime.block_on(CloudWatchSink::with_client(
            settings(&variables, deployment),
            Arc::default(),
            http,
        ));
        let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
        runner
            .run(&datums(1_200), |datums| {
                for request in pack(datums, deployment) {
                    prop_assert_eq!(runtime.block_on(sink.put(&request)), Outcome::Applied);
                    let bytes = *sent.lock().unwrap();
                    let bounds = request.datums.iter().map(|datum| datum.max_encoded_bytes(deployment));
                    let bound = bounds.sum::<usize>() + crate::request::envelope();
                    prop_assert!(bytes <= bound && bound <= MAX_REQUEST_BYTES, "{bytes} of {bound}");
                }
                Ok(())
            })
            .unwrap();
    }

    /// Where a client of these settings sends.
    fn host(variables: &[(&str, &str)], endpoint: Option<&str>) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let host = Arc::new(Mutex::new(String::new()));
        let observed = Arc::clone(&host);
        let http = infallible_client_fn(move |request| {
            *observed.lock().unwrap() = request.uri().host().unwrap().to_owned();
            http::Response::builder().header("smithy-protocol", "rpc-v2-cbor").body("").unwrap()
        });
        let keys = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        let mut settings = settings(&[&keys, variables].concat(), "test");
        settings.endpoint = endpoint.map(str::to_owned);
        let sink = runtime.block_on(CloudWatchSink::with_client(settings, Arc::default(), http));
        runtime.block_on(sink.put(&Request { datums: Vec::new() }));
        let host = host.lock().unwrap();
        host.clone()
    }

    #[test]
    fn the_endpoint_is_the_variant_that_was_asked_for_unless_one_is_given() {
        let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
        let dual = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
        assert_eq!(host(&[], None), "monitoring.us-east-1.amazonaws.com");
        assert_eq!(host(&[fips], None), "monitoring-fips.us-east-1.amazonaws.com");
        assert_eq!(host(&[dual], None), "monitoring.us-east-1.api.aws");
        assert_eq!(host(&[fips, dual], Some("http://127.0.0.1:9")), "127.0.0.1");
    }
}
