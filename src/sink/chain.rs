//! The SDK's chain of credential providers, over the snapshot of the environment.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_cloudwatch::config::{
    Credentials, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
};
use aws_types::os_shim_internal::Env;

use super::{credentials::CredentialProvider, failure::chain};

/// Tries for each question to a service that gives credentials. To ask twice harms nobody.
const MAX_ATTEMPTS: u32 = 3;

/// Loads what the SDK needs to know, and asks its providers in their order.
pub struct SdkChain {
    /// All that the SDK sees of the environment.
    pub variables: Vec<(String, String)>,
    pub region: String,
    pub http: SharedHttpClient,
    /// What is asked, for messages.
    pub description: String,
    /// Built anew when there are none.
    pub providers: Option<SharedCredentialsProvider>,
}

impl SdkChain {
    /// What all clients share.
    pub async fn load(&self) -> SdkConfig {
        let variables: Vec<_> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from_slice(&variables))
            .region(Region::new(self.region.clone()))
            .http_client(self.http.clone())
            // Explicit, because the SDK panics over some values of its variables.
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .load()
            .await
    }
}

impl CredentialProvider for SdkChain {
    async fn ask(&mut self) -> Result<Credentials, String> {
        // A failure ends the chain: it would remember a profile that did not parse for ever.
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

/// Profiles that need what the SDK was built without, by its name for that, and as users call them. To run a command
/// or to refresh a login is not for a library that is loaded into somebody's process.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("enabled: sso", "uses IAM Identity Center (SSO)"),
    ("enabled: credentials-process", "uses credential_process"),
    ("enabled: credentials-login", "uses a login session"),
];

/// Says what a user can do about a profile of an unsupported kind.
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
