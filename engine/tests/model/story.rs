//! What happens in a story, with numbers instead of names, so that a story shrinks well: whatever a step points at,
//! it still points at something after the steps before it are gone.

use quickcheck::{Arbitrary, Gen};

use super::venue::VENUES;

/// Holds are counted back from the newest live one; from here on, from the newest ever made.
pub(crate) const OVER: u8 = 100;

/// One `BEST`: how many; 0 is everywhere, then sections and categories by their place; scattered; accessible.
pub(crate) type Pick = (u8, u8, bool, bool);
/// The limits that are changed in stories.
pub(crate) const LIMITS: [&str; 9] = [
    "default_ttl",
    "max_ttl",
    "max_extends",
    "max_seats_per_hold",
    "max_seats_per_holder",
    "max_payment_retries",
    "orphans",
    "max_hold_total",
    "paid_ahead",
];

/// What is told of money: 0 is nothing.
pub(crate) const AMOUNTS: [(u64, &str); 5] =
    [(0, "EUR"), (600, "EUR"), (601, "EUR"), (200, "EUR"), (600, "KRW")];

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Seats by their place in the map.
    Hold {
        key: u16,
        holder: u8,
        ttl: u64,
        seats: Vec<u8>,
        best: Vec<Pick>,
        areas: Vec<(u8, u8)>,
    },
    Extend {
        key: u16,
        hold: u8,
        ttl: u64,
    },
    Release {
        key: u16,
        hold: u8,
        seats: Option<Vec<u8>>,
    },
    Confirm {
        key: u16,
        order: u8,
        holds: Vec<u8>,
    },
    /// A payment of a name of an order.
    Try {
        key: u16,
        order: u8,
        deadline: u64,
        holds: Vec<u8>,
        /// By its place in [`AMOUNTS`].
        money: u8,
    },
    /// 0 retries, 1 succeeds, 2 fails, 3 was refunded, 4 fails and keeps its holds. Payments are counted back from the newest; from 200 on, any names of
    /// orders.
    Report {
        key: u16,
        back: u8,
        what: u8,
        detail: u64,
        money: u8,
    },
    /// 0 pauses, 1 resumes, 2 closes.
    Status {
        key: u16,
        action: u8,
    },
    Create {
        key: u16,
    },
    /// Seats that leave, as in a release, and seats that come, as in a hold.
    Change {
        key: u16,
        hold: u8,
        drop: Vec<u8>,
        add: Vec<u8>,
    },
    Cancel {
        key: u16,
        order: u8,
        seats: Option<Vec<u8>>,
        /// 0 says nothing of a refund, 1 all that is left, 2 and more an amount of [`AMOUNTS`].
        refund: u8,
    },
    /// What leaves, as in a cancellation, and what comes, as in a hold.
    Exchange {
        key: u16,
        order: u8,
        drop: Vec<u8>,
        add: Vec<u8>,
    },
    /// Fields by their place in [`LIMITS`].
    Limits {
        key: u16,
        given: Vec<(u8, u64)>,
    },
    /// What comes, goes and becomes another: each bit is one sort of change, of what `pick` and `number` point at.
    Plan {
        key: u16,
        what: u8,
        pick: u8,
        number: u8,
    },
    Block {
        key: u16,
        seats: Vec<u8>,
    },
    /// Blocked seats counted from the first; from 128 on, any seats.
    Unblock {
        key: u16,
        seats: Vec<u8>,
    },
    ForceRelease {
        key: u16,
        hold: u8,
    },
    ForceCancel {
        key: u16,
        order: u8,
    },
    /// An earlier command again, counted back from the newest.
    Repeat {
        back: u8,
    },
    /// An earlier key with another command.
    Reuse {
        back: u8,
    },
    /// Milliseconds go by.
    Wait(u64),
    Forget {
        retention: u64,
        refusals_max: u64,
        most: u32,
    },
    /// The server is away for a while, in which nothing expires.
    Restart {
        down: u64,
        grace: u32,
    },
    /// The event is written as a snapshot, and what is read from it takes its place.
    Restore {
        seed: u64,
    },
}

/// A venue and what happens there.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) venue: usize,
    pub(crate) steps: Vec<Step>,
}

const WAITS: [u64; 16] = [0, 1, 1, 1, 2, 3, 5, 8, 10, 10, 20, 49, 50, 100, 1_000, 3_000];

/// Evenly: quickcheck's own numbers prefer the ends of their range, which would make what is rare here frequent.
fn below(g: &mut Gen, most: u64) -> u64 {
    let mixed = (u64::arbitrary(g) ^ u64::arbitrary(g).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) % most
}

fn pick<T: Copy>(g: &mut Gen, values: &[T]) -> T {
    *g.choose(values).expect("there is something to choose from")
}

fn key(g: &mut Gen) -> u16 {
    // A few keys come round by themselves; the others are new.
    if below(g, 24) == 0 { below(g, 4) as u16 } else { below(g, 1 << 16) as u16 }
}

