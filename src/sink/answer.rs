//! Checks that a success comes from CloudWatch.
//!
//! The SDK treats any 2xx status as a success, whatever the body is. A captive portal or a misdirected proxy answers
//! 200 with its own page. The records of such a request must not count as applied.

use aws_sdk_cloudwatch::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextRef,
};
use aws_smithy_runtime_api::box_error::BoxError;

/// Headers. Each answer of an AWS service over this protocol has at least one of them.
const MARKS: [&str; 2] = ["smithy-protocol", "x-amzn-requestid"];

/// Turns a success that does not come from an AWS service into an error.
#[derive(Debug)]
pub struct AnswerCheck;

impl Intercept for AnswerCheck {
    fn name(&self) -> &'static str {
        "AnswerCheck"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let is_marked = MARKS.iter().any(|name| response.headers().contains_key(*name));
        if response.status().is_success() && !is_marked {
            return Err("the answer is not from CloudWatch: look for a captive portal or a proxy".into());
        }
        Ok(())
    }
}
