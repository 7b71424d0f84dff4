//! What a row of the table of settings is, and what is made of it: the field with its default, the check of its range,
//! the flag with its help.

use std::net::SocketAddr;
use std::ops::{Bound, RangeBounds};
use std::path::PathBuf;

use super::acts::Acts;
use super::channel::Channels;
use super::units::{Count, Door, Names, Share, Size, Span, Words};

/// A setting as others see it.
#[derive(Debug)]
pub(crate) struct Row {
    /// As it is written everywhere: `wal.segment`.
    pub(crate) name: &'static str,
    /// What stands for its value in the usage: `SIZE`.
    pub(super) word: &'static str,
    pub(crate) default: String,
    /// Empty if any value will do.
    pub(crate) range: String,
    pub(super) help: &'static str,
}

/// A type that a setting can have.
pub(super) trait Value {
    /// What a range is of: the type itself, also if the setting need not be there.
    type Inner: Value + PartialOrd;
    const WORD: &'static str;
    /// The value, if there is one.
    fn inner(&self) -> Option<&Self::Inner>;
    /// As people write it.
    fn text(&self) -> String;
}

macro_rules! values {
    ($($type:ty, $word:literal, $text:expr;)*) => {
        $(impl Value for $type {
            type Inner = Self;
            const WORD: &'static str = $word;
            fn inner(&self) -> Option<&Self> {
                Some(self)
            }
            fn text(&self) -> String {
                $text(self)
            }
        })*
    };
}

values! {
    bool, "BOOL", Self::to_string;
    Count, "N", |count: &Self| count.0.to_string();
    Share, "SHARE", |share: &Self| (*share).text();
    Size, "SIZE", |size: &Self| (*size).text();
    Span, "DURATION", |span: &Self| (*span).text();
    SocketAddr, "ADDRESS", Self::to_string;
    Door, "ADDRESS", |door: &Self| (*door).text();
    Names, "NAMES", Self::text;
    Words, "URLS", Self::text;
    Channels, "TABLES", Self::text;
    Acts, "ACTS", Self::text;
    PathBuf, "PATH", |path: &Self| path.display().to_string();
    String, "TEXT", Self::clone;
}

impl<T: Value<Inner = T> + PartialOrd> Value for Option<T> {
    type Inner = T;
    const WORD: &'static str = T::WORD;
    fn inner(&self) -> Option<&T> {
        self.as_ref()
    }
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), T::text)
    }
}

impl Row {
    pub(super) fn new<V: Value>(name: &'static str, default: &V, help: &'static str) -> Self {
        Self { name, word: V::WORD, default: default.text(), range: String::new(), help: help.trim_start() }
    }

    /// Is it true or false?
    pub(super) fn is_switch(&self) -> bool {
        self.word == bool::WORD
    }

    /// Is it in the file alone?
    pub(super) fn is_in_file_alone(&self) -> bool {
        self.word == Channels::WORD
    }

    pub(super) fn with_range<V: Value>(self, range: &impl RangeBounds<V>) -> Self {
        Self { range: told(range), ..self }
    }
}

/// Refuses a value that is outside of its range, in words.
pub(super) fn within<V: Value>(
    name: &str,
    value: &V,
    range: &impl RangeBounds<V::Inner>,
) -> Result<(), String> {
    match value.inner().filter(|value| !range.contains(value)) {
        None => Ok(()),
        Some(value) => Err(format!("{name} is {}: it must be {}", value.text(), told(range))),
    }
}

fn told<V: Value>(range: &impl RangeBounds<V>) -> String {
    match (range.start_bound(), range.end_bound()) {
        (Bound::Included(least), Bound::Included(most)) => {
            format!("from {} to {}", least.text(), most.text())
        }
        (Bound::Included(least), _) => format!("at least {}", least.text()),
        _ => unreachable!("settings have a least value, or no range"),
    }
}

/// Makes [`Settings`](super::Settings) of rows: what a setting does, its name, type, default and range. Those of a table of
/// the file stand behind its name.
macro_rules! settings {
    (
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr $(, $range:expr)?;)*
        $($table:ident: $Table:ident {
            $($(#[doc = $sub_doc:literal])+ $sub:ident: $sub_type:ty = $sub_default:expr $(, $sub_range:expr)?;)*
        })*
    ) => {
        /// Everything that can be chosen about a server.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Settings {
            $($(#[doc = $doc])+ pub(crate) $name: $type,)*
            $(pub(crate) $table: $Table,)*
            /// The file that some of it is from.
            #[serde(skip)]
            pub(crate) file: Option<PathBuf>,
        }

        $(
            #[doc = concat!("`", stringify!($table), ".*`")]
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct $Table {
                $($(#[doc = $sub_doc])+ pub(crate) $sub: $sub_type,)*
            }
        )*

        impl Default for Settings {
            fn default() -> Self {
                Self {
                    $($name: $default,)*
                    $($table: $Table { $($sub: $sub_default,)* },)*
                    file: None,
                }
            }
        }

        impl Settings {
            /// Refuses the first value that is outside of its range.
            fn within_ranges(&self) -> Result<(), String> {
                $($(within(stringify!($name), &self.$name, &$range)?;)?)*
                $($($(within(
                    concat!(stringify!($table), ".", stringify!($sub)),
                    &self.$table.$sub,
                    &$sub_range,
                )?;)?)*)*
                Ok(())
            }
        }

        impl Settings {
            /// Every setting by its name, with its value as people write it.
            pub(crate) fn written(&self) -> Vec<(&'static str, String)> {
                vec![
                    $((stringify!($name), Value::text(&self.$name)),)*
                    $($((concat!(stringify!($table), ".", stringify!($sub)), Value::text(&self.$table.$sub)),)*)*
                ]
            }
        }

        /// All settings, in the order of the table.
        pub(crate) fn rows() -> Vec<Row> {
            let default = Settings::default();
            vec![
                $(Row::new(stringify!($name), &default.$name, concat!($($doc),+))$(.with_range(&$range))?,)*
                $($(Row::new(
                    concat!(stringify!($table), ".", stringify!($sub)),
                    &default.$table.$sub,
                    concat!($($sub_doc),+),
                )$(.with_range(&$sub_range))?,)*)*
            ]
        }
    };
}

pub(super) use {settings, values};
