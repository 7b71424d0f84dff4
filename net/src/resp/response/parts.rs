//! Fields that replies of several kinds have.

use holdfast_engine::{At, Layout, Places, Seats};

use crate::resp::encode::{Encoder, field, number};

pub(super) fn write_at(encoder: &mut Encoder<'_>, at: Option<At>) {
    if let Some(at) = at {
        encoder.number(number!("at"), at.0);
    }
}

/// The fields `seats`, and `areas` if there are places: the last fields of every reply that has seats, but for its time or note.
pub(super) fn write_seats(encoder: &mut Encoder<'_>, seats: &Seats, places: &Places, layout: &Layout) {
    encoder.field(field!("seats"));
    encoder.array(seats.len());
    for seat in seats {
        encoder.label(layout, *seat);
    }
    if places.is_empty() {
        return;
    }
    encoder.field(field!("areas"));
    encoder.array(2 * places.len());
    for (area, count) in places {
        encoder.area(layout, *area);
        encoder.integer(u64::from(*count));
    }
}

/// The number of fields that a note is.
pub(super) fn note_fields(note: Option<&str>) -> usize {
    usize::from(note.is_some())
}

/// The last field of what has a note.
pub(super) fn write_note(encoder: &mut Encoder<'_>, note: Option<&str>) {
    if let Some(note) = note {
        encoder.field(field!("note"));
        encoder.bulk(note.as_bytes());
    }
}

pub(super) fn write_or_null<'a, T>(
    encoder: &mut Encoder<'a>,
    value: Option<T>,
    write: impl Fn(&mut Encoder<'a>, T),
) {
    match value {
        Some(value) => write(encoder, value),
        None => encoder.null(),
    }
}
