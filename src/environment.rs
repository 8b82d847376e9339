//! What JavaScript read from `process.env` at the first record, and what follows from it.
//!
//! Rust never reads the process environment: under Bun it would see other values than JavaScript does, and
//! under Node it would race with writes. A snapshot is handed over instead, and the SDK sees only that.

use std::{collections::HashMap, path::Path};

use thiserror::Error;

/// Used when no region is set anywhere.
pub const DEFAULT_REGION: &str = "us-east-1";

/// Used when no variable names the deployment.
pub const DEFAULT_ENVIRONMENT: &str = "development";

/// Where the `Environment` dimension comes from, first non-empty first.
const ENVIRONMENT_VARIABLES: [&str; 4] =
    ["HKM_ENVIRONMENT", "OTEL_DEPLOYMENT_ENVIRONMENT", "DEPLOYMENT_ENVIRONMENT", "NODE_ENV"];

/// Variables that lead to files in a home directory.
const PROFILE_VARIABLES: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HOME",
    "HOMEDRIVE",
    "USERPROFILE",
];

/// Variables that would change what the sink has decided for itself.
const OVERRULED_VARIABLES: [&str; 4] =
    ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_REGION", "AWS_DEFAULT_REGION"];

/// Whether metrics are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enabled {
    /// When the process was given credentials, or runs on EC2; never from a home directory.
    #[default]
    Auto,
    Always,
    Never,
}

/// Where credentials are expected to come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    StaticKeys,
    /// ECS task role or EKS Pod Identity.
    Container,
    /// EKS service account (IRSA) through STS.
    WebIdentity,
    /// EC2 instance profile through `IMDSv2`.
    Instance,
    /// Whatever the SDK's default chain finds, home directory included.
    DefaultChain,
}

impl CredentialSource {
    /// What is asked, for messages.
    #[must_use]
    pub fn describe(self, environment: &Environment) -> String {
        let value = |name| environment.get(name).unwrap_or_default();
        match self {
            Self::StaticKeys => "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
            Self::Container => {
                let uris = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
                let uri = uris.into_iter().find_map(|name| environment.get(name)).unwrap_or_default();
                format!("the container's credentials at {uri}")
            }
            Self::WebIdentity => format!("STS, with the token in {}", value("AWS_WEB_IDENTITY_TOKEN_FILE")),
            Self::Instance => "the role of the instance, by its metadata service".to_owned(),
            Self::DefaultChain => {
                let profile = environment.get("AWS_PROFILE").unwrap_or("default");
                format!("the profile {profile}, then container and instance")
            }
        }
    }

    /// The source as users read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StaticKeys => "static",
            Self::Container => "container",
            Self::WebIdentity => "web-identity",
            Self::Instance => "instance",
            Self::DefaultChain => "default-chain",
        }
    }
}

/// Why metrics are off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Off {
    #[error("disabled by configuration")]
    Disabled,
    #[error(
        "no credentials in the environment: static keys, a container credentials URI or a web identity token"
    )]
    NoCredentials,
}

/// A snapshot of the variables that matter.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Values lose the blanks around them: many come out of files that end in a line break.
    #[must_use]
    pub fn new(mut variables: HashMap<String, String>) -> Self {
        for value in variables.values_mut() {
            *value = value.trim().to_owned();
        }
        Self(variables)
    }

    /// The value of a variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Decides whether metrics are on, without a network call.
    ///
    /// # Errors
    /// The reason why they are off.
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
        if !self.is_true("AWS_EC2_METADATA_DISABLED") && machine.is_ec2() {
            return Ok(CredentialSource::Instance);
        }
        Err(Off::NoCredentials)
    }

    /// The variables that the SDK may see: no home directory unless it was asked for, no metadata service
    /// unless it is the source, and nothing that is set explicitly.
    #[must_use]
    pub fn for_sdk(&self, source: CredentialSource) -> Vec<(String, String)> {
        let is_chain = source == CredentialSource::DefaultChain;
        let is_hidden = |name: &str| {
            OVERRULED_VARIABLES.contains(&name) || (!is_chain && PROFILE_VARIABLES.contains(&name))
        };
        let mut visible: Vec<_> = self
            .0
            .iter()
            .filter(|(name, value)| !is_hidden(name) && !value.is_empty())
            .map(|(name, value)| (name.clone(), with_address(name, value)))
            .collect();
        if !is_chain && source != CredentialSource::Instance {
            visible.retain(|(name, _)| name != "AWS_EC2_METADATA_DISABLED");
            visible.push(("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()));
        }
        visible
    }

    /// The value of the `Environment` dimension.
    #[must_use]
    pub fn deployment(&self) -> &str {
        ENVIRONMENT_VARIABLES.iter().find_map(|name| self.get(name)).unwrap_or(DEFAULT_ENVIRONMENT)
    }

    #[must_use]
    pub fn region(&self) -> &str {
        self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION")).unwrap_or(DEFAULT_REGION)
    }

    /// An endpoint in place of the region's own.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        if self.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return None;
        }
        self.get("AWS_ENDPOINT_URL_CLOUDWATCH").or_else(|| self.get("AWS_ENDPOINT_URL"))
    }

    #[must_use]
    pub fn use_fips(&self) -> bool {
        self.is_true("AWS_USE_FIPS_ENDPOINT")
    }

    #[must_use]
    pub fn use_dual_stack(&self) -> bool {
        self.is_true("AWS_USE_DUALSTACK_ENDPOINT")
    }

    /// The first of the names, in upper or lower case, that is set.
    #[must_use]
    pub fn any_case(&self, name: &str) -> Option<&str> {
        self.get(name).or_else(|| self.get(&name.to_lowercase()))
    }
}

