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
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<Code>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, message: message.into() }
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
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code.map(Code::text);
        let remedy = code.and_then(explain).map(|entry| entry.remedy);
        let error = json!({ "kind": self.kind, "code": code, "message": self.message, "remedy": remedy });
        let mut response = (self.status, axum::Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(limits::RETRY_AFTER_SECONDS));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdfast\""));
        }
        response
    }
}
