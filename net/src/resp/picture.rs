//! Pictures to bytes, whole or what has changed.

use holdfast_engine::{At, Counts, Layout, PictureView, SeatStatus};

use crate::resp::encode::{Encoder, field};

/// All of a picture: one letter a seat.
pub(crate) fn write_whole_picture(encoder: &mut Encoder<'_>, picture: &PictureView, layout: &Layout) {
    write_picture_head(encoder, picture.version, picture.at, picture.plan_version);
    encoder.bulk(&picture.letters);
    write_places(encoder, picture.areas.iter().copied(), layout);
}

/// The fields up to `seats`, which follow.
pub(crate) fn write_picture_head(encoder: &mut Encoder<'_>, version: u64, at: At, plan_version: u64) {
    encoder.map(5);
    encoder.field(field!("version"));
    encoder.integer(version);
    encoder.field(field!("at"));
    encoder.integer(at.0);
    encoder.field(field!("plan_version"));
    encoder.integer(plan_version);
    encoder.field(field!("seats"));
}

/// The field `areas` of a picture: `[name, capacity, free, held, paying, sold]` each.
pub(crate) fn write_places(
    encoder: &mut Encoder<'_>,
    areas: impl ExactSizeIterator<Item = (u16, Counts)>,
    layout: &Layout,
) {
    encoder.field(field!("areas"));
    encoder.array(areas.len());
    for (area, counts) in areas {
        encoder.array(6);
        encoder.area(layout, area);
        encoder.integer(counts.total());
        for status in SeatStatus::OF_PLACES {
            encoder.integer(u64::from(counts.of(status)));
        }
    }
}
