//! What an orchestrator asks: does the process live, is it ready, has it started. Open to everybody who names the server, as whoever
//! starts a container has no token; they tell nothing of a sale.
//!
//! None of them looks at the disk, nor at a thread that is at files. That the process recovers is no reason to end it, however long it takes: it would begin
//! anew. A server that refuses some things is ready: the only one there is must go on with what it still does.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::shared::Shared;
use crate::stage::{Phase, Stage};

pub(super) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/startupz", get(startupz))
        .with_state(Arc::clone(shared))
}

async fn livez(State(shared): State<Arc<Shared>>) -> Response {
    let stuck = shared.liveness.stuck();
    if stuck.is_empty() {
        return Json(json!({ "status": "up" })).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "down", "threads": stuck }))).into_response()
}

async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    told(shared.stage.phase() == Phase::Running, &shared.stage)
}

async fn startupz(State(shared): State<Arc<Shared>>) -> Response {
    told(shared.stage.phase() != Phase::Recovering, &shared.stage)
}

fn told(well: bool, stage: &Stage) -> Response {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = json!({ "mode": stage.mode() });
    if stage.phase() == Phase::Recovering {
        let (records, of) = stage.progress().records();
        body["progress"] = json!({ "records": records, "of": of });
    }
    (status, Json(body)).into_response()
}
