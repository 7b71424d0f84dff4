//! The items as they stand in `policy/checklist.toml`: data, which tests hold against what there is.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::commands::policy::Said;
use crate::flags::List;

/// What comes with the program.
const SOURCE: &str = include_str!("../../../policy/checklist.toml");

/// How an item is, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Green,
    /// Nobody here can tell.
    Unknown,
    /// To be looked at by day.
    Amber,
    /// To be looked at now.
    Red,
}

impl Verdict {
    pub(super) const ALL: [Self; 4] = [Self::Green, Self::Unknown, Self::Amber, Self::Red];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Unknown => "unknown",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// From which value on something is so: a number, or milliseconds that are written as a duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    pub(super) value: u64,
    /// Whether it is a time.
    pub(super) is_time: bool,
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 on, or a duration as 26h")
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Bound, E> {
                let value = u64::try_from(value).map_err(E::custom)?;
                Ok(Bound { value, is_time: false })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bound, E> {
                let value = humantime::parse_duration(text).map_err(E::custom)?;
                Ok(Bound { value: value.as_millis() as u64, is_time: true })
            }
        }
        from.deserialize_any(Visitor)
    }
}

/// Where the truth of an item is, and when it is bad.
#[derive(Debug, Deserialize)]
#[serde(tag = "of", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Look {
    /// A field of `INFO`.
    Figure {
        name: String,
        amber: Option<Bound>,
        red: Option<Bound>,
        /// What it is about is there only with this setting.
        setting: Option<String>,
        /// How it is without.
        unset: Option<Verdict>,
    },
    /// A field of `INFO` that is a word.
    Word {
        name: String,
        green: Vec<String>,
        red: Vec<String>,
        other: Option<Verdict>,
        /// A field of `INFO` that is a time: for so long after it the word counts.
        since: Option<String>,
        lasts: Option<Bound>,
    },
    /// A field of `INFO` that is a time: how long ago.
    Since {
        name: String,
        amber: Bound,
    },
    /// Hundredths of another field or of a setting.
    Share {
        name: String,
        whole: String,
        amber: u64,
        red: u64,
    },
    /// How long ago a job succeeded.
    Job {
        name: String,
        setting: Option<String>,
        unset: Option<Verdict>,
        amber: Bound,
        red: Option<Bound>,
        never: Verdict,
    },
    /// The newest execution of each job.
    Jobs {},
    /// A figure of `holdfast kpi`, and how it is if the target is missed by few samples.
    Kpi {
        name: String,
        few: Option<Verdict>,
    },
    /// How far the clock is off.
    Clock {
        amber: Bound,
        red: Bound,
    },
    Version {},
    /// The alerts that Prometheus has.
    Rules {},
    /// The files of the audit against the log.
    Audit {},
}

/// What is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) lists: Vec<List>,
    /// What is so when all is well.
    pub(super) name: Said,
    pub(super) look: Look,
    /// What to do when it is not.
    pub(super) remedy: Said,
    /// The first command of it.
    pub(super) command: String,
    /// The page under docs/runbooks, without its ending.
    pub(super) runbook: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "item")]
    items: Vec<Item>,
}

/// All items of a list, in their order.
///
/// # Errors
/// The file cannot be read: a test reads it.
pub(super) fn of(list: List) -> Result<Vec<Item>, String> {
    let mut items = all()?;
    items.retain(|item| item.lists.contains(&list));
    Ok(items)
}

pub(super) fn all() -> Result<Vec<Item>, String> {
    toml::from_str::<File>(SOURCE)
        .map(|file| file.items)
        .map_err(|error| format!("policy/checklist.toml: {error}"))
}
