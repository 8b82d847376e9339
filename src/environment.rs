//! The environment variables that JavaScript read at the first record. They decide whether metrics are on, and where
//! records are sent.
//!
//! Rust never reads the environment of the process. Under Bun, it would see other values than JavaScript. Under Node,
//! it would race with writes. JavaScript passes a snapshot, and the SDK sees no other variables.

pub mod checks;
mod for_sdk;
mod source;

use std::{borrow::Cow, collections::HashMap, path::Path};

use thiserror::Error;

use crate::endpoint::{self, BadUrl};

pub use for_sdk::{CONTAINER_TOKEN, CONTAINER_TOKEN_FILE};
pub use source::CredentialSource;

/// The region if none is set.
pub const DEFAULT_REGION: &str = "us-east-1";

/// The value of the `Environment` dimension if none is set.
pub const DEFAULT_ENVIRONMENT: &str = "development";

/// The variables of the `Environment` dimension. The first that is not empty is used.
const ENVIRONMENT_VARIABLES: [&str; 5] = [
    "HKM_ENVIRONMENT",
    "OTEL_DEPLOYMENT_ENVIRONMENT",
    "DEPLOYMENT_ENVIRONMENT",
    "GRAFANA_DEPLOYMENT_ENVIRONMENT",
    "NODE_ENV",
];

/// The variables of the region. The first that is set to one is used.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variable of the SDKs with the endpoint of CloudWatch.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_CLOUDWATCH";

/// Variables of credentials, and those without which they are no credentials. `AWS_ROLE_ARN` alone is common.
const PAIRS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
];

/// The option `enabled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enabled {
    /// On if the environment holds credentials, or if the machine is an EC2 instance. Profiles are not used.
    #[default]
    Auto,
    Always,
    Never,
}

/// The reason why metrics are off.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Off {
    #[error("disabled by configuration")]
    Disabled,
    #[error(
        "no credentials in the environment: static keys, a container credentials URI or a web identity token"
    )]
    NoCredentials,
    #[error(
        "a role is set, but no credentials in the environment to assume it with. Set HKM_ENABLED=true to use those of a \
         profile"
    )]
    OnlyRole,
    #[error(
        "an endpoint on this machine is set, but no credentials in the environment. Set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY: a local CloudWatch accepts any"
    )]
    OnlyLocalEndpoint,
    #[error("{set} is set, but {missing} is not")]
    Incomplete { set: &'static str, missing: &'static str },
    /// Records could go to a place that is not meant.
    #[error(transparent)]
    BadUrl(#[from] BadUrl),
}

impl Off {
    /// Returns the reason if a role is set, or an endpoint on this machine. Nobody sets one without wanting metrics. Another
    /// endpoint can be in code that also runs where metrics are not wanted.
    #[must_use]
    pub fn although_set(self, role: bool, local_endpoint: bool) -> Self {
        match self {
            Self::NoCredentials if role => Self::OnlyRole,
            Self::NoCredentials if local_endpoint => Self::OnlyLocalEndpoint,
            off => off,
        }
    }

    /// Returns whether metrics are off although they were wanted, so that a warning is due.
    #[must_use]
    pub const fn is_mistake(&self) -> bool {
        matches!(self, Self::OnlyRole | Self::OnlyLocalEndpoint | Self::Incomplete { .. } | Self::BadUrl(_))
    }
}