fn ttl(g: &mut Gen) -> u64 {
    if below(g, 4) > 0 { 0 } else { pick(g, &[1, 30, 49, 50, 51, 100, 999, 1_000, 1_001, 5_000, u64::MAX]) }
}

/// Mostly a live one.
fn hold(g: &mut Gen) -> u8 {
    match below(g, 30) {
        0 => 255,
        1 | 2 => OVER + below(g, 20) as u8,
        _ => below(g, 3) as u8,
    }
}

fn areas(g: &mut Gen) -> Vec<(u8, u8)> {
    let places = |g: &mut Gen| if below(g, 40) == 0 { 0 } else { 1 + below(g, 3) as u8 };
    match below(g, 9) {
        0 => some(g, 2, |g| (below(g, 2) as u8, places(g))),
        1..=4 => vec![(below(g, 2) as u8, places(g))],
        _ => Vec::new(),
    }
}

/// Mostly different ones: neighbours, in any order.
fn seats(g: &mut Gen) -> Vec<u8> {
    if below(g, 6) == 0 {
        return some(g, 4, |g| below(g, 256) as u8);
    }
    let (first, count) = (below(g, 256) as u8, 1 + below(g, 3) as u8);
    let mut seats: Vec<u8> = (0..count).map(|offset| first.wrapping_add(offset)).collect();
    if below(g, 2) == 0 {
        seats.reverse();
    }
    seats
}

fn best(g: &mut Gen) -> Vec<Pick> {
    let pick = |g: &mut Gen| {
        let count = if below(g, 60) == 0 { 0 } else { 1 + below(g, 4) as u8 };
        let within = if below(g, 2) == 0 { 0 } else { below(g, 8) as u8 };
        (count, within, below(g, 3) == 0, below(g, 5) == 0)
    };
    let more = usize::from(below(g, 6) == 0);
    (0..=more).map(|_| pick(g)).collect()
}

fn seats_of_hold(g: &mut Gen) -> Vec<u8> {
    match below(g, 6) {
        0 => some(g, 2, |g| below(g, 256) as u8),
        1 => vec![1, 0],
        _ => vec![below(g, 3) as u8],
    }
}

/// Nothing, or mostly the same.
fn money(g: &mut Gen) -> u8 {
    pick(g, &[0, 0, 1, 1, 1, 1, 2, 3, 4])
}

/// Mostly one that could be; from 40 on, one that was sold: counted back from the newest.
fn order(g: &mut Gen) -> u8 {
    if below(g, 5) == 0 { below(g, 40) as u8 } else { 40 + below(g, 3) as u8 }
}

fn given(g: &mut Gen) -> Vec<(u8, u64)> {
    let values = [0, 1, 2, 3, 4, 5, 7, 10, 50, 100, 200, 1_000, 1_001, 5_000, 100_000_000];
    let field = |g: &mut Gen| (below(g, LIMITS.len() as u64) as u8, pick(g, &values));
    let mut given = some(g, 2, field);
    given.push(field(g));
    given
}

