//! Pictures to bytes, whole or what has changed.

use holdfast_engine::{About, At, Counts, Layout, PictureView, SeatStatus};

use crate::resp::encode::{Encoder, field};

/// All of a picture: one letter a seat.
pub(crate) fn write_whole_picture(encoder: &mut Encoder<'_>, picture: &PictureView, about: &About) {
    write_picture_head(encoder, picture.version, picture.at, (picture.plan_version, about.branch));
    encoder.bulk(&picture.letters);
    write_places(encoder, picture.areas.iter().copied(), &about.layout);
}

/// The fields up to `seats`, which follow.
pub(crate) fn write_picture_head(
    encoder: &mut Encoder<'_>,
    version: u64,
    at: At,
    (plan_version, branch): (u64, u64),
) {
    encoder.map(6);
    encoder.field(field!("version"));
    encoder.integer(version);
    encoder.field(field!("at"));
    encoder.integer(at.0);
    encoder.field(field!("plan_version"));
    encoder.integer(plan_version);
    encoder.field(field!("branch"));
    encoder.integer(branch);
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
