//! The metrics of rows as a list, for the documentation and for whoever checks what is named elsewhere.

use crate::info::Section;
use crate::value::Unit;

/// A metric, with all rows of its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// In full, as it stands on the page.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// What it is counted in where it is read.
    pub unit: Unit,
    /// What it means: a sentence without its full stop.
    pub help: &'static str,
    /// Names of its labels; of one that stands in the rows, with the values that it has there.
    pub labels: Vec<(&'static str, Vec<&'static str>)>,
    /// Its lines in `INFO`: section and name.
    pub info: Vec<(&'static str, &'static str)>,
}

/// The metrics of these sections, in the order of their first rows.
#[must_use]
pub fn listed<S>(sections: &[&Section<S>]) -> Vec<Listed> {
    let mut all: Vec<Listed> = Vec::new();
    for section in sections {
        for row in section.rows {
            let Some(metric) = row.metric else { continue };
            let known = all.iter().position(|listed| listed.name == metric.name);
            let place = known.unwrap_or_else(|| {
                let labels = metric.labels.iter().map(|name| (*name, Vec::new())).collect();
                let (name, kind, help, unit) = (metric.name, metric.kind.word(), metric.help, row.unit);
                all.push(Listed { name, kind, unit, help, labels, info: Vec::new() });
                all.len() - 1
            });
            let listed = &mut all[place];
            if let Some((name, value)) = metric.label {
                match listed.labels.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, values)) => values.push(value),
                    None => listed.labels.push((name, vec![value])),
                }
            }
            listed.info.extend(row.info.map(|name| (section.title, name)));
        }
    }
    all
}

impl Listed {
    /// What is wrong with its name or its text, if anything: Prometheus' rules, and ours.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let is_counter = self.kind == "counter";
        let name = self.name.strip_suffix("_total");
        let base = name.unwrap_or(self.name);
        let is_plain =
            base.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let other = ["_bytes", "_seconds"]
            .into_iter()
            .find(|end| base.ends_with(end) && !self.unit.suffix().ends_with(end));
        if is_counter != name.is_some() {
            Some(format!("{}: counters, and they alone, end in _total", self.name))
        } else if !is_plain || !(base.starts_with("holdfast_") || base.starts_with("process_")) {
            Some(format!("{}: a name has small letters and begins with holdfast_ or process_", self.name))
        } else if !base.ends_with(self.unit.suffix()) || other.is_some() {
            Some(format!("{}: a name ends in its unit, {:?}", self.name, self.unit.suffix()))
        } else if self.help.is_empty() || self.help.ends_with('.') {
            Some(format!("{}: its text is a sentence without the full stop", self.name))
        } else {
            None
        }
    }
}
