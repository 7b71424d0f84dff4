//! Payments and runs, as the tests have them.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

use holdfast_engine::{Amount, At, Currency, Fault, Millis, Name, PaymentStatus};
use holdfast_reconcile::{Books, File, Payment, Profile, Reconciliation, Report, Terms, read};

/// Noon of a day in November 2026, Unix milliseconds.
pub(crate) const NOON: At = At(1_795_953_600_000);

pub(crate) fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

pub(crate) fn amount(minor: u64, code: &str) -> Amount {
    Amount { minor, currency: Currency::new(code.as_bytes()).unwrap() }
}

/// A payment of the event `gala` that began at noon.
pub(crate) fn payment(of: &str, status: PaymentStatus, paid: Option<Amount>) -> Payment {
    let seats = u32::from(status == PaymentStatus::Success);
    Payment {
        status: Some(status),
        deadline: At(NOON.0 + 60_000),
        paid,
        ..Payment::sold(name("gala"), name(of), NOON, seats)
    }
}

/// Everything, as of a month later.
pub(crate) fn terms() -> Terms {
    Terms {
        from: None,
        to: None,
        as_of: At(NOON.0 + 30 * 86_400_000),
        grace: Millis(86_400_000),
        provider: None,
        is_part: false,
        is_now: true,
    }
}

/// Reconciles these payments with these files, each with its name.
pub(crate) fn run(
    profile: &Profile,
    payments: &[Payment],
    files: &[(&str, &[u8])],
    terms: Terms,
) -> Result<Report, Fault> {
    let mut books = Books::new(profile, false);
    payments.iter().try_for_each(|payment| books.add(payment.clone()))?;
    let mut run = Reconciliation::new(books, terms);
    for (number, (name, bytes)) in (0..).zip(files) {
        run.file(name);
        read(profile, File { name, number }, *bytes, &mut |line| run.take(line))?;
    }
    run.finish(&mut || Ok(()))
}

/// A profile that is shipped.
pub(crate) fn shipped(name: &str) -> Profile {
    Profile::shipped(name).unwrap().unwrap()
}
