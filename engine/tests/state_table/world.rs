//! Events in a wanted state, and the commands that are put to them.
//!
//! They are made by applying records: some states cannot be reached by commands (a hold in a sale that never was
//! open), and there, too, every command gets its definite answer.

use holdfast_engine::{
    Account, At, Audit, Best, Change, Closing, Created, Event, EventStatus, HoldId, Key, Label, LimitsChange,
    Listed, Millis, Name, Opening, OrderStatus, Ordinal, Places, PlanChange, Read, Record, Removed, Scope,
    SeatStatus, Seats, Spot, Spots, StatusAction, TableSeed, View, Write,
};

use super::paying::{PAYING, PRICE, ask_payment, charge, payment_command, payment_name};
use super::table::{Command, HoldState, OrderState, PaymentState, SeatState};

const START: At = At(1_700_000_000_000);
const TTL: u32 = 1_000;
/// When a sale opens or closes by itself: long after everything else.
pub(crate) const DAY: Millis = Millis(86_400_000);
/// The seat that is looked at: the best of all.
const SEAT: Ordinal = 0;
const NOBODY: HoldId = HoldId(999);

const HALL: &str = r#"{"sections": [{"name": "A", "category": "STD", "rows": [{"name": "1", "seats": 1}, {"name": "2", "seats": 13}]}],
    "limits": {"max_seats_per_hold": 10, "max_seats_per_holder": 100}, "open": false}"#;

pub(crate) struct World {
    pub(crate) event: Event,
    pub(crate) now: At,
    /// Of the hold that is looked at.
    pub(crate) deadline: At,
    pub(super) hold: HoldId,
    pub(super) order: Name,
    /// The payment that is looked at; `None` if what is looked at is something else.
    pub(crate) payment: Option<PaymentState>,
    records: Vec<Record>,
}

/// What is put to an event.
pub(crate) enum Ask {
    Write(Write),
    Read(Read),
    /// Nothing but time.
    Deadline,
    PaymentDeadline,
    /// The time that this schedules.
    Time(Write),
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

fn seats(list: &[Ordinal]) -> Seats {
    list.iter().copied().collect()
}

fn without_the_seat() -> PlanChange {
    let remove = Removed { seats: vec![format!("#{SEAT}").into()], areas: Vec::new() };
    PlanChange { remove, ..PlanChange::default() }
}

fn audit() -> Audit {
    Audit { operator: name("olga"), reason: "why".into() }
}

fn cancel(order: Name, part: Option<Seats>, refund: Option<u64>) -> Write {
    let part = part.map(|seats| Box::new(seats.into()));
    Write::Cancel { order, part, refund, reason: "ill".into() }
}

fn exchange(order: Name, drop: &[Ordinal], add: &[Ordinal]) -> Write {
    let part = |list| Box::new(seats(list).into());
    Write::Exchange { order, drop: part(drop), add: part(add), reason: "moved".into() }
}

fn spots(spot: Spot, lenient: bool) -> Spots {
    Spots { named: Box::new([spot]), lenient }
}

/// The row that has the seat that is looked at, and no other.
fn row_of_seat() -> Spot {
    Spot::Row(0, Label::new(b"1").expect("a label"), None)
}

fn hold_of(seats: Seats, best: Box<[Best]>) -> Write {
    Write::Hold { holder: name("dan"), ttl: Millis(0), seats, best, places: Places::default() }
}

fn held(holder: &str, ttl: u32, list: &[Ordinal], seat: Option<Ordinal>) -> Change {
    let seats = list.iter().copied().chain(seat).collect();
    Change::Held { holder: name(holder), ttl: Millis(ttl), seats, places: Places::default() }
}

impl World {
    /// A sale, a seat, a hold and an order in these states. The hold has two seats besides, so has the order.
    pub(crate) fn new(sale: EventStatus, seat: SeatState, hold: HoldState, order: OrderState) -> Self {
        let created = Created { name: name("ev"), spec: serde_json::from_str(HALL).expect("a hall") };
        let mut world = Self::born(&Record::new(
            START,
            1,
            Some(Key { hash: [1; 16], fingerprint: [1; 8], account: Account::NOBODY }),
            Change::Created(Box::new(created)),
        ));
        let is = |wanted| (seat == wanted).then_some(SEAT);
        world.happen(None, held("bob", TTL, &[1, 2], is(SeatState::HeldHere)));
        world.hold = HoldId(world.event.version());
        world.happen(None, held("ann", 10 * TTL, &[5], is(SeatState::HeldElsewhere)));
        world.sell("order", &[3, 4], is(SeatState::SoldHere));
        world.sell("other", &[6], is(SeatState::SoldElsewhere));
        world.make_payments(is(SeatState::Paying));
        if seat == SeatState::Blocked {
            world.happen(None, Change::Blocked { seats: seats(&[SEAT]), audit: audit() });
        }
        if seat == SeatState::Removed {
            let plan = Box::new(without_the_seat());
            world.happen(None, Change::PlanChanged { plan, audit: audit() });
        }
        let (id, all) = (world.hold, [world.hold].into_iter().collect());
        match hold {
            HoldState::Unknown => world.hold = NOBODY,
            HoldState::Live | HoldState::Due => {}
            HoldState::InPayment => {
                let payment = name("of-the-hold");
                world.happen(None, Change::PaymentTried { payment, deadline_in: PAYING, holds: all });
            }
            HoldState::Expired => world.happen(None, Change::Expired { hold: id }),
            HoldState::Released => world.happen(None, Change::Released { hold: id }),
            HoldState::Sold => world.happen(None, Change::Sold { order: name("third"), holds: all }),
        }
        match order {
            OrderState::Unknown => world.order = name("unknown"),
            OrderState::Sold => {}
            OrderState::Cancelled => {
                world.happen(None, Change::Cancelled { order: name("order"), reason: "ill".into() });
            }
        }
        if sale != EventStatus::Pending {
            let Audit { operator, reason } = audit();
            world.happen(None, Change::StatusSet { status: sale, operator, reason });
        }
        if hold == HoldState::Due {
            world.now = world.deadline;
        }
        world.event.check().expect("a sound event");
        world
    }

