//! What every command does in every state: of the sale, of a seat, of a hold, of an order.
//!
//! The table is `state_table/table.rs`. It is complete by construction: a command without a row does not compile, nor
//! does a row that misses a state; nor does a new write, read, change or status that no command or state here stands
//! for. Checked:
//!
//! - each cell, in an event that is in that state: the kind of the refusal, or what the subject is afterwards;
//! - each cell again in every state of the sale: if the sale refuses the command, it does so before anything else;
//! - that judging does not depend on whether what is due has been expired before;
//! - that `docs/state-machine.md` shows exactly these tables. `HOLDFAST_DOCS=write` writes them anew.

mod state_table {
    pub(crate) mod document;
    pub(crate) mod paying;
    pub(crate) mod table;
    pub(crate) mod world;
}

use holdfast_engine::{Change, EventStatus, Kind, PaymentStatus, Reply, SeatStatus, View, decide};
use state_table::paying::{PAYING, of_payment, payment_states_of};
use state_table::table::{
    Cell, Command, HoldState, OrderState, PaymentState, SeatState, of_event, of_hold, of_order, of_seat,
};
use state_table::world::{Ask, DAY, World, ask, command_of, states_of};

/// Where a command that needs a seat in a certain state finds it so: then only the state that is looked at can stand
/// in its way.
fn ready(command: Command) -> SeatState {
    match command {
        Command::ChangeDrop | Command::ReleaseSeats => SeatState::HeldHere,
        Command::CancelSeats | Command::CancelSeatsRefund | Command::ExchangeDrop => SeatState::SoldHere,
        Command::Unblock | Command::UnblockBlocked => SeatState::Blocked,
        _ => SeatState::Free,
    }
}

/// An order that can be confirmed has a new name; one that can be taken back is there.
fn order_of(command: Command) -> OrderState {
    match command {
        Command::Confirm | Command::PaymentTry | Command::PaymentCharge => OrderState::Unknown,
        _ => OrderState::Sold,
    }
}

/// What comes of a command: `subject` tells how what is looked at stands in words.
fn outcome(world: &World, command: Command, subject: impl Fn(&World) -> String) -> (Cell, String) {
    let before = subject(world);
    match ask(command, world) {
        Ask::Deadline => {
            let mut world = world.clone_by_replay();
            world.now = world.now.max(world.deadline);
            if world.hold_word() == "over" || !world.expire() {
                return (Cell::Nothing, before);
            }
            settled(&world, &before, subject)
        }
        Ask::PaymentDeadline => {
            let mut world = world.clone_by_replay();
            world.keep_hold();
            world.now = world.now + PAYING;
            let waits =
                world.payment.is_none() || ["PENDING", "PAID_AHEAD"].contains(&world.payment_word().as_str());
            if !waits || !world.expire() {
                return (Cell::Nothing, before);
            }
            settled(&world, &before, subject)
        }
        Ask::Time(write) => {
            let mut world = world.clone_by_replay();
            world.expire();
            if let Ok(change) = decide(&world.event, &World::key(), write, world.now) {
                world.happen(Some(World::key()), change);
            }
            world.now = world.now + DAY;
            world.expire();
            match settled(&world, &before, subject) {
                (Cell::Done, _) => (Cell::Nothing, before),
                became => became,
            }
        }
        Ask::Read(read) => {
            let mut world = world.clone_by_replay();
            world.expire();
            match world.event.view(&read) {
                Ok(View::Hold(None) | View::Order(None) | View::Payment(None) | View::Asked(None)) => {
                    (Cell::Null, before)
                }
                Ok(_) => (Cell::Shown, before),
                Err(fault) => (Cell::No(fault.code.kind()), before),
            }
        }
        Ask::Write(write) => {
            let key = World::key();
            let early = decide(&world.event, &key, write.clone(), world.now);
            let mut world = world.clone_by_replay();
            world.expire();
            let verdict = decide(&world.event, &key, write, world.now);
            let kind = |verdict: &Result<Change, Reply>| match verdict {
                Ok(Change::Refused(refusal)) => Some(refusal.code().kind()),
                Ok(_) => None,
                // The only one that is judged and binds no key.
                Err(Reply::Fault(fault)) if fault.code.kind() == Kind::Early => Some(Kind::Early),
                other => panic!("{command:?} is judged, and binds its key: {other:?}"),
            };
            assert_eq!(kind(&early), kind(&verdict), "{command:?} depends on what has expired before");
            match (kind(&verdict), verdict) {
                (None, Ok(change)) => {
                    world.happen(Some(key), change);
                    settled(&world, &before, subject)
                }
                (kind, _) => (Cell::No(kind.expect("it did not happen")), before),
            }
        }
    }
}

fn settled(world: &World, before: &str, subject: impl Fn(&World) -> String) -> (Cell, String) {
    world.event.check().expect("a sound event");
    let after = subject(world);
    (if after == before { Cell::Done } else { Cell::Becomes("") }, after)
}

