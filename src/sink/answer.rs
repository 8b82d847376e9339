//! The head of an answer: its status and headers. It decides what became of the records, because it comes before the
//! body, which may be cut off or endless.
//!
//! The SDK treats any 2xx status as a success, whatever the headers are. A captive portal or a misdirected proxy answers
//! 200 with its own page. The records of such a request must not count as applied.

use std::sync::{Arc, OnceLock};

use aws_sdk_cloudwatch::config::{
    ConfigBag, Intercept, RuntimeComponents, http::HttpResponse,
    interceptors::BeforeDeserializationInterceptorContextRef,
};
use aws_smithy_runtime_api::{box_error::BoxError, http::Headers};
use url::Url;

/// Headers. Each answer of an AWS service over this protocol has at least one of them.
pub const MARKS: [&str; 2] = ["smithy-protocol", "x-amzn-requestid"];

/// Headers that say what answered, if it is not CloudWatch.
const DESCRIPTIVE: [&str; 2] = ["content-type", "server"];

/// The maximum length of a header in a description, in characters.
const MAX_HEADER_CHARS: usize = 60;

/// Returns whether headers are those of an AWS service.
#[must_use]
pub fn is_marked(headers: &Headers) -> bool {
    MARKS.iter().any(|name| headers.contains_key(*name))
}

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    pub status: u16,
    /// Whether the answer comes from an AWS service.
    pub is_marked: bool,
    /// The error code. Empty if there is none in the headers.
    pub code: String,
    /// Where a redirect leads, without path and query.
    redirects_to: Option<String>,
    /// What answered, by its headers.
    server: String,
}

impl Head {
    fn new(answer: &HttpResponse) -> Self {
        let headers = answer.headers();
        let header = |name| headers.get(name).unwrap_or_default();
        // The error of the query protocol: code and culprit.
        let code = header("x-amzn-query-error").split(';').next().unwrap_or_default().to_owned();
        let told =
            DESCRIPTIVE.iter().filter_map(|name| Some(format!("{name}: {}", short(headers.get(name)?))));
        Self {
            status: answer.status().as_u16(),
            is_marked: is_marked(headers),
            code,
            redirects_to: target(header("location")),
            server: told.collect::<Vec<_>>().join(", "),
        }
    }

    /// Returns a description of an answer that is neither a success nor an error, but a redirect for example.
    #[must_use]
    pub fn describe_redirect(&self) -> String {
        let redirect = self.redirects_to.as_ref().map_or_else(
            || "neither a success nor an error".to_owned(),
            |to| format!("a redirect to {to}, which is not followed"),
        );
        if self.is_marked { redirect } else { format!("{redirect}: {}", self.describe()) }
    }

    /// Returns what is missing in an answer that is not from CloudWatch, and what answered.
    #[must_use]
    pub fn describe(&self) -> String {
        let [first, second] = MARKS;
        let server = if self.server.is_empty() { String::new() } else { format!(" ({})", self.server) };
        format!("the answer has neither of the headers {first} and {second}{server}")
    }
}

/// Returns where a redirect leads, by its `Location`: the host, without path and query.
fn target(location: &str) -> Option<String> {
    if location.is_empty() {
        return None;
    }
    // The name is reserved (RFC 6761): no redirect leads there.
    let base = Url::parse("http://same.invalid").ok()?;
    Some(match base.join(location) {
        Ok(url) if url.host() == base.host() => "the same host".to_owned(),
        Ok(url) => url.host_str().map_or_else(|| "a URL without a host".to_owned(), short),
        Err(_) => "what is no URL".to_owned(),
    })
}

fn short(text: &str) -> String {
    text.chars().take(MAX_HEADER_CHARS).collect()
}

/// Keeps the head of the answer to one request.
#[derive(Clone, Debug, Default)]
pub struct HeadReader(Arc<OnceLock<Head>>);

impl HeadReader {
    /// Returns the head, if it was received.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.0.get()
    }
}

impl Intercept for HeadReader {
    fn name(&self) -> &'static str {
        "HeadReader"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // There is one attempt, and so one answer.
        let _ = self.0.set(Head::new(context.response()));
        Ok(())
    }
}
