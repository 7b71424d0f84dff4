//! Writes the engine's replies as bytes: fields in the order of the protocol's documentation, labels from the event's
//! map.

use holdfast_engine::{
    About, Answer, At, Code, Counts, Document, DryView, Ending, EventStatus, Fault, HoldView, InfoView,
    Layout, MapView, Name, OrderView, PaymentStatus, Refusal, Reply, SaleLimits, SeatStatus, SeatView, View,
};

use crate::counting::refusals;
use crate::resp::encode::{Encoder, Protocol, field, number, push_error_text};
use crate::resp::picture::write_whole_picture;

mod parts;
mod payments;
#[cfg(test)]
mod tests;

use parts::{note_fields, write_at, write_note, write_or_null, write_seats};
use payments::{line_fields, write_line_fields, write_payment, write_payment_answer};

/// How a client is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Voice {
    pub(crate) protocol: Protocol,
    /// Holders, orders and payments are kept from it.
    pub(crate) bare: bool,
    /// It is told that a reply is a repeat.
    pub(crate) repeats: bool,
}

/// Writes the reply to one request. `about` is the event that it is about; `voice` says what of it the client is told.
pub(crate) fn write_reply(encoder: &mut Encoder<'_>, reply: &Reply, about: Option<&About>, voice: Voice) {
    match (reply, about) {
        (Reply::Fault(fault), _) => encoder.error(fault),
        (Reply::Events { next, events }, _) => write_events(encoder, *next, events),
        (Reply::Document(document), _) => write_document(encoder, document),
        (Reply::Answer(answer, at), Some(about)) => write_answer::<false>(encoder, answer, *at, about),
        (Reply::Repeated(answer, at), Some(about)) => {
            refusals::count_repeat();
            if voice.repeats {
                write_answer::<true>(encoder, answer, *at, about);
            } else {
                write_answer::<false>(encoder, answer, *at, about);
            }
        }
        (Reply::View(view), Some(about)) => write_view(encoder, view, about, voice.bare),
        // The engine names the event of everything that it answers. If it did not, the client would still get a reply.
        (Reply::Answer(..) | Reply::Repeated(..) | Reply::View(_), None) => {
            encoder.error(&Fault::new(Code::DEFECT, "the event of this reply is not known"));
        }
    }
}

/// Writes an answer that was decided at this time; `None` if it does not tell. The last field of a repeat says so, where the
/// client has asked for that: a constant, so that a first answer costs what it did.
fn write_answer<const REPEATED: bool>(
    encoder: &mut Encoder<'_>,
    answer: &Answer,
    at: Option<At>,
    about: &About,
) {
    let layout = &about.layout;
    let more = usize::from(REPEATED);
    let dated = usize::from(at.is_some()) + more;
    match answer {
        Answer::Hold { hold, expires_at, version, seats, places } => {
            encoder.map(4 + usize::from(!places.is_empty()) + dated);
            encoder.number(number!("hold"), hold.0);
            encoder.number(number!("expires_at"), expires_at.0);
            encoder.number(number!("version"), *version);
            write_seats(encoder, seats, places, layout);
            write_at(encoder, at);
        }
        Answer::Released { hold, version, released } => {
            encoder.map(3 + more);
            encoder.number(number!("hold"), hold.0);
            encoder.number(number!("version"), *version);
            encoder.number(number!("released"), u64::from(*released));
        }
        Answer::Order { order, version, seats, places } => {
            encoder.map(3 + usize::from(!places.is_empty()) + dated);
            encoder.field(field!("order"));
            encoder.bulk(order.bytes());
            encoder.number(number!("version"), *version);
            write_seats(encoder, seats, places, layout);
            write_at(encoder, at);
        }
        Answer::Event { status, version } => {
            encoder.map(3 + more);
            encoder.field(field!("event"));
            encoder.bulk(about.name.bytes());
            encoder.field(field!("status"));
            encoder.bulk(status.word().as_bytes());
            encoder.number(number!("version"), *version);
        }
        Answer::Cancelled { order, version, cancelled } => {
            encoder.map(3 + more);
            encoder.field(field!("order"));
            encoder.bulk(order.bytes());
            encoder.number(number!("version"), *version);
            encoder.number(number!("cancelled"), u64::from(*cancelled));
        }
        Answer::Blocked { version, seats } => {
            encoder.map(3 + more);
            encoder.field(field!("event"));
            encoder.bulk(about.name.bytes());
            encoder.number(number!("version"), *version);
            encoder.number(number!("seats"), u64::from(*seats));
        }
        Answer::Payment { line, already } => write_payment_answer(encoder, line, None, (*already, at), more),
        Answer::Money { line, sums, already } => {
            write_payment_answer(encoder, line, Some(sums), (*already, at), more);
        }
        // A line of an error has no fields.
        Answer::Refused(refusal) => return encoder.error(&fault_of(refusal, layout)),
    }
    if REPEATED {
        encoder.number(number!("repeated"), 1);
    }
}

