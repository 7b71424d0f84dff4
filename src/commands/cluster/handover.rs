//! `holdfast cluster handover`: another node is to sell, by an operator's word.
//!
//! Nodes speak to each other by the log alone, so an owner does not know how near the others are. This command asks each of them, and the
//! owner last. A node that turns out to be silent after all costs a second: then any other takes the log.

use std::cmp::Reverse;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_engine::{Code, hex};
use holdfast_net::inside::Value;

use super::super::data;
use super::super::told::{Info, Server, text_of};
use crate::exit::Failure;
use crate::flags::{HandoverArgs, PassArgs, ServerArgs};
use crate::settings::{Cluster, Settings};

/// The other one sells within so long, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// A node with more messages to read is not near.
const NEAR: u64 = 64;
/// A node that has not known the end of the log for so many beats is not near.
const BEATS: u64 = 4;

/// A node, as it says of itself.
struct Seen {
    name: String,
    address: String,
    /// Why it does not say anything, if so.
    info: Result<Info, String>,
}

pub(super) fn run(args: &HandoverArgs) -> Result<(), Failure> {
    let settings = Settings::of_cluster(&args.log)?;
    let all = look(&settings, &args.pass)?;
    let beat = settings.beat.as_millis();
    let owner = all.iter().find(|node| node.is("owner"));
    let Some(owner) = owner else {
        let said: Vec<_> = all.iter().map(Seen::said).collect();
        return Err(Failure::fault(
            Code::NO_OWNER,
            format!("no node says that it owns the log: {}", said.join("; ")),
        ));
    };
    let to = match &args.to {
        Some(name) if *name == owner.name => {
            data::print(&format!("{name} owns the log already\n"));
            return Ok(());
        }
        Some(name) => {
            let named = all.iter().find(|node| node.name == *name);
            named.ok_or_else(|| {
                let names: Vec<_> = all.iter().map(|node| &*node.name).collect();
                let message = format!("--to {name}: cluster.nodes has {}", names.join(", "));
                Failure::usage(Code::BAD_USAGE, message)
            })?
        }
        None => nearest(&all, beat)?,
    };
    if let Err(why) = to.near(beat) {
        return Err(Failure::fault(Code::STALE, format!("{why}: it would not take over at once")));
    }
    let epoch = owner.number("cluster_epoch");
    ask(owner, to, args)?;
    until_it_sells((&settings, args), (owner, to), epoch)
}

/// All nodes whose addresses are told.
fn look(settings: &Cluster, pass: &PassArgs) -> Result<Vec<Seen>, Failure> {
    let told = settings.members().filter_map(|(name, address)| Some((name, address?)));
    let all: Vec<_> = told.map(|(name, address)| Seen::look(name, address, pass)).collect();
    if all.is_empty() {
        let message = "cluster.nodes does not say where the nodes are: name=host:port for each";
        return Err(Failure::usage(Code::BAD_CONFIGURATION, message));
    }
    Ok(all)
}

/// The node that follows and has the least to read; the first of several.
fn nearest(all: &[Seen], beat: u64) -> Result<&Seen, Failure> {
    let near = all.iter().rev().filter(|node| node.near(beat).is_ok());
    near.max_by_key(|node| Reverse(node.number("cluster_lag"))).ok_or_else(|| {
        let why: Vec<_> = all.iter().filter_map(|node| node.near(beat).err()).collect();
        Failure::fault(Code::STALE, format!("no node would take over at once: {}", why.join("; ")))
    })
}

/// Has the owner begin.
fn ask(owner: &Seen, to: &Seen, args: &HandoverArgs) -> Result<(), Failure> {
    let key = format!("handover-{}", hex(&data::random::<8>()?));
    let words = ["JOB", "RUN", "handover", &key, &args.operator, &args.reason, &to.name];
    match owner.server(&args.pass)?.value(&words)? {
        Value::Refused(line) => {
            Err(Failure::found_wrong(format!("{}: {}", owner.name, text_of(&Value::Text(line)))))
        }
        answer => {
            let execution = answer.field("execution").map(text_of).unwrap_or_default();
            data::print(&format!("{execution}: {} hands the log to {}\n", owner.name, to.name));
            Ok(())
        }
    }
}

/// Waits until somebody sells in a later turn.
fn until_it_sells(
    (settings, args): (&Cluster, &HandoverArgs),
    (owner, to): (&Seen, &Seen),
    epoch: u64,
) -> Result<(), Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        // The one that is to sell, far more often than not.
        let others = settings.members().filter(|(name, _)| *name != to.name && *name != owner.name);
        let others = others.filter_map(|(name, address)| Some((name, address?)));
        for (name, address) in [(&*to.name, &*to.address)].into_iter().chain(others) {
            let node = Seen::look(name, address, &args.pass);
            if node.is("owner") && node.number("cluster_epoch") > epoch && !node.has("mode", "following") {
                let epoch = node.number("cluster_epoch");
                data::print(&format!("{name} owns the log since epoch {epoch}, and sells\n"));
                return match name == to.name {
                    true => Ok(()),
                    false => Err(Failure::found_wrong(format!(
                        "{} did not take the log, and {name} has it",
                        to.name
                    ))),
                };
            }
        }
        thread::sleep(LOOK);
    }
    Err(Failure::found_wrong(format!(
        "nobody sells in a later epoch than {epoch} yet: {} says why in JOB FIND handover",
        owner.name
    )))
}

impl Seen {
    fn look(name: &str, address: &str, pass: &PassArgs) -> Self {
        let (name, address) = (name.to_owned(), address.to_owned());
        let mut seen = Self { name, address, info: Err(String::new()) };
        let info = seen.server(pass).and_then(|mut server| server.info());
        seen.info = info.map_err(|failure| failure.to_string());
        seen
    }

    fn server(&self, pass: &PassArgs) -> Result<Server, Failure> {
        Server::connect(&ServerArgs { address: self.address.clone(), pass: pass.clone() })
    }

    fn has(&self, field: &str, value: &str) -> bool {
        self.info.as_ref().is_ok_and(|info| info.get(field) == Some(value))
    }

    fn is(&self, role: &str) -> bool {
        self.has("cluster_role", role)
    }

    fn number(&self, field: &str) -> u64 {
        self.info.as_ref().map_or(0, |info| info.number(field))
    }

    fn said(&self) -> String {
        match &self.info {
            Ok(info) => format!("{} is {}", self.name, info.text("cluster_role")),
            Err(why) => format!("{} does not answer: {why}", self.name),
        }
    }

    /// Why it would not take over at once, if so.
    fn near(&self, beat: u64) -> Result<(), String> {
        let Some(age) =
            self.info.as_ref().ok().and_then(|info| info.get("cluster_age_ms")?.parse::<u64>().ok())
        else {
            return Err(self.said());
        };
        if !self.is("follower") {
            return Err(self.said());
        }
        let lag = self.number("cluster_lag");
        if lag > NEAR || age > BEATS * beat {
            return Err(format!(
                "{} has {lag} messages to read, and has not known the end of the log for {age} ms",
                self.name
            ));
        }
        Ok(())
    }
}
