//! What a running server tells of itself, by what `INFO` says.

use std::collections::BTreeMap;
use std::time::Duration;

use bytesize::ByteSize;
use holdfast_engine::At;
use holdfast_load::Control;
use holdfast_net::inside::{Value, value_of};

use super::data::utc;
use crate::exit::Failure;
use crate::flags::ServerArgs;

/// How long the server may take for each answer: a monitor asks again soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to a server that is looked at.
pub(crate) struct Server {
    address: String,
    connection: Control,
    /// Whether the connection speaks version 3 of the protocol.
    has_maps: bool,
}

impl Server {
    /// # Errors
    /// It cannot be reached, or does not let us in.
    pub(crate) fn connect(args: &ServerArgs) -> Result<Self, Failure> {
        let ServerArgs { address, pass } = args;
        let connection = Control::to(address, pass.secret()?, pass.tls_ca.as_deref(), PATIENCE);
        let connection = connection.map_err(Failure::unreachable)?;
        Ok(Self { address: address.clone(), connection, has_maps: false })
    }

    /// The bytes of the answer.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>, Failure> {
        self.connection.ask(words).map_err(Failure::unreachable)
    }

    /// The answer as a value; a refusal is one as well.
    ///
    /// # Errors
    /// There is no answer, or it cannot be read.
    pub(crate) fn value(&mut self, words: &[&str]) -> Result<Value, Failure> {
        if !self.has_maps {
            // Maps are maps from here on.
            self.ask(&["HELLO", "3"])?;
            self.has_maps = true;
        }
        let reply = self.ask(words)?;
        value_of(reply).ok_or_else(|| {
            Failure::unreachable(format!(
                "{}: the answer to {} cannot be read",
                self.address,
                words.join(" ")
            ))
        })
    }

    /// The figures.
    ///
    /// # Errors
    /// There are none, or it is no holdfast.
    pub(crate) fn info(&mut self) -> Result<Info, Failure> {
        let reply = self.ask(&["INFO"])?;
        let text = String::from_utf8_lossy(&reply);
        if let Some(refusal) = text.strip_prefix('-') {
            return Err(Failure::unreachable(format!("{}: {}", self.address, refusal.trim_end())));
        }
        let info = Info(sections(&text));
        if info.text("server_name") != "holdfast" {
            return Err(Failure::unreachable(format!("{} is not a holdfast", self.address)));
        }
        if info.get("mode").is_none() {
            let message = format!(
                "{} is there, and tells this token no figures: they need the role monitor or reader, for all events",
                self.address
            );
            return Err(Failure::unreachable(message));
        }
        Ok(info)
    }
}

/// An answer that is no refusal.
///
/// # Errors
/// It is one.
pub(crate) fn must(answer: Value) -> Result<Value, Failure> {
    match answer {
        Value::Refused(line) => Err(Failure::unreachable(text_of(&Value::Text(line)))),
        answer => Ok(answer),
    }
}

/// A text or a number as text; empty for anything else.
pub(crate) fn text_of(value: &Value) -> String {
    let number = || value.number().map(|number| number.to_string());
    let text = value.text().map(|text| String::from_utf8_lossy(text).into_owned());
    text.or_else(number).unwrap_or_default()
}

/// The fields of `INFO` by section, by names in small letters.
pub(crate) struct Info(BTreeMap<String, BTreeMap<String, String>>);

/// The fields of each section, by names in small letters.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            section = title.to_ascii_lowercase();
        } else if let Some((field, value)) = line.split_once(':') {
            all.entry(section.clone()).or_default().insert(field.to_owned(), value.to_owned());
        }
    }
    all
}

impl Info {
    pub(crate) const fn sections(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.0
    }

    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.0.values().find_map(|fields| fields.get(field)).map(String::as_str)
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.get(field).unwrap_or("?")
    }

    pub(crate) fn number(&self, field: &str) -> u64 {
        self.text(field).parse().unwrap_or(0)
    }

    /// What it is in, and since when.
    pub(crate) fn mode(&self) -> String {
        format!("{} since {}", self.text("mode"), utc(At(self.number("mode_since"))))
    }

    /// How long the process is there.
    pub(crate) fn up(&self) -> humantime::FormattedDuration {
        humantime::format_duration(Duration::from_secs(self.number("uptime_in_seconds")))
    }

    /// How many events there are, and how.
    pub(crate) fn events(&self) -> String {
        let [all, at_rest, out] =
            ["events", "events_at_rest", "events_out_of_service"].map(|of| self.text(of));
        format!("{all}, {at_rest} at rest, {out} out of service")
    }

    pub(crate) fn bytes(&self, field: &str) -> ByteSize {
        ByteSize::b(self.number(field))
    }
}
