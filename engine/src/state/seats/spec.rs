//! The description of an event as it is given and logged: sections, rows, areas, limits.
//!
//! It is kept as it was asked for, ranges as ranges, so that a million seats in a few words stay a few words in the
//! log. [`super::layout`] makes the dense map of it. It is logged as the JSON that describes it, so that a new field is a
//! field that old descriptions do not have; [`old`] has the form of the first logs. New fields go last: there are events whose
//! description has lists in the place of objects, as was allowed once.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::numbers::{At, Millis};
use crate::state::tables::digest;
use crate::state::tables::digest::Part;
use crate::state::values::EventStatus;

mod changed;
mod old;
mod seats;
mod text;

pub use changed::{AddedRows, Addition, PlanChange, Removed};
pub(in crate::state) use changed::{as_ordinals, runs, span};
pub use old::{OldRow, OldRows, OldSection, OldSpec};
pub use seats::{SeatsPart, SeatsSpec};
pub use text::{Named, Text};

/// What `EVENT CREATE` describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"sections\", \"areas\", \"limits\", \"open\"}")]
pub struct EventSpec {
    /// Seated sections, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionSpec>,
    /// Standing areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<AreaSpec>,
    /// Rules of the sale.
    #[serde(default)]
    pub limits: SaleLimits,
    /// On sale at once?
    #[serde(default = "yes")]
    pub open: bool,
    /// When the sale opens by itself, Unix milliseconds; 0: not by itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opens_at: u64,
    /// When the sale closes by itself, Unix milliseconds; 0: not by itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub closes_at: u64,
    /// Price classes in the order of their numbers, each with the seats that have it whatever their row says. Empty as long as
    /// the map is as it was made: then the order is that of their first use.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub categories: Named,
    /// What was taken away.
    #[serde(default, skip_serializing_if = "Removed::is_empty")]
    pub removed: Removed,
}

/// On sale at once, and nothing else.
impl Default for EventSpec {
    fn default() -> Self {
        let (sections, areas, limits) = (Vec::new(), Vec::new(), SaleLimits::default());
        let (categories, removed) = (Named::default(), Removed::default());
        Self { sections, areas, limits, open: true, opens_at: 0, closes_at: 0, categories, removed }
    }
}

/// A seated section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a section, {\"name\", \"category\", \"rows\"}")]
pub struct SectionSpec {
    /// Unique among the sections.
    pub name: Text,
    /// Price class of the seats that have none of their own, for example `VIP`.
    pub category: Text,
    /// Rows, best first.
    pub rows: RowsSpec,
    /// Its first row is as far from the stage as the row of this number, from 1; `None`: behind all rows before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<u32>,
    /// Which part of its rows is nearest to the middle of the stage.
    #[serde(default, skip_serializing_if = "Focus::is_middle")]
    pub focus: Focus,
    /// What the front end knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
    /// Further rows of the section of this name, which stands before; without `front`, behind its last row.
    #[serde(default, skip_serializing_if = "is_no")]
    pub more: bool,
}

/// The part of a row that is nearest to the middle of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Focus {
    /// The left end, as seen towards the stage.
    Left,
    /// The middle.
    #[default]
    Middle,
    /// The right end.
    Right,
}

/// The rows of a section: one by one, or a range of equal ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RowsSpec {
    /// Each row described.
    Each(Vec<RowSpec>),
    /// Rows named by numbers.
    Range(RowRange),
}

/// Equal rows that are named `from` to `to`. The lists are as those of a [`RowSpec`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowRange {
    /// Name of the first row.
    pub from: u32,
    /// Name of the last row.
    pub to: u32,
    /// Seats of each row.
    pub seats: SeatsSpec,
    /// See [`RowSpec::categories`].
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub categories: Named,
    /// See [`RowSpec::accessible`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessible: Vec<Text>,
    /// See [`RowSpec::companions`].
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub companions: Named,
    /// See [`RowSpec::aisles`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aisles: Vec<Text>,
    /// See [`RowSpec::groups`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<Text>>,
}

/// One row, or a part of one. Seats: either `seats`, or `from` and `to`. Each list of seats has labels of the row and ranges of
/// them, as `seats` has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a row, {\"name\", \"seats\"}")]
pub struct RowSpec {
    /// Rows of one name in a section are the parts of one row.
    pub name: Text,
    /// A number, or labels and ranges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<SeatsSpec>,
    /// Number of the first seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// Number of the last seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// The seats for wheelchair users and others who need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessible: Vec<Text>,
    /// Price class of its seats, if it is another than that of the section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Text>,
    /// Price classes of single seats.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub categories: Named,
    /// For accessible seats, those that are kept for companions.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub companions: Named,
    /// The seats to the right of which there is an aisle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aisles: Vec<Text>,
    /// Seats that are sold whole: tables and love seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<Text>>,
    /// What the front end knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
}

