//! How a row says its seats: a number, or a list of labels and ranges from left to right.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde::{Deserialize as Read, Serialize as Write};

use super::Text;

/// The seats of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SeatsSpec {
    /// So many, with the labels from 1 on.
    Count(u32),
    /// Labels and ranges, from left to right as seen towards the stage.
    List(Vec<SeatsPart>),
}

/// A label, or a range of labels: `7`, `1-39/2`, `40-2/2`, `001-012`, `A-F`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatsPart {
    /// The label or the range.
    pub seats: Text,
    /// What the front end knows these seats by.
    pub id: Option<Text>,
}

impl From<u32> for SeatsSpec {
    fn from(count: u32) -> Self {
        Self::Count(count)
    }
}

impl<const N: usize> From<[&str; N]> for SeatsSpec {
    fn from(list: [&str; N]) -> Self {
        Self::List(list.map(|seats| SeatsPart { seats: seats.into(), id: None }).into())
    }
}

/// A part that has an identity is an object.
#[derive(Read, Write)]
#[serde(deny_unknown_fields)]
struct Known {
    seats: Text,
    id: Text,
}

impl Serialize for SeatsPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.id {
            None => self.seats.serialize(serializer),
            Some(id) => Known { seats: self.seats.clone(), id: id.clone() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SeatsPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Part;
        impl<'de> Visitor<'de> for Part {
            type Value = SeatsPart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a label or a range of labels as a text, or {\"seats\", \"id\"}")
            }

            fn visit_str<E>(self, text: &str) -> Result<SeatsPart, E> {
                Ok(SeatsPart { seats: text.into(), id: None })
            }

            fn visit_u64<E>(self, number: u64) -> Result<SeatsPart, E> {
                Ok(SeatsPart { seats: number.to_string().into(), id: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SeatsPart, A::Error> {
                let known = Known::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(SeatsPart { seats: known.seats, id: Some(known.id) })
            }
        }
        deserializer.deserialize_any(Part)
    }
}

impl Serialize for SeatsSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count.serialize(serializer),
            Self::List(parts) => parts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SeatsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seats;
        impl<'de> Visitor<'de> for Seats {
            type Value = SeatsSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seats, or a list of labels and ranges")
            }

            fn visit_u64<E: serde::de::Error>(self, count: u64) -> Result<SeatsSpec, E> {
                u32::try_from(count).map(SeatsSpec::Count).map_err(|_| {
                    E::invalid_value(serde::de::Unexpected::Unsigned(count), &"at most a million seats")
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<SeatsSpec, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(SeatsSpec::List)
            }
        }
        deserializer.deserialize_any(Seats)
    }
}
