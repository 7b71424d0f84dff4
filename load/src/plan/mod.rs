//! A run as it will be: options checked against each other, seats counted, lanes laid out.

pub(crate) mod options;
pub(crate) mod schedule;

use std::time::Duration;

use crate::failure::Failure;
use crate::scenario::{Best, Contend, Expire, Expiry, Flow, Hold, Read, Scenario, Seating};
use crate::wire::command::{EVENTS_MAX, LONG_TTL};
use crate::wire::labels::{Labels, ROW_SEATS};
use crate::wire::limits;
use crate::wire::socket::Target;
use options::{Arrivals, LoadArgs, Wanted};
use schedule::Rhythm;

/// Seats are prepared for this many commands a second when nothing says how many commands there will be.
const CLOSED_RATE_PREPARED: f64 = 1_000_000.0;
/// The same for parties: choosing seats takes the server longer than holding named ones.
const PARTIES_RATE_PREPARED: f64 = 300_000.0;
/// For how long after the deadline the events beside an expiry must have seats, seconds.
const BESIDE_AFTER_S: f64 = 65.0;
/// Arrivals that a run can name.
const ARRIVALS_MAX: u64 = u32::MAX as u64;

/// Who sends next, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// A closed loop: each answer is followed by the next command, with `pipeline` commands in flight on each connection.
    Closed { pipeline: usize },
    /// An open loop: commands are sent by the clock.
    Open(Rhythm),
}

/// Connections that send the same sort of commands at one pace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LanePlan {
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
    pub(crate) arrivals_max: u64,
    pub(crate) until_ns: u64,
    /// The lane goes beside the others, on the first thread, until they are done.
    pub(crate) side: bool,
}

/// Everything that a run does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) wanted: Wanted,
    pub(crate) target: Target,
    /// It may be another machine, or one with sales.
    pub(crate) on_a_real_server: bool,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) lanes: Vec<LanePlan>,
    /// Seats of each event.
    pub(crate) events: Vec<u32>,
    pub(crate) labels: Labels,
    pub(crate) scenario: Scenario,
    pub(crate) check: bool,
    pub(crate) check_repeats: usize,
    pub(crate) quiet: bool,
}

impl Plan {
    /// # Errors
    /// If options contradict each other; says what is allowed.
    pub(crate) fn new(args: &LoadArgs) -> Result<Self, Failure> {
        check(args).map_err(usage)?;
        let seed = match args.seed {
            Some(seed) => seed,
            None => fresh_seed()?,
        };
        let size = Size::of(args).map_err(usage)?;
        let connections = args.connections.unwrap_or(if args.scenario == Wanted::Contend { 200 } else { 50 });
        let mut plan = Self {
            wanted: args.scenario,
            target: Target::new(&args.address, args.token.clone(), args.tls_ca.as_deref()).map_err(usage)?,
            on_a_real_server: args.on_a_real_server,
            seed,
            threads: args.threads.min(connections),
            lanes: vec![LanePlan {
                connections,
                pace: pace(args),
                arrivals_max: size.arrivals,
                until_ns: size.duration.map_or(u64::MAX, nanoseconds),
                side: false,
            }],
            events: vec![size.seats; usize::from(size.events)],
            labels: args.labels,
            scenario: Scenario::Hold(Hold { seating: Seating::new(seed, 0, size.events, size.seats) }),
            check: args.check,
            check_repeats: args.check_repeats,
            quiet: args.quiet,
        };
        plan.scenario = plan.scenario_of(args, &size).map_err(usage)?;
        Ok(plan)
    }

    /// Makes the scenario, and adds the lanes and events that it has of its own.
    fn scenario_of(&mut self, args: &LoadArgs, size: &Size) -> Result<Scenario, String> {
        let seating = Seating::new(self.seed, 0, size.events, size.seats);
        Ok(match args.scenario {
            Wanted::Hold => Scenario::Hold(Hold { seating }),
            Wanted::Flow => Scenario::Flow(Flow {
                seating,
                seed: self.seed,
                confirm: args.confirm,
                release: args.release,
                payments: args.payments,
                ttl: ttl_ms(args, 1_000)?,
            }),
            Wanted::Contend => Scenario::Contend(Contend { seating, rivals: args.rivals }),
            Wanted::Best => Scenario::Best(Best { events: size.events, seed: self.seed }),
            Wanted::Read => {
                let reads = Rhythm { rate: args.read_rate, arrivals: args.arrivals, ramp_s: 0.0, burst: 1 };
                self.lanes.push(beside(2, reads, u64::MAX));
                Scenario::Read(Read { seating, events: size.events })
            }
            Wanted::Expire => self.expire(args, size, seating)?,
        })
    }

