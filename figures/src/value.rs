//! What a figure is at one moment, and what it is counted in.

use std::borrow::Cow;
use std::fmt;

/// The value of a figure.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A number with a fraction.
    Real(f64),
    /// Words: for `INFO` alone.
    Text(Cow<'static, str>),
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<bool> for Value {
    fn from(is: bool) -> Self {
        Self::Count(is.into())
    }
}

impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(real)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

/// As a line of `INFO` has it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            // As Redis writes seconds.
            Self::Real(real) => write!(f, "{real:.6}"),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// What a figure is counted in where it is read. `INFO` tells it so; metrics tell seconds and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things, or 0 and 1.
    Number,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Thousandths of a second.
    Millis,
    /// Millionths of a second.
    Micros,
    /// A time, in Unix milliseconds; 0: not known, and then metrics do not tell it.
    UnixMillis,
}

impl Unit {
    /// What the name of a metric in this unit ends in, without `_total`.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Number => "",
            Self::Bytes => "_bytes",
            Self::Seconds | Self::Millis | Self::Micros => "_seconds",
            Self::UnixMillis => "_timestamp_seconds",
        }
    }

    const fn divisor(self) -> Option<f64> {
        match self {
            Self::Number | Self::Bytes | Self::Seconds => None,
            Self::Millis | Self::UnixMillis => Some(1e3),
            Self::Micros => Some(1e6),
        }
    }

    /// The value in the unit of metrics; `None` if there is none to tell.
    #[must_use]
    pub fn base(self, value: &Value) -> Option<Value> {
        match (value, self.divisor()) {
            (Value::Text(_), _) => None,
            (Value::Count(0), _) if self == Self::UnixMillis => None,
            (Value::Count(count), Some(divisor)) => Some(Value::Real(*count as f64 / divisor)),
            (Value::Real(real), Some(divisor)) => Some(Value::Real(real / divisor)),
            (value, None) => Some(value.clone()),
        }
    }

    /// A number in the unit of metrics.
    pub(crate) fn real(self, count: u64) -> f64 {
        count as f64 / self.divisor().unwrap_or(1.0)
    }
}

/// How often something was how large, in the unit of its row.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Distribution {
    /// Upper bounds, rising, each with how many are above the bound before and at most this one.
    pub buckets: Vec<(u64, u64)>,
    /// How many there are, those above the last bound too.
    pub count: u64,
    /// What they come to together.
    pub sum: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_tell_seconds_and_bytes() {
        let base = |unit: Unit, value: u64| unit.base(&Value::Count(value));
        assert_eq!(base(Unit::Micros, 1_500), Some(Value::Real(0.0015)));
        assert_eq!(base(Unit::Millis, 1_500), Some(Value::Real(1.5)));
        assert_eq!(base(Unit::UnixMillis, 1_700_000_000_500), Some(Value::Real(1_700_000_000.5)));
        assert_eq!(base(Unit::UnixMillis, 0), None);
        assert_eq!(base(Unit::Bytes, 7), Some(Value::Count(7)));
        assert_eq!(Unit::Number.base(&Value::from("words")), None);
    }
}
