//! Durations, sizes and numbers as settings write them.

use std::net::SocketAddr;
use std::time::Duration;

use holdfast_engine::Name;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration, written `250ms`, `10s`, `5m`, `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    pub(super) const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes * 60)
    }

    pub(super) const fn hours(hours: u64) -> Self {
        Self::minutes(hours * 60)
    }

    pub(super) const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }

    pub(crate) const fn millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    pub(crate) fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn text(self) -> String {
        // In months and years it would be rounded to averages.
        let days = self.0.as_secs() / (24 * 60 * 60);
        match days {
            1 if self == Self::hours(24) => return "24h".to_owned(),
            2.. if self == Self::days(days) => return format!("{days}d"),
            _ => {}
        }
        humantime::format_duration(self.0).to_string()
    }
}

/// Where a door is: an address with a port, or nowhere, written `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Door(pub(crate) Option<SocketAddr>);

impl Door {
    pub(crate) fn text(self) -> String {
        self.0.map_or_else(|| "off".to_owned(), |address| address.to_string())
    }
}

/// Names of events, written as a list, or as text with commas between them: flags and the environment have only text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Names(pub(crate) Vec<Name>);

impl Names {
    pub(super) fn text(&self) -> String {
        self.0.iter().map(Name::as_str).collect::<Vec<_>>().join(",")
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Name::as_str))
    }
}

/// Words, written as a list, or as text with commas between them. Empty ones are left out.
pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<Text>),
        Text(Text),
    }
    let words: Vec<String> = match Either::deserialize(deserializer)? {
        Either::List(words) => words.into_iter().map(|Text(word)| word).collect(),
        Either::Text(Text(text)) => text.split(',').map(|word| word.trim().to_owned()).collect(),
    };
    Ok(words.into_iter().filter(|word| !word.is_empty()).collect())
}

/// Addresses, written as a list, or as text with commas between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Serialize)]
pub(crate) struct Words(pub(crate) Vec<String>);

impl Words {
    pub(super) fn text(&self) -> String {
        self.0.join(",")
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut names = Vec::new();
        for word in &words(deserializer)? {
            let name = Name::new(word.as_bytes());
            let name =
                name.ok_or_else(|| serde::de::Error::custom(format!("{word:?} is no name of an event")))?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(Self(names))
    }
}

/// A number of bytes, written `64MiB`, `1GiB`, or plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    pub(super) const fn mib(mib: u64) -> Self {
        Self(mib * 1024 * 1024)
    }

    /// In the largest unit of which it is a whole number, so that it reads back as the same.
    pub(super) fn text(self) -> String {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        let fits = |&(bits, _): &(u32, &str)| self.0 > 0 && self.0.trailing_zeros() >= bits;
        units
            .into_iter()
            .find(fits)
            .map_or_else(|| self.0.to_string(), |(bits, unit)| format!("{}{unit}", self.0 >> bits))
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

impl Serialize for Door {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Door {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse().map(|address| Self(Some(address))).map_err(|_| {
            serde::de::Error::custom(format!(
                "{text:?} is no address with a port: write 127.0.0.1:7412, or off"
            ))
        })
    }
}

/// A number, written as one or as text: flags and the environment have only text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize)]
pub(crate) struct Count(pub(crate) u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        let parsed = text.parse().map(Self);
        parsed.map_err(|_| serde::de::Error::custom(format!("{text:?} is no number")))
    }
}

/// A share of all there is, from 0 to 1, in millionths; written `0.01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Share(pub(crate) u32);

impl Share {
    pub(super) const ALL: Self = Self(1_000_000);

    pub(crate) fn text(self) -> String {
        let Self(all) = Self::ALL;
        let text = format!("{}.{:06}", self.0 / all, self.0 % all);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    fn of(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_written =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_written(whole) || !is_written(part) || part.len() > 6 {
            return None;
        }
        let (whole, part): (u32, u32) = (whole.parse().ok()?, format!("{part:0<6}").parse().ok()?);
        whole.checked_mul(Self::ALL.0)?.checked_add(part).map(Self)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        Self::of(&text).ok_or_else(|| {
            let how = "write a number from 0 to 1, such as 0.01, with at most 6 digits behind the point";
            serde::de::Error::custom(format!("{text:?} is no share: {how}"))
        })
    }
}

/// Text, or a number taken as text.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Broken(f64),
            Text(String),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Broken(number) => number.to_string(),
            Either::Text(text) => text,
        }))
    }
}
