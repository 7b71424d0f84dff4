//! Which limits of an event an operator gives anew, as JSON: an object with any of the fields of the limits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::numbers::Millis;
use crate::state::{Orphans, SaleLimits};

/// The limits that are given; the others stay as they are.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct LimitsChange {
    /// Milliseconds, see [`SaleLimits::default_ttl`].
    pub default_ttl: Option<Millis>,
    /// Milliseconds, see [`SaleLimits::max_ttl`].
    pub max_ttl: Option<Millis>,
    /// See [`SaleLimits::max_extends`].
    pub max_extends: Option<u32>,
    /// Milliseconds, see [`SaleLimits::max_hold_total`].
    pub max_hold_total: Option<Millis>,
    /// See [`SaleLimits::max_seats_per_hold`].
    pub max_seats_per_hold: Option<u32>,
    /// See [`SaleLimits::max_seats_per_holder`].
    pub max_seats_per_holder: Option<u32>,
    /// See [`SaleLimits::max_payment_retries`].
    pub max_payment_retries: Option<u32>,
    /// Milliseconds, see [`SaleLimits::paid_ahead`].
    pub paid_ahead: Option<Millis>,
    /// See [`SaleLimits::orphans`].
    pub orphans: Option<Orphans>,
}

impl LimitsChange {
    const FIELDS: &'static [&'static str] = &[
        "default_ttl",
        "max_ttl",
        "max_extends",
        "max_hold_total",
        "max_seats_per_hold",
        "max_seats_per_holder",
        "max_payment_retries",
        "paid_ahead",
        "orphans",
    ];

    /// These limits, with what is given in the place of what was.
    #[must_use]
    pub fn over(&self, limits: &SaleLimits) -> SaleLimits {
        SaleLimits {
            default_ttl: self.default_ttl.unwrap_or(limits.default_ttl),
            max_ttl: self.max_ttl.unwrap_or(limits.max_ttl),
            max_extends: self.max_extends.unwrap_or(limits.max_extends),
            max_hold_total: self.max_hold_total.unwrap_or(limits.max_hold_total),
            max_seats_per_hold: self.max_seats_per_hold.unwrap_or(limits.max_seats_per_hold),
            max_seats_per_holder: self.max_seats_per_holder.unwrap_or(limits.max_seats_per_holder),
            max_payment_retries: self.max_payment_retries.unwrap_or(limits.max_payment_retries),
            paid_ahead: self.paid_ahead.unwrap_or(limits.paid_ahead),
            orphans: self.orphans.unwrap_or(limits.orphans),
        }
    }

    /// Every limit by its name, as it is and as it would be, in whole numbers; a rule about lone seats counts as strict as it is.
    #[must_use]
    pub fn compared(&self, limits: &SaleLimits) -> Vec<(&'static str, u64, u64)> {
        let of = |limits: &SaleLimits| {
            let SaleLimits { default_ttl, max_ttl, max_hold_total, paid_ahead, .. } = limits;
            [
                u64::from(default_ttl.0),
                u64::from(max_ttl.0),
                u64::from(limits.max_extends),
                u64::from(max_hold_total.0),
                u64::from(limits.max_seats_per_hold),
                u64::from(limits.max_seats_per_holder),
                u64::from(limits.max_payment_retries),
                u64::from(paid_ahead.0),
                // The strictest is the least.
                Orphans::Refuse as u64 - limits.orphans as u64,
            ]
        };
        let pairs = of(limits).into_iter().zip(of(&self.over(limits)));
        Self::FIELDS.iter().zip(pairs).map(|(name, (is, becomes))| (*name, is, becomes)).collect()
    }

    /// Whether it allows more than before of anything.
    #[must_use]
    pub fn raises(&self, limits: &SaleLimits) -> bool {
        self.compared(limits).iter().any(|(_, is, becomes)| becomes > is)
    }
}

