//! A cursor over the arguments of one command. It tells which argument is missing, wrong or one too many.

use holdfast_engine::{
    At, Audit, BREAKER, Code, Fault, HoldId, Holds, KEY_BYTES_MAX, KeyRef, Label, Labels, Millis,
    NAME_BYTES_MAX, Name, NameRef, Ordinal, RESTORE, Seats, is_plain, label,
};

use crate::limits;
use crate::resp::decode::Arguments;

pub(super) mod these;
pub(super) mod told;

/// The arguments behind the name of a command.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    rest: Arguments<'a>,
    usage: &'static str,
}

impl<'a> Words<'a> {
    /// `usage` is the command's line in the documentation; it ends the message of a fault.
    pub(super) const fn new(rest: Arguments<'a>, usage: &'static str) -> Self {
        Self { rest, usage }
    }

    /// The command's line in the documentation.
    pub(super) const fn usage(&self) -> &'static str {
        self.usage
    }

    /// The arguments that are left.
    pub(super) const fn rest(self) -> Arguments<'a> {
        self.rest
    }

    /// The next argument, if there is one.
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        self.rest.next()
    }

    /// What the next argument is, if there is one.
    pub(super) fn peek(&self) -> Option<&'a [u8]> {
        self.rest.clone().next()
    }

    /// Does the next argument begin as a number does?
    pub(super) fn number_is_next(&self) -> bool {
        self.peek().is_some_and(|word| word.first().is_some_and(u8::is_ascii_digit))
    }

    /// Takes the next argument if it is this word.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let is_it = ahead.next().is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        if is_it {
            *self = ahead;
        }
        is_it
    }

    /// The next argument, or the fault that `what` is missing.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a [u8], Fault> {
        self.next().ok_or_else(|| self.missing(what))
    }

    /// The next argument, a name.
    pub(super) fn name(&mut self, what: &str) -> Result<NameRef<'a>, Fault> {
        let word = self.word(what)?;
        NameRef::new(word).ok_or_else(|| not_a_name(what, word))
    }

    /// The next argument, a name to keep.
    pub(super) fn kept_name(&mut self, what: &str) -> Result<Name, Fault> {
        self.name(what).map(NameRef::to_name)
    }

    /// The next argument, the label of something of a map.
    pub(super) fn label(&mut self, what: &str) -> Result<Label, Fault> {
        label(what, self.word(what)?)
    }

    /// The next argument, the event that the command is about.
    pub(super) fn event(&mut self) -> Result<NameRef<'a>, Fault> {
        self.name("event")
    }

    /// The next argument, an idempotency key.
    pub(super) fn key(&mut self) -> Result<KeyRef<'a>, Fault> {
        let word = self.word("key")?;
        KeyRef::new(word).ok_or_else(|| unnamed("key", word, "key", KEY_BYTES_MAX))
    }

    /// The next argument, the number of a hold.
    pub(super) fn hold(&mut self) -> Result<HoldId, Fault> {
        self.number("hold", 0, u64::MAX).map(HoldId)
    }

    /// The next argument, milliseconds from now; 0 stands for the event's default.
    pub(super) fn millis(&mut self, what: &str) -> Result<Millis<u64>, Fault> {
        self.number(what, 0, u64::MAX).map(Millis)
    }

    /// The next argument: a time in Unix milliseconds, or the word in its place, which is `None`.
    pub(super) fn time_or(&mut self, what: &str, word: &str) -> Result<Option<At>, Fault> {
        if self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes())) {
            self.next();
            return Ok(None);
        }
        self.number(what, 0, holdfast_engine::limits::TIME_MAX).map(|at| Some(At(at)))
    }

    /// The next argument, a decimal number without sign.
    pub(super) fn number(&mut self, what: &str, least: u64, most: u64) -> Result<u64, Fault> {
        let word = self.word(what)?;
        number(word)
            .filter(|value| (least..=most).contains(value))
            .ok_or_else(|| bad_number(what, word, least, most))
    }

    /// The next argument, how much goes back for an order, in minor units.
    pub(super) fn refund(&mut self) -> Result<u64, Fault> {
        self.number("REFUND", 0, holdfast_engine::limits::AMOUNT_MINOR_MAX)
    }

    /// The next argument, a seat as people write it.
    pub(super) fn seat(&mut self, labels: Labels<'_>) -> Result<Ordinal, Fault> {
        seat(self.word("seat")?, labels)
    }

    /// The next two arguments: an operator and a reason.
    pub(super) fn audit(&mut self) -> Result<Audit, Fault> {
        let operator = self.kept_name("operator")?;
        if [BREAKER, RESTORE].contains(&operator.as_str()) {
            let message = format!("the operator {operator} is the server itself: name somebody else");
            return Err(Fault::new(Code::BAD_NAME, message));
        }
        Ok(Audit { operator, reason: self.text("reason")?.into() })
    }

    /// The seats behind a keyword, at least one: up to the end, or up to a word that ends the list, which is returned.
    pub(super) fn seats(
        &mut self,
        behind: &str,
        labels: Labels<'_>,
        seats: &mut Seats,
        ends: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<&'a [u8]>, Fault> {
        let before = seats.len();
        let mut next = self.next();
        while let Some(word) = next
            && !ends(word)
        {
            seats.push(seat(word, labels)?);
            next = self.next();
        }
        if seats.len() == before { Err(self.missing(&format!("a seat behind {behind}"))) } else { Ok(next) }
    }

    /// The next argument, a text for people.
    pub(super) fn text(&mut self, what: &str) -> Result<&'a str, Fault> {
        self.text_of(what, limits::REASON_BYTES_MAX)
    }

    /// The next argument, a text for people of so many bytes at most.
    pub(super) fn text_of(&mut self, what: &str, most: usize) -> Result<&'a str, Fault> {
        let word = self.word(what)?;
        text(word, most).ok_or_else(|| {
            self.fault(&format!("{what} {} is not 1 to {most} bytes of printable UTF-8 text", quoted(word)))
        })
    }

    /// Holds, at least one: up to the end, or to a word that does not begin as a number.
    pub(super) fn holds(&mut self) -> Result<Holds, Fault> {
        let mut holds = Holds::default();
        holds.push(self.hold()?);
        while self.number_is_next() {
            holds.push(self.hold()?);
        }
        Ok(holds)
    }

    /// The arguments that are left as a page of a list: `[cursor] [COUNT n]`.
    pub(super) fn page(mut self) -> Result<(u64, u32), Fault> {
        let (page, is_counted) = self.page_of()?;
        match self.peek() {
            Some(word) if !is_counted => Err(self.fault(&format!("{} is not COUNT", quoted(word)))),
            _ => self.end().map(|()| page),
        }
    }

    /// A page of a list, with whatever else may follow, and whether it says how many.
    pub(super) fn page_of(&mut self) -> Result<((u64, u32), bool), Fault> {
        let is =
            |word: Option<&[u8]>, keyword: &[u8]| word.is_some_and(|word| word.eq_ignore_ascii_case(keyword));
        let mut cursor = 0;
        let first = self.peek();
        if first.is_some() && !is(first, b"COUNT") && !is(first, b"STATUS") {
            cursor = self.number("cursor", 0, u64::MAX)?;
        }
        if !is(self.clone().next(), b"COUNT") {
            return Ok(((cursor, limits::LIST_COUNT_DEFAULT), false));
        }
        self.next();
        let count = self.number("COUNT", 1, limits::LIST_COUNT_MAX)?;
        Ok(((cursor, u32::try_from(count).unwrap_or(limits::LIST_COUNT_DEFAULT)), true))
    }

    /// Checks that there is no further argument.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(self.fault(&format!("{} is one argument too many", quoted(word)))),
        }
    }

    /// Refuses an option that is there already.
    pub(super) fn once(&self, word: &[u8], is_first: bool) -> Result<(), Fault> {
        if is_first { Ok(()) } else { Err(self.fault(&format!("{} stands twice", quoted(word)))) }
    }

    /// The fault that `what` is missing.
    pub(super) fn missing(&self, what: &str) -> Fault {
        self.fault(&format!("missing {what}"))
    }

    /// A fault of syntax, with the usage behind it.
    pub(super) fn fault(&self, message: &str) -> Fault {
        Fault::new(Code::SYNTAX, format!("{message}: {}", self.usage))
    }
}

