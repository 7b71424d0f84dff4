//! The table: one row a command, one column a state.

use holdfast_engine::Kind::{self, Closed, Early, Exists, Gone, State, Taken};

/// What a command does to what is in a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    /// It is accepted; what is looked at stays in its state.
    Done,
    /// It is accepted; what is looked at is this afterwards.
    Becomes(&'static str),
    /// It is refused.
    No(Kind),
    /// A read shows it.
    Shown,
    /// A read answers null.
    Null,
    /// There is nothing that could happen.
    Nothing,
}

use Cell::{Becomes, Done, No, Nothing, Null, Shown};

/// An enum that knows all its values, and how each is called.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident: $($value:ident = $words:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum $name { $($value,)* }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$value,)*];

            pub(crate) const fn words(self) -> &'static str {
                match self { $(Self::$value => $words,)* }
            }
        }
    };
}

listed! {
    /// Every command that concerns an event, and the clock.
    Command:
    Create = "`EVENT CREATE`",
    Pause = "`EVENT PAUSE`",
    Resume = "`EVENT RESUME`",
    Close = "`EVENT CLOSE`",
    Archive = "`EVENT ARCHIVE`",
    ScheduleOpening = "`EVENT SCHEDULE ... OPENS`",
    ScheduleClosing = "`EVENT SCHEDULE ... CLOSES`",
    OpeningTime = "the time to open comes",
    ClosingTime = "the time to close comes",
    Limits = "`EVENT LIMITS`",
    PlanRemove = "`EVENT CHANGE`, removing the seat",
    PlanDry = "`EVENT CHANGE ... DRY`",
    Hold = "`HOLD ... SEATS`",
    HoldBest = "`HOLD ... BEST`",
    ChangeAdd = "`CHANGE ... ADD`",
    ChangeDrop = "`CHANGE ... DROP`",
    Extend = "`EXTEND`",
    ExtendOther = "`EXTEND ... HOLDER`, another's",
    Release = "`RELEASE`",
    ReleaseSeats = "`RELEASE ... SEATS`",
    Confirm = "`CONFIRM`",
    Cancel = "`CANCEL`",
    CancelSeats = "`CANCEL ... SEATS`",
    CancelRefund = "`CANCEL ... REFUND`",
    CancelSeatsRefund = "`CANCEL ... SEATS ... REFUND`",
    ExchangeAdd = "`EXCHANGE ... ADD`",
    ExchangeDrop = "`EXCHANGE ... DROP`",
    Block = "`BLOCK`",
    BlockFree = "`BLOCK ... WHERE FREE`",
    Unblock = "`UNBLOCK`",
    UnblockBlocked = "`UNBLOCK ... WHERE BLOCKED`",
    ForceRelease = "`FORCE RELEASE`",
    ForceCancel = "`FORCE CANCEL`",
    ForceCancelRefund = "`FORCE CANCEL ... REFUND`",
    Deadline = "the hold's deadline comes",
    PaymentTry = "`PAYMENT TRY`",
    PaymentCharge = "`PAYMENT TRY ... AMOUNT`",
    PaymentRetry = "`PAYMENT RETRY`",
    PaymentSucceed = "`PAYMENT SUCCEED`",
    PaymentReceive = "`PAYMENT SUCCEED ... AMOUNT`",
    PaymentFail = "`PAYMENT FAIL`",
    PaymentKeep = "`PAYMENT FAIL ... KEEP`",
    PaymentRefunded = "`PAYMENT REFUNDED`",
    PaymentReturn = "`PAYMENT REFUNDED ... AMOUNT`",
    PaymentDeadline = "the payment's deadline comes",
    Info = "`EVENT INFO`",
    Plan = "`EVENT PLAN`",
    Map = "`MAP`, `PICTURE`",
    Count = "`COUNT`",
    Seat = "`SEAT`",
    GetHold = "`GET HOLD`",
    GetOrder = "`GET ORDER`",
    GetPayment = "`GET PAYMENT`",
    PaymentList = "`PAYMENT LIST`",
    ListHolds = "`LIST HOLDS`",
    ListOrders = "`LIST ORDERS`",
    Ask = "`ASK`",
}