/// The value of a variable for the SDK. A container credentials URI on localhost gets the address in place of the
/// name, which the SDK would ask the C library about.
fn with_address(name: &str, value: &str) -> String {
    let localhost = "http://localhost";
    match value.strip_prefix(localhost) {
        Some(rest) if name == "AWS_CONTAINER_CREDENTIALS_FULL_URI" && rest.starts_with([':', '/']) => {
            format!("http://127.0.0.1{rest}")
        }
        _ => value.to_owned(),
    }
}

/// What the machine says about itself, in files.
#[derive(Clone, Debug)]
pub struct Machine {
    files: [(&'static str, &'static str); 2],
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            files: [
                ("/sys/class/dmi/id/sys_vendor", "Amazon EC2"),
                // Xen instances have no DMI vendor of Amazon's.
                ("/sys/hypervisor/uuid", "ec2"),
            ],
        }
    }
}

impl Machine {
    fn is_ec2(&self) -> bool {
        self.files.iter().any(|(file, prefix)| {
            std::fs::read(Path::new(file)).is_ok_and(|contents| contents.starts_with(prefix.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::new(owned.collect())
    }

    /// A machine whose vendor file is this source file, which begins with `//!`.
    const ELSEWHERE: Machine = Machine { files: [(file!(), "Amazon"), ("/nonexistent", "")] };
    const EC2: Machine = Machine { files: [("/nonexistent", ""), (file!(), "//!")] };
    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];

    #[test]
    fn credentials_in_the_environment_turn_metrics_on() {
        use CredentialSource as Source;
        let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")];
        let relative = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")];
        let full = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/")];
        for (variables, source) in [
            (&KEYS[..], Source::StaticKeys),
            (&web, Source::WebIdentity),
            (&relative, Source::Container),
            (&full, Source::Container),
        ] {
            assert_eq!(environment(variables).decide(Enabled::Auto, &ELSEWHERE), Ok(source));
            assert_eq!(environment(variables).decide(Enabled::Never, &EC2), Err(Off::Disabled));
        }
    }

    #[test]
    fn half_a_credential_or_a_profile_is_not_enough() {
        let profile = [("AWS_PROFILE", "dev"), ("HOME", "/home/dev")];
        for variables in [&KEYS[..1], &KEYS[1..], &profile, &[("AWS_ACCESS_KEY_ID", "")], &[]] {
            let environment = environment(variables);
            assert_eq!(environment.decide(Enabled::Auto, &ELSEWHERE), Err(Off::NoCredentials));
            let asked = environment.decide(Enabled::Always, &ELSEWHERE);
            assert_eq!(asked, Ok(CredentialSource::DefaultChain));
        }
    }

    #[test]
    fn an_ec2_machine_turns_metrics_on_unless_its_metadata_service_is_disabled() {
        let on = environment(&[]).decide(Enabled::Auto, &EC2);
        assert_eq!(on, Ok(CredentialSource::Instance));
        let disabled = environment(&[("AWS_EC2_METADATA_DISABLED", "True")]);
        assert_eq!(disabled.decide(Enabled::Auto, &EC2), Err(Off::NoCredentials));
    }

    #[test]
    fn the_sdk_sees_no_home_and_no_metadata_service_unless_asked() {
        let variables =
            [("HOME", "/home/dev"), ("AWS_PROFILE", "dev"), ("AWS_RETRY_MODE", "legacy"), KEYS[0]];
        let seen = |source| {
            let mut names: Vec<_> =
                environment(&variables).for_sdk(source).into_iter().map(|(name, _)| name).collect();
            names.sort();
            names
        };
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_EC2_METADATA_DISABLED"];
        assert_eq!(seen(CredentialSource::StaticKeys), keys);
        let chain = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "HOME"];
        assert_eq!(seen(CredentialSource::DefaultChain), chain);
        assert_eq!(seen(CredentialSource::Instance), ["AWS_ACCESS_KEY_ID"]);
    }

    #[test]
    fn the_deployment_is_the_first_variable_that_is_not_empty() {
        let mut variables: Vec<_> = ENVIRONMENT_VARIABLES.iter().map(|&name| (name, name)).collect();
        while !variables.is_empty() {
            assert_eq!(environment(&variables).deployment(), variables[0].0);
            variables[0].1 = "";
            let next = variables.get(1).map_or(DEFAULT_ENVIRONMENT, |(name, _)| name);
            assert_eq!(environment(&variables).deployment(), next);
            variables.remove(0);
        }
    }

    #[test]
    fn only_the_default_chain_sees_what_leads_to_a_home_directory_and_nobody_sees_what_is_decided() {
        let home = [
            "AWS_CONFIG_FILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_PROFILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "HOME",
            "HOMEDRIVE",
            "USERPROFILE",
        ];
        let decided = ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_REGION", "AWS_DEFAULT_REGION"];
        let all: Vec<_> = home.iter().chain(&decided).map(|name| (*name, "set")).collect();
        let names = |source| {
            let mut names: Vec<_> =
                environment(&all).for_sdk(source).into_iter().map(|(name, _)| name).collect();
            names.sort();
            names
        };
        assert_eq!(names(CredentialSource::Instance), [""; 0]);
        assert_eq!(names(CredentialSource::DefaultChain), home);
        let overruled = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_SESSION_TOKEN", "")];
        let seen = environment(&overruled).for_sdk(CredentialSource::Container);
        assert_eq!(seen, [("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned())]);
    }

    #[test]
    fn blanks_around_a_value_are_not_part_of_it() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKID\n"), ("AWS_REGION", " eu-west-1 "), ("NODE_ENV", " ")];
        let environment = environment(&keys);
        assert_eq!((environment.region(), environment.deployment()), ("eu-west-1", DEFAULT_ENVIRONMENT));
        assert_eq!(environment.get("AWS_ACCESS_KEY_ID"), Some("AKID"));
    }

    #[test]
    fn the_sdk_does_not_have_to_look_up_localhost() {
        let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        for (given, seen) in [
            ("http://localhost:81/v1", "http://127.0.0.1:81/v1"),
            ("http://localhost/v1", "http://127.0.0.1/v1"),
            ("http://localhost.test/v1", "http://localhost.test/v1"),
            ("https://localhost/v1", "https://localhost/v1"),
        ] {
            let visible = environment(&[(name, given)]).for_sdk(CredentialSource::Container);
            assert_eq!(visible[0], (name.to_owned(), seen.to_owned()));
        }
    }

    #[test]
    fn static_keys_come_before_a_role_and_half_a_web_identity_is_none() {
        let both = [KEYS[0], KEYS[1], ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")];
        assert_eq!(environment(&both).decide(Enabled::Auto, &ELSEWHERE), Ok(CredentialSource::StaticKeys));
        for half in [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")] {
            assert_eq!(environment(&[half]).decide(Enabled::Auto, &ELSEWHERE), Err(Off::NoCredentials));
        }
    }

    #[test]
    fn endpoint_variants_and_proxies_are_asked_for_by_their_variables() {
        let none = environment(&[("AWS_USE_FIPS_ENDPOINT", "false")]);
        assert!(!none.use_fips() && !none.use_dual_stack());
        assert!(environment(&[("AWS_USE_FIPS_ENDPOINT", "true")]).use_fips());
        assert!(environment(&[("AWS_USE_DUALSTACK_ENDPOINT", "TRUE")]).use_dual_stack());
        let proxies = [("https_proxy", "lower"), ("HTTPS_PROXY", "upper")];
        assert_eq!(environment(&proxies).any_case("HTTPS_PROXY"), Some("upper"));
        assert_eq!(environment(&proxies[..1]).any_case("HTTPS_PROXY"), Some("lower"));
    }

    #[test]
    fn region_and_endpoint_follow_their_precedence() {
        assert_eq!(environment(&[]).region(), DEFAULT_REGION);
        let regions = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")];
        assert_eq!(environment(&regions).region(), "eu-west-1");
        assert_eq!(environment(&regions[1..]).region(), "eu-west-2");
        let endpoints = [("AWS_ENDPOINT_URL_CLOUDWATCH", "a"), ("AWS_ENDPOINT_URL", "b")];
        assert_eq!(environment(&endpoints).endpoint(), Some("a"));
        assert_eq!(environment(&endpoints[1..]).endpoint(), Some("b"));
        let ignored = [endpoints[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
        assert_eq!(environment(&ignored).endpoint(), None);
    }

    #[test]
    fn the_first_source_of_the_default_chain_is_expected() {
        let all = [
            KEYS[0],
            KEYS[1],
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"),
        ];
        for (first, source, name) in [
            (0, CredentialSource::StaticKeys, "static"),
            (2, CredentialSource::WebIdentity, "web-identity"),
            (4, CredentialSource::Container, "container"),
        ] {
            for enabled in [Enabled::Auto, Enabled::Always] {
                assert_eq!(environment(&all[first..]).decide(enabled, &EC2), Ok(source));
            }
            assert_eq!(source.name(), name);
        }
    }
}