/// A standing area: places without numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an area, {\"name\", \"category\", \"capacity\"}")]
pub struct AreaSpec {
    /// Unique among the areas.
    pub name: Text,
    /// Price class.
    pub category: Text,
    /// Places.
    pub capacity: u32,
}

impl Focus {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    const fn is_middle(&self) -> bool {
        matches!(self, Self::Middle)
    }
}

impl SectionSpec {
    /// A section with a name, a category and rows, behind those before it.
    #[must_use]
    pub fn new(name: &str, category: &str, rows: RowsSpec) -> Self {
        let (name, category) = (name.into(), category.into());
        Self { name, id: None, category, rows, front: None, focus: Focus::Middle, more: false }
    }
}

impl RowRange {
    /// Rows named `from` to `to`, each with the seats 1 to `seats`.
    #[must_use]
    pub const fn new(from: u32, to: u32, seats: u32) -> Self {
        Self {
            from,
            to,
            seats: SeatsSpec::Count(seats),
            categories: Named(Vec::new()),
            accessible: Vec::new(),
            companions: Named(Vec::new()),
            aisles: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl EventSpec {
    /// The status of a sale that is made at this time, and when it opens and closes by itself.
    #[must_use]
    pub fn begins(&self, at: At) -> (EventStatus, Option<At>, Option<At>) {
        let to_come = |time: u64| (time > at.0).then_some(At(time));
        let (opens_at, closes_at) = (to_come(self.opens_at), to_come(self.closes_at));
        let is_open = self.open && opens_at.is_none();
        (if is_open { EventStatus::Open } else { EventStatus::Pending }, opens_at, closes_at)
    }

    /// The description as JSON: short, the same for the same description, and one that `EVENT CREATE` takes.
    #[must_use]
    pub fn json(&self) -> String {
        // Its maps have texts as keys, and it has no numbers that JSON lacks.
        serde_json::to_string(self).expect("a description is JSON")
    }
}

/// Logged as its JSON.
impl Encode for EventSpec {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.json().encode(encoder)
    }
}

impl<Context> Decode<Context> for EventSpec {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let json = String::decode(decoder)?;
        serde_json::from_str(&json).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

bincode::impl_borrow_decode!(EventSpec);

/// What a buyer may do. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaleLimits {
    /// Time to live of a hold that asks for 0. Default five minutes.
    pub default_ttl: Millis,
    /// Longest time to live that a hold may ask for. Default half an hour.
    pub max_ttl: Millis,
    /// How often a hold may be extended. Default 3.
    pub max_extends: u32,
    /// How long after it was made a hold may be extended to. Default two hours.
    pub max_hold_total: Millis,
    /// Seats and places of one hold. Default 10.
    pub max_seats_per_hold: u32,
    /// Seats and places that one holder may have held, in payment and sold. Default 10.
    pub max_seats_per_holder: u32,
    /// How often a payment may be tried again. Default 3.
    pub max_payment_retries: u32,
    /// How long money that came first waits for its payment to begin. Default a quarter of an hour.
    pub paid_ahead: Millis,
    /// What to do about picks that leave a lone seat. Default `avoid`.
    pub orphans: Orphans,
}

impl Default for SaleLimits {
    fn default() -> Self {
        Self {
            default_ttl: Millis(300_000),
            max_ttl: Millis(1_800_000),
            max_extends: 3,
            max_hold_total: Millis(7_200_000),
            max_seats_per_hold: 10,
            max_seats_per_holder: 10,
            max_payment_retries: 3,
            paid_ahead: Millis(900_000),
            orphans: Orphans::Avoid,
        }
    }
}

/// In records and snapshots: the fields of their first form, the last of which is what to do about lone seats, as a number.
/// From the constant `MORE` on, that number says that limits stand behind it which came later. Where those are the
/// defaults, the limits are written in their first form.
impl Encode for SaleLimits {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let Self { default_ttl, max_ttl, max_extends, max_seats_per_hold, max_seats_per_holder, .. } = self;
        (default_ttl, max_ttl, max_extends, max_seats_per_hold, max_seats_per_holder).encode(encoder)?;
        self.max_payment_retries.encode(encoder)?;
        match self.more() {
            None => (self.orphans as u32).encode(encoder),
            Some(more) => (self.orphans as u32 + MORE, more).encode(encoder),
        }
    }
}

const MORE: u32 = Orphans::ALL.len() as u32;

impl<C> Decode<C> for SaleLimits {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (default_ttl, max_ttl, max_extends) = Decode::decode(decoder)?;
        let (max_seats_per_hold, max_seats_per_holder) = Decode::decode(decoder)?;
        let (max_payment_retries, last) = <(u32, u32)>::decode(decoder)?;
        let orphans = Orphans::ALL.get((last % MORE) as usize).filter(|_| last < 2 * MORE);
        let &orphans = orphans.ok_or(DecodeError::Other("limits of a form that is not known"))?;
        let mut limits = Self {
            default_ttl,
            max_ttl,
            max_extends,
            max_seats_per_hold,
            max_seats_per_holder,
            max_payment_retries,
            orphans,
            ..Self::default()
        };
        if last >= MORE {
            (limits.max_hold_total, limits.paid_ahead) = Decode::decode(decoder)?;
        }
        Ok(limits)
    }
}

