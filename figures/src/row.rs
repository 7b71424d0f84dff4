//! A row: a figure with its name, its unit, what it means, and how it is read.

use crate::value::{Distribution, Unit, Value};

/// A figure that is read from a source `S`.
#[derive(Debug)]
pub struct Figure<S: 'static> {
    pub(crate) metric: Option<Metric>,
    /// The name of its line in `INFO`.
    pub(crate) info: Option<&'static str>,
    pub(crate) unit: Unit,
    pub(crate) read: Read<S>,
}

/// What a metric is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Metric {
    /// In full, as it stands on the page.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// One sentence without its full stop. Rows of one name have one text: that of the first.
    pub(crate) help: &'static str,
    /// Names of the labels that the reader fills in.
    pub(crate) labels: &'static [&'static str],
    /// A label that all samples of the row have.
    pub(crate) label: Option<(&'static str, &'static str)>,
}

/// What a metric does over time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It only rises, and begins anew with the process.
    Counter,
    /// It is what it is.
    Gauge,
    /// How often something was how large.
    Histogram,
}

impl Kind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

#[derive(Debug)]
pub(crate) enum Read<S: 'static> {
    /// One value; `None` if it is not known.
    One(fn(&S) -> Option<Value>),
    /// One value for each combination of labels.
    Many(fn(&S, &mut Samples<Value>)),
    /// A distribution for each combination of labels.
    Distributions(fn(&S, &mut Samples<Distribution>)),
}

/// What a reader has read: the values of the labels, in the order of their names, each with what is so labelled.
#[derive(Debug)]
pub struct Samples<T>(pub(crate) Vec<(Vec<String>, T)>);

impl<T> Samples<T> {
    /// Adds what these labels have.
    pub fn add(&mut self, labels: &[&str], value: impl Into<T>) {
        self.0.push((labels.iter().map(|label| (*label).to_owned()).collect(), value.into()));
    }
}

const fn row<S>(kind: Kind, name: &'static str, unit: Unit, help: &'static str, read: Read<S>) -> Figure<S> {
    let metric = Metric { name, kind, help, labels: &[], label: None };
    Figure { metric: Some(metric), info: None, unit, read }
}

/// A figure that only rises, from the start of the process on.
#[must_use]
pub const fn counter<S>(
    name: &'static str,
    unit: Unit,
    help: &'static str,
    read: fn(&S) -> Option<Value>,
) -> Figure<S> {
    row(Kind::Counter, name, unit, help, Read::One(read))
}

/// A figure that is what it is now.
#[must_use]
pub const fn gauge<S>(
    name: &'static str,
    unit: Unit,
    help: &'static str,
    read: fn(&S) -> Option<Value>,
) -> Figure<S> {
    row(Kind::Gauge, name, unit, help, Read::One(read))
}

/// How often something was how large, with these labels.
#[must_use]
pub const fn histogram<S>(
    name: &'static str,
    unit: Unit,
    help: &'static str,
    labels: &'static [&'static str],
    read: fn(&S, &mut Samples<Distribution>),
) -> Figure<S> {
    let metric = Metric { name, kind: Kind::Histogram, help, labels, label: None };
    Figure { metric: Some(metric), info: None, unit, read: Read::Distributions(read) }
}

/// A line of `INFO` that is no metric.
#[must_use]
pub const fn told<S>(info: &'static str, read: fn(&S) -> Option<Value>) -> Figure<S> {
    Figure { metric: None, info: Some(info), unit: Unit::Number, read: Read::One(read) }
}

impl<S> Figure<S> {
    /// It has a line of this name in `INFO`.
    #[must_use]
    pub const fn info(self, name: &'static str) -> Self {
        Self { info: Some(name), ..self }
    }

    /// All samples of this row have this label. Other rows of the same name have other values of it.
    #[must_use]
    pub const fn label(mut self, name: &'static str, value: &'static str) -> Self {
        if let Some(metric) = &mut self.metric {
            metric.label = Some((name, value));
        }
        self
    }

    /// One value for each combination of these labels, in the place of one.
    #[must_use]
    pub const fn labels(mut self, names: &'static [&'static str], read: fn(&S, &mut Samples<Value>)) -> Self {
        if let Some(metric) = &mut self.metric {
            metric.labels = names;
        }
        self.read = Read::Many(read);
        self
    }
}