listed! {
    /// A seat that the command names or that its hold or order has.
    SeatState:
    Free = "free",
    HeldHere = "held, by this hold",
    HeldElsewhere = "held, by another",
    Paying = "paying, by a payment",
    SoldHere = "sold, in this order",
    SoldElsewhere = "sold, in another",
    Blocked = "blocked",
    Removed = "removed",
}

listed! {
    /// The hold that the command names.
    HoldState:
    Unknown = "unknown",
    Live = "live",
    InPayment = "in payment",
    Due = "due in this millisecond",
    Expired = "expired",
    Released = "released",
    Sold = "sold",
}

listed! {
    /// The order that the command names.
    OrderState:
    Unknown = "unknown",
    Sold = "sold",
    Cancelled = "cancelled",
}

listed! {
    /// The payment that the command names.
    PaymentState:
    Unknown = "unknown",
    Running = "`PENDING`",
    Due = "due in this millisecond",
    Failed = "`FAILED`",
    FailedAndGone = "`FAILED`, a seat gone",
    Kept = "`FAILED`, its holds kept",
    Paid = "`SUCCESS`",
    Owed = "`REFUND_DUE`",
    Refunded = "`REFUNDED`",
    Ahead = "`PAID_AHEAD`",
    AheadDue = "`PAID_AHEAD`, due in this millisecond",
    Returned = "`SUCCESS`, its order cancelled",
}

/// In the state of the sale: pending, open, paused, closed.
pub(crate) const fn of_event(command: Command) -> [Cell; 4] {
    match command {
        Command::Create => [No(Exists); 4],
        Command::Pause => [No(Closed), Becomes("paused"), No(State), No(Closed)],
        Command::Resume => [Becomes("open"), No(State), Becomes("open"), No(Closed)],
        Command::Close => [Becomes("closed"), Becomes("closed"), Becomes("closed"), No(Closed)],
        // A hold is live.
        Command::Archive => [No(State), No(State), No(State), No(Early)],
        Command::ScheduleOpening => [Done, No(State), No(State), No(Closed)],
        Command::ScheduleClosing => [Done, Done, Done, No(Closed)],
        Command::OpeningTime => [Becomes("open"), Nothing, Nothing, Nothing],
        Command::ClosingTime => [Becomes("closed"), Becomes("closed"), Becomes("closed"), Nothing],
        Command::Hold
        | Command::HoldBest
        | Command::ChangeAdd
        | Command::ExchangeAdd
        | Command::ExchangeDrop => [No(Closed), Done, No(Closed), No(Closed)],
        Command::ExtendOther => [No(Gone), No(Gone), No(Gone), No(Closed)],
        Command::Extend
        | Command::Confirm
        | Command::Limits
        | Command::PlanRemove
        | Command::Block
        | Command::BlockFree
        | Command::Unblock
        | Command::UnblockBlocked
        | Command::PaymentTry
        | Command::PaymentCharge
        | Command::PaymentKeep
        | Command::PaymentRetry => [Done, Done, Done, No(Closed)],
        Command::ChangeDrop
        | Command::Release
        | Command::ReleaseSeats
        | Command::Cancel
        | Command::CancelRefund
        | Command::CancelSeats
        | Command::CancelSeatsRefund
        | Command::ForceRelease
        | Command::ForceCancel
        | Command::ForceCancelRefund
        | Command::PaymentSucceed
        | Command::PaymentReceive
        | Command::PaymentFail
        | Command::PaymentRefunded
        | Command::PaymentReturn
        | Command::PaymentDeadline
        | Command::Deadline => [Done; 4],
        Command::Info
        | Command::PlanDry
        | Command::Plan
        | Command::Map
        | Command::Count
        | Command::Seat
        | Command::GetHold
        | Command::GetOrder
        | Command::GetPayment
        | Command::PaymentList
        | Command::ListHolds
        | Command::ListOrders
        | Command::Ask => [Shown; 4],
    }
}