bincode::impl_borrow_decode!(SaleLimits);

/// What to do about a pick that leaves one free seat between taken ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
pub enum Orphans {
    /// Nothing.
    Allow,
    /// Automatic picks keep away from it.
    Avoid,
    /// Picks by hand that leave one are refused.
    Refuse,
}

impl Orphans {
    /// All, in the order of their numbers.
    const ALL: [Self; 3] = [Self::Allow, Self::Avoid, Self::Refuse];

    /// The word as it stands in the description.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Avoid => "avoid",
            Self::Refuse => "refuse",
        }
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_no(yes: &bool) -> bool {
    !*yes
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Either form of `rows`, told apart by hand so that an unknown field is named instead of "no variant matched".
impl<'de> Deserialize<'de> for RowsSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> serde::de::Visitor<'de> for Rows {
            type Value = RowsSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of rows, or {\"from\", \"to\", \"seats\"}")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<RowsSpec, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(RowsSpec::Each)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<RowsSpec, A::Error> {
                RowRange::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(RowsSpec::Range)
            }
        }
        deserializer.deserialize_any(Rows)
    }
}

impl SaleLimits {
    /// Those of them that the first form does not have, in the order in which they are written; `None` if they are the
    /// defaults.
    fn more(&self) -> Option<(Millis, Millis)> {
        let more = |limits: &Self| (limits.max_hold_total, limits.paid_ahead);
        Some(more(self)).filter(|given| *given != more(&Self::default()))
    }

    /// Their part of the digest.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
        let sale = digest::term(
            Part::Limits,
            pair(self.default_ttl.0, self.max_ttl.0),
            pair(self.max_extends, self.max_payment_retries),
            pair(self.max_seats_per_hold, self.max_seats_per_holder),
        );
        // Nothing as long as they are what they were before they could be set.
        let more = self.more().map_or(0, |(max_hold_total, paid_ahead)| pair(max_hold_total.0, paid_ahead.0));
        digest::term(Part::Limits, sale, self.orphans as u64, more)
    }

    /// Checks ranges and relations; the error names the field and what is allowed.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn check(&self) -> Result<(), String> {
        let ranges = [
            ("default_ttl", self.default_ttl.0, limits::TTL_MS_MIN, limits::TTL_MS_MAX),
            ("max_ttl", self.max_ttl.0, limits::TTL_MS_MIN, limits::TTL_MS_MAX),
            ("max_extends", self.max_extends, 0, limits::EXTENDS_MAX),
            ("max_hold_total", self.max_hold_total.0, limits::TTL_MS_MIN, limits::HOLD_TOTAL_MS_MAX),
            ("max_seats_per_hold", self.max_seats_per_hold, 1, limits::SEATS_PER_HOLD_MAX),
            ("max_seats_per_holder", self.max_seats_per_holder, 1, u32::MAX),
            ("max_payment_retries", self.max_payment_retries, 0, limits::EXTENDS_MAX),
            ("paid_ahead", self.paid_ahead.0, limits::TTL_MS_MIN, limits::TTL_MS_MAX),
        ];
        for (field, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(format!("limits.{field} is {value}: it must be from {least} to {most}"));
            }
        }
        if self.default_ttl > self.max_ttl {
            return Err(format!(
                "limits.default_ttl ({}) is over limits.max_ttl ({})",
                self.default_ttl, self.max_ttl
            ));
        }
        Ok(())
    }
}
