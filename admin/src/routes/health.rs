//! How the parts of the server are, for people and for programs that page them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use holdfast_net::{Pass, Right};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::health::{Seen, Status};
use crate::refusal::Refusal;
use crate::shared::Shared;

pub(super) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new().route("/health", get(all)).route("/health/{part}", get(one)).with_state(Arc::clone(shared))
}

#[derive(Deserialize)]
struct Asked {
    /// `1`: degraded is not well enough.
    strict: Option<String>,
}

impl Asked {
    fn status(&self, status: Status) -> StatusCode {
        let strict = self.strict.as_deref().is_some_and(|strict| !["0", "false"].contains(&strict));
        match status {
            Status::Down => StatusCode::SERVICE_UNAVAILABLE,
            Status::Degraded if strict => StatusCode::SERVICE_UNAVAILABLE,
            Status::Degraded | Status::Up => StatusCode::OK,
        }
    }
}

async fn all(
    State(shared): State<Arc<Shared>>,
    Extension(pass): Extension<Pass>,
    Query(asked): Query<Asked>,
) -> Response {
    let seen = shared.health.look(&shared.stage);
    let status = seen.values().map(Seen::status).max().unwrap_or(Status::Up);
    let parts: Map<String, Value> =
        seen.iter().map(|(part, seen)| ((*part).to_owned(), seen.told(pass.may(Right::Operate)))).collect();
    let body = json!({ "status": status.word(), "mode": shared.stage.mode(), "parts": parts });
    (asked.status(status), Json(body)).into_response()
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Path(part): Path<String>,
    Extension(pass): Extension<Pass>,
    Query(asked): Query<Asked>,
) -> Response {
    let seen = shared.health.look(&shared.stage);
    match seen.get(part.as_str()) {
        Some(seen) => {
            (asked.status(seen.status()), Json(seen.told(pass.may(Right::Operate)))).into_response()
        }
        None => Refusal::not_found().into_response(),
    }
}
