//! The report of a run: for people here, for programs in `json`, as percentile files in `hgrm`, as a picture in `plot`.

mod hgrm;
mod json;
mod plot;

use std::fmt::Write as _;

pub(crate) use hgrm::write_hgrm;
pub(crate) use plot::write_svg;

use crate::Seen;
use crate::check::Verdict;
use crate::generator::cost::BUSY_MAX;
use crate::plan::options::Arrivals;
use crate::plan::{LanePlan, Pace, Plan};
use crate::progress::{duration, thousands};
use crate::scenario::Scenario;
use crate::tally::Latency;
use crate::wire::command::Kind;
use crate::wire::shown::shown;

/// If more than one send in a hundred is later than this, the generator does not keep its schedule.
const LAG_MAX_NS: u64 = 1_000_000;

/// A finished run.
pub(crate) struct Report {
    plan: Plan,
    seen: Seen,
    /// `None` if the check was off, or the run was cut short.
    verdict: Option<Result<Verdict, String>>,
}

impl Report {
    pub(crate) fn new(plan: &Plan, seen: Seen, verdict: Option<Result<Verdict, String>>) -> Self {
        Self { plan: plan.clone(), seen, verdict }
    }

    /// What is wrong, in a line; `None` for a good run.
    pub(crate) fn failure(&self) -> Option<String> {
        if let Some(broken) = &self.seen.broken
            && self.seen.tally.strange.count() == 0
        {
            return Some(broken.clone());
        }
        let strange = self.seen.tally.strange.count();
        if strange > 0 {
            return Some(format!("{strange} answers were not what they should be"));
        }
        if self.never_free() {
            return Some("the holds that were due were not all free a minute later".to_owned());
        }
        match self.verdict.as_ref()? {
            Err(why) => Some(format!("the check could not be made: {why}")),
            Ok(verdict) if verdict.faults.count() > 0 => {
                Some(format!("the check found {} faults", verdict.faults.count()))
            }
            Ok(_) => None,
        }
    }

    fn never_free(&self) -> bool {
        self.seen.broken.is_none()
            && self.seen.expiry.as_ref().is_some_and(|seen| seen.all_free_ns().is_none())
    }

    /// The run in a line.
    pub(crate) fn title(&self) -> String {
        format!("holdfast load {}, {} commands/s", self.scenario(), thousands(self.rate() as u64))
    }

    fn scenario(&self) -> String {
        format!("{:?}", self.plan.wanted).to_lowercase()
    }

    pub(crate) fn histograms(&self) -> impl Iterator<Item = (Kind, &Latency)> {
        self.seen.tally.series().map(|(kind, series)| (kind, &series.latency))
    }

    /// Answers a second.
    fn rate(&self) -> f64 {
        self.seen.answers as f64 / self.seconds()
    }

    /// Answers a second to commands that were judged.
    fn judged_rate(&self) -> f64 {
        self.seen.tally.judged() as f64 / self.seconds()
    }

    fn seconds(&self) -> f64 {
        (self.seen.took_ns.max(1)) as f64 / 1e9
    }

