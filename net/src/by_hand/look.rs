//! What a command would touch, as it is now: what people are shown before they consent to it.

use holdfast_engine::{
    Code, Fault, HoldId, InfoView, Looked, Name, Places, Read, Router, Seats, View, limits_change,
};

use super::house::{check, look};
use super::line::{Given, Line};
use super::required::{Act, Required};

/// Looks at every line of a plan, in order; `from` is the first one that is still to be done.
pub(super) async fn look_at(
    router: &Router,
    lines: &[Line],
    from: usize,
    required: &Required,
) -> Result<Looked, Fault> {
    let mut looked = Looked::default();
    let mut infos: Vec<(Name, InfoView)> = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(from) {
        let named = |fault: Fault| Fault::new(fault.code, format!("line {}: {}", at + 1, fault.message));
        let place = match infos.iter().position(|(event, _)| *event == line.event) {
            Some(place) => place,
            None => {
                let info = info(router, &line.event).await.map_err(named)?;
                infos.push((line.event.clone(), info));
                infos.len() - 1
            }
        };
        let given = Given { key: "x:0:0", operator: "x", reason: "x", behind: "" };
        check(router, &line.frame(&given)).map_err(named)?;
        let (what, needs) = touched(router, line, &infos[place].1, required).await.map_err(named)?;
        looked.plan.steps.push(format!("{}: {}: {what}", at + 1, line.text()));
        looked.plan.items += 1;
        looked.needs = looked.needs.or(needs);
    }
    for (event, info) in &infos {
        let InfoView { version, status, holds, orders, payments, .. } = info;
        let payments: u64 = payments.iter().sum();
        looked.notes.push(format!(
            "{event} at version {version}: {}, {holds} holds, {orders} orders, {payments} payments",
            status.word()
        ));
    }
    Ok(looked)
}

async fn info(router: &Router, event: &Name) -> Result<InfoView, Fault> {
    match look(router, event.borrowed(), &Read::Info).await? {
        View::Info(info) => Ok(*info),
        _ => Err(Fault::new(Code::DEFECT, "an event tells nothing of itself")),
    }
}

/// What a line would touch, in words, and the act that needs an approval, if it is one.
async fn touched(
    router: &Router,
    line: &Line,
    info: &InfoView,
    required: &Required,
) -> Result<(String, Option<Box<str>>), Fault> {
    let of = |is: fn(Act) -> bool| required.find(is);
    let nothing = |what: &str| format!("there is no {what} of this name: it would be refused");
    Ok(match line.verb.words() {
        ("RELEASE" | "EXTEND", _) => (hold(router, line).await?.unwrap_or_else(|| nothing("hold")), None),
        ("FORCE", "RELEASE") => {
            let told = hold(router, line).await?;
            let needs = told.as_ref().and_then(|_| of(|act| act == Act::Release));
            (told.unwrap_or_else(|| nothing("hold")), needs)
        }
        ("CANCEL", _) => match order(router, line).await? {
            Some((told, _)) => (told, None),
            None => (nothing("order"), None),
        },
        ("FORCE", "CANCEL") => match order(router, line).await? {
            Some((told, size)) => {
                (told, required.find(|act| matches!(act, Act::Cancel(most) if size > u64::from(most))))
            }
            None => (nothing("order"), None),
        },
        ("PAYMENT", _) => (payment(router, line).await?.unwrap_or_else(|| nothing("payment")), None),
        ("EVENT", "CLOSE") => (is_now(info), of(|act| act == Act::Close)),
        ("EVENT", "SCHEDULE") if line.has("CLOSES") => (is_now(info), of(|act| act == Act::Close)),
        ("EVENT", "ARCHIVE") => (is_now(info), of(|act| act == Act::Archive)),
        ("EVENT", "LIMITS") => {
            let change = limits_change(line.word("json").unwrap_or_default().as_bytes())?;
            let changed = change.compared(&info.limits).into_iter().filter(|(_, is, becomes)| is != becomes);
            let changed: Vec<_> =
                changed.map(|(name, is, becomes)| format!("{name} {is} becomes {becomes}")).collect();
            let needs = change.raises(&info.limits).then(|| of(|act| act == Act::Raise)).flatten();
            (if changed.is_empty() { "nothing changes".to_owned() } else { changed.join(", ") }, needs)
        }
        _ => (is_now(info), None),
    })
}

fn is_now(info: &InfoView) -> String {
    format!("the event is {}", info.status.word())
}

async fn hold(router: &Router, line: &Line) -> Result<Option<String>, Fault> {
    let Some(number) = line.word("hold").and_then(|word| word.parse().ok()) else { return Ok(None) };
    let View::Hold(Some(hold)) = look(router, line.event.borrowed(), &Read::Hold(HoldId(number))).await?
    else {
        return Ok(None);
    };
    let paid =
        hold.payment.as_ref().map_or_else(String::new, |payment| format!(", in the payment {payment}"));
    Ok(Some(format!("the hold of {} with {}{paid}", hold.holder, things(&hold.seats, &hold.places).1)))
}

/// The order in words, and how many seats and places it has.
async fn order(router: &Router, line: &Line) -> Result<Option<(String, u64)>, Fault> {
    let Some(name) = line.word("order").and_then(|word| Name::new(word.as_bytes())) else { return Ok(None) };
    let View::Order(Some(order)) = look(router, line.event.borrowed(), &Read::Order(name)).await? else {
        return Ok(None);
    };
    let (size, things) = things(&order.seats, &order.places);
    Ok(Some((format!("the order of {} with {things}, {}", order.holder, order.status.word()), size)))
}

async fn payment(router: &Router, line: &Line) -> Result<Option<String>, Fault> {
    let Some(name) = line.word("payment").and_then(|word| Name::new(word.as_bytes())) else {
        return Ok(None);
    };
    let View::Payment(Some(payment)) = look(router, line.event.borrowed(), &Read::Payment(name)).await?
    else {
        return Ok(None);
    };
    let holder = payment.holder.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let (_, things) = things(&payment.seats, &payment.places);
    Ok(Some(format!("the payment of {holder} for {things}, {}", payment.line.status.word())))
}

/// How many seats and places, and the same in words.
fn things(seats: &Seats, places: &Places) -> (u64, String) {
    let (seats, places) =
        (seats.len() as u64, places.iter().map(|(_, count)| u64::from(*count)).sum::<u64>());
    let some = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let told = match (seats, places) {
        (seats, 0) => some(seats, "seat"),
        (0, places) => some(places, "place"),
        (seats, places) => format!("{} and {}", some(seats, "seat"), some(places, "place")),
    };
    (seats + places, told)
}
