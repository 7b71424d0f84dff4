//! The values of an experiment's fields: each says what it must be, where it is read.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest pause or disturbance.
const SPAN_MAX: Duration = Duration::from_secs(600);

/// A time, or a range of which the seed chooses: `2s`, `500ms..2s`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Span {
    pub(crate) least: Duration,
    pub(crate) most: Duration,
}

impl Span {
    pub(crate) const fn of(duration: Duration) -> Self {
        Self { least: duration, most: duration }
    }

    /// The time that these random bits choose, in milliseconds.
    pub(crate) fn settled(self, bits: u64) -> Self {
        let range = self.most.saturating_sub(self.least).as_millis() as u64;
        Self::of(self.least + Duration::from_millis(bits % (range + 1)))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let one = |part: &str| {
            let duration = humantime::parse_duration(part.trim());
            let duration = duration
                .map_err(|error| format!("`{text}` is no time ({error}): it is written 2s, or 500ms..2s"))?;
            if duration > SPAN_MAX {
                return Err(format!("`{text}` is too long: at most 10m"));
            }
            Ok(duration)
        };
        let (least, most) = text.split_once("..").unwrap_or((&text, &text));
        let (least, most) = (one(least)?, one(most)?);
        if least > most {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Self { least, most })
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let shown = |duration: Duration| humantime::format_duration(duration).to_string().replace(' ', "");
        if span.least == span.most {
            shown(span.least)
        } else {
            format!("{}..{}", shown(span.least), shown(span.most))
        }
    }
}

/// When a probe has to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    Before,
    During,
    After,
}

/// What is measured.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Measure {
    /// New holds that were accepted, a second.
    AcceptedPerSecond,
    /// 99 of 100 accepted commands were answered within so many milliseconds, from the first try on.
    P99Ms,
    /// Of a hundred answers, those that turned a buyer away: BUSY, DEGRADED, or the sale was paused.
    TurnedAwayPercent,
    /// Tries without an answer.
    Unanswered,
    /// The longest time without an accepted new hold, in seconds.
    LongestGapSeconds,
    /// A field of a section of `INFO`.
    Info { section: String, field: String },
}

const MEASURES: [(&str, Measure); 5] = [
    ("accepted-per-second", Measure::AcceptedPerSecond),
    ("p99-ms", Measure::P99Ms),
    ("turned-away-percent", Measure::TurnedAwayPercent),
    ("unanswered", Measure::Unanswered),
    ("longest-gap-seconds", Measure::LongestGapSeconds),
];

impl TryFrom<String> for Measure {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((_, measure)) = MEASURES.iter().find(|(name, _)| *name == text) {
            return Ok(measure.clone());
        }
        let info = text.strip_prefix("info:").and_then(|rest| rest.split_once('.'));
        match info {
            Some((section, field)) => Ok(Self::Info { section: section.to_owned(), field: field.to_owned() }),
            None => {
                let known = MEASURES.map(|(name, _)| name).join(", ");
                Err(format!("`{text}` cannot be measured: {known}, or info:SECTION.FIELD"))
            }
        }
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        match &measure {
            Measure::Info { section, field } => format!("info:{section}.{field}"),
            known => {
                let name = MEASURES.iter().find(|(_, measure)| measure == known).map(|(name, _)| *name);
                name.unwrap_or_default().to_owned()
            }
        }
    }
}

/// What a measure has shown.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Number(f64),
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) if number.fract() == 0.0 => write!(f, "{number:.0}"),
            Self::Number(number) => write!(f, "{number:.2}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What a measure may be: a number, a word, or a range `[least, most]`.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub(crate) enum Tolerance {
    Within(f64, f64),
    Word(String),
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged, expecting = "a tolerance is a number, a word, or [least, most]")]
enum Written {
    Number(f64),
    Word(String),
    Range([f64; 2]),
}

impl TryFrom<Written> for Tolerance {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) => Ok(Self::Within(number, number)),
            Written::Word(word) => Ok(Self::Word(word)),
            Written::Range([least, most]) if least <= most => Ok(Self::Within(least, most)),
            Written::Range([least, most]) => Err(format!("[{least}, {most}] ends before it begins")),
        }
    }
}

impl From<Tolerance> for Written {
    fn from(tolerance: Tolerance) -> Self {
        match tolerance {
            Tolerance::Within(least, most) => Self::Range([least, most]),
            Tolerance::Word(word) => Self::Word(word),
        }
    }
}

impl Tolerance {
    /// Whether this is within it. What could not be measured is not.
    pub(crate) fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Within(least, most), Some(Value::Number(number))) => (*least..=*most).contains(number),
            (Self::Word(word), Some(Value::Text(text))) => word == text,
            _ => false,
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(least, most) if least == most => write!(f, "{least}"),
            Self::Within(least, most) => write!(f, "{least} .. {most}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}
