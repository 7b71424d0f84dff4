//! Buyers that do not give up: what a run needs whose server is killed, stopped and disturbed under it.
//!
//! Each buyer has a connection of its own and sends one command at a time. A command without an answer is sent again with its key,
//! to wherever the server is by then, until it was judged. So in the end the history is whole, and the check of [`crate::check`]
//! can be made over it, whatever has happened to the server.

mod buyer;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::check;
use crate::faults::Faults;
use crate::history::Record;
use crate::plan::Plan;
use crate::plan::options::Wanted;
use crate::prepare;
use crate::scenario::{Flow, Scenario, Seating};
use crate::tally::locked;
use crate::wire::command::Wire;
use crate::wire::control::{Control, field};
use crate::wire::labels::{Labels, ROW_SEATS};
use crate::wire::socket::Target;
use buyer::Buyer;

/// How long a hold lasts whose buyer leaves, milliseconds.
const LEFT_TTL: u32 = 1_000;
/// Of a hundred buyers, how many pay, and how many give back. The others leave their hold to expire.
const PAY: u8 = 70;
const GIVE_BACK: u8 = 20;

/// Who buys, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct CrowdPlan {
    /// What the buyers intend follows from it, and the name of their event.
    pub seed: u64,
    /// Buyers at a time, each on a connection of its own.
    pub buyers: usize,
    /// New buyers a second, all together, while they are answered at once.
    pub rate: f64,
    /// Seats of their event.
    pub seats: u32,
}

/// What came of one command, or of one try to send it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Accepted; `hold` says whether it was a new hold.
    Accepted {
        /// Whether it was a new hold.
        hold: bool,
    },
    /// Judged and refused, with this KIND.
    Refused(String),
    /// Not judged, with this KIND: the server could not or would not.
    TurnedAway(String),
    /// There was no answer: no connection, or it ended, or it took too long.
    NoAnswer,
}

/// What a buyer has seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// When, since the crowd began.
    pub at: Duration,
    /// From the first try of the command on.
    pub took: Duration,
    /// What it was.
    pub what: What,
}

/// What the check over all that was answered found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Commands that were judged.
    pub judged: usize,
    /// Those that were accepted.
    pub accepted: usize,
    /// Those that the check has sent again, to compare their answers.
    pub repeated: usize,
    /// Promises that were broken. 0: none.
    pub faults: u64,
    /// The first few of them, in words.
    pub told: Vec<String>,
}

/// What buyers and the one who watches them share.
struct Shared {
    start: Instant,
    address: Mutex<SocketAddr>,
    payments_fail: AtomicBool,
    over: AtomicBool,
    next: AtomicU32,
    /// When a new hold was accepted last, nanoseconds since the start.
    held_ns: AtomicU64,
    samples: Mutex<Vec<Sample>>,
    strange: Mutex<Faults>,
}

/// Buyers at work.
pub struct Crowd {
    shared: Arc<Shared>,
    buyers: Vec<JoinHandle<Result<Vec<Record>, String>>>,
    wire: Wire,
    plan: CrowdPlan,
}

impl Crowd {
    /// Makes the event of the buyers on the server at `address`, which is on this machine, and lets them in.
    ///
    /// # Errors
    /// If the server refuses the event, or is not there.
    pub fn gather(plan: CrowdPlan, address: SocketAddr) -> Result<Self, String> {
        let plan = CrowdPlan { seats: plan.seats.div_ceil(ROW_SEATS) * ROW_SEATS, ..plan };
        let wire = Wire::new(plan.seed, Labels::Plain);
        let target = Target::new(&address.to_string(), None, None)?;
        let mut control = Control::connect(&target)?;
        let description = prepare::description(Labels::Plain, plan.seats);
        let made = control.must(&["EVENT", "CREATE", &wire.event(0), "create", &description])?;
        if field(&made, "version") != Some(1) {
            return Err(format!("the server has an event {} already", wire.event(0)));
        }
        let shared = Arc::new(Shared {
            start: Instant::now(),
            address: Mutex::new(address),
            payments_fail: AtomicBool::new(false),
            over: AtomicBool::new(false),
            next: AtomicU32::new(0),
            held_ns: AtomicU64::new(0),
            samples: Mutex::default(),
            strange: Mutex::default(),
        });
        let buyers = (0..plan.buyers.max(1))
            .map(|number| {
                let buyer = Buyer::new(number, plan, wire.clone(), Arc::clone(&shared));
                thread::spawn(move || buyer.buy())
            })
            .collect();
        Ok(Self { shared, buyers, wire, plan })
    }

    /// The name of their event.
    #[must_use]
    pub fn event(&self) -> String {
        self.wire.event(0)
    }

    /// The server was started again, and is here now.
    pub fn lead_to(&self, address: SocketAddr) {
        *locked(&self.shared.address) = address;
    }

    /// From now on payments fail, or they succeed again.
    pub fn let_payments_fail(&self, fail: bool) {
        self.shared.payments_fail.store(fail, Ordering::Relaxed);
    }

    /// Time since the beginning.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.shared.start.elapsed()
    }

    /// When a new hold was accepted last, since the beginning; zero: none was.
    #[must_use]
    pub fn held_at(&self) -> Duration {
        Duration::from_nanos(self.shared.held_ns.load(Ordering::Relaxed))
    }

    /// What the buyers have seen in this time, the oldest first.
    #[must_use]
    pub fn seen(&self, from: Duration, to: Duration) -> Vec<Sample> {
        let mut seen: Vec<Sample> = {
            let all = locked(&self.shared.samples);
            all.iter().filter(|sample| (from..to).contains(&sample.at)).cloned().collect()
        };
        seen.sort_by_key(|sample| sample.at);
        seen
    }

    /// Lets each buyer finish the command that is under way, and checks all that they were answered: nothing was held or sold twice,
    /// every answer is still there, the counts agree. The server has to be there.
    ///
    /// # Errors
    /// If a command was never judged, or the check cannot be made.
    pub fn end(mut self) -> Result<Checked, String> {
        self.shared.over.store(true, Ordering::Relaxed);
        let mut history = Vec::new();
        for buyer in std::mem::take(&mut self.buyers) {
            history.extend(buyer.join().map_err(|_| "a buyer failed".to_owned())??);
        }
        let CrowdPlan { seed, seats, .. } = self.plan;
        let address = *locked(&self.shared.address);
        let plan = Plan {
            wanted: Wanted::Flow,
            target: Target::new(&address.to_string(), None, None)?,
            on_a_real_server: false,
            seed,
            threads: 1,
            lanes: Vec::new(),
            events: vec![seats],
            labels: Labels::Plain,
            scenario: Scenario::Flow(flow(&self.plan)),
            check: true,
            check_repeats: usize::MAX,
            quiet: true,
        };
        let verdict = check::check(&plan, &self.wire, history)?;
        let mut faults = std::mem::take(&mut *locked(&self.shared.strange));
        faults.merge(verdict.faults);
        Ok(Checked {
            judged: verdict.judged,
            accepted: verdict.accepted,
            repeated: verdict.repeated,
            faults: faults.count(),
            told: faults.told().to_vec(),
        })
    }
}

impl Drop for Crowd {
    /// Nobody waits for buyers of a run that has failed: each ends by itself.
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

/// What the buyers intend.
fn flow(plan: &CrowdPlan) -> Flow {
    let seating = Seating::new(plan.seed, 0, 1, plan.seats);
    Flow { seating, seed: plan.seed, confirm: PAY, release: GIVE_BACK, payments: true, ttl: LEFT_TTL }
}
