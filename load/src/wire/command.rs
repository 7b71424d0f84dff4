//! One command of a run, small enough to be kept by the million, and its bytes: templates with patched digits.

use std::fmt::Write as _;

use super::labels::{Labels, write_odd};
use super::limits;

/// The time to live of a hold that is not to expire during the run, milliseconds: the longest that an event may allow.
pub(crate) const LONG_TTL: u32 = limits::TTL_MS_MAX;

/// Commands that are measured separately. Two kinds may send the same command and differ in the client that waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Hold,
    /// A hold of the best seats for a party.
    Best,
    Confirm,
    Release,
    /// `PAYMENT TRY`
    Try,
    /// `PAYMENT SUCCEED`
    Succeed,
    /// `PAYMENT FAIL`
    Fail,
    Map,
    Count,
    /// A hold of another event, before a mass of holds is due.
    HoldBefore,
    /// A hold of another event, while a mass of holds expires.
    HoldMeanwhile,
}

impl Kind {
    pub(crate) const ALL: [Self; 11] = [
        Self::Hold,
        Self::Best,
        Self::Confirm,
        Self::Release,
        Self::Try,
        Self::Succeed,
        Self::Fail,
        Self::Map,
        Self::Count,
        Self::HoldBefore,
        Self::HoldMeanwhile,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Hold => "HOLD",
            Self::Best => "BEST",
            Self::Confirm => "CONFIRM",
            Self::Release => "RELEASE",
            Self::Try => "PAYMENT-TRY",
            Self::Succeed => "PAYMENT-SUCCEED",
            Self::Fail => "PAYMENT-FAIL",
            Self::Map => "MAP",
            Self::Count => "COUNT",
            Self::HoldBefore => "HOLD-before",
            Self::HoldMeanwhile => "HOLD-meanwhile",
        }
    }

    pub(crate) const fn is_hold(self) -> bool {
        matches!(self, Self::Hold | Self::Best | Self::HoldBefore | Self::HoldMeanwhile)
    }

    /// Whether it is a write: these carry a key, and have one answer for ever.
    pub(crate) const fn is_write(self) -> bool {
        !matches!(self, Self::Map | Self::Count)
    }
}

/// A command. Its bytes follow from it and from the names of the run's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Command {
    pub(crate) kind: Kind,
    /// Index of the event.
    pub(crate) event: u16,
    /// Ordinal of the seat, also for follow-ups, which do not send it. The number of seats, if the server chooses them.
    pub(crate) seat: u32,
    /// Number of the arrival: names key, holder, order and payment.
    pub(crate) name: u32,
    /// The time to live of a hold; the hold that a follow-up is about.
    pub(crate) argument: u32,
}

impl Command {
    pub(crate) const fn hold(event: u16, seat: u32, name: u32, ttl: u32) -> Self {
        Self { kind: Kind::Hold, event, seat, name, argument: ttl }
    }

    pub(crate) const fn best(event: u16, party: u32, name: u32, ttl: u32) -> Self {
        Self { kind: Kind::Best, event, seat: party, name, argument: ttl }
    }

    /// The command that follows an accepted hold.
    pub(crate) const fn follow(self, kind: Kind, hold: u32) -> Self {
        Self { kind, argument: hold, ..self }
    }

    pub(crate) const fn read(kind: Kind, event: u16) -> Self {
        Self { kind, event, seat: 0, name: 0, argument: 0 }
    }
}

/// A command that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight {
    pub(crate) command: Command,
    /// Number of the arrival in its lane that the command is or follows.
    pub(crate) arrival: u32,
    /// When it was to be sent, in nanoseconds from the start.
    pub(crate) intended_ns: u64,
}

/// Digits of an event, a name, a seat and a time to live: fixed, so that templates fit every command.
const EVENT_DIGITS: usize = 4;
pub(crate) const NAME_DIGITS: usize = 10;
const SEAT_DIGITS: usize = 6;
const TTL_DIGITS: usize = 8;
const PARTY_DIGITS: usize = 2;

/// Events of one run: as many as the digits can name.
pub(crate) const EVENTS_MAX: usize = 10_000;

const _: () = assert!(limits::SEATS_MAX <= 1_000_000 && LONG_TTL < 100_000_000);

/// Turns commands into bytes.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    prefix: String,
    hold: Template,
    /// The same without the seat, which follows by its label.
    hold_odd: Template,
    labels: Labels,
    best: Template,
    confirm: Template,
    release: Template,
    try_payment: Template,
    succeed: Template,
    fail: Template,
    map: Template,
    count: Template,
}

