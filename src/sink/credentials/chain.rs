//! The SDK's chain of credential providers. It sees only the environment variables of the snapshot, and only the files that
//! `sdk_files` has read.

use std::{
    cell::{Cell, OnceCell},
    panic::AssertUnwindSafe,
    path::Path,
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_sdk_cloudwatch::config::{Credentials, ProvideCredentials, SharedHttpClient};
use aws_smithy_async::time::TimeSource;
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt;
use hkm_core::{
    clock::Clock,
    warning::{WarningKind, Warnings},
};

use crate::sink::{
    credentials::{
        cache::{ASK_INSTANCE_TIMEOUT, CredentialProvider},
        process::Processes,
        profile_settings,
        profiles::{self, Base},
        role::Role,
        sdk_files::{self, Contents, Given},
    },
    failure::chain,
    files::Files,
    patience::within,
    region::{RegionChoice, Warn},
};
use crate::{
    clock::ProcessClock,
    environment::{CredentialSource, DEFAULT_REGION, Environment, Machine},
};

/// The maximum number of attempts of a request for credentials. Repeating such a request does no harm.
const MAX_ATTEMPTS: u32 = 3;

const NO_REGION: &str = "the metadata service gave credentials but not the region: set AWS_REGION";

/// Loads the configuration of the SDK, and asks its credential providers in their order.
pub struct SdkChain {
    pub environment: Environment,
    /// The only environment variables that the SDK sees.
    pub variables: Env,
    pub files: Files,
    pub processes: Processes,
    pub source: CredentialSource,
    /// Assumed with the credentials of the source.
    pub role: Option<Role>,
    pub region: RegionChoice,
    pub http: SharedHttpClient,
    pub clock: Arc<ProcessClock>,
    pub warnings: Arc<Warnings>,
    /// Whether the metadata service of the instance is what is asked.
    pub is_instance: Rc<Cell<bool>>,
    /// A description of the source, for error messages.
    pub description: String,
    /// `None` before the first request and after a failure. The next request loads it again.
    pub loaded: Option<Loaded>,
    pub renewed: Option<Renewed>,
    /// The configuration that gave the first credentials. It is not set before that.
    pub shared: Rc<OnceCell<SdkConfig>>,
}

/// The configuration of the SDK, and the files that it was loaded from.
pub struct Loaded {
    config: SdkConfig,
    files: Contents,
    /// Where the SDK reads these files. It may replace some.
    fs: Fs,
}

/// The token of a login that the SDK has renewed, and that could not be written to its file.
pub struct Renewed {
    /// What the file holds. Another login replaces it.
    on_disk: Vec<u8>,
    token: Vec<u8>,
}

/// CloudWatch's time, by which requests are signed.
#[derive(Debug)]
struct CorrectedTime(Arc<ProcessClock>);

impl TimeSource for CorrectedTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.corrected().0.max(0).unsigned_abs())
    }
}

impl SdkChain {
    /// Prepares to load the configuration. The SDK looks for a region if none is set here.
    fn loader(&self, files: Fs) -> ConfigLoader {
        let loader = aws_config::defaults(BehaviorVersion::latest());
        // The SDK refuses a custom endpoint together with an endpoint variant.
        let loader =
            if self.has_sts_endpoint() { loader.use_fips(false).use_dual_stack(false) } else { loader };
        loader
            .env(self.variables.clone())
            .fs(files)
            .http_client(self.http.clone())
            .time_source(CorrectedTime(Arc::clone(&self.clock)))
            // Set here, because the SDK panics on some values of its variables.
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
    }

    async fn load(&mut self, files: Contents) -> Loaded {
        if self.source == CredentialSource::DefaultChain {
            let region = sdk_files::region_of_profile(&files, &self.variables).await;
            self.region.add_profile(region.as_deref());
        }
        // STS needs a region before the one of an instance can be known.
        let region = Region::new(self.region.get().unwrap_or(DEFAULT_REGION).to_owned());
        let variables = self.variables_over(&files).await;
        let fs = Fs::from_raw_map(files.clone());
        let config = self.loader(fs.clone()).env(variables).region(region).load().await;
        Loaded { config, files, fs }
    }

    /// Settles the region, when there are credentials for the first time.
    async fn settle_region(&mut self, credentials: &Credentials) -> Result<(), String> {
        let features = credentials.get_property::<Vec<AwsCredentialFeature>>();
        let is_of_instance =
            features.is_some_and(|features| features.contains(&AwsCredentialFeature::CredentialsImds));
        if is_of_instance && self.region.get().is_none() {
            // Without files, and without the variables of the region, the SDK asks the metadata service.
            let config = self.loader(Fs::from_raw_map(Contents::new())).load().await;
            let region = config.region().ok_or(NO_REGION)?;
            self.region.add_instance(region.as_ref().to_owned());
        }
        self.region.settle(self.source, true, &Warn { warnings: &self.warnings, clock: &self.clock });
        Ok(())
    }

    /// Returns the variables with defaults for those settings of the profile that the SDK does not accept. Warns of each.
    async fn variables_over(&self, files: &Contents) -> Env {
        let mut variables = self.environment.for_sdk(self.source);
        for refused in profile_settings::refused(files, &self.variables).await {
            let kind = WarningKind::Setting(refused.key);
            self.warnings.warn(kind, self.clock.now(), || refused.warning);
            variables.insert(refused.setting.variable.to_owned(), refused.setting.default.to_owned());
        }
        Env::from(variables)
    }

