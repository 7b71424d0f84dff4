//! The pages of metrics.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use holdfast_engine::{Code, EventFigures, Name, Telling};
use holdfast_figures::Form;
use tokio::time::Instant;

use crate::limits;
use crate::metrics::Scrape;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::stage::Phase;

pub(super) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/metrics", get(server))
        .route("/metrics/events", get(events))
        .with_state(Arc::clone(shared))
}

async fn server(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let form = form(&headers);
    let events = ask(&shared, shared.metrics.watched()).await.unwrap_or_default();
    let stage = &shared.stage;
    let recovering = (stage.phase() == Phase::Recovering).then(|| stage.progress().records());
    let scrape = Scrape { handles: None, mode: stage.mode(), recovering };
    let mut events = Some(events);
    let mut write =
        |scrape: Scrape<'_>| shared.metrics.server(&scrape, events.take().unwrap_or_default(), form);
    let page = stage.look(|handles| write(Scrape { handles: Some(handles), ..scrape }));
    shown(page.unwrap_or_else(|| write(scrape)), form)
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let names = match names(&asked) {
        Ok(names) => names,
        Err(message) => {
            let refusal = Refusal::new(StatusCode::BAD_REQUEST, "INVALID", Some(Code::BAD_NUMBER), message);
            return refusal.into_response();
        }
    };
    let form = form(&headers);
    let Some(events) = ask(&shared, &names).await else { return not_running() };
    let Some(now) = shared.stage.look(|handles| handles.engine.router().now()) else { return not_running() };
    shown(shared.metrics.events(now, events, form), form)
}

fn not_running() -> Response {
    Refusal::busy("the events are not there: /readyz tells when they are").into_response()
}

/// The events that a request names.
///
/// # Errors
/// A sentence, if it names none, too many, or something that is no name.
fn names(asked: &[(String, String)]) -> Result<Vec<Name>, String> {
    let most = limits::EVENTS_NAMED_MAX;
    if asked.is_empty() || asked.len() > most {
        return Err(format!("name 1 to {most} events: /metrics/events?name=gala&name=ball"));
    }
    let name = |(key, value): &(String, String)| match key.as_str() {
        "name" => Name::new(value.as_bytes()).ok_or_else(|| format!("{value:?} is no name of an event")),
        _ => Err(format!("{key:?} is not name")),
    };
    let mut names = asked.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    // A series may stand on a page once.
    names.sort_unstable_by(|one, other| one.bytes().cmp(other.bytes()));
    names.dedup();
    Ok(names)
}

/// The figures of these events; `None` if the server does not run. Those that do not answer in time have none.
async fn ask(shared: &Shared, names: &[Name]) -> Option<Vec<(Name, Option<EventFigures>)>> {
    let asked: Vec<(Name, Telling)> = shared.stage.look(|handles| {
        let router = handles.engine.router();
        names.iter().map(|name| (name.clone(), router.figures(name.borrowed()))).collect()
    })?;
    let until = Instant::now() + limits::EVENTS_PATIENCE;
    let mut told = Vec::with_capacity(asked.len());
    for (name, telling) in asked {
        let left = until.saturating_duration_since(Instant::now());
        told.push((name, telling.told(left).await));
    }
    Some(told)
}

fn form(headers: &HeaderMap) -> Form {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    Form::asked_for(&accept.collect::<Vec<_>>().join(","))
}

fn shown(page: String, form: Form) -> Response {
    ([(header::CONTENT_TYPE, form.content_type())], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        names(&pairs).map(|names| names.iter().map(Name::to_string).collect())
    }

    #[test]
    fn events_are_named_once_each_and_not_too_many() {
        let names = asked(&[("name", "gala"), ("name", "ball"), ("name", "gala")]);
        assert_eq!(names, Ok(vec!["ball".to_owned(), "gala".to_owned()]));
        let many = |count| asked(&vec![("name", "gala"); count]).is_ok();
        assert!(many(limits::EVENTS_NAMED_MAX) && !many(limits::EVENTS_NAMED_MAX + 1) && !many(0));
        for bad in [("name", ""), ("name", "a b"), ("event", "gala")] {
            assert!(asked(&[bad]).is_err(), "{bad:?}");
        }
    }
}
