//! Assumes a role of IAM with other credentials, by `AssumeRole` of STS.
//!
//! Base credentials come in, and those of the role go out. They expire by themselves: the base is asked again when they are
//! replaced, and may expire before. No call is made for a role that the process did not ask for.

use aws_config::{SdkConfig, sts::AssumeRoleProvider};
use aws_sdk_cloudwatch::config::{Credentials, ProvideCredentials};

use super::cache::check;
use crate::sink::failure::chain;

/// The name of the session if none is set. It is part of the identity that trust policies and `CloudTrail` see, so it is the
/// same in each process.
const DEFAULT_SESSION_NAME: &str = "hkm-native";

/// A role, and how to assume it. JavaScript has checked the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub external_id: Option<String>,
    pub session_name: Option<String>,
}

impl Role {
    /// Asks STS for credentials of the role, at the endpoint that `config` leads to.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn assume(&self, config: &SdkConfig, base: Credentials) -> Result<Credentials, String> {
        check(&base).map_err(|problem| format!("cannot assume the role {}: {problem}", self.arn))?;
        let session_name = self.session_name.as_deref().unwrap_or(DEFAULT_SESSION_NAME);
        let mut role = AssumeRoleProvider::builder(&self.arn).configure(config).session_name(session_name);
        if let Some(external_id) = &self.external_id {
            role = role.external_id(external_id);
        }
        let role = role.build_from_provider(base).await;
        role.provide_credentials().await.map_err(|error| self.explain(&chain(&error)))
    }

    /// Describes a failure of STS. It is the one place that knows both sides of the trust.
    fn explain(&self, failure: &str) -> String {
        let advice = if failure.contains("AccessDenied") {
            ". Allow these credentials sts:AssumeRole for the role, and name them in its trust policy, with the external \
             id if it asks for one"
        } else {
            ""
        };
        format!("cannot assume the role {}: {failure}{advice}", self.arn)
    }
}