/// A snapshot of the variables that this package uses.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Trims the values. Many are read from files, which end in a line break.
    #[must_use]
    pub fn new(mut variables: HashMap<String, String>) -> Self {
        for value in variables.values_mut() {
            *value = value.trim().to_owned();
        }
        Self(variables)
    }

    /// Returns the value of a variable. A variable that is empty is not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns whether the metadata service of EC2 must not be used. `checks` has a warning for a value that is neither `true`
    /// nor `false`.
    fn disables_metadata(&self) -> bool {
        self.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| !value.eq_ignore_ascii_case("false"))
    }

    /// Decides whether metrics are on, and returns the expected source of the credentials. Makes no network call.
    ///
    /// # Errors
    /// Returns why metrics are off.
    pub fn decide(&self, enabled: Enabled, machine: &Machine) -> Result<CredentialSource, Off> {
        if enabled == Enabled::Never {
            return Err(Off::Disabled);
        }
        if self.get("AWS_ACCESS_KEY_ID").is_some() && self.get("AWS_SECRET_ACCESS_KEY").is_some() {
            return Ok(CredentialSource::StaticKeys);
        }
        if self.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && self.get("AWS_ROLE_ARN").is_some() {
            return Ok(CredentialSource::WebIdentity);
        }
        let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        if container.iter().any(|name| self.get(name).is_some()) {
            return Ok(CredentialSource::Container);
        }
        if enabled == Enabled::Always {
            return Ok(CredentialSource::DefaultChain);
        }
        if !self.disables_metadata() && machine.is_ec2() {
            return Ok(CredentialSource::Instance);
        }
        Err(self.incomplete().unwrap_or(Off::NoCredentials))
    }

    /// Returns which variable of credentials is set without the one that it needs.
    fn incomplete(&self) -> Option<Off> {
        self.half().map(|(set, missing)| Off::Incomplete { set, missing })
    }

    fn half(&self) -> Option<(&'static str, &'static str)> {
        PAIRS.into_iter().find(|(set, missing)| self.get(set).is_some() && self.get(missing).is_none())
    }

    /// Returns the value of the `Environment` dimension.
    #[must_use]
    pub fn deployment(&self) -> &str {
        ENVIRONMENT_VARIABLES.iter().find_map(|name| self.get(name)).unwrap_or(DEFAULT_ENVIRONMENT)
    }

    /// Returns the names of the variables with the `Environment` dimension, the region and the URL of CloudWatch, as far as they
    /// are set. Options replace them.
    #[must_use]
    pub fn origins(&self) -> [Option<&'static str>; 3] {
        let region = REGION_VARIABLES.into_iter().find(|name| self.get(name).is_some_and(is_region));
        let endpoint = self.get("HKM_ENDPOINT").map(|_| "HKM_ENDPOINT");
        [
            ENVIRONMENT_VARIABLES.into_iter().find(|name| self.get(name).is_some()),
            region,
            endpoint.or_else(|| self.service_endpoint(ENDPOINT).map(|(name, _)| name)),
        ]
    }

    /// Returns the region of the first variable that is set to one. Calls `refuse` with the name of each variable that is
    /// set to something else.
    #[must_use]
    pub fn region(&self, mut refuse: impl FnMut(&'static str, &str)) -> Option<&str> {
        REGION_VARIABLES.into_iter().find_map(|name| {
            let value = self.get(name)?;
            if is_region(value) {
                return Some(value);
            }
            refuse(name, value);
            None
        })
    }

    /// Returns the endpoint that replaces the one of the region. `option` replaces the variables.
    ///
    /// # Errors
    /// Returns why the value in force cannot be used.
    pub fn endpoint(&self, option: Option<&str>) -> Result<Option<String>, BadUrl> {
        let chosen = self.endpoint_of_package(option).or_else(|| self.service_endpoint(ENDPOINT));
        chosen.map(|(name, url)| endpoint::endpoint(name, url)).transpose()
    }

    /// Returns whether the endpoint of CloudWatch, and not of all services, is on this machine.
    #[must_use]
    pub fn has_local_endpoint(&self, option: Option<&str>) -> bool {
        let of_service = || self.service_endpoint(ENDPOINT).filter(|(name, _)| *name == ENDPOINT);
        self.endpoint_of_package(option).or_else(of_service).is_some_and(|(_, url)| endpoint::is_local(url))
    }

    /// Returns the name and value of the option or variable with an endpoint for this package alone.
    fn endpoint_of_package<'a>(&'a self, option: Option<&'a str>) -> Option<(&'static str, &'a str)> {
        option.map(|url| ("endpoint", url)).or_else(|| Some(("HKM_ENDPOINT", self.get("HKM_ENDPOINT")?)))
    }

    /// Returns the name and value of the variable with the endpoint of an AWS service. `name` is that of the service.
    fn service_endpoint(&self, name: &'static str) -> Option<(&'static str, &str)> {
        if self.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return None;
        }
        [name, "AWS_ENDPOINT_URL"].into_iter().find_map(|name| Some((name, self.get(name)?)))
    }

    /// Returns whether a variable asks for endpoints of FIPS, and whether one asks for those of both address families.
    #[must_use]
    pub fn endpoint_variants(&self) -> [bool; 2] {
        ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"].map(|name| self.is_true(name))
    }

    /// Checks the URL of STS.
    ///
    /// # Errors
    /// Returns why it cannot be used.
    pub fn check_sts(&self) -> Result<(), BadUrl> {
        let service = self.service_endpoint("AWS_ENDPOINT_URL_STS");
        service.map_or(Ok(()), |(name, url)| endpoint::endpoint(name, url).map(drop))
    }

    /// Checks the URL of the service that gives the credentials. The default chain has more than one source: a bad URL
    /// leaves the others.
    ///
    /// # Errors
    /// Returns why it cannot be used.
    pub fn check_service(&self, source: CredentialSource) -> Result<(), BadUrl> {
        let variable = |name| Some((name, self.get(name)?));
        match source {
            CredentialSource::WebIdentity => self.check_sts(),
            CredentialSource::Instance => {
                let service = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
                service.map_or(Ok(()), |(name, url)| endpoint::endpoint(name, url).map(drop))
            }
            CredentialSource::Container if self.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_none() => {
                let service = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
                service.map_or(Ok(()), |(name, url)| endpoint::check_request(name, url))
            }
            CredentialSource::Container | CredentialSource::StaticKeys | CredentialSource::DefaultChain => {
                Ok(())
            }
        }
    }

    /// Returns the name and the value of the variable with this name in lower case. If it is not set, returns those of the
    /// variable with the name itself, which is in upper case.
    #[must_use]
    pub fn any_case(&self, name: &'static str) -> Option<(Cow<'static, str>, &str)> {
        let lower = name.to_lowercase();
        if let Some(value) = self.get(&lower) {
            return Some((lower.into(), value));
        }
        Some((name.into(), self.get(name)?))
    }
}

