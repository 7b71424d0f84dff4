//! Replies of the protocol as JSON.

use holdfast_net::inside::Value;
use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::value::RawValue;

use super::table::Shape;

/// A value as JSON: maps are objects, lists are arrays.
pub(crate) struct Told<'a>(pub(crate) &'a Value);

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Number(number) => serializer.serialize_i64(*number),
            Value::Text(text) | Value::Refused(text) => {
                serializer.serialize_str(&String::from_utf8_lossy(text))
            }
            Value::List(values) | Value::Message(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(&Self(value))?;
                }
                list.end()
            }
            Value::Map(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (field, value) in fields {
                    map.serialize_entry(
                        &String::from_utf8_lossy(field.text().unwrap_or_default()),
                        &Self(value),
                    )?;
                }
                map.end()
            }
        }
    }
}

/// A value as JSON on several lines, for people.
#[must_use]
pub fn json_of(value: &Value) -> String {
    serde_json::to_string_pretty(&Told(value)).unwrap_or_default()
}

/// Fields in their order.
pub(crate) struct Object<V>(pub(crate) Vec<(String, V)>);

impl<V: Serialize> Serialize for Object<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, value)| (field, value)))
    }
}

/// A word of a text: a number, if it is written as JSON writes whole numbers, or a text.
#[derive(Serialize, PartialEq, Debug)]
#[serde(untagged)]
pub(crate) enum Scalar {
    Number(i64),
    Text(String),
}

impl Scalar {
    fn of(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// A page of the list of events.
#[derive(Serialize)]
struct Events<'a> {
    next: Told<'a>,
    events: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: Told<'a>,
    status: Told<'a>,
}

/// An entry of the slow log.
#[derive(Serialize)]
struct Slow<'a> {
    id: Told<'a>,
    /// Unix milliseconds, as all times are here.
    at: i64,
    micros: Told<'a>,
    command: Told<'a>,
    address: Told<'a>,
    name: Told<'a>,
    parts: Told<'a>,
}

impl<'a> Slow<'a> {
    fn of(entry: &'a Value) -> Option<Self> {
        let Value::List(fields) = entry else { return None };
        let [id, at, micros, command, address, name, parts] = &fields[..] else { return None };
        let at = at.number()?.saturating_mul(1_000);
        Some(Self {
            id: Told(id),
            at,
            micros: Told(micros),
            command: Told(command),
            address: Told(address),
            name: Told(name),
            parts: Told(parts),
        })
    }
}

/// The fields of a connection that are texts, whatever a client calls itself.
const TEXTS: [&str; 7] = ["addr", "name", "flags", "cmd", "user", "lib-name", "lib-ver"];

/// The reply in its shape, as JSON. A reply that does not have the form that the shape is made for stays as it is.
pub(crate) fn shaped(reply: &Value, shape: Shape) -> serde_json::Result<Vec<u8>> {
    let text = || reply.text().map(String::from_utf8_lossy).unwrap_or_default();
    match (shape, reply) {
        (Shape::Page(name), Value::List(parts)) => {
            if let [next, page] = &parts[..] {
                return serde_json::to_vec(&Object(vec![
                    ("next".to_owned(), Told(next)),
                    (name.to_owned(), Told(page)),
                ]));
            }
        }
        (Shape::Events, Value::List(parts)) => {
            if let [next, Value::List(words)] = &parts[..] {
                let events = words.chunks_exact(2);
                let events =
                    events.map(|pair| Named { name: Told(&pair[0]), status: Told(&pair[1]) }).collect();
                return serde_json::to_vec(&Events { next: Told(next), events });
            }
        }
        (Shape::Json, Value::Text(_)) => {
            if let Ok(raw) = RawValue::from_string(text().into_owned()) {
                return Ok(raw.get().as_bytes().to_vec());
            }
        }
        (Shape::Info, Value::Text(_)) => return serde_json::to_vec(&sections(&text())),
        (Shape::Slow, Value::List(entries)) => {
            return serde_json::to_vec(&entries.iter().map(Slow::of).collect::<Option<Vec<_>>>());
        }
        (Shape::Clients, Value::Text(_)) => return serde_json::to_vec(&lines(&text())),
        _ => {}
    }
    serde_json::to_vec(&Told(reply))
}

