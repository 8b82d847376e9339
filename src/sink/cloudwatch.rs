//! Sends PutMetricData requests through the AWS SDK. A put is one attempt with a timeout. The SDK compresses and signs
//! it. It is signed and stamped with CloudWatch's time.
//!
//! The SDK sees only the environment variables of the snapshot. Its retries are off, because they treat an unknown
//! outcome as a failure. Names are resolved in-process, because the resolver of the system reads the environment.

use std::{
    cell::{Cell, OnceCell},
    io,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_cloudwatch::{
    Client,
    config::{
        Builder, Config, Credentials, IdentityCache, IntoShared, SharedHttpClient,
        StalledStreamProtectionConfig,
    },
};
use aws_types::{os_shim_internal::Env, service_config::ServiceConfigKey};
use hkm_core::{
    clock::Clock,
    outcome::{Fault, FaultKind, Outcome},
    request::Request,
    sink::Sink,
    warning::{WarningKind, Warnings},
};

use crate::sink::{
    answer::HeadReader,
    credentials::cache::{ASK_INSTANCE_TIMEOUT, ASK_TIMEOUT, CredentialCache},
    credentials::chain::SdkChain,
    credentials::process::{self, Processes},
    credentials::role::Role,
    datum::converted,
    failure::outcome,
    files::Files,
    incoming::Incoming,
    network::http,
    network::names::Names,
    patience::within,
    region::{RegionChoice, Warn},
    traffic::{Traffic, TrafficMeter},
};
use crate::{
    clock::{self, ProcessClock},
    endpoint::{self, BadUrl},
    environment::{CredentialSource, DEFAULT_REGION, Environment},
    shown,
};

/// The maximum time for one attempt, from connecting to the last byte of the answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// If the time with which a request was sent turns out to be wrong by more, it explains why the request was refused.
const EXPLANATORY_MS: u64 = 60_000;

/// Where to send, and with which credentials.
#[derive(Clone)]
pub struct Settings {
    pub environment: Environment,
    /// The environment of a `credential_process`.
    pub process_environment: process::Variables,
    pub source: CredentialSource,
    pub role: Option<Role>,
    pub region: RegionChoice,
    /// Replaces the endpoint of the region.
    pub endpoint: Option<String>,
    /// The value of the `Environment` dimension.
    pub deployment: String,
}

/// The sink that sends to CloudWatch.
pub struct CloudWatchSink {
    client: OnceCell<Client>,
    /// Set with the first credentials. A profile, which can set an endpoint, could be read then.
    shared: Rc<OnceCell<SdkConfig>>,
    credentials: CredentialCache<SdkChain>,
    /// Whether credentials come from the metadata service of the instance.
    is_instance: Rc<Cell<bool>>,
    traffic: Arc<Traffic>,
    clock: Arc<ProcessClock>,
    warnings: Arc<Warnings>,
    endpoint: Option<String>,
    deployment: String,
}

impl CloudWatchSink {
    /// Reads the certificates. Makes no request. Warns of each setting that cannot be used.
    ///
    /// # Errors
    /// Returns an error if the process or the system has no descriptors or threads left.
    pub async fn new(
        settings: Settings,
        traffic: Arc<Traffic>,
        clock: Arc<ProcessClock>,
        warnings: Arc<Warnings>,
    ) -> io::Result<Self> {
        let warn = |kind, problem| _ = warnings.warn(kind, clock.now(), || problem);
        let region = settings.region.get().unwrap_or(DEFAULT_REGION);
        let default = || format!("https://monitoring.{region}.amazonaws.com");
        let endpoint = settings.endpoint.clone().unwrap_or_else(default);
        let mut files = Files::default();
        let names = {
            let (warnings, clock) = (Arc::clone(&warnings), Arc::clone(&clock));
            Names::new(&settings.environment, move |problem| {
                warnings.warn(WarningKind::Names, clock.now(), || problem);
            })
        };
        let client = http::client(&settings.environment, &endpoint, &mut files, names, &warn).await?;
        Ok(Self::with_http(settings, traffic, Arc::clone(&clock), client, files, Arc::clone(&warnings)))
    }

    fn with_http(
        settings: Settings,
        traffic: Arc<Traffic>,
        clock: Arc<ProcessClock>,
        http: SharedHttpClient,
        files: Files,
        warnings: Arc<Warnings>,
    ) -> Self {
        let Settings { environment, process_environment, source, role, mut region, endpoint, deployment } =
            settings;
        region.settle(source, false, &Warn { warnings: &warnings, clock: &clock });
        let shared = Rc::default();
        let is_instance = Rc::new(Cell::new(source == CredentialSource::Instance));
        let chain = SdkChain {
            variables: Env::from(environment.for_sdk(source)),
            files,
            processes: Processes::new(process_environment),
            source,
            role,
            region,
            http: Incoming { client: http, clock: Arc::clone(&clock) }.into_shared(),
            clock: Arc::clone(&clock),
            warnings: Arc::clone(&warnings),
            is_instance: Rc::clone(&is_instance),
            description: source.describe(&environment),
            environment,
            loaded: None,
            renewed: None,
            shared: Rc::clone(&shared),
        };
        let timeout = if source == CredentialSource::Instance { ASK_INSTANCE_TIMEOUT } else { ASK_TIMEOUT };
        let credentials = CredentialCache::new(chain, timeout, Arc::clone(&clock) as Arc<dyn Clock>);
        Self {
            client: OnceCell::new(),
            shared,
            credentials,
            is_instance,
            traffic,
            clock,
            warnings,
            endpoint,
            deployment,
        }
    }

    /// Returns the credentials to sign with.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn current_credentials(&self) -> Result<Credentials, Fault> {
        self.traffic.set_waits_for_credentials(true);
        let credentials = self.credentials.current().await;
        self.traffic.set_waits_for_credentials(false);
        credentials.map_err(|why| {
            let kind =
                if self.is_instance.get() { FaultKind::NoInstanceRole } else { FaultKind::NoCredentials };
            Fault::new(kind, "CredentialsError", &why)
        })
    }

    /// Returns the configuration of the SDK, which is there once there have been credentials.
    #[must_use]
    pub fn shared(&self) -> Option<&SdkConfig> {
        self.shared.get()
    }

    /// Returns the URL that replaces the one of the region, as far as it is known: a profile can set it.
    ///
    /// # Errors
    /// Returns why the one of the profile cannot be used.
    pub fn endpoint(&self) -> Result<Option<String>, BadUrl> {
        match (&self.endpoint, self.shared.get()) {
            (Some(endpoint), _) => Ok(Some(endpoint.clone())),
            (None, Some(shared)) => endpoint_of_profile(shared),
            (None, None) => Ok(None),
        }
    }

    /// Returns the client, which can be made once there have been credentials.
    ///
    /// # Errors
    /// Returns why nothing can be sent.
    fn client(&self) -> Result<&Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let shared = self.shared.get().ok_or("the SDK has no configuration")?;
        let config = self.config(shared).map_err(|bad| bad.to_string())?;
        Ok(self.client.get_or_init(|| Client::from_conf(config)))
    }

    fn config(&self, shared: &SdkConfig) -> Result<Config, BadUrl> {
        let config = Builder::from(shared)
            .retry_config(RetryConfig::disabled())
            // The HTTP client has a timeout to connect, and a put one of its own.
            .timeout_config(TimeoutConfig::disabled())
            // Each put passes its own credentials. The SDK's cache would only keep old ones.
            .identity_cache(IdentityCache::no_cache())
            // A put has a timeout of its own. This one takes a freeze of the process for a connection without progress.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            // The time source is corrected. Another correction would be added to it.
            .disable_clock_skew_correction(true)
            .interceptor(TrafficMeter::new(Arc::clone(&self.traffic)));
        let endpoint = self.endpoint()?;
        // The shared configuration has the variant that a variable or a profile asks for. The SDK refuses a custom endpoint
        // together with it.
        let config = match endpoint {
            Some(endpoint) => config.endpoint_url(endpoint).use_fips(false).use_dual_stack(false),
            None => config,
        };
        Ok(config.build())
    }
}