    /// Returns whether this is an instance of EC2 whose metadata service may be asked.
    fn has_metadata(&self) -> bool {
        let disabled = self.variables.get("AWS_EC2_METADATA_DISABLED").unwrap_or_default();
        !disabled.eq_ignore_ascii_case("true") && Machine::default().is_ec2()
    }

    /// Returns whether the variables replace the endpoint of STS.
    fn has_sts_endpoint(&self) -> bool {
        let value = |name| self.variables.get(name).unwrap_or_default();
        !value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").eq_ignore_ascii_case("true")
            && ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].iter().any(|name| !value(name).is_empty())
    }

    async fn try_to_ask(&mut self) -> Result<Credentials, String> {
        let Given { mut contents, profile } =
            sdk_files::read(&mut self.files, &self.variables, self.source).await?;
        profile_settings::parse(&contents, &self.variables).await?;
        if self.source == CredentialSource::DefaultChain {
            let leads_to_instance = profiles::leads_to_instance(&contents, &self.variables).await?;
            self.is_instance.set(leads_to_instance && self.has_metadata());
        }
        let on_disk = profile.base.token_of_login().and_then(|path| self.use_renewed(path, &mut contents));
        // Providers that failed are not used again, because they would keep a profile that could not be parsed. Providers
        // that were loaded with other contents are not used again either: the files hold new tokens or keys then.
        let loaded = match self.loaded.take() {
            Some(loaded) if loaded.files == contents => loaded,
            _ => self.load(contents).await,
        };
        let mut credentials = match &profile.base {
            Base::Process { profile, command } => self.processes.credentials(profile, command).await?,
            base => {
                let answer = if self.is_instance.get() {
                    let answer = within(ASK_INSTANCE_TIMEOUT, Box::pin(self.ask_sdk(&loaded))).await;
                    answer.unwrap_or_else(|| Err(format!("no answer within {ASK_INSTANCE_TIMEOUT:?}")))
                } else {
                    self.ask_sdk(&loaded).await
                };
                if let (Some(path), Some(on_disk)) = (base.token_of_login(), on_disk) {
                    self.keep_renewed(path, on_disk, &loaded).await;
                }
                answer.map_err(|failure| base.explain(&failure))?
            }
        };
        if self.shared.get().is_none() {
            self.settle_region(&credentials).await?;
        }
        let region = self.region.get().map(|region| Region::new(region.to_owned()));
        let config = loaded.config.to_builder().region(region).build();
        let config = self.shared.get_or_init(|| config);
        // The SDK has assumed the roles of a profile itself, unless it was not asked.
        let is_of_sdk = !matches!(profile.base, Base::Process { .. });
        for role in profile.roles.iter().filter(|_| !is_of_sdk).chain(&self.role) {
            credentials = role.assume(config, credentials).await?;
        }
        // The provider of a login panics when the clock goes back.
        self.loaded = Some(loaded).filter(|_| profile.base.token_of_login().is_none());
        Ok(credentials)
    }

    async fn ask_sdk(&self, loaded: &Loaded) -> Result<Credentials, String> {
        let providers =
            loaded.config.credentials_provider().ok_or("the SDK has no provider of credentials")?;
        providers.provide_credentials().await.map_err(|error| explain(&chain(&error)))
    }

    /// Returns what the file with the token of a login holds. If a renewed token could not be written to it, the SDK is
    /// given that one.
    fn use_renewed(&self, path: &Path, contents: &mut Contents) -> Option<Vec<u8>> {
        let token = contents.get_mut(path.as_os_str())?;
        let renewed = self.renewed.as_ref().filter(|renewed| renewed.on_disk == *token);
        Some(match renewed {
            Some(renewed) => std::mem::replace(token, renewed.token.clone()),
            None => token.clone(),
        })
    }

    /// Writes the token of a login to its file if the SDK has renewed it. The old one cannot be renewed again, and the AWS
    /// CLI and other SDKs use the same file. A home directory may be read-only: the token is kept here then.
    async fn keep_renewed(&mut self, path: &Path, on_disk: Vec<u8>, loaded: &Loaded) {
        let Ok(token) = loaded.fs.read_to_end(path).await else { return };
        if token == on_disk {
            return;
        }
        let written = self.files.replace(path, on_disk.clone(), token.clone()).await;
        self.renewed = written.is_err().then_some(Renewed { on_disk, token });
    }
}

impl CredentialProvider for SdkChain {
    async fn ask(&mut self) -> Result<Credentials, String> {
        // Puts go on if the SDK panics, over a key of a profile that is not valid in a header for example.
        let asked = AssertUnwindSafe(self.try_to_ask()).catch_unwind().await;
        let answer = asked.unwrap_or_else(|_| Err("the AWS SDK panicked".to_owned()));
        answer.map_err(|failure| format!("{}: {failure}", self.description))
    }

    fn description(&self) -> &str {
        &self.description
    }
}

/// Replaces the failure of a profile of a kind that the SDK was built without by what a user can do.
fn explain(failure: &str) -> String {
    if !failure.contains("enabled: credentials-login") {
        return failure.to_owned();
    }
    "the profile uses a login session, which is not supported: put keys into the environment, for example with `aws \
     configure export-credentials --format env`"
        .to_owned()
}
