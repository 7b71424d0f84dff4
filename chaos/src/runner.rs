//! One experiment, from an empty directory to the verdict.

mod method;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use holdfast_load::{Crowd, CrowdPlan};

use crate::disturb::{Clock, Collector, Disk, missing};
use crate::experiment::{Experiment, Phase};
use crate::failure::Failure;
use crate::journal::{Entry, History, Journal, Measured, VERSION, Verdict};
use crate::measure::{Window, probe};
use crate::place::{Place, on_this_machine};
use crate::schedule::schedule;
use crate::server::{Recipe, Server, shown};

/// How long buyers buy before anything is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// How often it is looked whether all is well, before anything is done.
const WINDOWS_BEFORE: usize = 5;
/// How long all may take to be well again.
const CALM: Duration = Duration::from_secs(120);
/// Seats of the sale: more than are sold in the longest experiment at the highest rate.
const SEATS: u32 = 400_000;

/// How an experiment is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program `holdfast`.
    pub program: PathBuf,
    /// What the seed gives: times of the schedule, and what buyers intend.
    pub seed: u64,
    /// The directory of the run, which must not be there; none: one among the temporary files.
    pub data: Option<PathBuf>,
    /// Where the server listens, on this machine.
    pub listen: SocketAddr,
    /// The directory of the run stays, also if all was well.
    pub keep: bool,
    /// When it is, for the journal.
    pub started: String,
}

/// Runs an experiment to its end, whatever it finds: see the verdict of the journal.
///
/// # Errors
/// If it cannot be run at all: nothing was disturbed then.
pub fn run(experiment: &Experiment, options: &Options) -> Result<Journal, Failure> {
    on_this_machine(options.listen)?;
    let lacks: Vec<String> = experiment.needs().into_iter().filter_map(missing).collect();
    if !lacks.is_empty() {
        return Err(Failure::Usage(format!("this machine lacks {}", lacks.join("; and "))));
    }
    let mut place = Place::make(options.data.as_deref(), options.seed, options.keep)?;
    let mut journal = begun(experiment, options);
    let done = World::new(experiment, options, &place)
        .and_then(|world| Run { world, journal: &mut journal, experiment }.through());
    if let Err(why) = done {
        journal.reasons.push(why);
    }
    if journal.verdict != Verdict::NotSteadyBefore {
        journal.verdict = if journal.reasons.is_empty() { Verdict::Held } else { Verdict::Deviated };
    }
    if journal.verdict != Verdict::Held {
        place.keep();
    }
    journal.kept = place.kept();
    Ok(journal)
}

fn begun(experiment: &Experiment, options: &Options) -> Journal {
    Journal {
        version: VERSION,
        title: experiment.title.clone(),
        title_ko: experiment.title_ko.clone(),
        description: experiment.description.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        started: options.started.clone(),
        seed: options.seed,
        load: experiment.load,
        flags: experiment.server.flags.iter().map(|flag| flag.get_ref().clone()).collect(),
        schedule: schedule(experiment, options.seed),
        hypothesis: experiment.steady_state_hypothesis.title.clone(),
        before: None,
        during: None,
        after: None,
        faults: Vec::new(),
        timeline: Vec::new(),
        history: None,
        starts: 0,
        steady_after_s: None,
        kept: None,
        verdict: Verdict::Deviated,
        reasons: Vec::new(),
    }
}

/// The server, who buys, and the means to disturb. In the order in which they have to go.
pub(crate) struct World {
    pub(crate) crowd: Crowd,
    pub(crate) server: Server,
    pub(crate) collector: Option<Collector>,
    pub(crate) clock: Option<Clock>,
    pub(crate) disk: Option<Disk>,
    pub(crate) event: String,
}

impl World {
    fn new(experiment: &Experiment, options: &Options, place: &Place) -> Result<Self, String> {
        let on_disk = place.path("disk");
        std::fs::create_dir(&on_disk).map_err(|error| format!("{}: {error}", on_disk.display()))?;
        let disk = experiment.server.disk_mib.map(|mib| Disk::mount(&on_disk, mib)).transpose()?;
        let clock = experiment.server.clock.then(|| Clock::make(place.root())).transpose()?;
        let collector = experiment.server.collector.then(Collector::listen).transpose()?;
        let mut flags = flags(&on_disk.join("data"), options.listen);
        flags.extend(experiment.server.flags.iter().map(|flag| flag.get_ref().clone()));
        if let Some(collector) = &collector {
            flags.extend(["--trace-otlp".to_owned(), collector.url()]);
        }
        let mut server = Server::new(Recipe {
            before: disk.as_ref().map(Disk::before).unwrap_or_default(),
            program: options.program.clone(),
            flags,
            env: clock.as_ref().map(Clock::env).unwrap_or_default(),
            directory: place.root().to_owned(),
            log: place.path("server.log"),
        });
        let address = server.start()?;
        let load = experiment.load;
        let plan = CrowdPlan { seed: options.seed, buyers: load.buyers, rate: load.rate, seats: SEATS };
        let crowd = Crowd::gather(plan, address)?;
        let event = crowd.event();
        Ok(Self { crowd, server, collector, clock, disk, event })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, String> {
        self.server.address().ok_or_else(|| "the server is not there".to_owned())
    }
}

/// The flags of every server: small segments, and nothing that reaches outside. Holds end when they were to, also after a restart.
fn flags(data: &Path, listen: SocketAddr) -> Vec<String> {
    let (data, listen) = (data.display().to_string(), listen.to_string());
    let given = [
        ("--data", &*data),
        ("--listen", &listen),
        ("--admin-listen", "off"),
        ("--recovery-grace", "0s"),
        ("--wal-segment", "8MiB"),
        ("--wal-reserve", "16MiB"),
    ];
    given.iter().flat_map(|(flag, value)| [(*flag).to_owned(), (*value).to_owned()]).collect()
}

/// A run on its way.
struct Run<'a> {
    world: World,
    journal: &'a mut Journal,
    experiment: &'a Experiment,
}