/// The bytes of a command with zeros where its digits go.
#[derive(Clone, Debug)]
struct Template {
    bytes: Vec<u8>,
    /// Where each of its variable words begins.
    at: [usize; 5],
}

/// What the names of all events of runs begin with.
pub(crate) const EVENT_PREFIX: &str = "load-";

impl Wire {
    pub(crate) fn new(seed: u64, labels: Labels) -> Self {
        let prefix = format!("{EVENT_PREFIX}{seed}-");
        let event = format!("{prefix}\u{1}{:0EVENT_DIGITS$}", 0);
        let name = |letter: char| format!("{letter}\u{1}{:0NAME_DIGITS$}", 0);
        let number = format!("\u{1}{:0NAME_DIGITS$}", 0);
        let seat = format!("#\u{1}{:0SEAT_DIGITS$}", 0);
        let ttl = format!("\u{1}{:0TTL_DIGITS$}", 0);
        let party = format!("\u{1}{:0PARTY_DIGITS$}", 0);
        let (hold_key, confirm_key, release_key) = (name('h'), name('c'), name('r'));
        Self {
            hold: Template::new(&["HOLD", &event, &hold_key, &name('b'), &ttl, "SEATS", &seat]),
            hold_odd: Template::open(&["HOLD", &event, &hold_key, &name('b'), &ttl, "SEATS"], 1),
            labels,
            best: Template::new(&["HOLD", &event, &hold_key, &name('b'), &ttl, "BEST", &party]),
            confirm: Template::new(&["CONFIRM", &event, &confirm_key, &name('o'), &number]),
            release: Template::new(&["RELEASE", &event, &release_key, &number]),
            try_payment: Template::new(&["PAYMENT", "TRY", &event, &name('t'), &name('o'), "0", &number]),
            succeed: Template::new(&["PAYMENT", "SUCCEED", &event, &name('s'), &name('o')]),
            fail: Template::new(&["PAYMENT", "FAIL", &event, &name('f'), &name('o'), "timeout"]),
            map: Template::new(&["MAP", &event]),
            count: Template::new(&["COUNT", &event]),
            prefix,
        }
    }

    /// The name of an event.
    pub(crate) fn event(&self, index: u16) -> String {
        format!("{}{index:0EVENT_DIGITS$}", self.prefix)
    }

    /// Appends the bytes of a command.
    #[inline]
    pub(crate) fn push(&self, out: &mut Vec<u8>, command: &Command) {
        let Command { kind, event, seat, name, argument } = *command;
        match kind {
            Kind::Hold | Kind::HoldBefore | Kind::HoldMeanwhile if self.labels == Labels::Odd => {
                let words = self.hold_odd.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, TTL_DIGITS, 0]);
                patch(out, words, [u32::from(event), name, name, argument, 0]);
                let mut label = Vec::with_capacity(128);
                write_odd(&mut label, seat, name % 2 == 1);
                out.extend_from_slice(format!("${}\r\n", label.len()).as_bytes());
                out.extend_from_slice(&label);
                out.extend_from_slice(b"\r\n");
            }
            Kind::Hold | Kind::HoldBefore | Kind::HoldMeanwhile => {
                let words =
                    self.hold.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, TTL_DIGITS, SEAT_DIGITS]);
                patch(out, words, [u32::from(event), name, name, argument, seat]);
            }
            Kind::Best => {
                let words =
                    self.best.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, TTL_DIGITS, PARTY_DIGITS]);
                patch(out, words, [u32::from(event), name, name, argument, seat]);
            }
            Kind::Confirm => {
                let words = self.confirm.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, NAME_DIGITS, 0]);
                patch(out, words, [u32::from(event), name, name, argument, 0]);
            }
            Kind::Release => {
                let words = self.release.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, 0, 0]);
                patch(out, words, [u32::from(event), name, argument, 0, 0]);
            }
            Kind::Try => {
                let digits = [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, NAME_DIGITS, 0];
                let words = self.try_payment.push(out, digits);
                patch(out, words, [u32::from(event), name, name, argument, 0]);
            }
            Kind::Succeed | Kind::Fail => {
                let template = if kind == Kind::Fail { &self.fail } else { &self.succeed };
                let words = template.push(out, [EVENT_DIGITS, NAME_DIGITS, NAME_DIGITS, 0, 0]);
                patch(out, words, [u32::from(event), name, name, 0, 0]);
            }
            Kind::Map => {
                let words = self.map.push(out, [EVENT_DIGITS, 0, 0, 0, 0]);
                patch(out, words, [u32::from(event), 0, 0, 0, 0]);
            }
            Kind::Count => {
                let words = self.count.push(out, [EVENT_DIGITS, 0, 0, 0, 0]);
                patch(out, words, [u32::from(event), 0, 0, 0, 0]);
            }
        }
    }

    /// The command as a person would type it.
    pub(crate) fn text(&self, command: &Command) -> String {
        let mut bytes = Vec::new();
        self.push(&mut bytes, command);
        let mut text = String::new();
        for line in String::from_utf8_lossy(&bytes).lines().skip(2).step_by(2) {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{space}{line}");
        }
        text
    }
}

