//! What an orchestrator asks: does the process live, is it ready, has it started. Open to everybody who names the server, as whoever
//! starts a container has no token; they tell nothing of a sale.
//!
//! None of them looks at the disk, nor at a thread that is at files. That the process recovers is no reason to end it, however long it takes: it would begin
//! anew. A server that refuses some things is ready: the only one there is must go on with what it still does.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use holdfast_engine::ClusterRole;
use serde::Deserialize;
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

#[derive(Deserialize)]
struct Asked {
    /// `replica`: a node that follows and may be read from is meant, and not one that sells.
    role: Option<String>,
}

async fn readyz(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    let well = shared.stage.phase() == Phase::Running && is_ready(&shared.stage, asked.role.as_deref());
    told(well, &shared.stage)
}

/// Whether it sells, or is what is asked for. Off a cluster, a server that runs sells.
fn is_ready(stage: &Stage, role: Option<&str>) -> bool {
    let as_replica = role == Some("replica");
    let ready = stage.look(|handles| match handles.engine.router().cluster() {
        None => !as_replica,
        Some(node) if as_replica => node.role() == ClusterRole::Follower && node.reads().is_ok(),
        Some(node) => node.role() == ClusterRole::Owner,
    });
    ready.unwrap_or(false)
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
