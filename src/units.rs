//! Durations, sizes and numbers as settings write them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration, written `250ms`, `10s`, `5m`, `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    pub(crate) const fn days(days: u64) -> Self {
        Self::seconds(days * 24 * 60 * 60)
    }

    pub(crate) const fn of_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    pub(crate) fn millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn text(self) -> String {
        // In months and years it would be rounded to averages.
        let days = self.0.as_secs() / (24 * 60 * 60);
        if days > 1 && self == Self::days(days) {
            return format!("{days}d");
        }
        humantime::format_duration(self.0).to_string()
    }
}

/// A number of bytes, written `64MiB`, `1GiB`, or plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    pub(crate) fn text(self) -> String {
        bytesize::ByteSize(self.0).display().iec().to_string().replace(' ', "")
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = humantime::parse_duration(&text);
        parsed
            .map(Self)
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is no duration: write 250ms, 10s, 5m")))
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let parsed: Result<bytesize::ByteSize, _> = text.parse();
        parsed
            .map(|size| Self(size.as_u64()))
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is no size: write 64MiB, 1GiB")))
    }
}

/// A number, written as one or as text: flags and the environment have only text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = Text::deserialize(deserializer)?.0;
    text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no number")))
}

/// Text, or a number taken as text.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Text(text) => text,
        }))
    }
}