/// In the state of the seat; `None` for a command that is not about seats.
pub(crate) const fn of_seat(command: Command) -> Option<[Cell; SeatState::ALL.len()]> {
    // Free, held here, held elsewhere, paying, sold here, sold elsewhere, blocked, removed.
    let (taken, gone, state) = (No(Taken), No(Gone), No(State));
    Some(match command {
        Command::Hold | Command::ChangeAdd => {
            [Becomes("held"), taken, taken, taken, taken, taken, taken, taken]
        }
        // It takes another seat then.
        Command::HoldBest => [Becomes("held"), Done, Done, Done, Done, Done, Done, Done],
        Command::ChangeDrop | Command::ReleaseSeats => {
            [gone, Becomes("free"), gone, gone, gone, gone, gone, gone]
        }
        Command::Release | Command::ForceRelease | Command::Deadline => {
            [Done, Becomes("free"), Done, Done, Done, Done, Done, Done]
        }
        Command::Extend => [Done; SeatState::ALL.len()],
        Command::Confirm => [Done, Becomes("sold"), Done, Done, Done, Done, Done, Done],
        Command::Cancel | Command::CancelRefund | Command::ForceCancel | Command::ForceCancelRefund => {
            [Done, Done, Done, Done, Becomes("free"), Done, Done, Done]
        }
        Command::CancelSeats | Command::CancelSeatsRefund => {
            [gone, gone, gone, gone, Becomes("free"), gone, gone, gone]
        }
        Command::ExchangeAdd => [Becomes("sold"), taken, taken, taken, taken, taken, taken, taken],
        Command::ExchangeDrop => [gone, gone, gone, gone, Becomes("free"), gone, gone, gone],
        Command::Block => [Becomes("blocked"), taken, taken, taken, taken, taken, taken, taken],
        Command::BlockFree => [Becomes("blocked"), Done, Done, Done, Done, Done, Done, Done],
        Command::UnblockBlocked => [Done, Done, Done, Done, Done, Done, Becomes("free"), Done],
        Command::Unblock => [state, state, state, state, state, state, Becomes("free"), state],
        Command::PaymentTry | Command::PaymentCharge => {
            [Done, Becomes("paying"), Done, Done, Done, Done, Done, Done]
        }
        Command::PaymentSucceed | Command::PaymentReceive => {
            [Done, Done, Done, Becomes("sold"), Done, Done, Done, Done]
        }
        Command::PaymentFail | Command::PaymentDeadline => {
            [Done, Done, Done, Becomes("free"), Done, Done, Done, Done]
        }
        Command::PaymentKeep => [Done, Done, Done, Becomes("held"), Done, Done, Done, Done],
        Command::PaymentRetry | Command::PaymentRefunded | Command::PaymentReturn => {
            [Done; SeatState::ALL.len()]
        }
        Command::PlanRemove => {
            [Becomes("removed"), taken, taken, taken, taken, taken, Becomes("removed"), taken]
        }
        Command::Seat | Command::PlanDry => [Shown; SeatState::ALL.len()],
        Command::Create
        | Command::ExtendOther
        | Command::Pause
        | Command::Resume
        | Command::Close
        | Command::Archive
        | Command::ScheduleOpening
        | Command::ScheduleClosing
        | Command::OpeningTime
        | Command::ClosingTime
        | Command::Limits
        | Command::Info
        | Command::Plan
        | Command::Map
        | Command::Count
        | Command::GetHold
        | Command::GetOrder
        | Command::GetPayment
        | Command::PaymentList
        | Command::ListHolds
        | Command::ListOrders
        | Command::Ask => return None,
    })
}