    /// A payment in this state, and everything else such that it is in nobody's way.
    pub(crate) fn of_payment(sale: EventStatus, payment: PaymentState) -> Self {
        let mut world = Self::new(sale, SeatState::Free, HoldState::Live, OrderState::Unknown);
        world.payment = Some(payment);
        world.order = payment_name(payment);
        if matches!(payment, PaymentState::Due | PaymentState::AheadDue) {
            world.now = world.now + PAYING;
        }
        world
    }

    fn born(record: &Record) -> Self {
        let Change::Created(created) = &record.change else { panic!("a creation") };
        let mut event = Event::create(created, record.at, TableSeed(1)).expect("a good description");
        event.apply_creation(record);
        let records = vec![record.clone()];
        let (order, deadline) = (name("order"), START + Millis(TTL));
        Self { event, now: START, deadline, hold: NOBODY, order, payment: None, records }
    }

    /// Another world that went the same way.
    pub(crate) fn clone_by_replay(&self) -> Self {
        let mut world = Self::born(&self.records[0]);
        for record in &self.records[1..] {
            world.event.apply(record);
        }
        world.records.clone_from(&self.records);
        Self { now: self.now, hold: self.hold, order: self.order.clone(), payment: self.payment, ..world }
    }

    fn sell(&mut self, order: &str, list: &[Ordinal], seat: Option<Ordinal>) {
        let holds = [self.hold_for("cy", list, seat)].into_iter().collect();
        let (payment, charge) = (name(order), charge());
        self.happen(None, Change::PaymentCharged { payment, deadline_in: PAYING, holds, charge });
        self.happen(None, Change::PaymentSucceeded { payment: name(order), late: false });
    }

    pub(super) fn hold_for(&mut self, holder: &str, list: &[Ordinal], seat: Option<Ordinal>) -> HoldId {
        self.happen(None, held(holder, 10 * TTL, list, seat));
        HoldId(self.event.version())
    }

    pub(crate) const fn key() -> Key {
        Key { hash: [7; 16], fingerprint: [7; 8], account: Account::NOBODY }
    }

    pub(crate) fn happen(&mut self, key: Option<Key>, change: Change) {
        let version = self.event.version() + u64::from(change.makes_version());
        let record = Record::new(self.now, version, key, change);
        self.event.apply(&record);
        self.records.push(record);
    }

