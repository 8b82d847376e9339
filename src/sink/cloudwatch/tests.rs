//! Tests the size of requests and the host that they are sent to, with a client that sends nothing.

use super::*;
use aws_sdk_cloudwatch::config::{HttpClient, IntoShared};
use aws_smithy_http_client::test_util::infallible_client_fn;
use hkm_core::{
    request::{MAX_REQUEST_BYTES, pack},
    strategies::datums,
};
use proptest::{prelude::*, test_runner::TestRunner};
use std::sync::Mutex;

fn settings(variables: &[(&str, &str)], deployment: &str) -> Settings {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings {
        environment: Environment::new(owned.collect()),
        process_environment: Arc::default(),
        source: CredentialSource::StaticKeys,
        region: RegionChoice::new(Some("us-east-1".to_owned()), &Environment::default(), Arc::default()),
        role: None,
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        deployment: deployment.to_owned(),
    }
}

fn sink(settings: Settings, http: impl HttpClient + 'static) -> CloudWatchSink {
    let (clock, http) = (Arc::new(ProcessClock::default()), http.into_shared());
    CloudWatchSink::with_http(settings, Arc::default(), clock, http, Files::default(), Arc::default())
}

/// Compares the size that `request` counts with what the SDK serializes.
#[test]
fn a_serialized_request_is_never_larger_than_its_counted_size() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DISABLE_REQUEST_COMPRESSION", "true"),
    ];
    // The maximum length. If the count left it out, a request would exceed its counted size.
    let deployment = "d".repeat(1_024);
    let deployment = deployment.as_str();
    let sent = Arc::new(Mutex::new(0));
    let observed = Arc::clone(&sent);
    let http = infallible_client_fn(move |request| {
        *observed.lock().unwrap() = request.body().bytes().unwrap().len();
        ::http::Response::builder().header("smithy-protocol", "rpc-v2-cbor").body("").unwrap()
    });
    let sink = sink(settings(&variables, deployment), http);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
    runner
        .run(&datums(1_200), |datums| {
            for request in pack(datums, deployment) {
                prop_assert_eq!(runtime.block_on(sink.put(&request)), Outcome::Applied);
                let bytes = *sent.lock().unwrap();
                let bounds = request.datums.iter().map(|datum| datum.max_encoded_bytes(deployment));
                let bound = bounds.sum::<usize>() + request.envelope();
                prop_assert!(bytes <= bound && bound <= MAX_REQUEST_BYTES, "{bytes} of {bound}");
            }
            Ok(())
        })
        .unwrap();
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];

/// Returns the host to which a client with these settings sends at last.
fn host(settings: Settings) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let host = Arc::new(Mutex::new(String::new()));
    let observed = Arc::clone(&host);
    let http = infallible_client_fn(move |request| {
        *observed.lock().unwrap() = request.uri().host().unwrap().to_owned();
        ::http::Response::builder().header("smithy-protocol", "rpc-v2-cbor").body("").unwrap()
    });
    let sink = sink(settings, http);
    runtime.block_on(sink.put(&Request::empty("Test".into())));
    let host = host.lock().unwrap();
    host.clone()
}

#[test]
fn the_variables_select_an_endpoint_variant_unless_an_endpoint_is_set() {
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    let dual = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
    let host = |variables: &[_], endpoint: Option<&str>| {
        let settings = settings(&[&KEYS, variables].concat(), "test");
        host(Settings { endpoint: endpoint.map(str::to_owned), ..settings })
    };
    assert_eq!(host(&[], None), "monitoring.us-east-1.amazonaws.com");
    assert_eq!(host(&[fips], None), "monitoring-fips.us-east-1.amazonaws.com");
    assert_eq!(host(&[dual], None), "monitoring.us-east-1.api.aws");
    assert_eq!(host(&[fips, dual], Some("http://127.0.0.1:9")), "127.0.0.1");
}

/// Returns settings with a profile. `name` is that of its file, which tests at the same time must not share.
fn profile(name: &str, lines: &str) -> Settings {
    let config = std::path::Path::new(env!("OUT_DIR")).join(name);
    std::fs::write(&config, format!("[default]\n{lines}")).unwrap();
    let config = ("AWS_CONFIG_FILE", config.to_str().unwrap());
    let settings = settings(&[&KEYS[..], &[config]].concat(), "test");
    Settings { source: CredentialSource::DefaultChain, endpoint: None, ..settings }
}

#[test]
fn a_profile_selects_an_endpoint_or_its_variant() {
    let endpoint = "endpoint_url = http://127.0.0.2:9\n";
    let fips = "use_fips_endpoint = true\n";
    assert_eq!(host(profile("endpoint", endpoint)), "127.0.0.2");
    assert_eq!(host(profile("variant", fips)), "monitoring-fips.us-east-1.amazonaws.com");
    assert_eq!(host(profile("both", &[endpoint, fips].concat())), "127.0.0.2");
}

#[test]
fn a_role_is_assumed_at_the_endpoint_of_its_region_and_variant() {
    let arn = "arn:aws:iam::123456789012:role/metrics".to_owned();
    let role = Some(Role { arn, external_id: None, session_name: None });
    let (fips, dual) = (("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"));
    let (own, all) =
        (("AWS_ENDPOINT_URL_STS", "http://127.0.0.2:9"), ("AWS_ENDPOINT_URL", "http://127.0.0.3:9"));
    let region = RegionChoice::new(Some("eu-west-1".to_owned()), &Environment::default(), Arc::default());
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    for (variables, asked) in [
        (&[][..], "sts.eu-west-1.amazonaws.com"),
        (&[fips], "sts-fips.eu-west-1.amazonaws.com"),
        (&[dual], "sts.eu-west-1.api.aws"),
        (&[own], "127.0.0.2"),
        (&[all], "127.0.0.3"),
        (&[own, all, fips, dual], "127.0.0.2"),
        (&[own, fips, ignored], "sts-fips.eu-west-1.amazonaws.com"),
    ] {
        let settings = settings(&[&KEYS, variables].concat(), "test");
        // The client answers nothing that STS would, so there is no other request.
        let found = host(Settings { role: role.clone(), region: region.clone(), ..settings });
        assert_eq!(found, asked, "{variables:?}");
    }
}
