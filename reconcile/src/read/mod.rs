//! Reads the lines of a provider's file. A line that cannot be read ends all of it: what is left out would look like money that is not
//! there.

mod csv;
mod guard;
mod ndjson;

use std::io::Read;

use holdfast_engine::{At, Code, Currency, Fault, is_plain};

use crate::line::{Flow, Line, Place};
use crate::money;
use crate::profile::{Format, Money, Profile, Signs, parts};
use crate::time;

/// A name longer than this is none of the engine's, and none of a provider's.
const NAME_BYTES_MAX: usize = 256;

/// A file: what it is called, and which of the files it is, from 0.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// As it stands in messages.
    pub name: &'a str,
    /// Its number.
    pub number: u16,
}

/// Reads all lines of a file, one at a time, in the memory of one.
///
/// # Errors
/// [`Code::UNREADABLE_LINE`] with the file and the number of the line, [`Code::WRONG_COLUMNS`], or what `take` ends with.
pub fn read(
    profile: &Profile,
    file: File<'_>,
    bytes: impl Read,
    take: &mut dyn FnMut(Line) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let wanted = profile.wanted();
    let mut row = |line: u64, fields: &[Option<String>]| {
        let row = Row { profile, wanted: &wanted, fields };
        let place = Place { file: file.number, line };
        take(row.line(place).map_err(|why| unreadable(file, line, &why))?)
    };
    match profile.format {
        Format::Csv => csv::rows(profile, file, bytes, &mut row),
        Format::Ndjson => ndjson::rows(profile, file, bytes, &mut row),
    }
}

/// Takes a row: the number of its line, and the wanted fields in their order; nothing where it has none.
type TakeRow<'a> = &'a mut dyn FnMut(u64, &[Option<String>]) -> Result<(), Fault>;

pub(crate) fn unreadable(File { name, .. }: File<'_>, line: u64, why: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::UNREADABLE_LINE, format!("{name}:{line}: {why}"))
}

fn wrong_columns(File { name, .. }: File<'_>, line: u64, why: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::WRONG_COLUMNS, format!("{name}:{line}: {why}"))
}

/// A row, with the columns that the profile wants.
struct Row<'a> {
    profile: &'a Profile,
    wanted: &'a [&'a str],
    fields: &'a [Option<String>],
}

impl<'a> Row<'a> {
    /// What stands in a column; `None` if that is nothing.
    fn get(&self, column: &str) -> Option<&'a str> {
        let at = self.wanted.iter().position(|name| *name == column)?;
        self.fields.get(at)?.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    fn first(&self, columns: &[String]) -> Option<&'a str> {
        columns.iter().find_map(|column| self.get(column))
    }

    fn optional(&self, column: Option<&String>) -> Option<&'a str> {
        column.and_then(|column| self.get(column))
    }

    fn line(&self, place: Place) -> Result<Line, String> {
        let columns = &self.profile.columns;
        let currency = self.currency()?;
        let minor = self.amount(currency)?;
        let word = columns.kind.as_ref().map(|column| self.get(column).unwrap_or(""));
        let flow = self.profile.flow(word, minor < 0);
        let flow = flow.ok_or_else(|| format!("the kind {:?} is not in the profile", word.unwrap_or("")))?;
        let (flow, minor) = (flow, self.signed(flow, minor)?);
        let at = self.first(&columns.at).ok_or("there is no time")?;
        let zone = self.optional(columns.zone.as_ref());
        let minutes = self.profile.zone(zone);
        let minutes =
            minutes.ok_or_else(|| format!("the zone {:?} is not in the profile", zone.unwrap_or("")))?;
        let at: At = time::time(at, minutes).ok_or_else(|| format!("{at:?} is no time"))?;
        let (key, id) = (self.name(self.get(&columns.key))?.unwrap_or_default(), self.id());
        let id = self.name(Some(&id))?.unwrap_or_default();
        let reference = self.name(self.first(&columns.reference))?.filter(|reference| *reference != id);
        if flow != Flow::Other && !id.chars().any(char::is_alphanumeric) {
            return Err(format!("it has no name of its own: {}", columns.id));
        }
        Ok(Line { place, key, id, reference, flow, minor, currency, at })
    }

    fn currency(&self) -> Result<Currency, String> {
        let Some(column) = &self.profile.columns.currency else {
            return self.profile.currency().ok_or_else(|| "there is no currency".to_owned());
        };
        let word = self.get(column).unwrap_or("");
        Currency::new(word.as_bytes()).ok_or_else(|| format!("{word:?} is no currency of ISO 4217"))
    }

    fn amount(&self, currency: Currency) -> Result<i64, String> {
        let columns = &self.profile.columns;
        let read = |text: &str| match self.profile.money {
            Money::Decimal => money::of_decimal(text, currency),
            Money::Minor => money::of_minor(text),
        };
        if columns.amount.is_some() {
            return read(self.optional(columns.amount.as_ref()).unwrap_or(""));
        }
        let of = |column: Option<&String>| self.optional(column).map_or(Ok(0), read);
        let (credit, debit) = (of(columns.credit.as_ref())?, of(columns.debit.as_ref())?);
        match (credit, debit) {
            (0, debit) if debit >= 0 => Ok(-debit),
            (credit, 0) if credit >= 0 => Ok(credit),
            _ => Err(format!("a line has a credit or a debit, without a sign: {credit} and {debit}")),
        }
    }

    /// How much the seller has more by it.
    fn signed(&self, flow: Flow, minor: i64) -> Result<i64, String> {
        match (self.profile.signs, flow) {
            (_, Flow::Other) => Ok(minor),
            (Signs::Kind, flow) if !flow.brings() => Ok(-minor.abs()),
            (_, flow) if minor == 0 || (minor > 0) == flow.brings() => Ok(minor),
            (_, flow) => {
                let way = if flow.brings() { "brings" } else { "takes" };
                Err(format!("it {way} money by its kind, and not by the sign of its amount"))
            }
        }
    }

    /// The line's own name: nothing where the columns are empty.
    fn id(&self) -> String {
        let part = |part: Result<&'a str, &'a str>| match part {
            Ok(column) => self.get(column).unwrap_or("").to_owned(),
            Err(between) => between.to_owned(),
        };
        parts(&self.profile.columns.id).map(part).collect()
    }

    fn name(&self, text: Option<&str>) -> Result<Option<Box<str>>, String> {
        match text {
            Some(text) if text.len() > NAME_BYTES_MAX || !is_plain(text) => {
                Err(format!("a name is no text of {NAME_BYTES_MAX} bytes at most without control characters"))
            }
            text => Ok(text.map(Box::from)),
        }
    }
}
