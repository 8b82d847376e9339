//! The source of the credentials, and what is told of it. No secret is told, also if it was put where a path or a URL belongs.

use super::{CONTAINER_TOKEN, CONTAINER_TOKEN_FILE, Environment};
use crate::shown;

/// The maximum number of characters of a variable in the description of a source.
const MAX_DESCRIBED: usize = 120;

/// The expected source of the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    StaticKeys,
    /// ECS task role or EKS Pod Identity.
    Container,
    /// EKS service account (IRSA) through STS.
    WebIdentity,
    /// EC2 instance profile through `IMDSv2`.
    Instance,
    /// The first source of the SDK's default chain that has credentials. Profiles are used.
    DefaultChain,
}

impl CredentialSource {
    /// Returns a description of the source, for error messages.
    #[must_use]
    pub fn describe(self, environment: &Environment) -> String {
        let set = |name| {
            let value: String = environment.get(name)?.chars().take(MAX_DESCRIBED).collect();
            Some(format!("{name} ({value})"))
        };
        // A token can be set where its path or the URL that gives it belongs.
        let named = |name: &str, value: Option<&str>| {
            value.map_or_else(|| name.to_owned(), |value| format!("{name} ({value})"))
        };
        let file = |name| Some(named(name, shown::path(environment.get(name)?)));
        match self {
            Self::StaticKeys => {
                let token = environment.get("AWS_SESSION_TOKEN").map_or("", |_| ", AWS_SESSION_TOKEN");
                format!("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY{token}")
            }
            Self::Container => {
                let relative = |name| {
                    let path = environment.get(name)?.split(['?', '#']).next();
                    Some(named(name, path.filter(|path| path.len() <= MAX_DESCRIBED)))
                };
                let full = |name| {
                    let url = shown::url(environment.get(name)?);
                    Some(named(name, url.as_deref().filter(|url| url.len() <= MAX_DESCRIBED)))
                };
                let uri = relative("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
                    .or_else(|| full("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
                    .unwrap_or_default();
                let token = file(CONTAINER_TOKEN_FILE);
                // The value of the variable itself is a secret.
                let secret = || environment.get(CONTAINER_TOKEN).map(|_| CONTAINER_TOKEN.to_owned());
                let token = token.or_else(secret).map(|name| format!(", with the token in {name}"));
                format!("the container's credentials at {uri}{}", token.unwrap_or_default())
            }
            Self::WebIdentity => {
                let (role, token) = (set("AWS_ROLE_ARN"), file("AWS_WEB_IDENTITY_TOKEN_FILE"));
                format!("STS, with {} and {}", role.unwrap_or_default(), token.unwrap_or_default())
            }
            Self::Instance => "the role of the instance, by its metadata service".to_owned(),
            Self::DefaultChain => {
                let profile = set("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
                format!("the profile {profile}, then container and instance")
            }
        }
    }

    /// Returns the name of the source in the statistics.
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
