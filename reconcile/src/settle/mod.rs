//! Which class each line and each payment has.

mod captures;
mod refunds;

use std::collections::HashMap;
use std::hash::Hasher;

use holdfast_engine::{At, Code, Currency, Fault, GoesOn, Millis, Name, is_printable};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::books::{Books, Payment, signed};
use crate::class::Class;
use crate::line::{Flow, Line, Place};
use crate::report::{Finding, Report};
use captures::Seen;

/// So many payments are settled between two words about how far it is: a few milliseconds.
const SETTLED_AT_ONCE: u32 = 1_000;

/// What a reconciliation is about.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Lines before this time are of another period. Without it the files are all that there ever was at the provider.
    pub from: Option<At>,
    /// Lines at this time or later are of another period.
    pub to: Option<At>,
    /// The time of the newest record that the engine's side has.
    pub as_of: At,
    /// So long after a payment began the provider may not have it in a file yet.
    pub grace: Millis<u64>,
    /// Only payments of this provider are expected in the files; without it, all.
    pub provider: Option<Name>,
    /// Whether the engine's side has a part of the payments: then a line of no payment is none of it.
    pub is_part: bool,
    /// Whether the engine's side is what there is now: only then is anything proposed.
    pub is_now: bool,
}

/// What is known of a line that belongs to a payment.
#[derive(Clone, Debug)]
struct Entry {
    place: Place,
    id: Box<str>,
    reference: Option<Box<str>>,
    flow: Flow,
    minor: i64,
    currency: Currency,
    at: At,
}

/// Lines come in, and each gets its class; then what has no line.
#[derive(Debug)]
pub struct Reconciliation {
    books: Books,
    terms: Terms,
    /// Names of lines that were there, each with what the line said.
    ids: HashMap<u128, u128>,
    /// Lines by payment.
    entries: Vec<(u32, Entry)>,
    report: Report,
}

impl Reconciliation {
    /// A reconciliation with these books.
    #[must_use]
    pub fn new(books: Books, terms: Terms) -> Self {
        let report = Report { period: (terms.from, terms.to), ..Report::default() };
        Self { books, terms, ids: HashMap::new(), entries: Vec::new(), report }
    }

    /// The name of the next file.
    pub fn file(&mut self, name: &str) {
        self.report.files.push(name.to_owned());
    }

    /// Takes in a line.
    ///
    /// # Errors
    /// If another line has its name and says something else: one of them is wrong.
    pub fn take(&mut self, line: Line) -> Result<(), Fault> {
        self.report.lines += 1;
        self.report.there.comes(line.currency, line.minor);
        if line.flow == Flow::Other {
            self.report.there.is(Class::Other, line.currency, line.minor);
            return Ok(());
        }
        let (id, said) = (hash(&[line.id.as_bytes()]), line.said());
        if let Some(before) = self.ids.insert(id, said) {
            if before != said {
                return Err(self.contradicts(&line));
            }
            let what = "the same line stands in the files before".to_owned();
            self.unowned(Class::LineRepeated, line, what);
            return Ok(());
        }
        if self.terms.from.is_some_and(|from| line.at < from) || self.terms.to.is_some_and(|to| line.at >= to)
        {
            self.report.there.is(Class::Outside, line.currency, line.minor);
            return Ok(());
        }
        match self.books.find(&line.key) {
            Some(payment) => self.entries.push((payment, line.into())),
            None if line.at > self.terms.as_of => {
                self.unowned(Class::Timing, line, "it is later than the newest record here".to_owned());
            }
            None if self.terms.is_part => self.report.there.is(Class::Outside, line.currency, line.minor),
            None => {
                let what = match &*line.key {
                    "" => "the line has no merchant's reference".to_owned(),
                    key => format!("there is no payment here of the reference {key}"),
                };
                self.unowned(Class::PaidUnknown, line, what);
            }
        }
        Ok(())
    }

    /// All lines are there.
    ///
    /// # Errors
    /// If the sums do not close, or what `goes_on` ends with.
    pub fn finish(self, goes_on: GoesOn<'_>) -> Result<Report, Fault> {
        let Self { books: Books { payments, sums, .. }, terms, mut entries, mut report, .. } = self;
        entries.sort_by_key(|(payment, entry)| (*payment, entry.at, entry.place));
        // The sum of what came in was made by the books; what follows tells of each payment what it is.
        report.here = sums;
        let mut lines = entries.into_iter().peekable();
        for (number, payment) in (0..).zip(&payments) {
            if number % SETTLED_AT_ONCE == 0 {
                goes_on()?;
            }
            let mut own = Vec::new();
            while let Some((_, entry)) = lines.next_if(|(of, _)| *of == number) {
                own.push(entry);
            }
            Case { payment, terms: &terms, report: &mut report }.settle(&own);
        }
        report.there.close("the files")?;
        report.here.close("the payments here")?;
        Ok(report)
    }

