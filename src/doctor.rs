//! Goes the way of a record to CloudWatch step by step, once, and tells what each step found and how long it took. Tells also what
//! is in the directory of the spool.
//!
//! It uses the settings and the code that deliver, so it finds what they find. It sends no metric.
//!
//! ```text
//!   options, variables -> [`Plan`] -> credentials -> region, endpoint -> [`way`]: proxy, name, connection, TLS
//!                                          |                               |
//!                                          +-> identity, by STS            +-> a signed request without data, for each namespace
//! ```
//!
//! A step that fails does not end the others, as far as they can be made without it. What is told contains no secret: texts
//! come from the same functions as warnings.

mod identity;
mod report;
mod way;

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use aws_sdk_cloudwatch::config::{
    Credentials,
    endpoint::{DefaultResolver, Params, ResolveEndpoint},
};
use aws_types::SdkConfig;
use hkm_core::{
    clock::Clock,
    outcome::{Fault, FaultKind, Outcome},
    request::Request,
    sink::Sink,
    warning::{WarningKind, Warnings},
};
use tokio::{runtime, task::LocalSet};
use url::Url;

use crate::{
    clock::ProcessClock,
    environment::{DEFAULT_REGION, Environment},
    recorder::{Plan, Settings},
    sink::{cloudwatch::CloudWatchSink, traffic::Traffic},
    spool::{self, Found, State, Survey},
};
use report::Report;

/// How the hosts of AWS end, in all partitions, also those of VPC endpoints.
const OF_AWS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// Goes the way, and returns what was found, as JSON. `lib/` documents it where it reads it. Blocks the calling thread, for
/// half a minute at most if nothing answers.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors, threads or memory left.
pub fn diagnose(settings: &Settings, namespaces: &[String]) -> io::Result<String> {
    let mut report = Report::default();
    if let Some(spool) = &settings.spool {
        report.object("spool", |found| tell_spool(spool, found));
    }
    match Plan::new(settings) {
        Ok(plan) => {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, go(plan, namespaces, &mut report))?;
        }
        Err(off) => {
            report.text("off", &off.to_string());
            report.flag("isMistake", off.is_mistake());
        }
    }
    Ok(report.into_json())
}

async fn go(plan: Plan, namespaces: &[String], report: &mut Report) -> io::Result<()> {
    let Plan { source, source_description, region, refusals, sink: settings } = plan;
    let (warnings, clock) = (Arc::new(Warnings::default()), Arc::new(ProcessClock::default()));
    for (variable, refusal) in refusals {
        warnings.warn(WarningKind::Setting(variable), clock.now(), || refusal);
    }
    report.text("source", source.name());
    report.text("sourceDescription", &source_description);
    report.text("deployment", &settings.deployment);
    let [deployment, of_region, of_endpoint] = settings.environment.origins();
    for (name, variable) in
        [("deploymentFrom", deployment), ("regionFrom", of_region), ("endpointFrom", of_endpoint)]
    {
        if let Some(variable) = variable {
            report.text(name, variable);
        }
    }
    if let Some(role) = &settings.role {
        report.text("role", &role.arn);
    }
    let environment = settings.environment.clone();
    let sink = CloudWatchSink::new(
        settings,
        Arc::new(Traffic::default()),
        Arc::clone(&clock),
        Arc::clone(&warnings),
    )
    .await?;

    let (credentials, took) = timed(sink.current_credentials()).await;
    report.step("credentials", took, |step| match &credentials {
        Ok(credentials) => step.optional_number("expiresAt", expiry(credentials)),
        Err(fault) => step.fault(fault),
    });

    // A profile can name it, and is read with the credentials. Without these it is not known which one would be used.
    let region = match region.get() {
        None if credentials.is_err() => None,
        known => Some(known.map_or(DEFAULT_REGION, String::as_str)),
    };
    if let Some(region) = region {
        report.text("region", region);
    }
    let endpoint = match (sink.endpoint(), region) {
        (Ok(Some(endpoint)), _) => Ok(endpoint),
        (Ok(None), Some(region)) => endpoint_of(region, sink.shared(), &environment).await,
        (Ok(None), None) => Ok(String::new()),
        (Err(bad), _) => Err(bad.to_string()),
    };
    match &endpoint {
        Ok(endpoint) if endpoint.is_empty() => {}
        Ok(endpoint) => {
            report.text("endpoint", endpoint);
            way::explore(&environment, endpoint, report).await?;
        }
        Err(problem) => report.text("endpointProblem", problem),
    }

    // Where another server stands in for AWS, STS of AWS does not know the credentials.
    let knows_sts = environment.get("AWS_ENDPOINT_URL_STS").is_some()
        || endpoint.as_ref().is_ok_and(|endpoint| is_of_aws(endpoint));
    if let (Ok(credentials), Some(shared), true) = (&credentials, sink.shared(), knows_sts) {
        let (identity, took) = timed(identity::ask(shared, credentials.clone())).await;
        report.step("identity", took, |step| match identity {
            Ok(arn) => step.text("arn", &arn),
            Err(problem) => step.text("problem", &problem),
        });
    }

    if credentials.is_ok() {
        for namespace in namespaces {
            let request = Request::empty(namespace.as_str().into());
            let (mut outcome, mut took) = timed(sink.put(&request)).await;
            // The answer has told the time, and a warning tells that the clock is wrong.
            if matches!(&outcome, Outcome::NotApplied(Fault { kind: FaultKind::WrongTime, .. })) {
                (outcome, took) = timed(sink.put(&request)).await;
            }
            let is_answered = !matches!(&outcome, Outcome::Unknown(_));
            report.listed("puts", |put| {
                put.took(took);
                put.text("namespace", namespace);
                if let Some(fault) = refusal(&outcome) {
                    put.fault(fault);
                }
            });
            // The others would wait as long.
            if !is_answered {
                break;
            }
        }
    }
    report.optional_number("clockOffsetMs", Some(clock.offset()));
    for (kind, warning) in warnings.take_with_kinds() {
        report.listed("warnings", |listed| {
            listed.text("kind", name_of(kind));
            listed.text("text", &warning);
        });
    }
    Ok(())
}