impl CloudWatchSink {
    /// Returns the outcome of a put that was signed and stamped with a correction. If the clock has turned out to be
    /// wrong since, that explains a refusal: the records are stamped anew.
    fn unless_time_was_wrong(&self, outcome: Outcome, correction: i64) -> Outcome {
        if self.clock.correction().abs_diff(correction) <= EXPLANATORY_MS {
            return outcome;
        }
        match outcome {
            Outcome::Rejected(fault)
            | Outcome::NotApplied(fault @ Fault { kind: FaultKind::BadSignature, .. }) => {
                Outcome::NotApplied(Fault { kind: FaultKind::WrongTime, ..fault })
            }
            outcome => outcome,
        }
    }

    /// Handles an outcome that concerns what the request was signed with.
    fn note_signature(&self, outcome: &Outcome) {
        match outcome {
            Outcome::NotApplied(Fault { kind: FaultKind::Denied, .. }) => self.credentials.refuse(),
            Outcome::NotApplied(Fault { kind: FaultKind::BadSignature, .. }) => self.clock.distrust(),
            _ => {}
        }
    }

    fn warn_of_clock(&self) {
        let offset = self.clock.offset();
        if offset != 0 {
            self.warnings.warn(WarningKind::Clock, self.clock.now(), || {
                format!(
                    "The system's clock is {}. Metrics are sent with CloudWatch's time. Set the system's clock",
                    clock::describe(offset)
                )
            });
        }
    }
}