fn fault_of(refusal: &Refusal, layout: &Layout) -> Fault {
    Fault::new(refusal.code(), refusal.message(layout))
}

fn write_events(encoder: &mut Encoder<'_>, next: u64, events: &[(Name, EventStatus)]) {
    encoder.array(2);
    encoder.integer(next);
    encoder.array(2 * events.len());
    for (name, status) in events {
        encoder.bulk(name.bytes());
        encoder.bulk(status.word().as_bytes());
    }
}

pub(crate) fn write_document(encoder: &mut Encoder<'_>, document: &Document) {
    match document {
        Document::Nothing => encoder.null(),
        Document::Number(number) => encoder.integer(*number),
        Document::Text(text) => encoder.bulk(text.as_bytes()),
        Document::List(items) => {
            encoder.array(items.len());
            items.iter().for_each(|item| write_document(encoder, item));
        }
        Document::Fields(fields) => {
            encoder.map(fields.len());
            for (name, value) in fields {
                encoder.bulk(name.as_bytes());
                write_document(encoder, value);
            }
        }
    }
}

/// Writes what was seen of an event.
pub(crate) fn write_view(encoder: &mut Encoder<'_>, view: &View, about: &About, bare: bool) {
    let layout = &about.layout;
    match view {
        View::Info(info) => write_info(encoder, info, about),
        View::Plan(json) => encoder.bulk(json.as_bytes()),
        View::Version(version) => encoder.integer(*version),
        View::Picture(picture) => write_whole_picture(encoder, picture, about),
        View::Map(map) => write_map(encoder, map, layout),
        View::Count(counts) => write_counts(encoder, counts),
        View::CountBy(groups) => {
            encoder.array(groups.len());
            for (name, counts) in groups {
                encoder.array(2);
                encoder.bulk(name.bytes());
                write_counts(encoder, counts);
            }
        }
        View::Seat(seat) => write_seat(encoder, seat, layout, bare),
        View::Hold(Some(hold)) => write_hold(encoder, hold, layout),
        View::Order(Some(order)) => write_order(encoder, order, layout),
        View::Asked(Some(asked)) => match asked.as_ref() {
            (Answer::Refused(refusal), _) => {
                encoder.map(1);
                encoder.field(field!("refused"));
                write_refusal(encoder, refusal, layout);
            }
            (accepted, at) => write_answer::<false>(encoder, accepted, *at, about),
        },
        View::Dry(dry) => write_dry(encoder, dry, about),
        View::Payment(Some(payment)) => write_payment(encoder, payment, layout),
        View::Payments { next, payments } => {
            write_page(encoder, Cursor::Number(*next), payments, |encoder, (line, sums, note)| {
                encoder.map(line_fields(sums.as_ref()) + note_fields(note.as_deref()));
                write_line_fields(encoder, line, sums.as_ref());
                write_note(encoder, note.as_deref());
            });
        }
        View::Holds { next, holds } => {
            write_page(encoder, Cursor::Number(*next), holds, |encoder, hold| {
                write_hold(encoder, hold, layout);
            });
        }
        View::Expiring { next, holds } => {
            let next = next.map_or(Cursor::Number(0), Cursor::Ending);
            write_page(encoder, next, holds, |encoder, hold| write_hold(encoder, hold, layout));
        }
        View::Orders { next, orders } => {
            write_page(encoder, Cursor::Number(*next), orders, |encoder, order| {
                write_order(encoder, order, layout);
            });
        }
        View::Hold(None) | View::Order(None) | View::Payment(None) | View::Asked(None) => encoder.null(),
    }
}

fn write_refusal(encoder: &mut Encoder<'_>, refusal: &Refusal, layout: &Layout) {
    let mut text = Vec::with_capacity(64);
    push_error_text(&mut text, &fault_of(refusal, layout));
    encoder.bulk(&text);
}

