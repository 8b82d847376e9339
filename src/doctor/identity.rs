//! Who the credentials belong to, by `GetCallerIdentity` of STS. Nobody needs a permission for it.

use aws_sdk_sts::{
    Client,
    config::{Builder, Credentials, retry::RetryConfig},
};
use aws_types::SdkConfig;

use crate::sink::{credentials::cache::ASK_TIMEOUT, failure::chain, patience::within};

/// Returns the ARN of the identity.
///
/// # Errors
/// Returns why STS does not tell.
pub async fn ask(shared: &SdkConfig, credentials: Credentials) -> Result<String, String> {
    let config =
        Builder::from(shared).credentials_provider(credentials).retry_config(RetryConfig::disabled()).build();
    let asked = Client::from_conf(config).get_caller_identity().send();
    let answer = within(ASK_TIMEOUT, Box::pin(asked)).await;
    let answer = answer.ok_or_else(|| format!("no answer within {ASK_TIMEOUT:?}"))?;
    let identity = answer.map_err(|error| chain(&error))?;
    identity.arn.ok_or_else(|| "the answer has no ARN".to_owned())
}