    /// A line that belongs to no payment, or once more.
    fn unowned(&mut self, class: Class, line: Line, what: String) {
        let Line { place, id, minor, currency, .. } = line;
        self.report.there.is(class, currency, minor);
        let finding = Finding {
            class,
            payment: None,
            place: Some(place),
            id,
            minor,
            currency: Some(currency),
            what,
            command: None,
        };
        self.report.findings.push(finding);
    }

    fn contradicts(&self, line: &Line) -> Fault {
        let file = self.report.files.get(usize::from(line.place.file)).map_or("", String::as_str);
        let message = format!(
            "{file}:{}: another line before has the name {} too, and says something else",
            line.place.line, line.id
        );
        Fault::new(Code::LINE_CONTRADICTS, message)
    }
}

impl Line {
    /// Stands for what it says.
    fn said(&self) -> u128 {
        let flow = [self.flow as u8];
        let (minor, at) = (self.minor.to_le_bytes(), self.at.0.to_le_bytes());
        hash(&[self.key.as_bytes(), &flow, &minor, self.currency.code().as_bytes(), &at])
    }
}

impl From<Line> for Entry {
    fn from(line: Line) -> Self {
        let Line { place, id, reference, flow, minor, currency, at, .. } = line;
        Self { place, id, reference, flow, minor, currency, at }
    }
}

/// Two texts have the same number with a chance that nobody meets.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut hasher = SipHasher24::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    hasher.finish128().as_u128()
}

/// One payment, with the lines about it.
struct Case<'a> {
    payment: &'a Payment,
    terms: &'a Terms,
    report: &'a mut Report,
}

impl Case<'_> {
    fn settle(mut self, entries: &[Entry]) {
        let has_lines = !entries.is_empty();
        let of =
            |wanted: Flow| entries.iter().filter(|entry| entry.flow == wanted).cloned().collect::<Vec<_>>();
        let (captures, refunds, chargebacks) = (of(Flow::Capture), of(Flow::Refund), of(Flow::Chargeback));
        let (back, won) = (of(Flow::RefundReversed), of(Flow::ChargebackReversed));
        let is_disputed = self.chargebacks(chargebacks, &won);
        let seen = self.captures(captures, has_lines);
        self.refunds(refunds, back, &seen, is_disputed);
    }

    /// A line has its class, and nothing is to be done about it.
    fn matched(&mut self, entry: &Entry) {
        self.report.there.is(Class::Matched, entry.currency, entry.minor);
    }

    /// A line has its class, and somebody looks at it.
    fn found(&mut self, class: Class, entry: &Entry, what: impl Into<String>, command: Option<String>) {
        use Class::{Chargeback, PaidNoSeat, RefundUnexpected, RefundUnrecorded};
        let is_later = entry.at > self.terms.as_of;
        let class = match class {
            // What was told here since then is not known.
            PaidNoSeat | RefundUnrecorded | RefundUnexpected | Chargeback if is_later => Class::Timing,
            class => class,
        };
        let may_tell = self.terms.is_now && !is_later && is_printable(entry.id.as_bytes());
        self.report.there.is(class, entry.currency, entry.minor);
        self.report.findings.push(Finding {
            class,
            payment: Some((self.payment.event.clone(), self.payment.name.clone())),
            place: Some(entry.place),
            id: entry.id.clone(),
            minor: entry.minor,
            currency: Some(entry.currency),
            what: what.into(),
            command: command.filter(|_| may_tell),
        });
    }

    /// There is no line. `minor` is what it would bring.
    fn missing(&mut self, class: Class, minor: i64, what: impl Into<String>) {
        self.report.findings.push(Finding {
            class,
            payment: Some((self.payment.event.clone(), self.payment.name.clone())),
            place: None,
            id: Box::default(),
            minor,
            currency: self.payment.paid.map(|paid| paid.currency),
            what: what.into(),
            command: None,
        });
    }

    /// The class of what the payment has brought, if that is known.
    fn here(&mut self, class: Class) {
        if let Some(paid) = self.payment.money() {
            self.report.here.is(class, paid.currency, signed(paid.minor));
        }
    }

    /// Whether another provider is to have it.
    fn is_elsewhere(&self) -> bool {
        let wanted = self.terms.provider.as_ref();
        wanted.is_some_and(|wanted| self.payment.provider.as_ref().is_some_and(|other| other != wanted))
    }

    /// Whether the files are to have its money.
    fn is_expected(&self) -> bool {
        let begun = self.payment.begun;
        let is_late = self.terms.to.is_some_and(|to| begun >= to);
        !self.is_elsewhere() && !is_late && self.terms.from.is_none_or(|from| begun >= from)
    }

    /// Whether the provider may not have it in a file yet.
    fn is_fresh(&self) -> bool {
        let end = self.terms.to.map_or(self.terms.as_of, |to| to.min(self.terms.as_of));
        self.payment.begun.0.saturating_add(self.terms.grace.0) > end.0
    }
}
