//! What is compared must be the same thing: each server shows so before it is measured.

use std::fmt::Display;
use std::io;

/// A hold, as one of its callers sees it.
pub(crate) struct Asked<'a> {
    pub(crate) key: &'a str,
    pub(crate) holder: &'a str,
    pub(crate) seats: &'a [u32],
}

/// Tries what `HOLD` promises. `hold` gives the whole answer, refusals and errors too, in the server's own form.
///
/// # Errors
/// Which promise is not kept.
pub(crate) fn check(mut hold: impl FnMut(&Asked<'_>) -> io::Result<String>) -> io::Result<()> {
    let first = Asked { key: "check-1", holder: "somebody", seats: &[999_999, 999_998] };
    let mut ask = |asked: &Asked<'_>| hold(asked);
    let granted = ask(&first)?;
    let is_good = |answer: &str| !answer.contains("TAKEN") && !answer.contains("KEYREUSED");
    expect(is_good(&granted), "free seats are held", &granted)?;
    let again = ask(&first)?;
    expect(again == granted, "a key has one answer", &again)?;
    let other = ask(&Asked { seats: &[999_997], ..first })?;
    expect(other.contains("KEYREUSED"), "a key is not used twice", &other)?;

    // One of the two seats is free, and stays so.
    let second = Asked { key: "check-2", holder: "another", seats: &[999_998, 999_996] };
    let refused = ask(&second)?;
    expect(refused.contains("TAKEN"), "a seat is held once", &refused)?;
    let again = ask(&second)?;
    expect(again == refused, "a refusal is an answer", &again)?;
    let third = ask(&Asked { key: "check-3", seats: &[999_996], ..second })?;
    expect(is_good(&third), "all seats or none", &third)
}

/// # Errors
/// If it is not so.
pub(crate) fn expect(is_so: bool, what: &str, answer: impl Display) -> io::Result<()> {
    if is_so { Ok(()) } else { Err(io::Error::other(format!("it is not so that {what}: {answer}"))) }
}

/// Holds that were made by [`check`].
pub(crate) const HOLDS: u64 = 2;
