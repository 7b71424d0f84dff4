//! What a front end hands over: a command for an event, in the event's own terms, with the key as it was written.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::{Layout, LimitsChange, Name, NameRef, Ordinal, Read, Scope, Write};

/// A command for an event that is there.
#[derive(Clone, Debug)]
pub enum Ask<'a> {
    /// A change, or its refusal: either is remembered under the idempotency key.
    Write {
        /// The idempotency key, as the client wrote it.
        key: NameRef<'a>,
        /// The change that is asked for.
        write: Write,
    },
    /// A look at the event.
    Read(Read),
    /// The answer that is remembered under this key.
    Answer(NameRef<'a>),
}

/// The labels of an event's map: finds the seats, areas, sections and categories that a command names.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a>(&'a Layout);

impl<'a> Labels<'a> {
    /// The labels of this map.
    #[must_use]
    pub const fn of(layout: &'a Layout) -> Self {
        Self(layout)
    }

    /// The seat with this label, as `A-12-7`, or with this ordinal, as `#123`.
    ///
    /// # Errors
    /// `NOSEAT` if the map has no such seat.
    pub fn seat(self, word: &[u8]) -> Result<Ordinal, Fault> {
        self.0.seat(word).ok_or_else(|| {
            let word = String::from_utf8_lossy(&word[..word.len().min(128)]);
            Fault::new(Code::NO_SEAT, format!("there is no seat {word}"))
        })
    }

    /// The index of the area of that name.
    ///
    /// # Errors
    /// `NOSEAT` if the map has no such area.
    pub fn area(self, name: NameRef<'_>) -> Result<u16, Fault> {
        self.0.area(name.bytes()).ok_or_else(|| {
            Fault::new(Code::NO_AREA, format!("there is no area {}", Name::as_str(&name.to_name())))
        })
    }

    /// The section of that name, or else the category.
    ///
    /// # Errors
    /// `NOSEAT` if the map has neither.
    pub fn scope(self, name: NameRef<'_>) -> Result<Scope, Fault> {
        let index = |at: usize| u16::try_from(at).ok();
        let section = self.0.sections().iter().position(|section| section.name.bytes() == name.bytes());
        if let Some(section) = section.and_then(index) {
            return Ok(Scope::Section(section));
        }
        let category = self.0.categories().iter().position(|category| category.bytes() == name.bytes());
        category.and_then(index).map(Scope::Category).ok_or_else(|| {
            let message = format!("there is no section or category {}", Name::as_str(&name.to_name()));
            Fault::new(Code::NO_AREA, message)
        })
    }
}

/// Reads the JSON of `EVENT LIMITS`.
///
/// # Errors
/// `INVALID` with what is wrong.
pub fn limits_change(json: &[u8]) -> Result<LimitsChange, Fault> {
    serde_json::from_slice(json).map_err(|error| Fault::new(Code::BAD_LIMITS, format!("the limits: {error}")))
}
