//! How the files of a provider are read: which columns there are, and what their words mean.

use std::collections::BTreeMap;

use holdfast_engine::{At, Code, Currency, Fault};
use serde::Deserialize;

use crate::line::Flow;
use crate::time;

/// The profiles that come with holdfast, by name.
pub const SHIPPED: [(&str, &str); 6] = [
    ("stripe", include_str!("../profiles/stripe.toml")),
    ("adyen", include_str!("../profiles/adyen.toml")),
    ("toss", include_str!("../profiles/toss.toml")),
    ("toss-pay", include_str!("../profiles/toss-pay.toml")),
    ("csv", include_str!("../profiles/csv.toml")),
    ("ndjson", include_str!("../profiles/ndjson.toml")),
];

/// Stands for every word that the table of kinds does not have.
const ANY: &str = "*";

/// How the files of a provider are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub(crate) format: Format,
    /// What stands between two columns of CSV.
    #[serde(default = "comma")]
    pub(crate) delimiter: char,
    /// How the merchant's reference was made: `{event}`, `{payment}` and `{reference}`, the provider's own, stand for those of a payment.
    pub(crate) key: String,
    /// The zone of times that say none.
    #[serde(default = "utc")]
    time_zone: String,
    pub(crate) money: Money,
    pub(crate) signs: Signs,
    /// The currency where no column says it.
    currency: Option<String>,
    pub(crate) columns: Columns,
    kinds: BTreeMap<String, Meaning>,
    /// Zones that a column may name.
    #[serde(default)]
    zones: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Fields between delimiters, with a line of names first.
    Csv,
    /// An object of JSON a line.
    Ndjson,
}

/// How amounts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Money {
    /// `120.00`.
    Decimal,
    /// `12000`, in the smallest unit.
    Minor,
}

/// What says which way money goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signs {
    /// The sign of the amount, and it has to be that of its kind.
    Written,
    /// The kind alone: a refund is a refund with and without a sign.
    Kind,
}

/// Which columns there are. Where several are named, the first one counts that the file has and that is not empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    /// The merchant's reference.
    pub(crate) key: String,
    /// A template of columns, which together name a line.
    pub(crate) id: String,
    /// The kind of the line; without it, each is what its sign says.
    pub(crate) kind: Option<String>,
    /// The amount; or `credit` and `debit`.
    pub(crate) amount: Option<String>,
    pub(crate) credit: Option<String>,
    pub(crate) debit: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) at: Vec<String>,
    /// The name of a zone.
    pub(crate) zone: Option<String>,
    /// The provider's name of the payment or refund.
    #[serde(default)]
    pub(crate) reference: Vec<String>,
}

/// What a word of the column of kinds means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Meaning {
    Capture,
    Refund,
    RefundReversed,
    Chargeback,
    ChargebackReversed,
    Other,
    /// A capture if it brings money, and a refund if it takes some.
    BySign,
}

fn comma() -> char {
    ','
}

fn utc() -> String {
    "Z".to_owned()
}

fn bad(why: impl std::fmt::Display) -> Fault {
    Fault::new(Code::BAD_PROFILE, format!("the profile: {why}"))
}

