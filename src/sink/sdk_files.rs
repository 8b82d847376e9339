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

use aws_config::profile::{self, Profile, ProfileFileLoadError, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::{
    failure::is_shortage,
    files::{Files, MAX_PROFILES_BYTES, MAX_TOKEN_BYTES, Problem},
};
use crate::environment::{CONTAINER_TOKEN_FILE, CredentialSource};

/// The contents of files by their path, as [`Fs::from_raw_map`] takes them.
pub type Contents = HashMap<OsString, Vec<u8>>;

/// The variables of the profile files, and their default.
const PROFILE_FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")];

/// Reads the files that the SDK needs. `variables` are those that it sees.
///
/// # Errors
/// Returns which file cannot be used, and why.
pub async fn read(files: &mut Files, variables: &Env, source: CredentialSource) -> Result<Contents, String> {
    let mut contents = Contents::new();
    let token = match source {
        CredentialSource::StaticKeys | CredentialSource::Instance => None,
        CredentialSource::WebIdentity => variables.get("AWS_WEB_IDENTITY_TOKEN_FILE").ok(),
        CredentialSource::Container => variables.get(CONTAINER_TOKEN_FILE).ok(),
        CredentialSource::DefaultChain => {
            for (variable, default) in PROFILE_FILES {
                let path = variables.get(variable).unwrap_or_else(|_| default.to_owned());
                let path = in_home(&path, variables);
                match files.read(&path, MAX_PROFILES_BYTES).await {
                    Ok(file) => _ = contents.insert(path.into(), file),
                    Err(Problem::System(error)) if !is_shortage(&error) => {}
                    Err(problem) => return Err(describe(&path, &problem)),
                }
            }
            token_of_profile(&contents, variables).await
        }
    };
    if let Some(path) = token {
        let file = files
            .read(path.as_ref(), MAX_TOKEN_BYTES)
            .await
            .map_err(|problem| describe(path.as_ref(), &problem))?;
        contents.insert(path.into(), file);
    }
    Ok(contents)
}

fn describe(path: &Path, problem: &Problem) -> String {
    format!("cannot read {}: {problem}", path.display())
}

/// Replaces a `~` at the beginning of a path by the home directory. As in the SDK, `~` must be a whole component.
fn in_home(path: &str, variables: &Env) -> PathBuf {
    let path = Path::new(path);
    let mut components = path.components();
    if components.next() != Some(Component::Normal(OsStr::new("~"))) {
        return path.to_owned();
    }
    let home = variables.get("HOME");
    let home = if cfg!(windows) { home.or_else(|_| variables.get("USERPROFILE")) } else { home };
    home.map_or_else(
        |_| path.to_owned(),
        |home| iter::once(OsStr::new(&home)).chain(components.map(Component::as_os_str)).collect(),
    )
}

/// Returns the token file of the selected profile, or of the profile that its credentials come from.
async fn token_of_profile(contents: &Contents, variables: &Env) -> Option<String> {
    // If the profiles cannot be parsed, the SDK reports it.
    let profiles = profiles(contents.clone(), variables).await.ok()?;
    let mut name = profiles.selected_profile();
    let mut is_source = false;
    // At most one step for each profile, because the sources may form a loop.
    for _ in profiles.profiles() {
        let profile = profiles.get_profile(name)?;
        if is_source && has_keys(profile) {
            return None;
        }
        profile.get("role_arn")?;
        if let Some(file) = profile.get("web_identity_token_file") {
            return profile.get("credential_source").is_none().then(|| file.to_owned());
        }
        name = profile.get("source_profile")?;
        is_source = true;
    }
    None
}

/// Returns the region of the selected profile.
pub async fn region_of_profile(contents: &Contents, variables: &Env) -> Option<String> {
    let profiles = profiles(contents.clone(), variables).await.ok()?;
    profiles.get("region").map(str::to_owned)
}

/// Parses the files of profiles.
///
/// # Errors
/// Returns which file cannot be parsed.
#[expect(clippy::default_trait_access, reason = "the type is in a crate of the SDK's own")]
pub async fn profiles(contents: Contents, variables: &Env) -> Result<ProfileSet, ProfileFileLoadError> {
    profile::load(&Fs::from_raw_map(contents), variables, &Default::default(), None).await
}

fn has_keys(profile: &Profile) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"].into_iter().all(|key| profile.get(key).is_some())
}

#[cfg(test)]
mod tests;