    /// The summary for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write_text(&mut text);
        text
    }

    fn write_text(&self, text: &mut String) -> std::fmt::Result {
        let Seen { tally, .. } = &self.seen;
        writeln!(text, "{} on {}, seed {}", self.scenario(), self.plan.target.server, self.plan.seed)?;
        for lane in &self.plan.lanes {
            writeln!(text, "  {}", told(lane, self.plan.threads))?;
        }
        let (events, seats) = (self.plan.events.len(), self.plan.events.iter().max().copied().unwrap_or(0));
        writeln!(
            text,
            "  {events} {} of up to {} seats",
            plural(events, "event"),
            thousands(u64::from(seats))
        )?;
        writeln!(
            text,
            "{} answers in {}: {} a second",
            thousands(self.seen.answers),
            duration(self.seen.took_ns),
            thousands(self.rate() as u64)
        )?;
        if tally.judged() < tally.answers() {
            writeln!(text, "of them judged: {} a second", thousands(self.judged_rate() as u64))?;
        }
        writeln!(text)?;
        let columns = ["count", "accepted", "p50", "p90", "p99", "p99.9", "max"];
        write!(text, "{:<16}", "")?;
        columns.iter().try_for_each(|column| write!(text, "{column:>12}"))?;
        writeln!(text)?;
        for (kind, series) in tally.series() {
            let at = |quantile| duration(series.latency.value_at_quantile(quantile));
            let (count, accepted) = (thousands(series.latency.len()), thousands(series.accepted));
            write!(text, "{:<16}{count:>12}{accepted:>12}", kind.word())?;
            for value in [at(0.5), at(0.9), at(0.99), at(0.999), duration(series.latency.max())] {
                write!(text, "{value:>12}")?;
            }
            writeln!(text)?;
        }
        writeln!(text)?;
        for refusals in tally.refusals() {
            let share = refusals.count as f64 * 100.0 / tally.answers().max(1) as f64;
            write!(
                text,
                "refused {}: {} ({share:.2} %)",
                shown(refusals.word.as_bytes()),
                thousands(refusals.count)
            )?;
            if !refusals.judges() {
                let at = |quantile| duration(refusals.latency.value_at_quantile(quantile));
                write!(text, ", unjudged, after p50 {}, p99 {}, at most {}", at(0.5), at(0.99), at(1.0))?;
            }
            writeln!(text)?;
        }
        self.write_expiry(text)?;
        self.write_cost(text)?;
        self.write_verdict(text)
    }

    fn write_expiry(&self, text: &mut String) -> std::fmt::Result {
        let (Some(seen), Scenario::Expire(expire)) = (&self.seen.expiry, &self.plan.scenario) else {
            return Ok(());
        };
        let due = expire.due_ns;
        write!(text, "{} holds were due {} after the start", thousands(expire.holds), duration(due))?;
        match seen.all_free_ns() {
            Some(free) => {
                let late = free.saturating_sub(due);
                let rate = expire.holds as f64 / (late.max(1) as f64 / 1e9);
                writeln!(
                    text,
                    "; all were free {} later, {} a second",
                    duration(late),
                    thousands(rate as u64)
                )?;
            }
            None => writeln!(text, "; they were never all seen free")?,
        }
        if seen.filled_ns > due {
            let filled = duration(seen.filled_ns);
            writeln!(text, "NOTE: it took {filled} to make them, so not all were due at once: raise --ttl")?;
        }
        Ok(())
    }

    fn write_cost(&self, text: &mut String) -> std::fmt::Result {
        let Seen { tally, cost, .. } = &self.seen;
        let each_us = cost.processor.as_secs_f64() * 1e6 / tally.answers().max(1) as f64;
        write!(text, "generator: {each_us:.3} us of processor a command")?;
        if let Some(own) = cost.own_share {
            write!(text, " ({:.3} us outside the kernel)", each_us * own)?;
        }
        write!(text, ", busy {:.0} % of the time", cost.busy * 100.0)?;
        if let Some(starved) = cost.starved {
            write!(text, ", without a processor {:.0} %", starved * 100.0)?;
        }
        writeln!(text)?;
        if !tally.lag.is_empty() {
            let at = |quantile| duration(tally.lag.value_at_quantile(quantile));
            writeln!(
                text,
                "schedule: sends were late by p50 {}, p99 {}, at most {}",
                at(0.5),
                at(0.99),
                at(1.0)
            )?;
        }
        self.notes().iter().try_for_each(|note| writeln!(text, "NOTE: {note}"))
    }

    /// Remarks on what makes the figures misleading.
    fn notes(&self) -> Vec<String> {
        let Seen { tally, cost, .. } = &self.seen;
        let mut notes = Vec::new();
        if cost.is_bottleneck() {
            notes.push(format!(
                "the generator was the bottleneck: its thread ran, or waited for a processor, over {:.0} % of the \
                 time, so the rate is its own and not the server's. Give it --threads, or a machine of its own",
                BUSY_MAX * 100.0
            ));
        }
        if tally.lag.value_at_quantile(0.99) > LAG_MAX_NS {
            let starved = cost.starved.map_or(0.0, |share| share * 100.0);
            notes.push(format!(
                "the generator fell behind its schedule: one send in a hundred was over a millisecond late, and the \
                 latencies include that. It had no processor {starved:.0} % of the time. Give it --threads, a lower \
                 --rate, or a machine of its own"
            ));
        }
        if tally.held_back > 0 {
            notes.push(
                "the server was so far behind that sends were held back until it had answered some"
                    .to_owned(),
            );
        }
        if self.seen.exhausted {
            notes.push("the prepared seats ran out before the time did: give --seats".to_owned());
        }
        notes
    }

    fn write_verdict(&self, text: &mut String) -> std::fmt::Result {
        for strange in self.seen.tally.strange.told() {
            writeln!(text, "WRONG: {strange}")?;
        }
        match &self.verdict {
            None if !self.plan.check => writeln!(text, "check: off"),
            None => writeln!(text, "check: not made, the run was not whole"),
            Some(Err(why)) => writeln!(text, "check: FAILED: {why}"),
            Some(Ok(verdict)) => {
                let Verdict { judged, accepted, repeated, lapsed, faults } = verdict;
                let ok = if faults.count() == 0 { "passed" } else { "FAILED" };
                let all = if repeated == judged { "all of them" } else { "a sample, evenly drawn" };
                writeln!(
                    text,
                    "check: {ok}: {} writes judged, {} accepted, {} lapsed; {} repeated ({all}); counts of {} {} \
                     compared",
                    thousands(*judged as u64),
                    thousands(*accepted as u64),
                    thousands(*lapsed),
                    thousands(*repeated as u64),
                    self.plan.events.len(),
                    plural(self.plan.events.len(), "event"),
                )?;
                faults.told().iter().try_for_each(|fault| writeln!(text, "FAULT: {fault}"))
            }
        }
    }
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 { one.to_owned() } else { format!("{one}s") }
}

/// A lane in words.
fn told(lane: &LanePlan, threads: usize) -> String {
    let LanePlan { connections, pace, side, .. } = lane;
    let pace = match pace {
        Pace::Closed { pipeline } => format!("{pipeline} in flight on each"),
        Pace::Open(rhythm) => {
            let how = match rhythm.arrivals {
                Arrivals::Poisson => "Poisson",
                Arrivals::Even => "even",
            };
            format!("open loop, {} a second, {how}, bursts of {}", rhythm.rate, rhythm.burst)
        }
    };
    let threads =
        if *side { "beside".to_owned() } else { format!("{threads} {}", plural(threads, "thread")) };
    format!("{connections} {}, {pace}, {threads}", plural(*connections, "connection"))
}
