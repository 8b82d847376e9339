//! Reads the files that the SDK gets its credentials from. The SDK would read them on the flusher's thread, without a limit,
//! so it is given their contents instead. It never sees another file.
//!
//! The source of the credentials decides which files are read. A token file must be readable. Otherwise this returns an
//! error, because the SDK would only say that an entity was not found. A profile file may be absent or unreadable, which
//! the SDK treats as empty. If a profile file takes too long or is too large, or if the process has no descriptors or threads
//! left to read it, this returns an error too, because the SDK would go on to other credentials.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    iter,
    path::{Component, Path, PathBuf},
};

use aws_types::os_shim_internal::Env;

use crate::environment::{CONTAINER_TOKEN_FILE, CredentialSource};
use crate::shown;
use crate::sink::{
    credentials::profiles::{self, Base, ProfileChain, home},
    failure::is_shortage,
    files::{Files, MAX_PROFILES_BYTES, MAX_TOKEN_BYTES, Problem},
};

/// The variable of the file with the token for STS.
const WEB_IDENTITY_TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The contents of files by their path, as `Fs::from_raw_map` takes them.
pub type Contents = HashMap<OsString, Vec<u8>>;

/// The variables of the profile files, and their default.
const PROFILE_FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")];

/// What the SDK is given.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    pub contents: Contents,
    /// Where the credentials come from, if they come from a profile.
    pub profile: ProfileChain,
}

/// Reads the files that the SDK needs. `variables` are those that it sees.
///
/// # Errors
/// Returns which file cannot be used, and why.
pub async fn read(files: &mut Files, variables: &Env, source: CredentialSource) -> Result<Given, String> {
    let mut contents = Contents::new();
    let mut profile = ProfileChain::NONE;
    let path = |name| variables.get(name).ok().map(PathBuf::from);
    let token = match source {
        CredentialSource::StaticKeys | CredentialSource::Instance => None,
        CredentialSource::WebIdentity => path(WEB_IDENTITY_TOKEN_FILE),
        CredentialSource::Container => path(CONTAINER_TOKEN_FILE),
        CredentialSource::DefaultChain => {
            for (variable, default) in PROFILE_FILES {
                let path = variables.get(variable).unwrap_or_else(|_| default.to_owned());
                let path = in_home(&path, variables);
                match files.read(&path, MAX_PROFILES_BYTES).await {
                    Ok(file) => _ = contents.insert(path.into(), file),
                    Err(Problem::System(error)) if !is_shortage(&error) => {}
                    Err(problem) => return Err(describe(&path, Some(variable), &problem)),
                }
            }
            profile = profiles::chain(&contents, variables).await;
            match &profile.base {
                Base::TokenFile(token) | Base::Login { token, .. } => Some(token.clone()),
                Base::Process { .. } | Base::Other => None,
            }
        }
    };
    if let Some(path) = token {
        let file = files.read(&path, MAX_TOKEN_BYTES).await;
        let name = match source {
            CredentialSource::WebIdentity => Some(WEB_IDENTITY_TOKEN_FILE),
            CredentialSource::Container => Some(CONTAINER_TOKEN_FILE),
            // The path is made of a digest, which looks like a secret.
            _ if matches!(profile.base, Base::Login { .. }) => None,
            _ => Some("the profile"),
        };
        let file = file.map_err(|problem| profile.base.explain(&describe(&path, name, &problem)))?;
        contents.insert(path.into(), file);
    }
    Ok(Given { contents, profile })
}

/// Describes a file that cannot be read. `name` says where its path is set, if it is. A token can be set in place of the path,
/// so that is told only if it looks like one.
fn describe(path: &Path, name: Option<&str>, problem: &Problem) -> String {
    match name {
        Some(name) if shown::path(&path.to_string_lossy()).is_none() => {
            format!("cannot read the file that {name} names: {problem}")
        }
        _ => format!("cannot read {}: {problem}", path.display()),
    }
}

/// Replaces a `~` at the beginning of a path by the home directory. As in the SDK, `~` must be a whole component.
fn in_home(path: &str, variables: &Env) -> PathBuf {
    let path = Path::new(path);
    let mut components = path.components();
    if components.next() != Some(Component::Normal(OsStr::new("~"))) {
        return path.to_owned();
    }
    home(variables).map_or_else(
        || path.to_owned(),
        |home| iter::once(OsStr::new(&home)).chain(components.map(Component::as_os_str)).collect(),
    )
}

/// Returns the region of the selected profile.
pub async fn region_of_profile(contents: &Contents, variables: &Env) -> Option<String> {
    let profiles = profiles::profiles(contents.clone(), variables).await.ok()?;
    profiles.get("region").map(str::to_owned)
}

#[cfg(test)]
mod tests;
