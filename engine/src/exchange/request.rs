//! What a front end hands over: a command for an event, in the event's own terms, with the key as it was written.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits::{
    DRY_NAMED_MAX, LIST_SEATS_MAX, NOTE_BYTES_MAX, PLAN_CHANGE_BYTES_MAX, REPLY_APART_BYTES,
    SEATS_PER_HOLD_MAX,
};
use crate::state::{
    Class, CountBy, Counts, KeyRef, LABEL_BYTES_MAX, Label, Layout, LimitsChange, Name, OrderView, Ordinal,
    PaymentLine, PlanChange, Read, Scope, Sums, View, Write, no_label,
};

/// A command for an event that is there.
#[derive(Clone, Debug)]
pub enum Ask<'a> {
    /// A change, or its refusal: either is remembered under the idempotency key.
    Write {
        /// The idempotency key, as the client wrote it.
        key: KeyRef<'a>,
        /// The change that is asked for.
        write: Write,
    },
    /// A look at the event.
    Read(Read),
    /// The answer that is remembered under this key.
    Answer(KeyRef<'a>),
}

impl Ask<'_> {
    /// What it is to a sale.
    #[inline]
    pub(crate) const fn class(&self) -> Class {
        match self {
            Self::Write { write, .. } => write.class(),
            Self::Read(read) => read.class(),
            Self::Answer(_) => Class::Progress,
        }
    }

    /// How many bytes the reply takes until it is told, at most, if it may be large; 0 for all others. An order of many
    /// holds may have more seats than a hold.
    #[inline]
    pub(crate) fn reply_bytes(&self, layout: &Layout) -> usize {
        // Most there are, and the map need not be looked at for them.
        if let Self::Write { write, .. } = self {
            // What comes before a change of the map is told with the map as it was.
            return if matches!(write, Write::ChangePlan { .. }) { REPLY_APART_BYTES } else { 0 };
        }
        let of = |count: usize, each: usize| size_of::<View>() + count * each;
        let (areas, seats) = (layout.areas().len(), layout.seats() as usize);
        let sums = size_of::<(Label, Counts)>();
        match self {
            Self::Write { .. } | Self::Read(Read::Version | Read::Count(None) | Read::Seat(_)) => 0,
            Self::Read(Read::Plan) => layout.described_bytes(),
            Self::Read(Read::DryChange(_)) => {
                PLAN_CHANGE_BYTES_MAX + of(DRY_NAMED_MAX, 2 * size_of::<Name>())
            }
            Self::Read(Read::Info) => of(areas, size_of::<Counts>()),
            Self::Read(Read::Picture | Read::Map(None)) => of(areas, size_of::<(u16, Counts)>()) + seats,
            Self::Read(Read::Map(Some(section))) => {
                let section = layout.section(section.bytes());
                let seats =
                    section.map_or(0, |section| layout.seats_of(section).map(|seats| seats.len()).sum());
                of(seats, size_of::<u8>())
            }
            Self::Read(Read::Count(Some(CountBy::Category))) => of(layout.categories().len(), sums),
            Self::Read(Read::Count(Some(CountBy::Section))) => of(layout.sections().len() + areas, sums),
            Self::Read(Read::Payments { count, .. }) => {
                let line = size_of::<(PaymentLine, Option<Sums>, Option<Box<str>>)>();
                of(*count as usize, line + NOTE_BYTES_MAX)
            }
            Self::Read(Read::Holds(listed) | Read::Expiring(listed, _) | Read::Orders(listed)) => {
                // Nothing stands in two of them. The last one of a page that is full may have as much again as a hold.
                let count = listed.count as usize;
                let things = (seats + count * areas).min(LIST_SEATS_MAX + SEATS_PER_HOLD_MAX as usize);
                of(count, size_of::<OrderView>() + NOTE_BYTES_MAX) + things * size_of::<(u16, u32)>()
            }
            Self::Read(Read::Hold(_) | Read::Order(_) | Read::Payment(_) | Read::Ask(_))
            | Self::Answer(_) => {
                let seats = seats.min(SEATS_PER_HOLD_MAX as usize);
                of(seats, size_of::<Ordinal>()) + areas * size_of::<(u16, u32)>()
            }
        }
    }
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
    /// `NOSEAT` if the map has no such area, `INVALID` if it is no label.
    pub fn area(self, name: &[u8]) -> Result<u16, Fault> {
        if let Some(index) = self.0.area(name) {
            return Ok(index);
        }
        // It may be in another normal form.
        let label = label("area", name)?;
        let none = || Fault::new(Code::NO_AREA, format!("there is no area {label}"));
        self.0.area(label.bytes()).ok_or_else(none)
    }

    /// The index of the section of that name.
    ///
    /// # Errors
    /// `NOSEAT` if the map has no such section, `INVALID` if it is no label.
    pub fn section(self, name: &[u8]) -> Result<u16, Fault> {
        let name = label("section", name)?;
        let section = self.0.sections().iter().position(|section| section.name == name);
        let none = || Fault::new(Code::NO_AREA, format!("there is no section {name}"));
        section.and_then(|at| u16::try_from(at).ok()).ok_or_else(none)
    }

    /// The name of a row of this section, as the map has it.
    ///
    /// # Errors
    /// `NOSEAT` if the section has no such row, `INVALID` if it is no label.
    pub fn row(self, section: u16, name: &[u8]) -> Result<Label, Fault> {
        let name = label("row", name)?;
        let mut rows = self.0.rows().iter();
        if rows.any(|row| row.section == section && row.name == name) {
            return Ok(name);
        }
        let section = &self.0.sections()[usize::from(section)].name;
        Err(Fault::new(Code::NO_AREA, format!("there is no row {name} in section {section}")))
    }

    /// A seat of a row of this section, by its own label, without section and row.
    ///
    /// # Errors
    /// `NOSEAT` if the row has no such seat, `INVALID` if it is no label.
    pub fn seat_of_row(self, section: u16, row: &Label, name: &[u8]) -> Result<Ordinal, Fault> {
        let name = label("seat", name)?;
        let section_name = &self.0.sections()[usize::from(section)].name;
        self.0.seat_of_row(section, row, &name).ok_or_else(|| {
            let message = format!("there is no seat {name} in row {row} of section {section_name}");
            Fault::new(Code::NO_SEAT, message)
        })
    }

    /// The section of that name, or else the category.
    ///
    /// # Errors
    /// `NOSEAT` if the map has neither, `INVALID` if it is no label.
    pub fn scope(self, name: &[u8]) -> Result<Scope, Fault> {
        let name = label("section or category", name)?;
        let index = |at: usize| u16::try_from(at).ok();
        let section = self.0.sections().iter().position(|section| section.name.bytes() == name.bytes());
        if let Some(section) = section.and_then(index) {
            return Ok(Scope::Section(section));
        }
        let category = self.0.categories().iter().position(|category| category.bytes() == name.bytes());
        category.and_then(index).map(Scope::Category).ok_or_else(|| {
            let message = format!("there is no section or category {name}");
            Fault::new(Code::NO_AREA, message)
        })
    }
}

/// Checks a word that is to be the label of something of a map.
///
/// # Errors
/// `INVALID` with what a label may be.
pub fn label(what: &str, word: &[u8]) -> Result<Label, Fault> {
    Label::new(word).ok_or_else(|| {
        let shown: String = String::from_utf8_lossy(word).chars().take(LABEL_BYTES_MAX).collect();
        Fault::new(Code::BAD_NAME, no_label(what, &shown))
    })
}

/// Reads the JSON of `EVENT CHANGE`.
///
/// # Errors
/// `INVALID` with what is wrong.
pub fn plan_change(json: &[u8]) -> Result<Box<PlanChange>, Fault> {
    let change = PlanChange::read(json);
    change
        .map(Box::new)
        .map_err(|what| Fault::new(Code::BAD_CHANGE, format!("the change of the map: {what}")))
}

/// Reads the JSON of `EVENT LIMITS`.
///
/// # Errors
/// `INVALID` with what is wrong.
pub fn limits_change(json: &[u8]) -> Result<LimitsChange, Fault> {
    serde_json::from_slice(json).map_err(|error| Fault::new(Code::BAD_LIMITS, format!("the limits: {error}")))
}
