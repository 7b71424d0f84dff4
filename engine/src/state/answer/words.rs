//! What refusals say of seats, areas and sums.

use std::fmt::Write as _;

use crate::limits;
use crate::state::values::{Amount, Name, SeatStatus};
use crate::state::{Best, Layout, Ordinal, Scope};

/// Seats, each with its status.
pub(super) fn seats_in_words(seats: &[(Ordinal, SeatStatus)], layout: &Layout) -> String {
    let mut message = String::with_capacity(16 * seats.len());
    for (index, (seat, status)) in seats.iter().take(limits::TAKEN_NAMED_MAX).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{} {}", layout.label(*seat), status.word());
    }
    message
}

/// Which seat would be left alone, and what may be picked in its place.
pub(super) fn orphan_in_words(lone: Ordinal, count: u32, picks: &[Ordinal], layout: &Layout) -> String {
    let mut message = format!("leaves {} alone; legal picks nearby: ", layout.label(lone));
    for (index, &first) in picks.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{}", layout.label(first));
        if count > 1 {
            let _ = write!(message, " to {}", layout.label(first + count - 1));
        }
    }
    message
}

/// Why a refund does not fit.
pub(super) fn refund_in_words(payment: &Name, wanted: Amount, left: Amount) -> String {
    if wanted.currency != left.currency {
        let (paid, other) = (left.currency, wanted.currency);
        format!("payment {payment} was paid in {}, not in {}", paid.code(), other.code())
    } else if wanted.minor > left.minor {
        format!("{wanted} are more than the {left} of payment {payment} that can go back")
    } else {
        format!("all of the {left} of payment {payment} has to go back, not {wanted}")
    }
}

/// A `BEST` as it would be typed.
pub(super) fn in_words(best: &Best, layout: &Layout) -> String {
    let mut words = format!("BEST {}", best.count);
    let name = match best.scope {
        Scope::Everywhere => None,
        Scope::Section(index) => layout.sections().get(usize::from(index)).map(|section| &section.name),
        Scope::Category(index) => layout.categories().get(usize::from(index)),
    };
    if let Some(name) = name {
        // Writing to a String cannot fail.
        let _ = write!(words, " IN {name}");
    }
    words.push_str(if best.scattered { " SCATTERED" } else { "" });
    match best.accessible {
        0 => {}
        1 => words.push_str(" ACCESSIBLE"),
        // Writing to a String cannot fail.
        accessible => drop(write!(words, " ACCESSIBLE {accessible}")),
    }
    words
}

/// What is to go, and is taken.
pub(super) fn still_taken_in_words(
    seats: &[(Ordinal, SeatStatus)],
    areas: &[(u16, u32)],
    layout: &Layout,
) -> String {
    let mut message = seats_in_words(seats, layout);
    for (area, taken) in areas.iter().take(limits::TAKEN_NAMED_MAX) {
        let comma = if message.is_empty() { "" } else { ", " };
        let area = &layout.areas()[usize::from(*area)].name;
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{taken} places of {area} held, paying or sold");
    }
    message
}