    /// As the actor does before each command. Was anything due?
    pub(crate) fn expire(&mut self) -> bool {
        let before = self.records.len();
        while let Some(end) = self.event.due(self.now) {
            self.happen(None, end);
        }
        self.records.len() > before
    }

    /// Has a hold here come into this state?
    pub(crate) fn has_come_to(&self, state: HoldState) -> bool {
        self.records.iter().any(|record| hold_after(&record.change) == Some(state))
    }

    pub(crate) fn seat_word(&self) -> String {
        match self.event.view(&Read::Seat(SEAT)) {
            Ok(View::Seat(seat)) => seat.status.word().to_owned(),
            other => panic!("no seat: {other:?}"),
        }
    }

    pub(crate) fn hold_word(&self) -> String {
        match self.event.view(&Read::Hold(self.hold)) {
            Ok(View::Hold(Some(_))) => "live".to_owned(),
            _ => "over".to_owned(),
        }
    }

    pub(crate) fn order_word(&self) -> String {
        match self.event.view(&Read::Order(self.order.clone())) {
            Ok(View::Order(Some(order))) => match order.status {
                OrderStatus::Sold => "sold".to_owned(),
                OrderStatus::Cancelled => "cancelled".to_owned(),
            },
            _ => "unknown".to_owned(),
        }
    }
}

/// A command that nothing but the state of what it names can stand in the way of.
pub(crate) fn ask(command: Command, world: &World) -> Ask {
    let (hold, order, seat) = (world.hold, world.order.clone(), seats(&[SEAT]));
    let schedule = |opens, closes| Write::Schedule { opens, closes, audit: audit() };
    let status = |action| Write::SetStatus { action, operator: name("olga"), reason: "why".into() };
    Ask::Write(match command {
        Command::Create => Write::Create,
        Command::Pause => status(StatusAction::Pause),
        Command::Resume => status(StatusAction::Resume),
        Command::Close => status(StatusAction::Close),
        Command::Archive => status(StatusAction::Archive),
        Command::ScheduleOpening => schedule(Some(Opening::At(world.now + DAY)), None),
        Command::ScheduleClosing => schedule(None, Some(Closing::At(world.now + DAY))),
        Command::OpeningTime => return Ask::Time(schedule(Some(Opening::At(world.now + DAY)), None)),
        Command::ClosingTime => return Ask::Time(schedule(None, Some(Closing::At(world.now + DAY)))),
        Command::Limits => {
            let limits = LimitsChange { max_extends: Some(9), ..LimitsChange::default() };
            Write::SetLimits { limits: Box::new(limits), audit: audit() }
        }
        Command::PlanRemove => Write::ChangePlan { plan: Box::new(without_the_seat()), audit: audit() },
        Command::PlanDry => return Ask::Read(Read::DryChange(Box::new(without_the_seat()))),
        Command::Hold => hold_of(seat, Box::default()),
        Command::HoldBest => {
            let one = Best { count: 1, scope: Scope::Everywhere, scattered: false, accessible: 0 };
            hold_of(Seats::default(), Box::new([one]))
        }
        Command::ChangeAdd => Write::Change { hold, drop: Box::default(), add: Box::new(seat.into()) },
        Command::ChangeDrop => Write::Change { hold, drop: Box::new(seat.into()), add: Box::default() },
        Command::Extend => Write::Extend { hold, ttl: Millis(0) },
        Command::ExtendOther => {
            Write::OfHolder(name("ann"), Box::new(Write::Extend { hold, ttl: Millis(0) }))
        }
        Command::Release => Write::Release { hold, part: None },
        Command::ReleaseSeats => Write::Release { hold, part: Some(Box::new(seat.into())) },
        Command::Confirm => Write::Confirm { order, holds: [hold].into_iter().collect() },
        Command::Cancel => cancel(order, None, None),
        Command::CancelSeats => cancel(order, Some(seat), None),
        Command::CancelRefund => cancel(order, None, Some(PRICE)),
        Command::CancelSeatsRefund => cancel(order, Some(seat), Some(PRICE / 3)),
        Command::ExchangeAdd => exchange(order, &[3], &[SEAT]),
        Command::ExchangeDrop => exchange(order, &[SEAT], &[11]),
        Command::Block => Write::Block { spots: spots(Spot::Seat(SEAT), false), audit: audit() },
        Command::BlockFree => Write::Block { spots: spots(row_of_seat(), true), audit: audit() },
        Command::Unblock => Write::Unblock { spots: spots(Spot::Seat(SEAT), false), audit: audit() },
        Command::UnblockBlocked => Write::Unblock { spots: spots(row_of_seat(), true), audit: audit() },
        Command::ForceRelease => Write::ForceRelease { hold, audit: audit() },
        Command::ForceCancel => Write::ForceCancel { order, refund: None, audit: audit() },
        Command::ForceCancelRefund => Write::ForceCancel { order, refund: Some(PRICE), audit: audit() },
        Command::PaymentTry
        | Command::PaymentCharge
        | Command::PaymentRetry
        | Command::PaymentSucceed
        | Command::PaymentReceive
        | Command::PaymentFail
        | Command::PaymentKeep
        | Command::PaymentRefunded
        | Command::PaymentReturn
        | Command::PaymentDeadline
        | Command::PaymentList
        | Command::GetPayment => return ask_payment(command, world),
        Command::Deadline => return Ask::Deadline,
        Command::Info => return Ask::Read(Read::Info),
        Command::Plan => return Ask::Read(Read::Plan),
        Command::Map => return Ask::Read(Read::Map(None)),
        Command::Count => return Ask::Read(Read::Count(None)),
        Command::Seat => return Ask::Read(Read::Seat(SEAT)),
        Command::GetHold => return Ask::Read(Read::Hold(hold)),
        Command::GetOrder => return Ask::Read(Read::Order(order)),
        Command::ListHolds => return Ask::Read(Read::Holds(listed())),
        Command::ListOrders => return Ask::Read(Read::Orders(listed())),
        Command::Ask => return Ask::Read(Read::Ask([1; 16])),
    })
}

pub(super) const fn listed() -> Listed {
    Listed { holder: None, from: 0, count: 10 }
}

/// The command that this is. A new write or read has no place here until it has its rows.
pub(crate) fn command_of(ask: &Ask) -> Command {
    match ask {
        Ask::Deadline => Command::Deadline,
        Ask::Time(Write::Schedule { closes: None, .. }) => Command::OpeningTime,
        Ask::Time(_) => Command::ClosingTime,
        Ask::PaymentDeadline => Command::PaymentDeadline,
        Ask::Write(write) => match write {
            Write::Create => Command::Create,
            Write::SetStatus { action: StatusAction::Pause, .. } => Command::Pause,
            Write::SetStatus { action: StatusAction::Resume, .. } => Command::Resume,
            Write::SetStatus { action: StatusAction::Close, .. } => Command::Close,
            Write::SetStatus { action: StatusAction::Archive, .. } => Command::Archive,
            Write::Schedule { closes: None, .. } => Command::ScheduleOpening,
            Write::Schedule { .. } => Command::ScheduleClosing,
            Write::SetLimits { .. } => Command::Limits,
            Write::ChangePlan { .. } => Command::PlanRemove,
            Write::Hold { best, .. } if !best.is_empty() => Command::HoldBest,
            Write::Hold { .. } => Command::Hold,
            Write::Change { add, .. } if !add.is_empty() => Command::ChangeAdd,
            Write::Change { .. } => Command::ChangeDrop,
            Write::Extend { .. } => Command::Extend,
            Write::Release { part: None, .. } => Command::Release,
            Write::Release { part: Some(_), .. } => Command::ReleaseSeats,
            Write::Confirm { .. } => Command::Confirm,
            Write::Cancel { part: None, refund: None, .. } => Command::Cancel,
            Write::Cancel { part: Some(_), refund: None, .. } => Command::CancelSeats,
            Write::Cancel { part: None, refund: Some(_), .. } => Command::CancelRefund,
            Write::Cancel { part: Some(_), refund: Some(_), .. } => Command::CancelSeatsRefund,
            Write::OfHolder(..) => Command::ExtendOther,
            // A note changes no verdict.
            Write::Noted(_, write) => command_of(&Ask::Write((**write).clone())),
            Write::Exchange { add, .. } if add.seats[0] == SEAT => Command::ExchangeAdd,
            Write::Exchange { .. } => Command::ExchangeDrop,
            Write::Block { spots, .. } if spots.lenient => Command::BlockFree,
            Write::Block { .. } => Command::Block,
            Write::Unblock { spots, .. } if spots.lenient => Command::UnblockBlocked,
            Write::Unblock { .. } => Command::Unblock,
            Write::ForceRelease { .. } => Command::ForceRelease,
            Write::ForceCancel { refund: None, .. } => Command::ForceCancel,
            Write::ForceCancel { .. } => Command::ForceCancelRefund,
            Write::Payment { action, .. } => payment_command(action),
        },
        Ask::Read(read) => match read {
            // `FEED` asks an event for its version and for nothing else.
            Read::Info | Read::Version => Command::Info,
            Read::Plan => Command::Plan,
            Read::DryChange(_) => Command::PlanDry,
            Read::Map(_) | Read::Picture => Command::Map,
            Read::Count(_) => Command::Count,
            Read::Seat(_) => Command::Seat,
            Read::Hold(_) => Command::GetHold,
            Read::Order(_) => Command::GetOrder,
            Read::Payment(_) => Command::GetPayment,
            Read::Payments { .. } => Command::PaymentList,
            Read::Holds(_) | Read::Expiring(..) => Command::ListHolds,
            Read::Orders(_) => Command::ListOrders,
            Read::Ask(_) => Command::Ask,
        },
    }
}

/// The states of a seat that has this status.
pub(crate) const fn states_of(status: SeatStatus) -> &'static [SeatState] {
    match status {
        SeatStatus::Free => &[SeatState::Free],
        SeatStatus::Held => &[SeatState::HeldHere, SeatState::HeldElsewhere],
        SeatStatus::Paying => &[SeatState::Paying],
        SeatStatus::Sold => &[SeatState::SoldHere, SeatState::SoldElsewhere],
        SeatStatus::Blocked => &[SeatState::Blocked],
        SeatStatus::Removed => &[SeatState::Removed],
    }
}