fn tell_spool(settings: &spool::Settings, report: &mut Report) {
    report.text("directory", &settings.directory.display().to_string());
    let Survey { problem, files } = spool::survey(settings);
    if let Some(problem) = problem {
        report.text("problem", &problem.to_string());
    }
    for Found { name, bytes, written_at, state } in files {
        report.listed("files", |file| {
            file.text("name", &name);
            file.optional_number("bytes", i64::try_from(bytes).ok());
            file.optional_number("writtenAt", Some(written_at.0 * 1_000));
            match state {
                State::Used => file.text("state", "used"),
                State::Left { records } => {
                    file.text("state", "left");
                    file.optional_number("records", i64::try_from(records).ok());
                }
                State::Unreadable(why) => {
                    file.text("state", "unreadable");
                    file.text("why", why);
                }
                State::Aside => file.text("state", "aside"),
            }
        });
    }
}

/// Returns the subject of a warning that there can be before a record.
const fn name_of(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::Setting(variable) => variable,
        WarningKind::Certificates => "certificates",
        WarningKind::Proxy => "proxy",
        WarningKind::Names => "names",
        WarningKind::Clock => "clock",
        WarningKind::Region => "region",
        _ => "delivery",
    }
}

/// Returns why a request without data was refused, unless it was refused because it has none. It was authenticated and
/// authorized then.
const fn refusal(outcome: &Outcome) -> Option<&Fault> {
    match outcome {
        Outcome::Applied | Outcome::Rejected(_) => None,
        Outcome::NotApplied(fault) | Outcome::TooLarge(fault) | Outcome::Unknown(fault) => Some(fault),
    }
}

/// Returns whether the host of a URL is AWS's.
fn is_of_aws(url: &str) -> bool {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    OF_AWS.iter().any(|suffix| host.ends_with(suffix))
}

/// Returns the URL of CloudWatch in a region, or why there is none.
async fn endpoint_of(
    region: &str,
    shared: Option<&SdkConfig>,
    environment: &Environment,
) -> Result<String, String> {
    let [fips, dual_stack] = environment.endpoint_variants();
    let parameters = Params::builder()
        .region(region)
        .use_fips(shared.and_then(SdkConfig::use_fips).unwrap_or(fips))
        .use_dual_stack(shared.and_then(SdkConfig::use_dual_stack).unwrap_or(dual_stack))
        .build();
    let parameters = parameters.map_err(|error| error.to_string())?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&parameters).await;
    endpoint.map(|endpoint| endpoint.url().to_owned()).map_err(|error| error.to_string())
}

/// Returns when credentials expire, in milliseconds since 1970-01-01 UTC.
fn expiry(credentials: &Credentials) -> Option<i64> {
    let since = credentials.expiry()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// Returns what a future returns, and how long it took.
async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    // A future of the SDK is large.
    let result = Box::pin(future).await;
    (result, began.elapsed())
}
