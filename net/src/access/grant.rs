//! What a connection may do: rights, which its role has or a part of which its token has, and the events that they are
//! for. A command costs one comparison of bits; a token for some events, a comparison of names as well.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Role;
use crate::limits;

/// A kind of commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Right {
    /// Seats, sums and changes, without the people behind them.
    Look = 1,
    /// Holders, orders and payments, and the settings of the server.
    Read = 2,
    /// Holds, orders, and payments that begin.
    Sell = 4,
    /// Sold orders taken back.
    GiveBack = 8,
    /// What became of a payment.
    Money = 16,
    /// What operators do.
    Operate = 32,
    /// Figures of the server, and what is wrong with it.
    Observe = 64,
    /// Ask for figures, which tells next to nothing to those who may not [`Observe`](Self::Observe) them: client libraries ask
    /// before they begin.
    Ask = 128,
    /// Consent to what another token asks for.
    Approve = 256,
    /// Take part in consumer groups.
    Consume = 512,
}

impl Right {
    /// What a `booking` token can be made of.
    const PARTS: [Self; 4] = [Self::Sell, Self::GiveBack, Self::Money, Self::Consume];

    /// The least role that has it.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Observe => Role::Monitor,
            Self::Look | Self::Ask => Role::Viewer,
            Self::Read => Role::Reader,
            Self::Approve => Role::Approver,
            Self::Sell | Self::GiveBack | Self::Money | Self::Consume => Role::Booking,
            Self::Operate => Role::Operator,
        }
    }

    /// Whether it is more than to look.
    pub(crate) const fn changes(self) -> bool {
        match self {
            Self::Sell | Self::GiveBack | Self::Money | Self::Consume | Self::Operate | Self::Approve => true,
            Self::Look | Self::Read | Self::Observe | Self::Ask => false,
        }
    }

    /// Its own word, where the role has several.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Sell => Some("sell"),
            Self::GiveBack => Some("give-back"),
            Self::Money => Some("money"),
            Self::Consume => Some("consume"),
            Self::Look | Self::Read | Self::Operate | Self::Observe | Self::Ask | Self::Approve => None,
        }
    }
}

impl fmt::Display for Right {
    /// As the table of commands has it: the role, and which part of it where that can be apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role().word())?;
        self.word().map_or(Ok(()), |word| write!(f, ": {word}"))
    }
}

/// A set of rights. Written as those of the role booking that it has: `sell,money`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights(u16);

impl Rights {
    pub(crate) const NONE: Self = Self(0);

    pub(super) const fn and(self, right: Right) -> Self {
        Self(self.0 | right as u16)
    }

    /// Is there one that changes anything?
    #[inline]
    pub(crate) const fn sells(self) -> bool {
        self.0 & (Right::Sell as u16 | Right::GiveBack as u16 | Right::Money as u16 | Right::Operate as u16)
            != 0
    }

    /// Is it among them? `None` needs nothing.
    #[inline]
    pub(crate) const fn has(self, right: Option<Right>) -> bool {
        match right {
            Some(right) => self.0 & right as u16 != 0,
            None => true,
        }
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Right::PARTS.into_iter().filter(|right| self.has(Some(*right))).filter_map(Right::word);
        f.write_str(&words.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Rights {
    type Err = String;

    /// What a `booking` token has that may do only this; it reads like any.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').try_fold(Role::Reader.rights(), |rights, word| {
            let right = Right::PARTS.into_iter().find(|right| right.word() == Some(word));
            right
                .map(|right| rights.and(right))
                .ok_or_else(|| format!("{word:?} is no right of booking: sell, give-back, money, consume"))
        })
    }
}

/// The events that a token is for. Written as patterns of their names, `gala-*,opera`: `*` is any run of characters, `?`
/// any one, as a comma of a name has to be written; `*` alone is every event.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Events(Option<Arc<[Box<[u8]>]>>);

impl Events {
    /// Every event.
    pub const ALL: Self = Self(None);

    /// Is this one of them?
    #[inline]
    #[must_use]
    pub fn admit(&self, event: &[u8]) -> bool {
        match &self.0 {
            None => true,
            Some(patterns) => patterns.iter().any(|pattern| matches(pattern, event)),
        }
    }

    /// Are there events that are not among them?
    #[must_use]
    pub const fn are_some(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(patterns) = &self.0 else { return f.write_str("*") };
        let texts: Vec<_> = patterns.iter().map(|pattern| String::from_utf8_lossy(pattern)).collect();
        f.write_str(&texts.join(","))
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Events {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let patterns: Vec<&[u8]> = text.split(',').map(str::as_bytes).collect();
        if patterns == [b"*"] {
            return Ok(Self::ALL);
        }
        let fits = |pattern: &&[u8]| {
            (1..=holdfast_engine::NAME_BYTES_MAX).contains(&pattern.len())
                && pattern.iter().all(u8::is_ascii_graphic)
        };
        if let Some(bad) = patterns.iter().find(|pattern| !fits(pattern)) {
            return Err(format!(
                "{:?} is no pattern of events: 1 to {} bytes of printable ASCII, with * and ?",
                String::from_utf8_lossy(bad),
                holdfast_engine::NAME_BYTES_MAX
            ));
        }
        if patterns.len() > limits::EVENT_PATTERNS_MAX {
            return Err(format!("more than {} patterns of events", limits::EVENT_PATTERNS_MAX));
        }
        Ok(Self(Some(patterns.into_iter().map(Box::from).collect())))
    }
}

/// Is this name of that pattern, of `*` and `?`? Goes back to the last `*` only, so it takes at most the product of the two lengths.
pub(crate) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((star_at, taken)) = &mut star else { return false };
                *taken += 1;
                (at, from) = (*star_at + 1, *taken);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// What a connection may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Grant {
    pub(crate) rights: Rights,
    pub(crate) events: Events,
}