/// By hand: only an object will do, and every complaint names the field.
impl<'de> Deserialize<'de> for LimitsChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Given;
        impl<'de> Visitor<'de> for Given {
            type Value = LimitsChange;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the limits to be changed")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LimitsChange, A::Error> {
                let mut given = LimitsChange::default();
                while let Some(field) = map.next_key::<String>()? {
                    match field.as_str() {
                        "default_ttl" => set(&mut given.default_ttl, &mut map, &field)?,
                        "max_ttl" => set(&mut given.max_ttl, &mut map, &field)?,
                        "max_extends" => set(&mut given.max_extends, &mut map, &field)?,
                        "max_hold_total" => set(&mut given.max_hold_total, &mut map, &field)?,
                        "max_seats_per_hold" => set(&mut given.max_seats_per_hold, &mut map, &field)?,
                        "max_seats_per_holder" => set(&mut given.max_seats_per_holder, &mut map, &field)?,
                        "max_payment_retries" => set(&mut given.max_payment_retries, &mut map, &field)?,
                        "paid_ahead" => set(&mut given.paid_ahead, &mut map, &field)?,
                        "orphans" => set(&mut given.orphans, &mut map, &field)?,
                        unknown => return Err(A::Error::unknown_field(unknown, LimitsChange::FIELDS)),
                    }
                }
                if given == LimitsChange::default() {
                    return Err(A::Error::custom("no limit is named"));
                }
                Ok(given)
            }
        }
        deserializer.deserialize_map(Given)
    }
}

fn set<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    map: &mut A,
    field: &str,
) -> Result<(), A::Error> {
    let value = map.next_value().map_err(|error| A::Error::custom(format_args!("{field}: {error}")))?;
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(A::Error::custom(format_args!("{field} is named twice"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_changes() {
        let given: LimitsChange =
            serde_json::from_str(r#"{"max_seats_per_hold": 4, "orphans": "refuse"}"#).unwrap();
        let before = SaleLimits { max_extends: 9, ..SaleLimits::default() };
        let after = SaleLimits { max_seats_per_hold: 4, orphans: Orphans::Refuse, ..before.clone() };
        assert_eq!(given.over(&before), after);
        let all = r#"{"default_ttl": 1, "max_ttl": 2, "max_extends": 3, "max_seats_per_hold": 4,
                      "max_seats_per_holder": 5, "max_payment_retries": 6, "orphans": "allow",
                      "max_hold_total": 7, "paid_ahead": 8}"#;
        let all: LimitsChange = serde_json::from_str(all).unwrap();
        let expected = SaleLimits {
            default_ttl: Millis(1),
            max_ttl: Millis(2),
            max_extends: 3,
            max_seats_per_hold: 4,
            max_seats_per_holder: 5,
            max_payment_retries: 6,
            max_hold_total: Millis(7),
            paid_ahead: Millis(8),
            orphans: Orphans::Allow,
        };
        assert_eq!(all.over(&before), expected);
    }

    #[test]
    fn what_allows_more_is_told_from_what_allows_less() {
        let limits = SaleLimits::default();
        let raises = |json: &str| serde_json::from_str::<LimitsChange>(json).unwrap().raises(&limits);
        for (json, expected) in [
            (r#"{"max_seats_per_hold": 11}"#, true),
            (r#"{"max_seats_per_hold": 10}"#, false),
            (r#"{"max_seats_per_hold": 4, "max_extends": 4}"#, true),
            (r#"{"paid_ahead": 900001}"#, true),
            (r#"{"max_ttl": 1, "max_hold_total": 2}"#, false),
            (r#"{"orphans": "allow"}"#, true),
            (r#"{"orphans": "refuse"}"#, false),
        ] {
            assert_eq!(raises(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("{}", "no limit is named"),
            ("[1, 2]", "an object with the limits"),
            ("7", "an object with the limits"),
            ("{", "EOF"),
            (r#"{"max_ttl": 5} x"#, "trailing"),
            (r#"{"max_tll": 5}"#, "unknown field `max_tll`, expected one of `default_ttl`"),
            (r#"{"max_ttl": 5, "max_ttl": 6}"#, "max_ttl is named twice"),
            (r#"{"orphans": "allow", "orphans": "allow"}"#, "orphans is named twice"),
            (r#"{"max_ttl": null}"#, "max_ttl: invalid type: null"),
            (r#"{"max_extends": -1}"#, "max_extends: invalid value: integer `-1`"),
            (r#"{"max_seats_per_holder": 4294967296}"#, "max_seats_per_holder: invalid value"),
            (r#"{"max_ttl": 1.5}"#, "max_ttl: invalid type: floating point"),
            (r#"{"max_ttl": "5"}"#, "max_ttl: invalid type: string"),
            (r#"{"orphans": "avid"}"#, "orphans: unknown variant `avid`"),
        ];
        for (json, expected) in cases {
            let error = serde_json::from_str::<LimitsChange>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
