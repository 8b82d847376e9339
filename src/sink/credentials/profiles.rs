//! Finds out where the credentials of the selected profile come from, because the SDK is not given all that it would use.
//!
//! ```text
//!   selected profile -- role_arn, source_profile --> another one -- ... --> the base: a file, a login, a process, or keys
//! ```
//!
//! The rules are those of the SDK. It reports what is wrong with a profile: here, that is [`Base::Other`].

use std::path::{Path, PathBuf};

use aws_config::profile::{self, Profile, ProfileFileLoadError, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};
use sha1::{Digest, Sha1};

use crate::sink::{credentials::role::Role, credentials::sdk_files::Contents};

/// Where the credentials of a profile come from, if the SDK needs help with it.
#[derive(Debug, PartialEq, Eq)]
pub enum Base {
    /// The file with the token of a web identity.
    TokenFile(PathBuf),
    /// A login of IAM Identity Center, and the file with its token.
    Login { profile: String, token: PathBuf },
    /// A command that gives them.
    Process { profile: String, command: String },
    /// Anything else, or nothing.
    Other,
}

impl Base {
    /// Returns the file with the token of a login.
    #[must_use]
    pub fn token_of_login(&self) -> Option<&Path> {
        match self {
            Self::Login { token, .. } => Some(token),
            _ => None,
        }
    }

    /// Adds what a user can do to the message of a failure.
    #[must_use]
    pub fn explain(&self, failure: &str) -> String {
        let has_ended = ENDED_LOGIN.iter().any(|sign| failure.contains(sign));
        match self {
            Self::Login { profile, .. } if has_ended => {
                format!("{failure}. The login has ended: run `aws sso login --profile {profile}`")
            }
            _ => failure.to_owned(),
        }
    }
}

/// What failures say if there is no valid token of a login: no file, an expired one that cannot be renewed, and a token that
/// the portal does not accept.
const ENDED_LOGIN: [&str; 3] = ["cannot read", "the SSO token has expired", "UnauthorizedException"];

/// The way from a profile to its credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct ProfileChain {
    pub base: Base,
    /// The roles that are assumed, the first one with the credentials of the base.
    pub roles: Vec<Role>,
}

impl ProfileChain {
    /// The chain of a process without profiles.
    pub const NONE: Self = Self { base: Base::Other, roles: Vec::new() };
}

/// Returns the chain of the selected profile.
pub async fn chain(contents: &Contents, variables: &Env) -> ProfileChain {
    // If the profiles cannot be parsed, the SDK reports it.
    let Ok(profiles) = profiles(contents.clone(), variables).await else { return ProfileChain::NONE };
    chain_in(&profiles, variables).unwrap_or(ProfileChain::NONE)
}

fn chain_in(profiles: &ProfileSet, variables: &Env) -> Option<ProfileChain> {
    let mut name = profiles.selected_profile();
    let mut roles = Vec::new();
    // At most one step for each profile, because the sources may form a loop.
    for step in 0..profiles.profiles().count() {
        let profile = profiles.get_profile(name)?;
        // Keys take precedence in a profile that is the source of another one, and nowhere else.
        if step > 0 && has_keys(profile) {
            break;
        }
        let Some(role) = role(profile) else {
            let base = base(profile, variables);
            roles.reverse();
            return Some(ProfileChain { base, roles });
        };
        roles.push(role);
        match profile.get("source_profile").filter(|_| profile.get("credential_source").is_none()) {
            Some(source) if source == name => {
                return Some(ProfileChain { base: base(profile, variables), roles });
            }
            Some(source) => name = source,
            None => break,
        }
    }
    None
}

/// Returns whether the SDK asks the metadata service of the instance, because no profile gives credentials or because one asks
/// for it.
///
/// # Errors
/// Returns which profile is named and is not there. The SDK would go on to the instance, which is another identity. The AWS CLI
/// refuses it too.
pub async fn leads_to_instance(contents: &Contents, variables: &Env) -> Result<bool, String> {
    // If the profiles cannot be parsed, `profile_settings` reports it.
    let Ok(profiles) = profiles(contents.clone(), variables).await else { return Ok(false) };
    let selected = profiles.selected_profile();
    let Some(mut profile) = profiles.get_profile(selected) else {
        return match selected {
            "default" => Ok(true),
            _ => {
                Err(format!("AWS_PROFILE names the profile {selected}, which is in neither file of profiles"))
            }
        };
    };
    for step in 0..profiles.profiles().count() {
        if let Some(source) = profile.get("credential_source") {
            return Ok(source == "Ec2InstanceMetadata");
        }
        let source = profile.get("role_arn").and_then(|_| profile.get("source_profile"));
        let has_ended = step > 0 && has_keys(profile);
        let Some(source) = source.filter(|source| *source != profile.name() && !has_ended) else { break };
        let missing = || {
            let name = profile.name();
            format!("the source_profile {source} of the profile {name} is in neither file of profiles")
        };
        profile = profiles.get_profile(source).ok_or_else(missing)?;
    }
    Ok(!SOURCES.iter().any(|key| profile.get(key).is_some()))
}

/// The keys of a profile that gives credentials.
const SOURCES: [&str; 6] = [
    "aws_access_key_id",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "credential_process",
    "login_session",
];

/// Returns the role that a profile assumes with the credentials of another one. A web identity is none of those.
fn role(profile: &Profile) -> Option<Role> {
    let value = |name| profile.get(name).map(str::to_owned);
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    Some(Role {
        arn: value("role_arn")?,
        external_id: value("external_id"),
        session_name: value("role_session_name"),
    })
}

fn base(profile: &Profile, variables: &Env) -> Base {
    let is_set = |name| profile.get(name).is_some();
    if is_set("credential_source") {
        return Base::Other;
    }
    if let Some(file) = profile.get("web_identity_token_file") {
        return if is_set("role_arn") { Base::TokenFile(file.into()) } else { Base::Other };
    }
    // The name of the file is the digest of either.
    if let Some(name) = profile.get("sso_session").or_else(|| profile.get("sso_start_url")) {
        let profile = profile.name().to_owned();
        return token_of_login(name, variables).map_or(Base::Other, |token| Base::Login { profile, token });
    }
    let command = profile.get("credential_process").filter(|_| !is_set("login_session"));
    command.map_or(Base::Other, |command| Base::Process {
        profile: profile.name().to_owned(),
        command: command.to_owned(),
    })
}

/// Returns the file where the AWS CLI and the SDKs keep the token of a login.
fn token_of_login(name: &str, variables: &Env) -> Option<PathBuf> {
    let file = format!("{:x}.json", Sha1::digest(name.as_bytes()));
    Some(PathBuf::from(home(variables)?).join(".aws/sso/cache").join(file))
}

/// Returns the home directory, as the SDK finds it.
pub(super) fn home(variables: &Env) -> Option<String> {
    let home = variables.get("HOME");
    let home = if cfg!(windows) { home.or_else(|_| variables.get("USERPROFILE")) } else { home };
    home.ok()
}

#[expect(clippy::default_trait_access, reason = "the type is in a crate of the SDK's own")]
pub(super) async fn profiles(
    contents: Contents,
    variables: &Env,
) -> Result<ProfileSet, ProfileFileLoadError> {
    profile::load(&Fs::from_raw_map(contents), variables, &Default::default(), None).await
}

fn has_keys(profile: &Profile) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"].into_iter().all(|key| profile.get(key).is_some())
}

#[cfg(test)]
mod tests;
