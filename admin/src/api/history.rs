//! `/events/{ev}/seats/{label}/history`: what the log still has about one seat, the newest first.
//!
//! There is no list of a seat's changes anywhere: the feed is read backwards, a window of versions at a time, and what
//! is about the seat is kept. A request looks through a bounded number of pages and says where the next one goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use holdfast_net::inside::{Client, Value};
use serde::Serialize;
use serde_json::value::RawValue;

use super::changes::{Change, Page, newest, page};
use super::{Asked, as_json, ask, refused};
use crate::limits;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::Visitor;

/// The reply.
#[derive(Serialize)]
struct History {
    changes: Vec<Box<RawValue>>,
    /// The oldest version that was looked at: that of the log, if nothing comes next.
    oldest: u64,
    /// What to give as `before` to go on; null at the end.
    next: Option<u64>,
}

/// The seat, and what is known of others.
struct Seat {
    label: Vec<u8>,
    ordinal: u64,
    /// Ordinals of seats that ranges begin with.
    others: BTreeMap<Vec<u8>, u64>,
}

pub(crate) async fn tell(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    asked: Asked,
) -> Result<Response, Refusal> {
    let (event, most) = (asked.piece("ev"), limits::HISTORY_MAX);
    let count = asked.number("count")?.unwrap_or(limits::HISTORY_DEFAULT);
    if !(1..=most).contains(&count) {
        return Err(refused::invalid(format!("count: {count} is not 1 to {most}")));
    }
    let mut client = ask::connect(&shared, &visitor)?;
    let seat = ask::ask(&mut client, &["SEAT", event, asked.piece("label")]).await?;
    let mut seat = Seat {
        label: seat.field("seat").and_then(Value::text).ok_or_else(refused::defect)?.to_vec(),
        ordinal: number(&seat, "ordinal")?,
        others: BTreeMap::new(),
    };
    let before = match asked.number("before")? {
        Some(before) => before,
        None => newest(&mut client, event).await?.saturating_add(1),
    };
    let history = read(&mut client, event, &mut seat, (before, count)).await?;
    serde_json::to_vec(&history).map(as_json).map_err(|_| refused::defect())
}

fn number(reply: &Value, field: &str) -> Result<u64, Refusal> {
    let number = reply.field(field).and_then(Value::number).and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(refused::defect)
}

async fn read(
    client: &mut Client,
    event: &str,
    seat: &mut Seat,
    (mut before, count): (u64, u64),
) -> Result<History, Refusal> {
    let (mut changes, mut pages, mut trimmed) = (Vec::new(), 0, false);
    while before > 1 && !trimmed && pages < limits::HISTORY_PAGES && (changes.len() as u64) < count {
        let mut from = before.saturating_sub(limits::HISTORY_WINDOW).max(1);
        let (mut found, mut begins) = (Vec::new(), from);
        while from < before {
            pages += 1;
            match page(client, event, from, limits::FEED_PAGE).await? {
                Page::Changes(these) if these.is_empty() => break,
                Page::Changes(these) => {
                    for change in these.into_iter().take_while(|change| change.version < before) {
                        from = change.version;
                        if seat.is_in(client, event, &change).await? {
                            found.push(change);
                        }
                    }
                    from += 1;
                }
                Page::Trimmed { oldest } => {
                    (trimmed, from, begins) = (true, oldest.max(from + 1), oldest.min(before));
                }
            }
        }
        let mut newest_first = found.into_iter().rev();
        before = begins;
        for change in newest_first.by_ref() {
            if changes.len() as u64 == count {
                // The page is full: the next one goes on with this change.
                (before, trimmed) = (change.version + 1, false);
                break;
            }
            let json = change.json().and_then(|json| RawValue::from_string(json).ok());
            changes.push(json.ok_or_else(refused::defect)?);
        }
    }
    let next = (before > 1 && !trimmed).then_some(before);
    Ok(History { changes, oldest: before, next })
}

impl Seat {
    /// Is the change about it? Ranges go by the order of the map, so the place of their first seat in it is asked for.
    async fn is_in(&mut self, client: &mut Client, event: &str, change: &Change) -> Result<bool, Refusal> {
        if change.names(&self.label) {
            return Ok(true);
        }
        for (first, count) in change.ranges() {
            let known = self.others.get(first).copied();
            let ordinal = match known {
                Some(ordinal) => ordinal,
                None => {
                    let reply = ask::ask(client, &[&b"SEAT"[..], event.as_bytes(), first]).await?;
                    let ordinal = number(&reply, "ordinal")?;
                    self.others.insert(first.to_vec(), ordinal);
                    ordinal
                }
            };
            if (ordinal..ordinal.saturating_add(count)).contains(&self.ordinal) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
