//! Feeds to bytes: pages as replies, changes as messages.

use holdfast_engine::{
    About, FeedPage, FeedRecord, FeedValue, FeedsPage, Layout, Message, Picture, bare_fields, feed_fields,
};

use crate::resp::encode::{Encoder, field};
use crate::resp::picture::{write_picture_head, write_places, write_whole_picture};
use crate::resp::response::write_limits;
use crate::verbs::{Manner, prefix};

/// The reply to `FEED`: `[version, at, kind, fields]` each; `bare` ones without the people in it.
pub(crate) fn write_page(encoder: &mut Encoder<'_>, page: &FeedPage, bare: bool) {
    encoder.array(page.records.len());
    for record in &page.records {
        encoder.array(4);
        write_record(encoder, record, &page.about.layout, bare);
    }
}

/// The reply to `FEEDS`: `[lsn, event, version, at, kind, fields]` each, likewise.
pub(crate) fn write_all(encoder: &mut Encoder<'_>, page: &FeedsPage, bare: bool) {
    encoder.array(page.0.len());
    for (change, about) in &page.0 {
        encoder.array(6);
        encoder.integer(change.lsn.0);
        encoder.bulk(about.name.bytes());
        write_record(encoder, &change.record, &about.layout, bare);
    }
}

/// The reply to `PICTURE ... SINCE`.
pub(crate) fn write_picture(encoder: &mut Encoder<'_>, picture: &Picture, about: &About) {
    match picture {
        Picture::Whole(view) => write_whole_picture(encoder, view, about),
        Picture::Delta(delta) => {
            write_picture_head(encoder, delta.version(), delta.at(), (about.plan_version, about.branch));
            encoder.array(delta.seats().len());
            for (seat, status) in delta.seats() {
                encoder.array(2);
                encoder.integer(u64::from(seat));
                encoder.bulk(&[status.letter()]);
            }
            write_places(encoder, delta.areas(), &about.layout);
        }
    }
}

fn write_record(encoder: &mut Encoder<'_>, record: &FeedRecord, layout: &Layout, bare: bool) {
    let fields = if bare { bare_fields(record) } else { feed_fields(record) };
    encoder.integer(record.version);
    encoder.integer(record.at.0);
    encoder.bulk(record.kind().as_bytes());
    encoder.map(fields.len());
    for (name, value) in fields {
        encoder.bulk(name.as_bytes());
        write_value(encoder, value, layout);
    }
}

fn write_value(encoder: &mut Encoder<'_>, value: FeedValue<'_>, layout: &Layout) {
    match value {
        FeedValue::Number(number) => encoder.integer(number),
        FeedValue::Text(text) => encoder.bulk(text.as_bytes()),
        FeedValue::Seats(seats) => {
            encoder.array(seats.len());
            seats.iter().for_each(|seat| encoder.label(layout, *seat));
        }
        FeedValue::Touched(touched) => {
            encoder.array(touched.seat_count());
            touched.seats().for_each(|seat| encoder.label(layout, seat));
        }
        FeedValue::Holds(holds) => {
            encoder.array(holds.len());
            holds.iter().for_each(|hold| encoder.integer(hold.0));
        }
        FeedValue::Ranges(ranges) => {
            encoder.array(2 * ranges.len());
            for (first, count) in ranges {
                encoder.label(layout, *first);
                encoder.integer(u64::from(*count));
            }
        }
        FeedValue::Places(places) => {
            encoder.array(2 * places.len());
            for (area, count) in places {
                encoder.area(layout, *area);
                encoder.integer(u64::from(*count));
            }
        }
        FeedValue::Areas(areas) => {
            encoder.array(2 * areas.len());
            for area in areas {
                encoder.bulk(area.name.as_bytes());
                encoder.integer(u64::from(area.capacity));
            }
        }
        FeedValue::Moved(times, at) => {
            encoder.array(2 * times.len());
            for &(deadline, given) in times {
                encoder.integer(deadline.0);
                encoder.integer((at + given).0);
            }
        }
        FeedValue::Trace(trace) => encoder.bulk(trace.to_string().as_bytes()),
        FeedValue::Limits(limits) => write_limits(encoder, limits),
        FeedValue::Plan(plan) => encoder.bulk(plan.json().as_bytes()),
    }
}

/// The message of a change to a subscriber.
pub(crate) fn write_message(encoder: &mut Encoder<'_>, manner: Manner, message: &Message) {
    encoder.push(3);
    encoder.field(match manner {
        Manner::Plain => field!("message"),
        Manner::Sharded => field!("smessage"),
    });
    encoder.joined(prefix(message.channel), message.about.name.bytes());
    encoder.bulk(&message.payload);
}

/// The message that a subscription began or ended, with the number of subscriptions after it.
pub(crate) fn write_changed(
    encoder: &mut Encoder<'_>,
    what: &'static [u8],
    channel: Option<&[u8]>,
    count: usize,
) {
    encoder.push(3);
    encoder.bulk(what);
    match channel {
        Some(channel) => encoder.bulk(channel),
        None => encoder.null(),
    }
    encoder.integer(count as u64);
}