/// What a change leaves a hold as. A new change has no place here until it is known which state it leads to.
const fn hold_after(change: &Change) -> Option<HoldState> {
    match change {
        Change::Held { .. }
        | Change::Extended { .. }
        | Change::Changed { .. }
        | Change::HoldChanged { .. }
        | Change::PaymentKept { .. } => Some(HoldState::Live),
        // Or live, if something is left.
        Change::Released { .. }
        | Change::SeatsReleased { .. }
        | Change::PartReleased { .. }
        | Change::ForceReleased { .. } => Some(HoldState::Released),
        Change::PaymentTried { .. } | Change::PaymentCharged { .. } | Change::PaymentRetried { .. } => {
            Some(HoldState::InPayment)
        }
        Change::Sold { .. }
        | Change::PaymentSucceeded { late: false, .. }
        | Change::PaymentReceived { late: false, .. }
        | Change::PaymentMet { .. } => Some(HoldState::Sold),
        Change::Expired { .. } => Some(HoldState::Expired),
        Change::PaymentFailed { .. } | Change::PaymentLapsed { .. } => Some(HoldState::Released),
        Change::OldCreated(_)
        | Change::Created(_)
        | Change::StatusSet { .. }
        | Change::Refused(_)
        | Change::Forgotten { .. }
        | Change::Cancelled { .. }
        | Change::SeatsCancelled { .. }
        | Change::LimitsSet { .. }
        | Change::Blocked { .. }
        | Change::Unblocked { .. }
        | Change::ForceCancelled { .. }
        | Change::PaymentSucceeded { late: true, .. }
        | Change::PaymentReceived { late: true, .. }
        | Change::PaymentOwed { .. }
        | Change::PaidAhead { .. }
        | Change::PaymentMissed { .. }
        | Change::MoneyReturned { .. }
        | Change::Returned { .. }
        | Change::Exchanged { .. }
        | Change::PartBlocked { .. }
        | Change::PartUnblocked { .. }
        | Change::PaymentRefundDue { .. }
        | Change::PaymentRefunded { .. }
        | Change::PaymentRepeated { .. }
        | Change::Graced { .. }
        | Change::GraceGiven { .. }
        | Change::RecordsForgotten { .. }
        | Change::RefusalsForgotten { .. }
        | Change::Scheduled { .. }
        | Change::TimeCame { .. }
        | Change::PlanChanged { .. } => None,
    }
}