/// The sections of `INFO`, by their names in small letters, and the fields of each.
fn sections(text: &str) -> Object<Object<Scalar>> {
    let mut sections: Vec<(String, Object<Scalar>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            sections.push((name.to_ascii_lowercase(), Object(Vec::new())));
        } else if let Some((field, value)) = line.split_once(':')
            && let Some((_, Object(fields))) = sections.last_mut()
        {
            fields.push((field.to_owned(), Scalar::of(value)));
        }
    }
    Object(sections)
}

/// The connections, and the fields of each.
fn lines(text: &str) -> Vec<Object<Scalar>> {
    let field = |(field, value): (&str, &str)| {
        let is_text = TEXTS.contains(&field);
        (field.to_owned(), if is_text { Scalar::Text(value.to_owned()) } else { Scalar::of(value) })
    };
    let fields =
        |line: &str| Object(line.split(' ').filter_map(|word| word.split_once('=')).map(field).collect());
    text.lines().map(fields).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    fn told(reply: &Value, shape: Shape) -> String {
        String::from_utf8(shaped(reply, shape).unwrap()).unwrap()
    }

    #[test]
    fn replies_in_their_shapes() {
        let map = Value::Map(vec![
            (text("seat"), text("A-\"1\"")),
            (text("hold"), Value::Null),
            (text("n"), Value::Number(-1)),
        ]);
        assert_eq!(told(&map, Shape::Same), r#"{"seat":"A-\"1\"","hold":null,"n":-1}"#);
        let page = Value::List(vec![text("17-4"), Value::List(vec![map])]);
        assert_eq!(
            told(&page, Shape::Page("holds")),
            r#"{"next":"17-4","holds":[{"seat":"A-\"1\"","hold":null,"n":-1}]}"#
        );
        let events =
            Value::List(vec![Value::Number(0), Value::List(vec![text("<img/src=x>"), text("open")])]);
        assert_eq!(
            told(&events, Shape::Events),
            r#"{"next":0,"events":[{"name":"<img/src=x>","status":"open"}]}"#
        );
        assert_eq!(told(&text(r#"{"areas":[]}"#), Shape::Json), r#"{"areas":[]}"#);
        let info = text(
            "# Server\r\nredis_version:7.0.0\r\ntcp_port:7411\r\n\r\n# Trace\r\nlogin_0:token=a,what=\r\nid:007\r\n",
        );
        assert_eq!(
            told(&info, Shape::Info),
            r#"{"server":{"redis_version":"7.0.0","tcp_port":7411},"trace":{"login_0":"token=a,what=","id":"007"}}"#
        );
        let slow = Value::List(vec![Value::List(vec![
            Value::Number(14),
            Value::Number(1_795_234_087),
            Value::Number(61_243),
            Value::List(vec![text("COUNT"), text("gala")]),
            text("192.0.2.7:50112"),
            text("shop"),
            Value::Map(vec![(text("sync"), Value::Number(60_871))]),
        ])]);
        assert_eq!(
            told(&slow, Shape::Slow),
            r#"[{"id":14,"at":1795234087000,"micros":61243,"command":["COUNT","gala"],"address":"192.0.2.7:50112","name":"shop","parts":{"sync":60871}}]"#
        );
        let clients =
            text("id=1 addr=[::1]:9 name= cmd=client|list\nid=2 addr=127.0.0.1:1 name=5 cmd=NULL\n");
        assert_eq!(
            told(&clients, Shape::Clients),
            r#"[{"id":1,"addr":"[::1]:9","name":"","cmd":"client|list"},{"id":2,"addr":"127.0.0.1:1","name":"5","cmd":"NULL"}]"#
        );
        assert_eq!(told(&text("x"), Shape::Page("holds")), r#""x""#);
    }

    #[test]
    fn bytes_that_are_no_text_break_nothing() {
        assert_eq!(told(&Value::Text(vec![b'a', 0xff]), Shape::Same), "\"a\u{fffd}\"");
    }
}
