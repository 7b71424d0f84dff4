//! Rows as a page of metrics.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::info::Section;
use crate::row::{Figure, Kind, Metric, Read, Samples};
use crate::value::{Distribution, Unit, Value};

/// How a page is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Prometheus' text, version 0.0.4: what every scraper reads.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Form {
    /// The form that a client asks for with `Accept`: OpenMetrics only if it names that, and not as what it likes less than
    /// plain text.
    #[must_use]
    pub fn asked_for(accept: &str) -> Self {
        let weight = |kind: &str| {
            let ranges = accept.split(',').filter(|range| range.trim_start().starts_with(kind));
            let weights = ranges.map(|range| {
                let of = range.split(';').find_map(|part| part.trim().strip_prefix("q="));
                of.map_or(Some(1.0), |of| of.parse::<f64>().ok()).unwrap_or(0.0)
            });
            weights.fold(0.0, f64::max)
        };
        let asked = weight("application/openmetrics-text");
        if asked > 0.0 && asked >= weight("text/plain") { Self::OpenMetrics } else { Self::Text }
    }

    /// The `Content-Type` of such a page.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A page of metrics: what was read of all rows.
#[derive(Default, Debug)]
pub struct Page(Vec<Family>);

/// All samples of one name.
#[derive(Debug)]
struct Family {
    metric: Metric,
    unit: Unit,
    values: Vec<(Labels, Value)>,
    distributions: Vec<(Labels, Distribution)>,
}

type Labels = Vec<(&'static str, String)>;

impl Page {
    /// Reads the rows of these sections. Samples of one name stand together, wherever their rows do.
    #[must_use]
    pub fn with<S>(mut self, sections: &[&Section<S>], source: &S) -> Self {
        for row in sections.iter().flat_map(|section| section.rows) {
            if let Some(metric) = row.metric {
                self.family(metric, row.unit).read(row, metric, source);
            }
        }
        self
    }

    fn family(&mut self, metric: Metric, unit: Unit) -> &mut Family {
        let known = self.0.iter().position(|family| family.metric.name == metric.name);
        let place = known.unwrap_or_else(|| {
            self.0.push(Family { metric, unit, values: Vec::new(), distributions: Vec::new() });
            self.0.len() - 1
        });
        &mut self.0[place]
    }

    /// Writes the page.
    #[must_use]
    pub fn write(self, form: Form) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        let written = match form {
            Form::Text => prometheus_text::encode(&mut text, &registry),
            Form::OpenMetrics => text::encode(&mut text, &registry),
        };
        // Writing to a String cannot fail.
        debug_assert!(written.is_ok());
        text
    }
}

impl Family {
    fn read<S>(&mut self, row: &Figure<S>, metric: Metric, source: &S) {
        let named = |values: Vec<String>| -> Labels {
            let own = metric.label.map(|(name, value)| (name, value.to_owned()));
            own.into_iter().chain(metric.labels.iter().copied().zip(values)).collect()
        };
        match row.read {
            Read::One(read) => {
                let value = read(source).and_then(|value| row.unit.base(&value));
                self.values.extend(value.map(|value| (named(Vec::new()), value)));
            }
            Read::Many(read) => {
                let mut samples = Samples(Vec::new());
                read(source, &mut samples);
                let based = |(labels, value)| Some((named(labels), row.unit.base(&value)?));
                self.values.extend(samples.0.into_iter().filter_map(based));
            }
            Read::Distributions(read) => {
                let mut samples = Samples(Vec::new());
                read(source, &mut samples);
                self.distributions
                    .extend(samples.0.into_iter().map(|(labels, value)| (named(labels), value)));
            }
        }
    }

    /// The name as the encoder wants it, which adds the end of a counter itself.
    fn name(&self) -> &'static str {
        match self.metric.kind {
            Kind::Counter => self.metric.name.strip_suffix("_total").unwrap_or(self.metric.name),
            Kind::Gauge | Kind::Histogram => self.metric.name,
        }
    }

    fn write(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.metric.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Histogram => MetricType::Histogram,
        };
        let mut encoder = encoder.encode_descriptor(self.name(), self.metric.help, None, kind)?;
        for (labels, value) in &self.values {
            if labels.is_empty() {
                write_value(&mut encoder, self.metric.kind, value)?;
            } else {
                write_value(&mut encoder.encode_family(labels)?, self.metric.kind, value)?;
            }
        }
        for (labels, value) in &self.distributions {
            if labels.is_empty() {
                write_distribution(&mut encoder, self.unit, value)?;
            } else {
                write_distribution(&mut encoder.encode_family(labels)?, self.unit, value)?;
            }
        }
        Ok(())
    }
}

fn write_value(encoder: &mut MetricEncoder<'_>, kind: Kind, value: &Value) -> fmt::Result {
    match (kind, value) {
        (Kind::Counter, Value::Count(count)) => encoder.encode_counter::<NoLabelSet, _, f64>(count, None),
        (Kind::Counter, Value::Real(real)) => encoder.encode_counter::<NoLabelSet, _, f64>(real, None),
        (_, Value::Count(count)) => encoder.encode_gauge(count),
        (_, Value::Real(real)) => encoder.encode_gauge(real),
        (_, Value::Text(_)) => Ok(()),
    }
}

fn write_distribution(encoder: &mut MetricEncoder<'_>, unit: Unit, value: &Distribution) -> fmt::Result {
    let buckets: Vec<_> = value.buckets.iter().map(|&(bound, count)| (unit.real(bound), count)).collect();
    let within: u64 = buckets.iter().map(|(_, count)| count).sum();
    // The last bucket is that of everything.
    let rest = (f64::INFINITY, value.count.saturating_sub(within));
    let buckets: Vec<_> = buckets.into_iter().chain([rest]).collect();
    encoder.encode_histogram::<NoLabelSet>(unit.real(value.sum), value.count, &buckets, None)
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let families = self.0.iter();
        // A name without samples would only be read.
        let mut there =
            families.filter(|family| !family.values.is_empty() || !family.distributions.is_empty());
        there.try_for_each(|family| family.write(&mut encoder))
    }
}

#[cfg(test)]
mod tests;