    fn expire(&mut self, args: &LoadArgs, size: &Size, filled: Seating) -> Result<Scenario, String> {
        let ttl = ttl_ms(args, 20_000)?;
        let rate = args.rate.unwrap_or(1_000.0);
        let wanted = (rate * (f64::from(ttl) / 1e3 + BESIDE_AFTER_S)).ceil() as u64;
        let seats = rounded(wanted);
        if size.events as usize >= EVENTS_MAX {
            return Err(format!("--events: at most {} in this scenario", EVENTS_MAX - 1));
        }
        let next = Seating::new(self.seed, size.events, 1, seats);
        let rhythm = Rhythm { rate, ..rhythm(args, rate) };
        self.lanes.push(beside(2, rhythm, next.capacity()));
        // Often enough to time the end to a hundredth of a second, too seldom to be felt.
        let counts = Rhythm { rate: 100.0, arrivals: Arrivals::Even, ramp_s: 0.0, burst: 1 };
        self.lanes.push(beside(1, counts, u64::MAX));
        self.events.push(seats);
        Ok(Scenario::Expire(Expire {
            filled,
            beside: next,
            events: size.events,
            seats: size.seats,
            holds: size.arrivals,
            due_ns: u64::from(ttl) * 1_000_000,
            seen: Expiry::new(size.events),
        }))
    }
}

const fn beside(connections: usize, rhythm: Rhythm, arrivals_max: u64) -> LanePlan {
    LanePlan { connections, pace: Pace::Open(rhythm), arrivals_max, until_ns: u64::MAX, side: true }
}

/// How much a run sends, and where to.
struct Size {
    arrivals: u64,
    duration: Option<Duration>,
    events: u16,
    /// Of each event.
    seats: u32,
}

impl Size {
    fn of(args: &LoadArgs) -> Result<Self, String> {
        let is_expire = args.scenario == Wanted::Expire;
        let commands = args.commands.or(is_expire.then_some(1_000_000));
        let per_arrival = match args.scenario {
            Wanted::Flow if args.payments => {
                1.0 + (2.0 * f64::from(args.confirm) + f64::from(args.release)) / 100.0
            }
            Wanted::Flow => 1.0 + f64::from(args.confirm + args.release) / 100.0,
            _ => 1.0,
        };
        let duration = match (commands, args.duration) {
            (Some(_), _) => None,
            (None, given) => Some(given.map_or(Duration::from_secs(10), Into::into)),
        };
        let expected = match (commands, duration) {
            (Some(commands), _) => (commands as f64 / per_arrival).ceil().max(1.0),
            (None, Some(duration)) => {
                let is_best = args.scenario == Wanted::Best;
                let prepared = if is_best { PARTIES_RATE_PREPARED } else { CLOSED_RATE_PREPARED };
                let rate = args.rate.unwrap_or(prepared / per_arrival);
                let mean = rate * duration.as_secs_f64();
                // Six deviations of a Poisson process.
                mean + 6.0 * (mean * f64::from(args.burst)).sqrt() + f64::from(args.burst)
            }
            (None, None) => return Err("either --commands or --duration".to_owned()),
        };
        let rivals = if args.scenario == Wanted::Contend { u64::from(args.rivals) } else { 1 };
        // Three and a half on average, and a little more, as not every row comes out even.
        let party = if args.scenario == Wanted::Best { 4 } else { 1 };
        let expected = (expected as u64).min(ARRIVALS_MAX);
        let seats = args.seats.unwrap_or_else(|| expected.div_ceil(rivals) * party).max(1);
        let least = seats.div_ceil(u64::from(limits::SEATS_MAX));
        let events = args.events.map_or(least, |events| events as u64).max(1);
        if events < least {
            return Err(format!("{seats} seats need at least {least} events: give --events {least} or more"));
        }
        let events = u16::try_from(events).ok().filter(|events| usize::from(*events) < EVENTS_MAX);
        let events = events.ok_or_else(|| format!("at most {} events in a run", EVENTS_MAX - 1))?;
        let each = rounded(seats.div_ceil(u64::from(events)));
        // A hall that is too small for all parties refuses some; `--seats` may ask for that.
        let room = match args.scenario {
            Wanted::Best => u64::MAX,
            _ => u64::from(each) * u64::from(events) * rivals,
        };
        if commands.is_some() && room < expected {
            return Err(format!("{expected} commands need at least {} seats", expected.div_ceil(rivals)));
        }
        let arrivals = if commands.is_some() { expected } else { room.min(ARRIVALS_MAX) };
        Ok(Self { arrivals, duration, events, seats: each })
    }
}

/// The number of seats of an event, rounded up: they are one row, or whole rows.
fn rounded(seats: u64) -> u32 {
    let row = u64::from(ROW_SEATS);
    let whole = if seats <= row { seats } else { seats.div_ceil(row) * row };
    u32::try_from(whole).unwrap_or(u32::MAX).clamp(1, limits::SEATS_MAX)
}