impl Run<'_> {
    fn through(mut self) -> Result<(), String> {
        self.tell("the server is ready, and buyers are let in");
        thread::sleep(WARM_UP);
        let is_steady = self.is_steady_before();
        if is_steady {
            let began = self.world.crowd.now();
            let done = self.method();
            self.roll_back();
            let ended = self.world.crowd.now();
            self.journal.during = Some(self.measured(Phase::During, began, ended));
            if let Err(why) = done {
                self.journal.reasons.push(why);
            }
            self.until_steady(ended)?;
        } else {
            self.journal.verdict = Verdict::NotSteadyBefore;
            self.journal
                .reasons
                .push("all was not well before anything was done, so nothing was done".to_owned());
        }
        self.judge(is_steady)
    }

    /// Whether all is well. A server and a machine that have just begun are given a few windows for it.
    fn is_steady_before(&mut self) -> bool {
        for _ in 0..WINDOWS_BEFORE {
            let before = self.watch(Phase::Before);
            let holds = before.holds();
            self.journal.before = Some(before);
            if holds {
                return true;
            }
        }
        false
    }

    fn tell(&mut self, what: impl Into<String>) {
        let at_s = self.world.crowd.now();
        self.journal.timeline.push(Entry { at_s, what: what.into() });
    }

    /// Watches for as long as the hypothesis says.
    fn watch(&mut self, phase: Phase) -> Measured {
        let from = self.world.crowd.now();
        thread::sleep(self.experiment.steady_state_hypothesis.window.least);
        self.measured(phase, from, self.world.crowd.now())
    }

    fn measured(&self, phase: Phase, from: Duration, to: Duration) -> Measured {
        let window = Window { from, to, samples: self.world.crowd.seen(from, to) };
        let probes = &self.experiment.steady_state_hypothesis.probes;
        let address = self.world.server.address().map(|address| address.to_string());
        Measured {
            from_s: from,
            to_s: to,
            new_holds: window.held(),
            turned_away: window.turned_away(),
            unanswered: window.unanswered(),
            probes: probe(probes, phase, &window, address),
        }
    }

    /// Watches until all is well, or for as long as anybody would wait.
    fn until_steady(&mut self, since: Duration) -> Result<(), String> {
        loop {
            // Whatever has happened: the books are read from a server that is there.
            self.pause(Duration::ZERO)?;
            let after = self.watch(Phase::After);
            let (holds, began) = (after.holds(), after.from_s);
            self.journal.after = Some(after);
            if holds {
                self.journal.steady_after_s = Some(began.saturating_sub(since));
                self.tell("all is well");
                return Ok(());
            }
            if self.world.crowd.now().saturating_sub(since) > CALM {
                return Ok(());
            }
        }
    }

    /// The books: every probe, and every answer that anybody was given.
    fn judge(mut self, was_steady: bool) -> Result<(), String> {
        let phases = [(&self.journal.during, "during"), (&self.journal.after, "after")];
        let mut reasons = Vec::new();
        for (measured, when) in phases.into_iter().filter(|_| was_steady) {
            let Some(measured) = measured else { continue };
            for probe in measured.probes.iter().filter(|probe| probe.counts && !probe.within) {
                let value = probe.value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
                reasons.push(format!("{when}: {}: {value}, and not {}", probe.name, probe.tolerance));
            }
        }
        self.journal.reasons.append(&mut reasons);
        self.tell("the sale is over, and every answer is checked");
        let Self { world: World { crowd, mut server, .. }, journal, .. } = self;
        let checked = crowd.end();
        journal.starts = server.starts;
        let checked = checked?;
        if checked.faults > 0 {
            journal.reasons.push(format!(
                "{} promises were broken: {}",
                checked.faults,
                checked.told.join("; ")
            ));
        }
        journal.history = Some(History {
            judged: checked.judged,
            accepted: checked.accepted,
            repeated: checked.repeated,
            broken_promises: checked.faults,
            told: checked.told,
        });
        let status = server.stop()?;
        if !status.success() {
            journal.reasons.push(format!("the server did not stop in order: {}", shown(status)));
        }
        Ok(())
    }
}
