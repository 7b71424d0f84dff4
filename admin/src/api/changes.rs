//! Pages of the feed of an event: the changes on them, and what of them is about one seat.

use holdfast_engine::Code;
use holdfast_net::inside::{Client, Value};
use serde_json::value::RawValue;

use super::json::{Object, Told};
use super::{ask, refused};
use crate::refusal::Refusal;

/// A page of the feed.
pub(crate) enum Page {
    /// None if there is nothing behind it yet.
    Changes(Vec<Change>),
    /// The log does not have the first of them any more.
    Trimmed {
        /// The oldest version that it has.
        oldest: u64,
    },
}

/// A change, as `FEED` tells it.
pub(crate) struct Change {
    pub(crate) version: u64,
    at: Value,
    kind: Value,
    fields: Vec<(Value, Value)>,
}

/// Reads a page, from that version on.
///
/// # Errors
/// If it is refused for another reason than that the log has let go of it.
pub(crate) async fn page(client: &mut Client, event: &str, from: u64, count: usize) -> Result<Page, Refusal> {
    let words = ["FEED", event, &from.to_string(), "COUNT", &count.to_string()];
    match ask::ask(client, &words).await {
        Ok(Value::List(changes)) => {
            let changes: Option<Vec<_>> = changes.into_iter().map(Change::of).collect();
            changes.map(Page::Changes).ok_or_else(refused::defect)
        }
        Ok(_) => Err(refused::defect()),
        Err(refusal) if refusal.is(Code::FEED_TRIMMED) => {
            // As the protocol has it: the message ends in the oldest version, unless none up to now is kept.
            let named = refusal.message().rsplit(' ').next().and_then(|word| word.parse().ok());
            let oldest = match named {
                Some(oldest) => oldest,
                None => newest(client, event).await?.saturating_add(1),
            };
            Ok(Page::Trimmed { oldest })
        }
        Err(refusal) => Err(refusal),
    }
}

/// The newest version of the event.
///
/// # Errors
/// If it is refused.
pub(crate) async fn newest(client: &mut Client, event: &str) -> Result<u64, Refusal> {
    let info = ask::ask(client, &["EVENT", "INFO", event]).await?;
    let version = info.field("version").and_then(Value::number);
    version.and_then(|version| u64::try_from(version).ok()).ok_or_else(refused::defect)
}

impl Change {
    fn of(value: Value) -> Option<Self> {
        let Value::List(parts) = value else { return None };
        let [version, at, kind, Value::Map(fields)] = <[Value; 4]>::try_from(parts).ok()? else {
            return None;
        };
        Some(Self { version: u64::try_from(version.number()?).ok()?, at, kind, fields })
    }

    /// The same as JSON, in the form of the messages of `feed:ev`.
    pub(crate) fn json(&self) -> Option<String> {
        let told = |value: &Value| serde_json::value::to_raw_value(&Told(value)).ok();
        let mut fields = vec![
            ("version".to_owned(), serde_json::value::to_raw_value(&self.version).ok()?),
            ("at".to_owned(), told(&self.at)?),
            ("kind".to_owned(), told(&self.kind)?),
        ];
        for (name, value) in &self.fields {
            let name = String::from_utf8_lossy(name.text()?).into_owned();
            // In replies it is a text, as there are no types of its own for it.
            let value = match (name.as_str(), value) {
                ("change", Value::Text(text)) => {
                    RawValue::from_string(String::from_utf8_lossy(text).into_owned()).ok()?
                }
                _ => told(value)?,
            };
            fields.push((name, value));
        }
        serde_json::to_string(&Object(fields)).ok()
    }

    /// Does it name this seat by itself, or the whole map?
    pub(crate) fn names(&self, label: &[u8]) -> bool {
        let is_it = |value: &Value| value.text() == Some(label);
        self.fields.iter().any(|(name, value)| match (name.text(), value) {
            (Some(b"seats" | b"added" | b"dropped"), Value::List(seats)) => seats.iter().any(is_it),
            (Some(b"change"), _) => true,
            _ => false,
        })
    }

    /// The ranges of seats that it names: the first of each, and how many there are.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let ranges = self.fields.iter().filter(|(name, _)| name.text() == Some(b"ranges"));
        let pairs = ranges.flat_map(|(_, value)| match value {
            Value::List(words) => words.chunks_exact(2),
            _ => [].chunks_exact(2),
        });
        pairs.filter_map(|pair| Some((pair[0].text()?, u64::try_from(pair[1].number()?).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    fn change(kind: &str, fields: Vec<(&str, Value)>) -> Change {
        let fields = fields.into_iter().map(|(name, value)| (text(name), value)).collect();
        Change::of(Value::List(vec![Value::Number(7), Value::Number(9), text(kind), Value::Map(fields)]))
            .unwrap()
    }

    #[test]
    fn a_change_is_told_as_a_message_tells_it_and_knows_its_seats() {
        let seats = Value::List(vec![text("A-1-1"), text("A-1-2")]);
        let held = change("held", vec![("hold", Value::Number(7)), ("seats", seats)]);
        assert_eq!(
            held.json().unwrap(),
            r#"{"version":7,"at":9,"kind":"held","hold":7,"seats":["A-1-1","A-1-2"]}"#
        );
        assert!(held.names(b"A-1-2") && !held.names(b"A-1-3"));
        assert_eq!(held.ranges().count(), 0);
        let ranges = Value::List(vec![text("A-1-3"), Value::Number(20)]);
        let blocked = change("blocked", vec![("ranges", ranges)]);
        assert!(!blocked.names(b"A-1-3"));
        assert_eq!(blocked.ranges().collect::<Vec<_>>(), [(&b"A-1-3"[..], 20)]);
        let other = change("plan_changed", vec![("change", text(r#"{"add":[]}"#))]);
        assert_eq!(
            other.json().unwrap(),
            r#"{"version":7,"at":9,"kind":"plan_changed","change":{"add":[]}}"#
        );
        assert!(other.names(b"A-1-1"));
        assert!(Change::of(Value::Null).is_none());
    }
}
