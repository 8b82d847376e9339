//! The SDK's chain of credential providers. It sees only the environment variables of the snapshot.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_cloudwatch::config::{
    Credentials, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
};
use aws_types::os_shim_internal::Env;

use super::{credentials::CredentialProvider, failure::chain};

/// The maximum number of attempts of a request for credentials. Repeating such a request does no harm.
const MAX_ATTEMPTS: u32 = 3;

/// Loads the configuration of the SDK, and asks its credential providers in their order.
pub struct SdkChain {
    /// The only environment variables that the SDK sees.
    pub variables: Vec<(String, String)>,
    pub region: String,
    pub http: SharedHttpClient,
    /// A description of the source, for error messages.
    pub description: String,
    /// `None` after a failure. The next request loads them again.
    pub providers: Option<SharedCredentialsProvider>,
}

impl SdkChain {
    /// Loads the configuration that all clients share.
    pub async fn load(&self) -> SdkConfig {
        let variables: Vec<_> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from_slice(&variables))
            .region(Region::new(self.region.clone()))
            .http_client(self.http.clone())
            // Set here, because the SDK panics on some values of its variables.
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .load()
            .await
    }
}

impl CredentialProvider for SdkChain {
    async fn ask(&mut self) -> Result<Credentials, String> {
        // A chain that failed is not used again: it would keep a profile that could not be parsed.
        let providers = match self.providers.take() {
            Some(providers) => Some(providers),
            None => self.load().await.credentials_provider(),
        };
        let Some(providers) = providers else {
            return Err("the SDK has no provider of credentials".to_owned());
        };
        let asked = providers.provide_credentials().await;
        let credentials =
            asked.map_err(|error| format!("{}: {}", self.description, explain(&chain(&error))))?;
        self.providers = Some(providers);
        Ok(credentials)
    }
}

/// Kinds of profiles that the SDK was built without: a part of its error message, and a description for users. A
/// library in the process of an application must not run commands or refresh logins.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("enabled: sso", "uses IAM Identity Center (SSO)"),
    ("enabled: credentials-process", "uses credential_process"),
    ("enabled: credentials-login", "uses a login session"),
];

/// Replaces the failure of an unsupported profile by what a user can do.
fn explain(failure: &str) -> String {
    let kind = UNSUPPORTED.iter().find(|(feature, _)| failure.contains(feature));
    kind.map_or_else(
        || failure.to_owned(),
        |(_, kind)| {
            format!(
                "the profile {kind}, which is not supported: put keys into the environment, for example with `aws \
                 configure export-credentials --format env`"
            )
        },
    )
}