impl Grant {
    /// Nothing but what leads to a login.
    pub(crate) const NOTHING: Self = Self { rights: Rights::NONE, events: Events::ALL };
    /// Everything.
    pub(crate) const EVERYTHING: Self =
        Self { rights: Role::Operator.rights().and(Right::Approve), events: Events::ALL };

    /// Are holders, orders and payments kept from it?
    #[inline]
    pub(crate) const fn is_bare(&self) -> bool {
        !self.rights.has(Some(Right::Read))
    }

    /// May it see the figures of the server? They tell how a business is doing, and where its data is: they are for whoever may
    /// see all of it.
    pub(crate) const fn observes(&self) -> bool {
        self.rights.has(Some(Right::Observe)) && !self.events.are_some()
    }

    /// May it listen to this event, with the people in it unless `bare`?
    pub(crate) fn hears(&self, event: &[u8], bare: bool) -> bool {
        let right = if bare { Right::Look } else { Right::Read };
        self.rights.has(Some(right)) && self.events.admit(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_say() {
        for (pattern, good, bad) in [
            ("*", &["a", "gala-1"][..], &[][..]),
            ("gala", &["gala"], &["gal", "gala-", "Gala", ""]),
            ("gala-*", &["gala-", "gala-1", "gala-*"], &["gala", "xgala-1"]),
            ("*-2026", &["a-2026", "-2026", "a-2026-2026"], &["a-20260"]),
            ("a*b*c", &["abc", "axbxc", "abbcbc"], &["ab", "acb", "abcx"]),
            ("a?c,x", &["abc", "a,c", "x"], &["ac", "abbc", "y", "a?c,x"]),
            ("**a**", &["a", "xax"], &["", "x"]),
        ] {
            let events: Events = pattern.parse().unwrap();
            assert_eq!(events.to_string(), pattern);
            good.iter().for_each(|name| assert!(events.admit(name.as_bytes()), "{pattern} {name}"));
            bad.iter().for_each(|name| assert!(!events.admit(name.as_bytes()), "{pattern} {name}"));
        }
        // As bad as it gets takes the product of the lengths, not a power of them.
        let hard: Events = format!("{}b", "a*".repeat(31)).parse().unwrap();
        assert!(!hard.admit("a".repeat(64).as_bytes()));
        for bad in ["", "a,", ",", "a b", "ö", &"x".repeat(65), &vec!["a"; 65].join(",")] {
            assert!(bad.parse::<Events>().is_err(), "{bad}");
        }
    }

    #[test]
    fn each_role_has_the_rights_of_those_before_it() {
        let ladder = [Role::Viewer, Role::Reader, Role::Booking, Role::Operator];
        for pair in ladder.windows(2) {
            let (less, more) = (pair[0].rights(), pair[1].rights());
            assert_eq!(less.0 & more.0, less.0);
            assert!(more.0 > less.0);
        }
        let approver = Role::Approver.rights();
        assert_eq!(approver, Role::Reader.rights().and(Right::Approve));
        assert!(
            Role::ALL.iter().all(|role| role.rights().has(Some(Right::Approve)) == (*role == Role::Approver))
        );
        let (monitor, viewer) = (Role::Monitor.rights(), Role::Viewer.rights());
        assert_eq!(monitor.0 & Role::Reader.rights().0, monitor.0);
        assert_eq!((monitor.has(Some(Right::Look)), viewer.has(Some(Right::Observe))), (false, false));
        assert!(!monitor.sells() && !Role::Reader.rights().sells() && Role::Booking.rights().sells());
        let narrow: Rights = "money,sell".parse().unwrap();
        assert_eq!(narrow.to_string(), "sell,money");
        assert!(narrow.has(Some(Right::Read)) && !narrow.has(Some(Right::GiveBack)));
        assert!(!narrow.has(Some(Right::Operate)) && narrow.has(None));
        assert_eq!(Role::Booking.rights(), "sell,give-back,money,consume".parse().unwrap());
        let worker: Rights = "consume".parse().unwrap();
        assert!(worker.has(Some(Right::Consume)) && worker.has(Some(Right::Read)) && !worker.sells());
        for bad in ["", "sell,", "operate", "SELL", "sell money"] {
            assert!(bad.parse::<Rights>().is_err(), "{bad}");
        }
    }
}
