//! Checks the settings of the selected profile. The SDK would ignore some values that it does not accept in silence, and fail
//! with others in each request.

use aws_types::os_shim_internal::Env;

use crate::environment::checks::{SETTINGS, Setting};
use crate::sink::{credentials::profiles::profiles, credentials::sdk_files::Contents, failure::chain};

/// A setting whose value in the profile the SDK does not accept. Its variable is set to the default then, which overrules the
/// profile.
pub struct Refused {
    pub setting: &'static Setting,
    pub key: &'static str,
    pub warning: String,
}

/// Checks whether the files of profiles can be parsed. The SDK says only that one of them cannot.
///
/// # Errors
/// Returns which file cannot be parsed, at which line, and why.
pub async fn parse(contents: &Contents, variables: &Env) -> Result<(), String> {
    profiles(contents.clone(), variables).await.map(drop).map_err(|error| chain(&error))
}

/// Returns the settings of the selected profile that are refused. Those that a variable overrules are left out.
pub async fn refused(contents: &Contents, variables: &Env) -> Vec<Refused> {
    // `parse` has told if they cannot be parsed.
    let Ok(profiles) = profiles(contents.clone(), variables).await else { return Vec::new() };
    let refused = SETTINGS.iter().filter_map(|setting| {
        let key = setting.profile_key?;
        let value = profiles.get(key)?.trim();
        if value.is_empty() || variables.get(setting.variable).is_ok() {
            return None;
        }
        let name = format!("{key} of the profile {}", profiles.selected_profile());
        Some(Refused { setting, key, warning: setting.refusal(&name, value)? })
    });
    refused.collect()
}
