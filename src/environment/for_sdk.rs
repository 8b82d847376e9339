//! The variables that the AWS SDK sees. A variable that is not listed here does not reach it.
//!
//! Of those that the SDK for Rust reads, these are left out:
//!
//! - `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE`, `AWS_NEW_RETRIES_2026`,
//!   `AWS_DISABLE_CLOCK_SKEW_CORRECTION`: the sink sets these values itself. The SDK panics on some of them.
//! - `AWS_ACCOUNT_ID`, `AWS_ACCOUNT_ID_ENDPOINT_MODE`, `AWS_AUTH_SCHEME_PREFERENCE`, `AWS_SIGV4A_SIGNING_REGION_SET`,
//!   `AWS_REQUEST_CHECKSUM_CALCULATION`, `AWS_RESPONSE_CHECKSUM_VALIDATION`: other services have these features.
//! - `AWS_LAMBDA_FUNCTION_NAME`: it only decides whether a header is sent, whose value is not passed.

use std::collections::HashMap;

use super::{CredentialSource, Environment, checks::Setting};

/// Which sources of credentials a variable is meant for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    All,
    /// The variable leads to files in a home directory.
    DefaultChain,
    Container,
    WebIdentity,
    Metadata,
}

impl For {
    const fn includes(self, source: CredentialSource) -> bool {
        match self {
            Self::All => true,
            Self::DefaultChain => matches!(source, CredentialSource::DefaultChain),
            Self::Container => matches!(source, CredentialSource::Container),
            Self::WebIdentity => matches!(source, CredentialSource::WebIdentity),
            Self::Metadata => matches!(source, CredentialSource::DefaultChain | CredentialSource::Instance),
        }
    }
}

/// The variable of the file with the token of a container. The SDK reads the file even if there is no container.
pub const CONTAINER_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The variable that holds the token of a container.
pub const CONTAINER_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The variable that disables the metadata service of EC2.
const METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// What the names of variables with the endpoint of a service begin with.
const SERVICE_ENDPOINT: &str = "AWS_ENDPOINT_URL_";

const VARIABLES: [(&str, For); 28] = [
    ("AWS_ACCESS_KEY_ID", For::All),
    ("AWS_SECRET_ACCESS_KEY", For::All),
    ("AWS_SESSION_TOKEN", For::All),
    ("AWS_ROLE_ARN", For::All),
    ("AWS_ROLE_SESSION_NAME", For::WebIdentity),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", For::All),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", For::All),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", For::All),
    (CONTAINER_TOKEN, For::All),
    (CONTAINER_TOKEN_FILE, For::Container),
    (METADATA_DISABLED, For::Metadata),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", For::Metadata),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", For::Metadata),
    ("AWS_ENDPOINT_URL", For::All),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", For::All),
    ("AWS_USE_FIPS_ENDPOINT", For::All),
    ("AWS_USE_DUALSTACK_ENDPOINT", For::All),
    ("AWS_DISABLE_REQUEST_COMPRESSION", For::All),
    ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", For::All),
    ("AWS_SDK_UA_APP_ID", For::All),
    ("AWS_EXECUTION_ENV", For::All),
    ("AWS_PROFILE", For::DefaultChain),
    ("AWS_CONFIG_FILE", For::DefaultChain),
    ("AWS_SHARED_CREDENTIALS_FILE", For::DefaultChain),
    ("HOME", For::DefaultChain),
    ("HOMEDRIVE", For::DefaultChain),
    ("HOMEPATH", For::DefaultChain),
    ("USERPROFILE", For::DefaultChain),
];

impl Environment {
    /// Returns the variables that the SDK sees for a source of credentials. The values of settings are those that it accepts.
    /// The instance metadata service is disabled, except for the instance and the default chain.
    #[must_use]
    pub fn for_sdk(&self, source: CredentialSource) -> HashMap<String, String> {
        let mut visible = HashMap::new();
        for (name, value) in self.seen_with(source) {
            let setting = Setting::of_variable(name);
            let refused = setting.filter(|setting| setting.refusal(name, value).is_some());
            let value =
                refused.map_or_else(|| with_address(name, value), |setting| setting.default.to_owned());
            if !value.is_empty() {
                visible.insert(name.to_owned(), value);
            }
        }
        if !For::Metadata.includes(source) {
            visible.insert(METADATA_DISABLED.to_owned(), "true".to_owned());
        }
        visible
    }

    /// Returns the names of the variables for a source of credentials that hold values that the SDK does not accept, and a
    /// warning for each. One half of credentials is among them: the source is then another identity than was meant.
    #[must_use]
    pub fn refusals(&self, source: CredentialSource) -> Vec<(&'static str, String)> {
        let seen = self.seen_with(source);
        // Static keys come before all others, so that no half could have been meant.
        let half = if source == CredentialSource::StaticKeys { None } else { self.half() };
        seen.filter_map(|(name, value)| {
            let setting = Setting::of_variable(name)?;
            Some((setting.variable, setting.refusal(name, value)?))
        })
        .chain(half.map(|(set, missing)| {
            (
                set,
                format!(
                    "{set} is set, but {missing} is not: they are not used, but {}",
                    source.describe(self)
                ),
            )
        }))
        .collect()
    }

    /// Returns the variables for a source of credentials that are set.
    fn seen_with(&self, source: CredentialSource) -> impl Iterator<Item = (&str, &str)> {
        let is_seen = move |name: &str| {
            name.starts_with(SERVICE_ENDPOINT)
                || VARIABLES.iter().any(|(known, meant)| *known == name && meant.includes(source))
        };
        self.0
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .filter(move |(name, value)| !value.is_empty() && is_seen(name))
    }
}

/// Returns the value of a variable for the SDK. In a container credentials URI, `localhost` is replaced by its address,
/// because the SDK would resolve the name with the C library.
fn with_address(name: &str, value: &str) -> String {
    let localhost = "http://localhost";
    match value.strip_prefix(localhost) {
        Some(rest) if name == "AWS_CONTAINER_CREDENTIALS_FULL_URI" && rest.starts_with([':', '/']) => {
            format!("http://127.0.0.1{rest}")
        }
        _ => value.to_owned(),
    }
}
