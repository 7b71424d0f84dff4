//! Rows of JSON, an object a line.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use holdfast_engine::Fault;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;

use super::guard::{Guard, LINE_BYTES_MAX};
use super::{File, TakeRow, unreadable, wrong_columns};
use crate::profile::Profile;

/// A number with more digits than this is not the same once it was read.
const DIGITS_EXACT: usize = 15;

/// Takes the rows of a file one after the other.
pub(super) fn rows(
    profile: &Profile,
    file: File<'_>,
    bytes: impl Read,
    take: TakeRow<'_>,
) -> Result<(), Fault> {
    let (guarded, left) = Guard::new(bytes);
    let mut lines = BufReader::new(guarded);
    let (wanted, needed) = (profile.wanted(), profile.needed());
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        left.set(LINE_BYTES_MAX);
        let failed = |error: &dyn fmt::Display| unreadable(file, line, error);
        if lines.read_until(b'\n', &mut text).map_err(|error| failed(&error))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&text).map_err(|_| failed(&"it is not UTF-8"))?.trim();
        if text.is_empty() {
            continue;
        }
        let Object(fields) = serde_json::from_str(text).map_err(|error| failed(&error))?;
        let missing = needed.iter().find(|names| !names.iter().any(|name| fields.contains_key(*name)));
        if let Some(missing) = missing {
            return Err(wrong_columns(
                file,
                line,
                &format_args!("there is no field {}", missing.join(" or ")),
            ));
        }
        let field = |name: &&str| match fields.get(*name) {
            Some(Field::Text(text)) => Ok(Some(text.clone())),
            Some(Field::Inexact) => Err(failed(&format_args!(
                "{name} is a number of more than {DIGITS_EXACT} digits or with an exponent: write it as text"
            ))),
            Some(Field::Other) => Err(failed(&format_args!("{name} is neither a text nor a number"))),
            Some(Field::Nothing) | None => Ok(None),
        };
        take(line, &wanted.iter().map(field).collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(())
}

/// An object in which no name stands twice.
struct Object(BTreeMap<String, Field>);

enum Field {
    Text(String),
    /// A number that may have been another one.
    Inexact,
    Nothing,
    Other,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, field)) = map.next_entry::<String, Field>()? {
                    if let Some(name) = fields.insert(name.clone(), field).map(|_| name) {
                        return Err(serde::de::Error::custom(format_args!("{name} stands twice")));
                    }
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
                Ok(Field::Text(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
                Ok(Field::Text(number.to_string()))
            }

            /// A decimal of so few digits comes back as it was written: the nearest double has no shorter name than it.
            fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
                let text = number.to_string();
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                Ok(if digits <= DIGITS_EXACT { Field::Text(text) } else { Field::Inexact })
            }

            fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_unit<E>(self) -> Result<Field, E> {
                Ok(Field::Nothing)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