fn write_dry(encoder: &mut Encoder<'_>, dry: &DryView, about: &About) {
    encoder.map(11);
    encoder.field(field!("event"));
    encoder.bulk(about.name.bytes());
    encoder.field(field!("status"));
    encoder.bulk(dry.status.word().as_bytes());
    encoder.number(number!("version"), dry.version);
    encoder.field(field!("refused"));
    write_or_null(encoder, dry.refused.as_ref(), |encoder, refusal| {
        write_refusal(encoder, refusal, &about.layout);
    });
    encoder.field(field!("change"));
    encoder.bulk(dry.change.as_bytes());
    encoder.number(number!("added"), u64::from(dry.added));
    encoder.number(number!("removed"), u64::from(dry.removed));
    encoder.number(number!("hold_count"), u64::from(dry.counts.0));
    encoder.field(field!("holds"));
    encoder.array(dry.holds.len());
    dry.holds.iter().for_each(|hold| encoder.integer(hold.0));
    encoder.number(number!("order_count"), u64::from(dry.counts.1));
    encoder.field(field!("orders"));
    encoder.array(dry.orders.len());
    dry.orders.iter().for_each(|order| encoder.bulk(order.bytes()));
}

/// A page of a list: the cursor to go on with, and what is on it.
/// Where a list goes on.
#[derive(Clone, Copy)]
enum Cursor {
    /// 0 is the end.
    Number(u64),
    Ending(Ending),
}

fn write_page<T>(encoder: &mut Encoder<'_>, next: Cursor, page: &[T], write: impl Fn(&mut Encoder<'_>, &T)) {
    encoder.array(2);
    match next {
        Cursor::Number(number) => encoder.integer(number),
        Cursor::Ending((at, hold)) => encoder.bulk(format!("{at}-{hold}").as_bytes()),
    }
    encoder.array(page.len());
    page.iter().for_each(|one| write(encoder, one));
}

fn write_counts(encoder: &mut Encoder<'_>, counts: &Counts) {
    encoder.map(SeatStatus::ALL.len());
    write_count_fields(encoder, counts);
}

fn write_count_fields(encoder: &mut Encoder<'_>, counts: &Counts) {
    for status in SeatStatus::ALL {
        encoder.bulk(status.word().as_bytes());
        encoder.integer(u64::from(counts.of(status)));
    }
}

