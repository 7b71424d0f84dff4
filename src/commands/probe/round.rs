//! One round: a place is held, sold, and given back.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use holdfast_load::field;

use super::super::told::Server;
use crate::exit::Failure;
use crate::flags::{ProbeArgs, ServerArgs};

/// The event of the probe, where it may make it itself.
const MAP: &str = r#"{"areas":[{"name":"P","category":"probe","capacity":1000}],"open":true}"#;
/// A hold whose round has failed is over after so long, milliseconds.
const TTL: &str = "10000";
/// Orders that may be there still, as nobody has said that they were given back: at most so many are tried again.
const LEFT_MAX: usize = 100;

/// The commands of a round, in their order.
pub(super) const STEPS: [&str; 3] = ["hold", "confirm", "cancel"];

/// How long each step took.
pub(super) type Times = [Duration; STEPS.len()];

/// Why a round is no success.
#[derive(Debug)]
pub(super) enum Failed {
    /// The server was not reached, or did not answer in time.
    Unreachable(String),
    /// It refused a step: the step, and what it said.
    Refused(&'static str, String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "unreachable: {why}"),
            Self::Refused(step, line) => write!(f, "{step} was refused: {line}"),
        }
    }
}

/// All rounds of a probe.
pub(super) struct Rounds<'a> {
    args: &'a ServerArgs,
    event: &'a str,
    connection: Option<Server>,
    /// Names of this process: no other probe uses its keys.
    nonce: String,
    count: u64,
    left: VecDeque<String>,
}

impl<'a> Rounds<'a> {
    /// # Errors
    /// The event is not there and cannot be made. A server that is not there is no error: rounds tell of it.
    pub(super) fn new(args: &'a ProbeArgs) -> Result<Self, Failure> {
        let mut nonce = [0; 4];
        getrandom::fill(&mut nonce).map_err(|error| {
            Failure::fault(holdfast_engine::Code::DIRECTORY_UNUSABLE, format!("no randomness: {error}"))
        })?;
        let nonce = format!("{:08x}", u32::from_le_bytes(nonce));
        let event = args.event.as_str();
        let mut rounds =
            Self { args: &args.server, event, connection: None, nonce, count: 0, left: VecDeque::new() };
        if let Ok(mut server) = Server::connect(&args.server) {
            rounds.make_event(&mut server)?;
            rounds.connection = Some(server);
        }
        Ok(rounds)
    }

    fn make_event(&self, server: &mut Server) -> Result<(), Failure> {
        let event = self.event;
        if !server.ask(&["COUNT", event])?.starts_with(b"-NOEVENT") {
            return Ok(());
        }
        let made = server.ask(&["EVENT", "CREATE", event, "probe", MAP])?;
        if made.starts_with(b"-") {
            let why = String::from_utf8_lossy(&made);
            let why = why.trim_end();
            let message = format!(
                "the event {event} is not there, and this token cannot make it ({why}). An operator sends: \
                 EVENT CREATE {event} probe '{MAP}'"
            );
            return Err(Failure::unreachable(message));
        }
        Ok(())
    }

    /// Carries out a round.
    ///
    /// # Errors
    /// What a buyer would have met.
    pub(super) fn round(&mut self) -> Result<Times, Failed> {
        self.count += 1;
        let name = format!("probe-{}-{}", self.nonce, self.count);
        let mut server = match self.connection.take() {
            Some(server) => server,
            None => Server::connect(self.args).map_err(|failure| Failed::Unreachable(failure.to_string()))?,
        };
        let done = self.sell(&mut server, &name);
        // After an answer that did not come the connection is of no use: its answer may come later.
        if !matches!(done, Err(Failed::Unreachable(_))) {
            self.clean(&mut server);
            self.connection = Some(server);
        }
        done
    }

    fn sell(&mut self, server: &mut Server, name: &str) -> Result<Times, Failed> {
        let event = self.event;
        let (keys, mut times) = (STEPS.map(|step| format!("{name}-{step}")), Times::default());
        let held = ask(server, 0, &["HOLD", event, &keys[0], "probe", TTL, "AREA", "P", "1"], &mut times)?;
        let hold = field(&held, "hold").unwrap_or(0).to_string();
        // From here on there may be an order, whatever is answered.
        self.left.push_back(name.to_owned());
        self.left.drain(..self.left.len().saturating_sub(LEFT_MAX));
        ask(server, 1, &["CONFIRM", event, &keys[1], name, &hold], &mut times)?;
        ask(server, 2, &["CANCEL", event, &keys[2], name, "probe"], &mut times)?;
        self.left.pop_back();
        Ok(times)
    }

    /// Gives back one of the orders that may be left.
    fn clean(&mut self, server: &mut Server) {
        if let Some(name) = self.left.pop_front()
            && server.ask(&["CANCEL", self.event, &format!("{name}-cancel"), &name, "probe"]).is_err()
        {
            self.left.push_back(name);
        }
    }
}

fn ask(server: &mut Server, step: usize, words: &[&str], times: &mut Times) -> Result<Vec<u8>, Failed> {
    let begun = Instant::now();
    let answer = server.ask(words).map_err(|failure| Failed::Unreachable(failure.to_string()))?;
    times[step] = begun.elapsed();
    if answer.starts_with(b"-") {
        let line = String::from_utf8_lossy(&answer);
        return Err(Failed::Refused(STEPS[step], line.trim_end().trim_start_matches('-').to_owned()));
    }
    Ok(answer)
}