/// Compares, in every state of the sale.
fn compare<const N: usize>(
    what: &str,
    command: Command,
    row: [Cell; N],
    worlds: impl Fn(EventStatus, usize) -> World,
    subject: impl Fn(&World) -> String + Copy,
) {
    for (at, expected) in row.into_iter().enumerate() {
        for (sale, of_sale) in EVENT_STATES.into_iter().zip(of_event(command)) {
            let expected = if matches!(of_sale, Cell::No(_)) { of_sale } else { expected };
            let world = worlds(sale, at);
            let (found, after) = outcome(&world, command, subject);
            let place = format!("{what} {at}, the sale {}, {}", sale.word(), command.words());
            match (expected, found) {
                (Cell::Becomes(word), Cell::Becomes(_)) => assert_eq!(after, word, "{place}"),
                (expected, found) => assert_eq!(found, expected, "{place}"),
            }
        }
    }
}

const EVENT_STATES: [EventStatus; 4] =
    [EventStatus::Pending, EventStatus::Open, EventStatus::Paused, EventStatus::Closed];

/// The column of the sale's table. A new status has none until the rows have one more. An archived sale has none: nothing of
/// these worlds is there in it, and it takes only what is about money.
const fn column(sale: EventStatus) -> Option<usize> {
    match sale {
        EventStatus::Pending => Some(0),
        EventStatus::Open => Some(1),
        EventStatus::Paused => Some(2),
        EventStatus::Closed => Some(3),
        EventStatus::Archived => None,
    }
}

fn event_word(world: &World) -> String {
    world.event.status().word().to_owned()
}

#[test]
fn every_command_in_every_state_of_the_sale() {
    for &command in Command::ALL {
        for (sale, expected) in EVENT_STATES.into_iter().zip(of_event(command)) {
            let world = World::new(sale, ready(command), HoldState::Live, order_of(command));
            let (found, after) = outcome(&world, command, event_word);
            let place = format!("the sale {}, {}", sale.word(), command.words());
            match (expected, found) {
                (Cell::Becomes(word), Cell::Becomes(_)) => assert_eq!(after, word, "{place}"),
                (expected, found) => assert_eq!(found, expected, "{place}"),
            }
        }
    }
}

#[test]
fn every_command_in_every_state_of_a_seat() {
    for &command in Command::ALL {
        let Some(row) = of_seat(command) else { continue };
        let world = |sale, at| World::new(sale, SeatState::ALL[at], HoldState::Live, order_of(command));
        compare("seat", command, row, world, World::seat_word);
    }
}

#[test]
fn every_command_in_every_state_of_a_hold() {
    for &command in Command::ALL {
        let Some(row) = of_hold(command) else { continue };
        let world = |sale, at| World::new(sale, ready(command), HoldState::ALL[at], order_of(command));
        compare("hold", command, row, world, World::hold_word);
    }
}

#[test]
fn every_command_in_every_state_of_an_order() {
    for &command in Command::ALL {
        let Some(row) = of_order(command) else { continue };
        let world = |sale, at| World::new(sale, ready(command), HoldState::Live, OrderState::ALL[at]);
        compare("order", command, row, world, World::order_word);
    }
}

#[test]
fn every_command_in_every_state_of_a_payment() {
    for &command in Command::ALL {
        let Some(row) = of_payment(command) else { continue };
        let world = |sale, at| World::of_payment(sale, PaymentState::ALL[at]);
        compare("payment", command, row, world, World::payment_word);
    }
}

/// Else a state would stand in no row.
#[test]
fn every_status_of_a_payment_has_its_states() {
    let mut known = vec![PaymentState::Unknown];
    for status in PaymentStatus::ALL {
        for &state in payment_states_of(status) {
            assert_eq!(
                World::of_payment(EventStatus::Open, state).payment_word(),
                status.word(),
                "{state:?}"
            );
            known.push(state);
        }
    }
    assert!(PaymentState::ALL.iter().all(|state| known.contains(state)));
}

/// Else a state would stand in no row.
#[test]
fn every_status_of_a_seat_has_its_states() {
    let mut known: Vec<SeatState> = Vec::new();
    for status in SeatStatus::ALL.into_iter().chain([SeatStatus::Removed]) {
        for &state in states_of(status) {
            let world = World::new(EventStatus::Open, state, HoldState::Live, OrderState::Sold);
            assert_eq!(world.seat_word(), status.word(), "{state:?}");
            known.push(state);
        }
    }
    assert!(SeatState::ALL.iter().all(|state| known.contains(state)));
}

#[test]
fn every_status_of_the_sale_has_its_column() {
    assert!(EVENT_STATES.into_iter().enumerate().all(|(at, sale)| column(sale) == Some(at)));
}

/// Else a change would lead to a state that stands in no row.
#[test]
fn every_state_of_a_hold_is_come_to() {
    for &state in HoldState::ALL {
        let world = World::new(EventStatus::Open, SeatState::Free, state, OrderState::Unknown);
        let no_change_leads_there = [HoldState::Unknown, HoldState::Due].contains(&state);
        assert!(no_change_leads_there || world.has_come_to(state), "{state:?}");
    }
}

/// Else a row would be about another command than its name says.
#[test]
fn every_command_is_what_it_is_called() {
    for &command in Command::ALL {
        let world = World::new(EventStatus::Open, ready(command), HoldState::Live, OrderState::Sold);
        assert_eq!(command_of(&ask(command, &world)), command);
    }
}

#[test]
fn the_document_shows_these_tables() {
    state_table::document::check();
}