impl Profile {
    /// A profile that comes with holdfast; `None` if there is none of this name.
    ///
    /// # Errors
    /// Never: a test reads all of them.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Result<Self, Fault>> {
        SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| Self::parse(text))
    }

    /// The profile of this text, in TOML.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let profile: Self = toml::from_str(text).map_err(bad)?;
        if profile.columns.amount.is_some()
            == (profile.columns.credit.is_some() && profile.columns.debit.is_some())
        {
            return Err(bad("columns has either amount, or both credit and debit"));
        }
        if profile.columns.currency.is_none() && profile.currency.is_none() {
            return Err(bad("neither currency nor columns.currency says in which currency amounts are"));
        }
        if profile.currency.as_ref().is_some_and(|code| Currency::new(code.as_bytes()).is_none()) {
            return Err(bad("currency is no code of ISO 4217"));
        }
        if profile.columns.at.is_empty() || parts(&profile.columns.id).all(|part| part.is_err()) {
            return Err(bad("columns.at names no column, or columns.id has no {column}"));
        }
        let names = |name: &str| ["event", "payment", "reference"].contains(&name);
        let known = parts(&profile.key).all(|part| part.map_or(true, names));
        if !known || !(profile.key.contains("{payment}") || profile.key.contains("{reference}")) {
            return Err(bad(
                "key is made of {event}, {payment} and {reference}, and has one of the last two",
            ));
        }
        let zones = profile.zones.values().chain([&profile.time_zone]);
        if let Some(wrong) = zones.into_iter().find(|zone| time::zone(zone).is_none()) {
            return Err(bad(format_args!("{wrong:?} is no zone: write it as +09:00 or Z")));
        }
        if !profile.delimiter.is_ascii() {
            return Err(bad("delimiter is one character of ASCII"));
        }
        Ok(profile)
    }

    /// The same with another way to make keys.
    ///
    /// # Errors
    /// If keys cannot be made in this way.
    pub fn with_key(mut self, key: &str) -> Result<Self, Fault> {
        key.clone_into(&mut self.key);
        let names = ["{event}", "{payment}", "{reference}"];
        let rest = names.iter().fold(key.to_owned(), |rest, name| rest.replace(name, ""));
        if rest.contains(['{', '}']) || !(key.contains("{payment}") || key.contains("{reference}")) {
            return Err(bad(
                "key is made of {event}, {payment} and {reference}, and has one of the last two",
            ));
        }
        Ok(self)
    }

    /// The columns that are read, each once.
    pub(crate) fn wanted(&self) -> Vec<&str> {
        let columns = &self.columns;
        let single = [
            &columns.kind,
            &columns.amount,
            &columns.credit,
            &columns.debit,
            &columns.currency,
            &columns.zone,
        ];
        let mut wanted = vec![columns.key.as_str()];
        wanted.extend(parts(&columns.id).filter_map(Result::ok));
        wanted.extend(single.into_iter().flatten().map(String::as_str));
        wanted.extend(columns.at.iter().chain(&columns.reference).map(String::as_str));
        let mut seen = std::collections::BTreeSet::new();
        wanted.retain(|name| seen.insert(*name));
        wanted
    }

    /// The columns without one of which a file is no file of this profile. Of those that stand in for each other, one is enough.
    pub(crate) fn needed(&self) -> Vec<Vec<&str>> {
        let columns = &self.columns;
        let single = [
            &columns.kind,
            &columns.amount,
            &columns.credit,
            &columns.debit,
            &columns.currency,
            &columns.zone,
        ];
        let mut needed = vec![vec![columns.key.as_str()]];
        needed.extend(parts(&columns.id).filter_map(Result::ok).map(|name| vec![name]));
        needed.extend(single.into_iter().flatten().map(|name| vec![name.as_str()]));
        needed.push(columns.at.iter().map(String::as_str).collect());
        needed
    }

    /// What a line of this kind says, with an amount of this sign; `None` if the word is not known.
    pub(crate) fn flow(&self, word: Option<&str>, is_below_zero: bool) -> Option<Flow> {
        let by_sign = if is_below_zero { Flow::Refund } else { Flow::Capture };
        let Some(word) = word else { return Some(by_sign) };
        Some(match self.kinds.get(word).or_else(|| self.kinds.get(ANY))? {
            Meaning::Capture => Flow::Capture,
            Meaning::Refund => Flow::Refund,
            Meaning::RefundReversed => Flow::RefundReversed,
            Meaning::Chargeback => Flow::Chargeback,
            Meaning::ChargebackReversed => Flow::ChargebackReversed,
            Meaning::Other => Flow::Other,
            Meaning::BySign => by_sign,
        })
    }

    /// The instant of a time as a file of this provider may write it: one without a zone is in the profile's.
    #[must_use]
    pub fn instant(&self, text: &str) -> Option<At> {
        time::time(text, time::zone(&self.time_zone)?)
    }

    /// The currency where no column says one.
    pub(crate) fn currency(&self) -> Option<Currency> {
        self.currency.as_ref().and_then(|code| Currency::new(code.as_bytes()))
    }

    /// The zone of this name, in minutes ahead of UTC; that of the profile if there is no name.
    pub(crate) fn zone(&self, name: Option<&str>) -> Option<i64> {
        match name {
            None => time::zone(&self.time_zone),
            Some(name) => self.zones.get(name).map_or_else(|| time::zone(name), |zone| time::zone(zone)),
        }
    }
}

/// The parts of a template: `Ok` what stands in braces, `Err` what stands between.
pub(crate) fn parts(template: &str) -> impl Iterator<Item = Result<&str, &str>> {
    template
        .split('{')
        .enumerate()
        .flat_map(|(at, part)| match part.split_once('}') {
            Some((name, rest)) if at > 0 => [Some(Ok(name)), Some(Err(rest))],
            _ => [Some(Err(part)), None],
        })
        .flatten()
        .filter(|part| *part != Err(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_that_is_shipped_can_be_read() {
        for (name, _) in SHIPPED {
            let profile = Profile::shipped(name).unwrap().unwrap();
            assert!(!profile.wanted().is_empty() && !profile.needed().is_empty(), "{name}");
        }
        assert!(Profile::shipped("paypal").is_none());
    }

    #[test]
    fn a_profile_that_cannot_be_used_is_refused() {
        let (_, csv) = SHIPPED[4];
        for (from, to) in [
            ("amount = \"amount\"", ""),
            ("key = \"{event}:{payment}\"", "key = \"{order}\""),
            ("key = \"{event}:{payment}\"", "key = \"{event}\""),
            ("currency = \"currency\"", ""),
            ("id = \"{id}\"", "id = \"id\""),
            ("time_zone = \"Z\"", "time_zone = \"Asia/Seoul\""),
            ("format = \"csv\"", "format = \"xlsx\""),
            ("format = \"csv\"", "format = \"csv\"\nfuzzy = true"),
        ] {
            let text = csv.replace(from, to);
            assert_ne!(text, csv, "{from}");
            assert_eq!(Profile::parse(&text).unwrap_err().code, Code::BAD_PROFILE, "{from} -> {to}");
        }
        let profile = Profile::parse(csv).unwrap();
        assert!(profile.clone().with_key("{payment}").is_ok());
        assert!(profile.clone().with_key("{event}").is_err() && profile.with_key("{payment}{x}").is_err());
    }

    #[test]
    fn a_template_is_names_and_what_stands_between() {
        let all: Vec<_> = parts("{a b}/{c[d]}-x").collect();
        assert_eq!(all, [Ok("a b"), Err("/"), Ok("c[d]"), Err("-x")]);
        assert_eq!(parts("x}").collect::<Vec<_>>(), [Err("x}")]);
    }
}