fn some<T>(g: &mut Gen, most: u64, one: impl Fn(&mut Gen) -> T) -> Vec<T> {
    (0..below(g, most + 1)).map(|_| one(g)).collect()
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match below(g, 105) {
            0..=15 => {
                let best = if below(g, 3) == 0 { best(g) } else { Vec::new() };
                let named = below(g, 9) > if best.is_empty() { 0 } else { 6 };
                let seats = if named { seats(g) } else { Vec::new() };
                let (key, holder, ttl) = (key(g), below(g, 4) as u8, ttl(g));
                Self::Hold { key, holder, ttl, seats, best, areas: areas(g) }
            }
            16..=19 => Self::Extend { key: key(g), hold: hold(g), ttl: ttl(g) },
            20..=23 => Self::Release { key: key(g), hold: hold(g), seats: None },
            24..=27 => Self::Release { key: key(g), hold: hold(g), seats: Some(seats_of_hold(g)) },
            28..=30 => {
                let first = below(g, 3) as u8;
                let holds = if below(g, 4) == 0 {
                    some(g, 3, hold)
                } else {
                    (first..=first + below(g, 2) as u8).collect()
                };
                Self::Confirm { key: key(g), order: below(g, 40) as u8, holds }
            }
            31 | 32 => {
                // Closing is for ever: at the end of few stories, not at the beginning of most.
                let action = if below(g, 60) == 0 { 2 } else { pick(g, &[0, 1, 1, 1, 1, 3]) };
                Self::Status { key: key(g), action }
            }
            33 => Self::Create { key: key(g) },
            34..=36 => Self::Repeat { back: below(g, 16) as u8 },
            37 => Self::Reuse { back: below(g, 16) as u8 },
            38..=42 => Self::Wait(pick(g, &WAITS)),
            43 | 44 => Self::Forget {
                retention: pick(g, &[0, 500, 2_000, u64::MAX]),
                refusals_max: pick(g, &[0, 1, 3, 1_000]),
                most: pick(g, &[0, 1, 2, 100]),
            },
            45..=47 => Self::Restore { seed: u64::arbitrary(g) },
            48..=52 => {
                let drop = if below(g, 3) == 0 { Vec::new() } else { seats_of_hold(g) };
                let add = if below(g, 3) == 0 { Vec::new() } else { seats(g) };
                Self::Change { key: key(g), hold: hold(g), drop, add }
            }
            53 => Self::Cancel { key: key(g), order: order(g), seats: None, refund: pick(g, &[0, 0, 1, 2]) },
            54..=56 => {
                let (order, seats) = (order(g), Some(seats_of_hold(g)));
                Self::Cancel { key: key(g), order, seats, refund: pick(g, &[0, 0, 1, 2, 3, 3]) }
            }
            57 | 58 => Self::Limits { key: key(g), given: given(g) },
            59 | 60 => Self::Block { key: key(g), seats: seats(g) },
            61 => Self::Unblock { key: key(g), seats: seats_of_hold(g) },
            62 => Self::ForceRelease { key: key(g), hold: hold(g) },
            63 => Self::ForceCancel { key: key(g), order: order(g) },
            64..=73 => {
                let first = below(g, 3) as u8;
                let holds = if below(g, 6) == 0 {
                    some(g, 3, hold)
                } else {
                    (first..=first + below(g, 2) as u8).collect()
                };
                Self::Try { key: key(g), order: below(g, 40) as u8, deadline: ttl(g), holds, money: money(g) }
            }
            74..=93 => {
                let (what, detail) = (pick(g, &[0, 1, 1, 1, 2, 2, 3, 3, 4, 4]), below(g, 2) * 49);
                let back = if below(g, 8) == 0 { 200 + below(g, 40) as u8 } else { below(g, 5) as u8 };
                Self::Report { key: key(g), back, what, detail, money: money(g) }
            }
            96..=100 => {
                Self::Exchange { key: key(g), order: order(g), drop: seats_of_hold(g), add: seats(g) }
            }
            101..=104 => {
                let what = if below(g, 3) == 0 { below(g, 256) as u8 } else { 1 << below(g, 8) };
                Self::Plan { key: key(g), what, pick: below(g, 256) as u8, number: below(g, 256) as u8 }
            }
            _ => Self::Restart { down: pick(g, &WAITS), grace: pick(g, &[0, 1, 30, 100, 2_000]) },
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self.clone() {
            Self::Hold { key, holder, ttl, seats, best, areas } => {
                let with = move |ttl, seats, best, areas| Self::Hold { key, holder, ttl, seats, best, areas };
                let simpler = (ttl != 0).then(|| with(0, seats.clone(), best.clone(), areas.clone()));
                Box::new(
                    simpler.into_iter().chain(
                        (seats, best, areas)
                            .shrink()
                            .map(move |(seats, best, areas)| with(ttl, seats, best, areas)),
                    ),
                )
            }
            Self::Extend { key, hold, ttl } if ttl != 0 => {
                Box::new([Self::Extend { key, hold, ttl: 0 }].into_iter())
            }
            Self::Release { key, hold, seats } => {
                Box::new(seats.shrink().map(move |seats| Self::Release { key, hold, seats }))
            }
            Self::Confirm { key, order, holds } => {
                Box::new(holds.shrink().map(move |holds| Self::Confirm { key, order, holds }))
            }
            Self::Change { key, hold, drop, add } => {
                Box::new((drop, add).shrink().map(move |(drop, add)| Self::Change { key, hold, drop, add }))
            }
            Self::Exchange { key, order, drop, add } => {
                Box::new((drop, add).shrink().map(move |(drop, add)| Self::Exchange {
                    key,
                    order,
                    drop,
                    add,
                }))
            }
            Self::Cancel { key, order, seats, refund } => {
                Box::new(seats.shrink().map(move |seats| Self::Cancel { key, order, seats, refund }))
            }
            Self::Limits { key, given } => Box::new(
                given
                    .shrink()
                    .filter(|given| !given.is_empty())
                    .map(move |given| Self::Limits { key, given }),
            ),
            Self::Block { key, seats } => {
                Box::new(seats.shrink().map(move |seats| Self::Block { key, seats }))
            }
            Self::Unblock { key, seats } => {
                Box::new(seats.shrink().map(move |seats| Self::Unblock { key, seats }))
            }
            Self::Try { key, order, deadline, holds, money } => {
                Box::new(holds.shrink().map(move |holds| Self::Try { key, order, deadline, holds, money }))
            }
            Self::Plan { key, what, pick, number } => {
                Box::new(what.shrink().map(move |what| Self::Plan { key, what, pick, number }))
            }
            Self::Wait(ms) => Box::new(ms.shrink().map(Self::Wait)),
            _ => quickcheck::empty_shrinker(),
        }
    }
}

impl Arbitrary for Story {
    fn arbitrary(g: &mut Gen) -> Self {
        Self { venue: below(g, VENUES.len() as u64) as usize, steps: Vec::arbitrary(g) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let venue = self.venue;
        Box::new(self.steps.shrink().map(move |steps| Self { venue, steps }))
    }
}
