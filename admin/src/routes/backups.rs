//! The files of the server's backups, for another node that copies one: they are all that a server knows, so whoever asks is an operator.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use holdfast_engine::Code;
use holdfast_net::Pass;
use serde::Deserialize;
use serde_json::json;

use crate::refusal::Refusal;
use crate::shared::{Caller, Shared};
use crate::stage::Backups;

pub(super) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/backups", get(names))
        .route("/backups/{*path}", get(piece))
        .with_state(Arc::clone(shared))
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: u64,
}

async fn names(State(shared): State<Arc<Shared>>) -> Result<Response, Refusal> {
    let names = asked(&shared, |backups| backups.names()).await?;
    Ok(axum::Json(json!({ "files": names })).into_response())
}

async fn piece(
    State(shared): State<Arc<Shared>>,
    Extension(pass): Extension<Pass>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    Query(From { from }): Query<From>,
) -> Result<Response, Refusal> {
    let of = path.clone();
    let bytes = asked(&shared, move |backups| backups.piece(&path, from)).await?;
    // Once a file, and of those that are there: what else a stranger calls them goes nowhere.
    if from == 0 {
        let name = of.split('/').next().unwrap_or(&of);
        shared.protection.access.backup_read(&pass, caller.from, name.strip_suffix(".json").unwrap_or(name));
    }
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// Asks them on a thread that may wait.
async fn asked<T: Send + 'static>(
    shared: &Shared,
    ask: impl FnOnce(&dyn Backups) -> io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    let not_running = || Refusal::busy("the server recovers or stops: /readyz tells when it runs");
    let backups = shared.stage.look(|handles| handles.backups.clone()).ok_or_else(not_running)?;
    let backups = backups.ok_or_else(Refusal::not_found)?;
    match tokio::task::spawn_blocking(move || ask(&*backups)).await {
        Ok(Ok(told)) => Ok(told),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(Refusal::nothing_of_that_name()),
        Ok(Err(error)) => Err(broken(&error.to_string())),
        Err(error) => Err(broken(&error.to_string())),
    }
}

fn broken(why: &str) -> Refusal {
    let message = format!("the backups cannot be read: {why}");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "ERR", Some(Code::JOB_FAILED), message)
}
