//! What a refusal has to say: its kind, and what its message must name, in the words of the venue.

use holdfast_engine::{EventStatus, Refusal, SeatStatus};
use holdfast_oracle::Venue;

/// Holds a refusal and its message against what they have to say.
pub(super) fn check(refusal: &Refusal, message: &str, venue: &Venue) -> Result<(), String> {
    let (kind, names) = expected(refusal, venue);
    if refusal.code().kind().word() != kind {
        return Err(format!("{refusal:?} is of the kind {kind}"));
    }
    // A list of seats is the whole message: no seventeenth is named, no free one.
    let is_list = matches!(refusal, Refusal::SeatsTaken(_) | Refusal::NotBlocked(_));
    if is_list && names[0] != message || names.iter().any(|name| !message.contains(name.as_str())) {
        return Err(format!("{message:?} does not say {names:?}"));
    }
    Ok(())
}

fn expected(refusal: &Refusal, venue: &Venue) -> (&'static str, Vec<String>) {
    let label = |seat: &u32| venue.label(*seat);
    let of_area = |area: &u16| venue.spec.areas[usize::from(*area)].name.to_string();
    let list = |seats: &[(u32, SeatStatus)]| {
        let seats = seats.iter().map(|(seat, status)| format!("{} {}", label(seat), status.word()));
        vec![seats.collect::<Vec<_>>().join(", ")]
    };
    match refusal {
        Refusal::SeatsTaken(seats) => ("TAKEN", list(seats)),
        Refusal::NotBlocked(seats) => ("STATE", list(seats)),
        Refusal::PlacesTaken { area, free, wanted } => {
            ("TAKEN", vec![of_area(area), free.to_string(), wanted.to_string()])
        }
        Refusal::PlacesNotInHold { area, has, wanted } | Refusal::PlacesNotInOrder { area, has, wanted } => {
            ("GONE", vec![of_area(area), has.to_string(), wanted.to_string()])
        }
        Refusal::PlacesNotBlocked { area, has, wanted } => {
            ("STATE", vec![of_area(area), has.to_string(), wanted.to_string()])
        }
        Refusal::NotEnough { best, free, together } => {
            let says = format!("{free} to choose from, at most {together} side by side");
            ("TAKEN", vec![format!("BEST {}", best.count), says])
        }
        Refusal::Orphan { lone, count, picks } => {
            let pick = |first: &u32| match count {
                1 => label(first),
                _ => format!("{} to {}", label(first), label(&(first + count - 1))),
            };
            let picks: Vec<_> = picks.iter().map(pick).collect();
            ("ORPHAN", vec![format!("leaves {} alone", label(lone)), format!("nearby: {}", picks.join(", "))])
        }
        Refusal::PartOfGroup { seat, rest } => {
            let rest: Vec<_> = rest.iter().map(label).collect();
            ("STATE", vec![format!("{} is sold only together with {}", label(seat), rest.join(", "))])
        }
        Refusal::StillTaken { seats, areas } => {
            let mut says = list(seats);
            says.extend(areas.iter().map(|(area, taken)| format!("{taken} places of {}", of_area(area))));
            ("TAKEN", says)
        }
        Refusal::HoldGone(hold) => ("GONE", vec![hold.to_string()]),
        Refusal::NotInHold(seat) | Refusal::NotInOrder(seat) => ("GONE", vec![label(seat)]),
        Refusal::OrderGone(name) | Refusal::PaymentGone { payment: name, .. } => {
            ("GONE", vec![name.as_str().to_owned()])
        }
        Refusal::OverLimit { limit, allowed, .. } => {
            ("LIMIT", vec![limit.field().to_owned(), allowed.to_string()])
        }
        Refusal::NotOnSale(EventStatus::Pending) => ("CLOSED", vec!["not open yet".to_owned()]),
        Refusal::NotOnSale(status) => ("CLOSED", vec![status.word().to_owned()]),
        Refusal::EventExists => ("EXISTS", Vec::new()),
        Refusal::OrderExists(name) | Refusal::PaymentExists(name) => {
            ("EXISTS", vec![name.as_str().to_owned()])
        }
        Refusal::AlreadyStatus(status) | Refusal::NotClosed(status) => {
            ("STATE", vec![status.word().to_owned()])
        }
        Refusal::NothingLeft(hold) => ("STATE", vec![hold.to_string()]),
        Refusal::HoldInPayment { hold, payment } => {
            ("STATE", vec![hold.to_string(), payment.as_str().to_owned()])
        }
        Refusal::RefundSum { payment, left, .. } => {
            ("LIMIT", vec![payment.as_str().to_owned(), left.currency.code().to_owned()])
        }
        Refusal::NoAmount(payment) => ("STATE", vec![payment.as_str().to_owned()]),
        Refusal::PaymentIs { payment, status } => {
            ("STATE", vec![payment.as_str().to_owned(), status.word().to_owned()])
        }
    }
}