/// Returns whether a text has the shape of a region: a partition or continent, further words, and a number. AWS adds
/// regions, so there is no list of them.
///
/// The pseudo-regions of FIPS are none: `AWS_USE_FIPS_ENDPOINT` replaces them.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [first, words @ .., number] = &parts[..] else { return false };
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    // Old SDKs take `fips-us-east-1` for a region. No endpoint has this name, and none accepts its signature.
    if parts.contains(&"fips") {
        return false;
    }
    first.len() >= 2
        && is_word(first)
        && !words.is_empty()
        && words.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Files that identify an EC2 instance, and how their contents begin.
#[derive(Clone, Debug)]
pub struct Machine {
    files: [(&'static str, &'static str); 2],
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            files: [
                ("/sys/class/dmi/id/sys_vendor", "Amazon EC2"),
                // On Xen instances, the vendor is another one.
                ("/sys/hypervisor/uuid", "ec2"),
            ],
        }
    }
}

impl Machine {
    /// Returns whether the machine is an instance of EC2.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the kernel answers at once, and JavaScript waits for it")]
    pub fn is_ec2(&self) -> bool {
        self.files.iter().any(|(file, prefix)| {
            std::fs::read(Path::new(file)).is_ok_and(|contents| contents.starts_with(prefix.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests;
