//! How the admin port says no: a status, and the words of the catalogue as JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_engine::{Code, explain};
use serde_json::json;

use crate::limits;

/// A request that is not answered otherwise.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    /// The first word, as in a reply of RESP.
    kind: &'static str,
    code: Option<Code>,
    message: String,
    /// After how many seconds to come again, if it is of use.
    retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<Code>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, message: message.into(), retry_after: None }
    }

    /// There is nothing at this path.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOTFOUND", None, "there is nothing at this path")
    }

    /// The method is none of those that the path has.
    pub(crate) fn no_such_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "INVALID", None, "the path does not have this method")
    }

    /// More asks for something than can be answered now.
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", Some(Code::TRY_LATER), message)
            .retry_after(limits::RETRY_AFTER_SECONDS)
    }

    /// There is no hold, order or payment of that name.
    pub(crate) fn nothing_of_that_name() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOTFOUND", None, "there is nothing of that name, or it is over")
    }

    /// The same, with the time after which to come again.
    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Is it the one with this code?
    pub(crate) fn is(&self, code: Code) -> bool {
        self.code == Some(code)
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code.map(Code::text);
        let remedy = code.and_then(explain).map(|entry| entry.remedy);
        let error = json!({ "kind": self.kind, "code": code, "message": self.message, "remedy": remedy });
        let mut response = (self.status, axum::Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdfast\""));
        }
        response
    }
}