/// A word in the output: where its digits begin, and how many there are.
type Words = [(usize, usize); 5];

impl Template {
    /// Words of a command; \u{1} stands before digits that vary.
    fn new(words: &[&str]) -> Self {
        Self::open(words, 0)
    }

    /// The same, with so many words to follow.
    fn open(words: &[&str], more: usize) -> Self {
        let mut bytes = format!("*{}\r\n", words.len() + more).into_bytes();
        let mut at = [0; 5];
        let mut variable = at.iter_mut();
        for word in words {
            let fixed = word.find('\u{1}');
            let word = word.replace('\u{1}', "");
            bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            if let Some(fixed) = fixed
                && let Some(place) = variable.next()
            {
                *place = bytes.len() + fixed;
            }
            bytes.extend_from_slice(word.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        Self { bytes, at }
    }

    #[inline]
    fn push(&self, out: &mut Vec<u8>, digits: [usize; 5]) -> Words {
        let base = out.len();
        out.extend_from_slice(&self.bytes);
        std::array::from_fn(|word| (base + self.at[word], digits[word]))
    }
}

#[inline]
fn patch(out: &mut [u8], words: Words, values: [u32; 5]) {
    for ((at, digits), value) in words.into_iter().zip(values) {
        write_digits(&mut out[at..at + digits], value);
    }
}

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Writes a number over an even count of digits, two at a time: half the divisions of the plain way.
#[inline]
fn write_digits(slot: &mut [u8], mut value: u32) {
    for pair in slot.rchunks_exact_mut(2) {
        pair.copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
}

const _: () = assert!(
    EVENT_DIGITS.is_multiple_of(2)
        && NAME_DIGITS.is_multiple_of(2)
        && SEAT_DIGITS.is_multiple_of(2)
        && TTL_DIGITS.is_multiple_of(2)
        && PARTY_DIGITS.is_multiple_of(2),
    "digits are written in pairs"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_what_their_templates_say() {
        let wire = Wire::new(7, Labels::Plain);
        let hold = Command::hold(12, 345, 4_294_967_295, 86_400_000);
        assert_eq!(wire.text(&hold), "HOLD load-7-0012 h4294967295 b4294967295 86400000 SEATS #000345");
        let odd = Wire::new(7, Labels::Odd).text(&Command { name: 2, ..hold });
        assert_eq!(
            odd,
            "HOLD load-7-0012 h0000000002 b0000000002 86400000 SEATS 1층 R석 (가-나) – Süd-0열 [좌]-346"
        );
        assert_eq!(
            wire.text(&hold.follow(Kind::Confirm, 9)),
            "CONFIRM load-7-0012 c4294967295 o4294967295 0000000009"
        );
        assert_eq!(wire.text(&hold.follow(Kind::Release, 10)), "RELEASE load-7-0012 r4294967295 0000000010");
        assert_eq!(
            wire.text(&Command::best(1, 6, 2, 500)),
            "HOLD load-7-0001 h0000000002 b0000000002 00000500 BEST 06"
        );
        assert_eq!(
            wire.text(&hold.follow(Kind::Try, 11)),
            "PAYMENT TRY load-7-0012 t4294967295 o4294967295 0 0000000011"
        );
        assert_eq!(
            wire.text(&hold.follow(Kind::Succeed, 11)),
            "PAYMENT SUCCEED load-7-0012 s4294967295 o4294967295"
        );
        assert_eq!(
            wire.text(&hold.follow(Kind::Fail, 11)),
            "PAYMENT FAIL load-7-0012 f4294967295 o4294967295 timeout"
        );
        assert_eq!(wire.text(&Command::read(Kind::Map, 3)), "MAP load-7-0003");
        assert_eq!(wire.text(&Command::read(Kind::Count, 3)), format!("COUNT {}", wire.event(3)));
        let mut bytes = b"before".to_vec();
        wire.push(&mut bytes, &Command::read(Kind::Count, 0));
        assert_eq!(bytes, b"before*2\r\n$5\r\nCOUNT\r\n$11\r\nload-7-0000\r\n");
    }
}