/// Leaves what a request was signed with out of the message of its outcome. An answer can quote the request.
fn without_secrets(mut outcome: Outcome, credentials: &Credentials) -> Outcome {
    match &mut outcome {
        Outcome::Applied => {}
        Outcome::NotApplied(fault)
        | Outcome::TooLarge(fault)
        | Outcome::Unknown(fault)
        | Outcome::Rejected(fault) => {
            for secret in [credentials.secret_access_key(), credentials.session_token().unwrap_or_default()] {
                fault.message = shown::without(&fault.message, secret);
            }
        }
    }
    outcome
}

/// Returns the endpoint of the profile: that of CloudWatch in its section of services, else that of all services.
///
/// # Errors
/// Returns why it cannot be used.
fn endpoint_of_profile(shared: &SdkConfig) -> Result<Option<String>, BadUrl> {
    let key = ServiceConfigKey::builder()
        .service_id("CloudWatch")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_service = key.ok().and_then(|key| shared.service_config()?.load_config(key));
    let url = of_service.or_else(|| shared.endpoint_url().map(str::to_owned));
    url.map(|url| endpoint::endpoint("endpoint_url of the profile", &url)).transpose()
}

/// Lets the runtime handle the end of idle connections. After a freeze of the process, the end of a connection and the
/// next request are ready at the same time, and the request would be written to the closed connection. The first yield
/// polls the sockets. The second one lets the tasks of the connections run.
async fn notice_closed_connections() {
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
}

impl Sink for CloudWatchSink {
    async fn put(&self, request: &Request) -> Outcome {
        let credentials = match self.current_credentials().await {
            Ok(credentials) => credentials,
            Err(fault) => return Outcome::NotApplied(fault),
        };
        let client = match self.client() {
            Ok(client) => client,
            Err(why) => {
                return Outcome::NotApplied(Fault::new(FaultKind::Unreachable, "EndpointError", &why));
            }
        };
        notice_closed_connections().await;
        let correction = self.clock.correction();
        let datums =
            request.datums.iter().map(|datum| converted(datum, &self.deployment, correction)).collect();
        let put = client.put_metric_data().namespace(&*request.namespace).set_metric_data(Some(datums));
        let reader = HeadReader::default();
        let own = Builder::new().credentials_provider(credentials.clone()).interceptor(reader.clone());
        let answer = within(ATTEMPT_TIMEOUT, Box::pin(put.customize().config_override(own).send())).await;
        let outcome = without_secrets(outcome(reader.head(), &answer), &credentials);
        self.warn_of_clock();
        let outcome = self.unless_time_was_wrong(outcome, correction);
        self.note_signature(&outcome);
        outcome
    }

    fn hurry(&self) {
        // A flush does not wait for a metadata service that has just failed. See `FaultKind::NoInstanceRole`.
        if !self.is_instance.get() {
            self.credentials.hurry();
        }
    }
}

#[cfg(test)]
mod tests;
