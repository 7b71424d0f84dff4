//! What was acknowledged and is not in a directory that is restored: it happened after the point that was gone back to.
//!
//! Each change is a line of JSON in a file of the new directory, for whoever brings the sales back by hand or by a program.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_engine::{EventId, FeedRecord, FeedValue, feed_fields, version_of};
use holdfast_wal::{Lsn, Recovered, Storage};
use serde::Serialize;

use crate::error::BackupError;

/// The file in the directory that is restored.
pub const MISSING_FILE: &str = "restored.ndjson";
/// Bytes that are written at once.
const PIECE: usize = 64 * 1024;

/// What is missing of an event.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MissingOfEvent {
    /// The event.
    pub event: String,
    /// The first version that is missing, and the last one that there was.
    pub versions: (u64, u64),
    /// The orders that something happened to.
    pub orders: BTreeSet<String>,
    /// The payments that something happened to.
    pub payments: BTreeSet<String>,
    /// The holds that something happened to.
    pub holds: BTreeSet<u64>,
    /// Changes of other kinds: an operator's, for the most part.
    pub others: u64,
}

/// What is missing, by event.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Missing {
    /// The events, in the order of their creation. Those that are missing as a whole are among them.
    pub events: Vec<MissingOfEvent>,
    /// Changes of all events.
    pub changes: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    lsn: u64,
    event: &'a str,
    version: u64,
    at: u64,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<u64>,
}

/// Writes down every change after `upto` that made a version. Nothing is written if there is none.
///
/// # Errors
/// If the log cannot be read, or the medium refuses.
pub(super) fn write_down(
    log: &Recovered,
    upto: Lsn,
    names: &BTreeMap<EventId, String>,
    to: &dyn Storage,
) -> Result<Missing, BackupError> {
    let failed = |action| BackupError::io(action, MISSING_FILE);
    let (mut missing, mut by_event) = (Missing::default(), BTreeMap::<EventId, MissingOfEvent>::new());
    let (mut file, mut offset, mut pending) = (None, 0, Vec::new());
    let mut flush = |pending: &mut Vec<u8>, is_last: bool| {
        if pending.is_empty() || (!is_last && pending.len() < PIECE) {
            return Ok(());
        }
        let file = match &mut file {
            Some(file) => file,
            none => none.insert(to.create(MISSING_FILE).map_err(failed("create"))?),
        };
        file.write_at(offset, pending).map_err(failed("write"))?;
        offset += pending.len() as u64;
        pending.clear();
        if is_last { file.sync().map_err(failed("sync")) } else { Ok(()) }
    };
    for group in log.groups(upto.next()) {
        for (lsn, bytes) in group.map_err(|error| BackupError::Damaged(error.to_string()))?.records() {
            let Some((id, Some(_))) = version_of(bytes) else { continue };
            let record = FeedRecord::decode(bytes)
                .map_err(|error| BackupError::Damaged(format!("the record {lsn} cannot be read: {error}")))?;
            let event = names.get(&id).map_or("?", String::as_str);
            let line = line(lsn, event, &record);
            serde_json::to_writer(&mut pending, &line).map_err(|error| failed("write")(error.into()))?;
            pending.push(b'\n');
            missing.changes += 1;
            by_event.entry(id).or_default().add(&line);
            flush(&mut pending, false)?;
        }
    }
    flush(&mut pending, true)?;
    if missing.changes > 0 {
        // It names people and what they bought.
        to.keep_private(MISSING_FILE).map_err(failed("protect"))?;
    }
    missing.events = by_event.into_values().collect();
    Ok(missing)
}

fn line<'a>(lsn: Lsn, event: &'a str, record: &'a FeedRecord) -> Line<'a> {
    let (version, at, kind) = (record.version, record.at.0, record.kind());
    let mut line = Line { lsn: lsn.0, event, version, at, kind, order: None, payment: None, hold: None };
    for (name, value) in feed_fields(record) {
        match (name, value) {
            ("order", FeedValue::Text(order)) => line.order = Some(order),
            ("payment", FeedValue::Text(payment)) => line.payment = Some(payment),
            ("hold", FeedValue::Number(hold)) => line.hold = Some(hold),
            _ => {}
        }
    }
    line
}

impl MissingOfEvent {
    fn add(&mut self, line: &Line<'_>) {
        if self.versions.0 == 0 {
            (self.event, self.versions.0) = (line.event.to_owned(), line.version);
        }
        self.versions.1 = line.version;
        self.orders.extend(line.order.map(str::to_owned));
        self.payments.extend(line.payment.map(str::to_owned));
        self.holds.extend(line.hold);
        let is_other = line.order.is_none() && line.payment.is_none() && line.hold.is_none();
        self.others += u64::from(is_other);
    }
}