/// In the state of the hold; `None` for a command that names none.
pub(crate) const fn of_hold(command: Command) -> Option<[Cell; HoldState::ALL.len()]> {
    // Unknown, live, in payment, due, expired, released, sold.
    let (gone, state) = (No(Gone), No(State));
    Some(match command {
        Command::ChangeAdd
        | Command::ChangeDrop
        | Command::Extend
        | Command::ReleaseSeats
        | Command::PaymentTry
        | Command::PaymentCharge => [gone, Done, state, gone, gone, gone, gone],
        Command::ExtendOther => [gone; HoldState::ALL.len()],
        Command::Release | Command::ForceRelease | Command::Confirm => {
            [gone, Becomes("over"), state, gone, gone, gone, gone]
        }
        Command::Deadline => [Nothing, Becomes("over"), Nothing, Becomes("over"), Nothing, Nothing, Nothing],
        Command::GetHold => [Null, Shown, Shown, Null, Null, Null, Null],
        Command::Create
        | Command::Pause
        | Command::Resume
        | Command::Close
        | Command::Archive
        | Command::ScheduleOpening
        | Command::ScheduleClosing
        | Command::OpeningTime
        | Command::ClosingTime
        | Command::Limits
        | Command::PlanRemove
        | Command::PlanDry
        | Command::Hold
        | Command::HoldBest
        | Command::Cancel
        | Command::CancelRefund
        | Command::CancelSeats
        | Command::CancelSeatsRefund
        | Command::ExchangeAdd
        | Command::ExchangeDrop
        | Command::Block
        | Command::BlockFree
        | Command::Unblock
        | Command::UnblockBlocked
        | Command::ForceCancel
        | Command::ForceCancelRefund
        | Command::Info
        | Command::Plan
        | Command::Map
        | Command::Count
        | Command::Seat
        | Command::GetOrder
        | Command::PaymentRetry
        | Command::PaymentSucceed
        | Command::PaymentReceive
        | Command::PaymentFail
        | Command::PaymentKeep
        | Command::PaymentRefunded
        | Command::PaymentReturn
        | Command::PaymentDeadline
        | Command::GetPayment
        | Command::PaymentList
        | Command::ListHolds
        | Command::ListOrders
        | Command::Ask => return None,
    })
}

/// In the state of the order; `None` for a command that names none.
pub(crate) const fn of_order(command: Command) -> Option<[Cell; OrderState::ALL.len()]> {
    // Unknown, sold, cancelled.
    Some(match command {
        Command::Confirm => [Becomes("sold"), No(Exists), No(Exists)],
        Command::PaymentTry | Command::PaymentCharge => [Done, No(Exists), No(Exists)],
        Command::Cancel | Command::CancelRefund | Command::ForceCancel | Command::ForceCancelRefund => {
            [No(Gone), Becomes("cancelled"), No(Gone)]
        }
        Command::CancelSeats | Command::CancelSeatsRefund | Command::ExchangeAdd | Command::ExchangeDrop => {
            [No(Gone), Done, No(Gone)]
        }
        Command::GetOrder => [Null, Shown, Shown],
        Command::Create
        | Command::Pause
        | Command::Resume
        | Command::Close
        | Command::Archive
        | Command::ScheduleOpening
        | Command::ScheduleClosing
        | Command::OpeningTime
        | Command::ClosingTime
        | Command::Limits
        | Command::PlanRemove
        | Command::PlanDry
        | Command::Hold
        | Command::HoldBest
        | Command::ChangeAdd
        | Command::ChangeDrop
        | Command::Extend
        | Command::ExtendOther
        | Command::Release
        | Command::ReleaseSeats
        | Command::Block
        | Command::BlockFree
        | Command::Unblock
        | Command::UnblockBlocked
        | Command::ForceRelease
        | Command::Deadline
        | Command::Info
        | Command::Plan
        | Command::Map
        | Command::Count
        | Command::Seat
        | Command::GetHold
        | Command::PaymentRetry
        | Command::PaymentSucceed
        | Command::PaymentReceive
        | Command::PaymentFail
        | Command::PaymentKeep
        | Command::PaymentRefunded
        | Command::PaymentReturn
        | Command::PaymentDeadline
        | Command::GetPayment
        | Command::PaymentList
        | Command::ListHolds
        | Command::ListOrders
        | Command::Ask => return None,
    })
}
