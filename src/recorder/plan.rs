//! Whether metrics are on, and where records go: decided by options and variables, without any request.

use std::sync::{Arc, OnceLock};

use hkm_core::label::{acceptable, is_blank};

use super::Settings;
use crate::{
    environment::{CredentialSource, DEFAULT_ENVIRONMENT, Machine, Off},
    sink::{cloudwatch, region::RegionChoice},
};

/// What is decided before the first record is sent.
pub struct Plan {
    pub source: CredentialSource,
    /// A description of the source of credentials, for messages.
    pub source_description: String,
    /// Set once the region is known.
    pub region: Arc<OnceLock<String>>,
    /// The variables that are not used, and why.
    pub refusals: Vec<(&'static str, String)>,
    pub sink: cloudwatch::Settings,
}

impl Plan {
    /// Decides.
    ///
    /// # Errors
    /// Returns why metrics are off.
    pub fn new(settings: &Settings) -> Result<Self, Off> {
        let Settings { enabled, environment, role, .. } = settings;
        let has_local_endpoint = environment.has_local_endpoint(settings.endpoint.as_deref());
        let source = environment
            .decide(*enabled, &Machine::default())
            .map_err(|off| off.although_set(role.is_some(), has_local_endpoint))?;
        let endpoint = environment.endpoint(settings.endpoint.as_deref())?;
        environment.check_service(source)?;
        if role.is_some() {
            environment.check_sts()?;
        }
        let deployment = settings.deployment.as_deref().unwrap_or_else(|| environment.deployment());
        let deployment =
            if is_blank(deployment) { DEFAULT_ENVIRONMENT.into() } else { acceptable(deployment) };
        let region = Arc::default();
        Ok(Self {
            source,
            source_description: source.describe(environment),
            refusals: environment.refusals(source),
            sink: cloudwatch::Settings {
                region: RegionChoice::new(settings.region.clone(), environment, Arc::clone(&region)),
                endpoint,
                deployment: deployment.into_owned(),
                environment: environment.clone(),
                process_environment: match source {
                    CredentialSource::DefaultChain => settings.process_environment.clone().into(),
                    _ => Arc::default(),
                },
                source,
                role: role.clone(),
            },
            region,
        })
    }
}