/// The seat of that label or ordinal.
fn seat(word: &[u8], labels: Labels<'_>) -> Result<Ordinal, Fault> {
    labels.seat(word).map_err(|fault| {
        let fits = !word.is_empty() && word.len() <= limits::SEAT_WORD_BYTES_MAX;
        let is_text = |text: &str| is_plain(text) && text.trim() == text && !text.contains("  ");
        if fits && std::str::from_utf8(word).is_ok_and(is_text) {
            return fault;
        }
        Fault::new(Code::SYNTAX, format!("{} is not a seat: section-row-number or #ordinal", quoted(word)))
    })
}

fn text(bytes: &[u8], most: usize) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let fits = !text.trim().is_empty() && text.len() <= most;
    (fits && is_plain(text)).then_some(text)
}

pub(super) fn not_a_name(what: &str, word: &[u8]) -> Fault {
    unnamed(what, word, "name", NAME_BYTES_MAX)
}

fn unnamed(what: &str, word: &[u8], kind: &str, most: usize) -> Fault {
    let message =
        format!("{what} {} is no {kind}: 1 to {most} bytes of printable ASCII without space", quoted(word));
    Fault::new(Code::BAD_NAME, message)
}

pub(super) fn bad_number(what: &str, word: &[u8], least: u64, most: u64) -> Fault {
    let message = format!("{what} {} is not a decimal number from {least} to {most}", quoted(word));
    Fault::new(Code::BAD_NUMBER, message)
}

/// A decimal number without sign; `None` if it is anything else or too large.
pub(crate) fn number(word: &[u8]) -> Option<u64> {
    if word.is_empty() {
        return None;
    }
    word.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A client's word for use in a message: cut to [`limits::QUOTED_BYTES_MAX`], escaped, in quotes.
pub(crate) fn quoted(word: &[u8]) -> String {
    let (shown, rest) = word.split_at_checked(limits::QUOTED_BYTES_MAX).unwrap_or((word, &[]));
    let more = if rest.is_empty() { "" } else { "..." };
    format!("{:?}{more}", String::from_utf8_lossy(shown))
}

/// A word in capitals, for comparing regardless of case; empty if it is longer than any keyword.
pub(super) struct Folded {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Folded {
    /// `MAINT_NOTIFICATIONS` has 19 bytes.
    const LONGEST: usize = 20;

    #[inline]
    pub(super) fn new(word: &[u8]) -> Self {
        let mut bytes = [0; Self::LONGEST];
        let length = match bytes.get_mut(..word.len()) {
            Some(copy) => {
                copy.copy_from_slice(word);
                copy.make_ascii_uppercase();
                word.len()
            }
            None => 0,
        };
        Self { bytes, length }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