fn write_info(encoder: &mut Encoder<'_>, info: &InfoView, about: &About) {
    encoder.map(3 + SeatStatus::ALL.len() + 11);
    encoder.field(field!("status"));
    encoder.bulk(info.status.word().as_bytes());
    encoder.number(number!("version"), info.version);
    encoder.number(number!("seats"), info.seats.total());
    write_count_fields(encoder, &info.seats);
    encoder.field(field!("areas"));
    write_info_areas(encoder, &info.areas, &about.layout);
    encoder.field(field!("limits"));
    write_limits(encoder, &info.limits);
    encoder.number(number!("created_at"), info.created_at.0);
    for (field, at) in
        [(field!("opens_at") as &'static [u8], info.opens_at), (field!("closes_at"), info.closes_at)]
    {
        encoder.field(field);
        write_or_null(encoder, at, |encoder, at| encoder.integer(at.0));
    }
    encoder.number(number!("holds"), info.holds);
    encoder.number(number!("orders"), info.orders);
    encoder.number(number!("keys"), info.keys);
    encoder.field(field!("payments"));
    encoder.map(PaymentStatus::ALL.len());
    for (status, count) in PaymentStatus::ALL.iter().zip(info.payments) {
        encoder.bulk(status.word().as_bytes());
        encoder.integer(count);
    }
    encoder.number(number!("plan_version"), info.plan_version);
    encoder.number(number!("branch"), about.branch);
}

/// Writes one map for each area.
fn write_info_areas(encoder: &mut Encoder<'_>, areas: &[(u16, Counts)], layout: &Layout) {
    encoder.array(areas.len());
    for (area, counts) in areas {
        let class = layout.areas().get(usize::from(*area)).map_or(0, |area| area.category);
        encoder.map(8);
        encoder.field(field!("name"));
        encoder.area(layout, *area);
        encoder.field(field!("category"));
        encoder.bulk(layout.categories().get(usize::from(class)).map_or(b"", |name| name.bytes()));
        encoder.number(number!("capacity"), counts.total());
        for status in SeatStatus::ALL {
            encoder.bulk(status.word().as_bytes());
            encoder.integer(u64::from(counts.of(status)));
        }
    }
}

/// The rules of a sale.
pub(crate) fn write_limits(encoder: &mut Encoder<'_>, limits: &SaleLimits) {
    encoder.map(9);
    let numbers: [(&'static [u8], u32); 8] = [
        (field!("default_ttl"), limits.default_ttl.0),
        (field!("max_ttl"), limits.max_ttl.0),
        (field!("max_extends"), limits.max_extends),
        (field!("max_hold_total"), limits.max_hold_total.0),
        (field!("max_seats_per_hold"), limits.max_seats_per_hold),
        (field!("max_seats_per_holder"), limits.max_seats_per_holder),
        (field!("max_payment_retries"), limits.max_payment_retries),
        (field!("paid_ahead"), limits.paid_ahead.0),
    ];
    for (field, value) in numbers {
        encoder.field(field);
        encoder.integer(u64::from(value));
    }
    encoder.field(field!("orphans"));
    encoder.bulk(limits.orphans.word().as_bytes());
}

fn write_map(encoder: &mut Encoder<'_>, map: &MapView, layout: &Layout) {
    let rows = map
        .rows
        .iter()
        .flat_map(|rows| layout.rows().get(rows.start as usize..rows.end as usize).unwrap_or_default());
    encoder.array(rows.clone().count() + map.areas.len());
    let mut rest = &map.letters[..];
    for row in rows {
        let letters;
        (letters, rest) = rest.split_at_checked(row.seats as usize).unwrap_or((rest, &[]));
        let section =
            layout.sections().get(usize::from(row.section)).map_or(&b""[..], |section| section.name.bytes());
        encoder.array(3);
        encoder.bulk(section);
        encoder.bulk(row.name.bytes());
        encoder.bulk(letters);
    }
    let mut text = String::new();
    for (area, counts) in &map.areas {
        encoder.array(3);
        encoder.area(layout, *area);
        encoder.bulk(b"");
        text.clear();
        text.push_str(itoa::Buffer::new().format(counts.total()));
        for status in SeatStatus::OF_PLACES {
            text.push(':');
            text.push_str(itoa::Buffer::new().format(counts.of(status)));
        }
        encoder.bulk(text.as_bytes());
    }
}

fn write_seat(encoder: &mut Encoder<'_>, view: &SeatView, layout: &Layout, bare: bool) {
    let id = layout.id_of(view.seat);
    encoder.map(9 + usize::from(id.is_some()));
    encoder.field(field!("seat"));
    encoder.label(layout, view.seat);
    encoder.number(number!("ordinal"), u64::from(view.seat));
    encoder.field(field!("category"));
    let category = layout.categories().get(usize::from(layout.category_of(view.seat)));
    encoder.bulk(category.map_or(b"", |name| name.bytes()));
    encoder.number(number!("accessible"), u64::from(layout.is_accessible(view.seat)));
    encoder.field(field!("status"));
    encoder.bulk(view.status.word().as_bytes());
    encoder.field(field!("hold"));
    write_or_null(encoder, view.hold, |encoder, hold| encoder.integer(hold.0));
    encoder.field(field!("order"));
    let order = view.order.as_ref().filter(|_| !bare);
    write_or_null(encoder, order, |encoder, name| encoder.bulk(name.bytes()));
    encoder.field(field!("holder"));
    let holder = view.holder.as_ref().filter(|_| !bare);
    write_or_null(encoder, holder, |encoder, name| encoder.bulk(name.bytes()));
    encoder.field(field!("expires_at"));
    write_or_null(encoder, view.expires_at, |encoder, at| encoder.integer(at.0));
    if let Some(id) = id {
        encoder.field(field!("id"));
        encoder.bulk(id.as_bytes());
    }
}

fn write_hold(encoder: &mut Encoder<'_>, view: &HoldView, layout: &Layout) {
    encoder.map(7 + usize::from(!view.places.is_empty()) + note_fields(view.note.as_deref()));
    encoder.number(number!("hold"), view.hold.0);
    encoder.field(field!("holder"));
    encoder.bulk(view.holder.bytes());
    encoder.number(number!("expires_at"), view.expires_at.0);
    encoder.number(number!("left"), view.left.0);
    encoder.number(number!("extends"), u64::from(view.extends));
    encoder.field(field!("payment"));
    write_or_null(encoder, view.payment.as_ref(), |encoder, name| encoder.bulk(name.bytes()));
    write_seats(encoder, &view.seats, &view.places, layout);
    write_note(encoder, view.note.as_deref());
}

fn write_order(encoder: &mut Encoder<'_>, view: &OrderView, layout: &Layout) {
    encoder.map(7 + usize::from(!view.places.is_empty()) + note_fields(view.note.as_deref()));
    encoder.field(field!("order"));
    encoder.bulk(view.order.bytes());
    encoder.field(field!("status"));
    encoder.bulk(view.status.word().as_bytes());
    encoder.field(field!("holder"));
    encoder.bulk(view.holder.bytes());
    encoder.number(number!("version"), view.version);
    encoder.number(number!("sold_at"), view.sold_at.0);
    encoder.field(field!("cancelled_at"));
    write_or_null(encoder, view.cancelled_at, |encoder, at| encoder.integer(at.0));
    write_seats(encoder, &view.seats, &view.places, layout);
    write_note(encoder, view.note.as_deref());
}