fn check(args: &LoadArgs) -> Result<(), String> {
    let at_least_one = [
        ("--connections", args.connections.unwrap_or(1) as u64),
        ("--pipeline", args.pipeline.unwrap_or(1) as u64),
        ("--threads", args.threads as u64),
        ("--events", args.events.unwrap_or(1) as u64),
        ("--commands", args.commands.unwrap_or(1)),
        ("--seats", args.seats.unwrap_or(1)),
        ("--burst", u64::from(args.burst)),
        ("--rivals", u64::from(args.rivals)),
    ];
    if let Some((name, _)) = at_least_one.into_iter().find(|(_, value)| *value == 0) {
        return Err(format!("{name} is 0: it must be at least 1"));
    }
    for (name, rate) in [("--rate", args.rate.unwrap_or(1.0)), ("--read-rate", args.read_rate)] {
        if !(rate.is_finite() && (1e-3..=1e8).contains(&rate)) {
            return Err(format!("{name} is {rate}: it must be from 0.001 to 100000000 a second"));
        }
    }
    if u16::from(args.confirm) + u16::from(args.release) > 100 {
        return Err("--confirm and --release are over 100 percent together".to_owned());
    }
    if args.payments && args.scenario != Wanted::Flow {
        return Err("--payments is for flow: its buyers are the ones who pay".to_owned());
    }
    if args.rate.is_some() && args.pipeline.is_some() && args.scenario != Wanted::Expire {
        return Err("--pipeline is for a closed loop, --rate for an open one: give one of them".to_owned());
    }
    if args.scenario == Wanted::Expire && args.duration.is_some() {
        return Err(
            "expire lasts until all holds are free: give --commands and --ttl, not --duration".to_owned()
        );
    }
    if args.duration.is_some_and(|duration| duration.is_zero()) {
        return Err("--duration is 0s: it must be longer".to_owned());
    }
    Ok(())
}

fn pace(args: &LoadArgs) -> Pace {
    match args.rate {
        Some(rate) if args.scenario != Wanted::Expire => Pace::Open(rhythm(args, rate)),
        _ => {
            let usual = if args.scenario == Wanted::Contend { 4 } else { 32 };
            Pace::Closed { pipeline: args.pipeline.unwrap_or(usual) }
        }
    }
}

fn rhythm(args: &LoadArgs, rate: f64) -> Rhythm {
    let ramp_s = args.ramp.map_or(0.0, |ramp| Duration::from(ramp).as_secs_f64());
    Rhythm { rate, arrivals: args.arrivals, ramp_s, burst: args.burst }
}

fn ttl_ms(args: &LoadArgs, usual: u32) -> Result<u32, String> {
    let Some(ttl) = args.ttl else { return Ok(usual) };
    let ms = u32::try_from(ttl.as_millis()).ok().filter(|ms| (1..LONG_TTL).contains(ms));
    ms.ok_or_else(|| format!("--ttl is {ttl}: it must be from 1ms to less than a day"))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A new seed, short enough to be typed again.
fn fresh_seed() -> Result<u64, Failure> {
    let number = getrandom::u32()
        .map_err(|error| Failure::Defect(format!("no random bytes for a seed: {error}; give --seed")))?;
    Ok(u64::from(number))
}

fn usage(message: String) -> Failure {
    Failure::Usage(message)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        load: LoadArgs,
    }

    fn plan(line: &str) -> Result<Plan, Failure> {
        let words = std::iter::once("load").chain(line.split(' '));
        Plan::new(&Line::try_parse_from(words).unwrap().load)
    }

    #[test]
    fn seats_follow_from_what_the_run_needs() {
        let of = |line: &str| {
            let plan = plan(line).unwrap();
            (plan.events, plan.lanes[0].arrivals_max)
        };
        assert_eq!(of("hold --commands 500"), (vec![500], 500));
        assert_eq!(of("hold --commands 1500"), (vec![2_000], 1_500));
        assert_eq!(of("hold --commands 2500000"), (vec![834_000; 3], 2_500_000));
        assert_eq!(of("hold --commands 9000 --events 3"), (vec![3_000; 3], 9_000));
        assert_eq!(of("contend --commands 20000"), (vec![1_000], 20_000));
        assert_eq!(of("best --commands 1000"), (vec![4_000], 1_000));
        assert_eq!(of("best --commands 1000 --seats 500"), (vec![500], 1_000));
        assert_eq!(of("flow --commands 1900"), (vec![1_000], 1_000));
        assert_eq!(of("hold --duration 2s").0, vec![670_000; 3]);
        assert_eq!(of("expire --commands 1000 --ttl 1s --rate 10").0, vec![1_000, 660]);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for line in [
            "hold --commands 2000001 --events 2",
            "hold --commands 2000 --seats 1000",
            "hold --rate 5 --pipeline 2",
            "hold --connections 0",
            "hold --rate 0",
            "hold --duration 0s",
            "flow --confirm 90 --release 20",
            "flow --ttl 25h",
            "hold --payments",
            "expire --duration 5s",
            "hold --address nowhere",
        ] {
            assert!(plan(line).is_err(), "{line}");
        }
    }
}
