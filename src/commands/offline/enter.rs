//! Enters the lines of a form: a HOLD and a CONFIRM each, under keys that are made from the line.
//!
//! A line is entered once, however often and wherever it is tried: its order has a name of its own, which an event never sells under
//! twice. A run that is cut off between the two commands is gone on with by the next one.

use std::fmt::Write as _;

use holdfast_engine::Code;
use holdfast_net::inside::Value;

use super::check::{Check, Fate};
use super::form::{self, Line};
use super::words::{self, Words};
use crate::commands::data::print;
use crate::commands::told::{Server, must};
use crate::exit::Failure;
use crate::flags::EnterArgs;

/// For so long the seats are held until the CONFIRM, milliseconds.
const TTL: &str = "60000";
/// A key keeps its answer, a refusal as well. So many keys are tried until one has none, or one that is of use.
const KEYS_MAX: u32 = 100;
/// Kinds of refusals that judge nothing: the same again later.
const LATER: [&str; 2] = ["BUSY", "DEGRADED"];

pub(super) fn run(args: &EnterArgs) -> Result<(), Failure> {
    let lines = form::read(&args.file, &args.event).map_err(|why| Failure::usage(Code::BAD_USAGE, why))?;
    let mut server = Server::connect(&args.server)?;
    let mut check = Check::new(&mut server, &args.event)?;
    let mut fates = Vec::with_capacity(lines.len());
    for line in &lines {
        fates.push(check.line(line)?);
    }
    let mut told = Told { words: words::of(args.lang), fits: 0, entered: 0, were_there: 0, conflicts: 0 };
    for (line, fate) in lines.iter().zip(fates) {
        match fate {
            Fate::Fits(seats, places) if args.go => {
                let wanted = wanted(&seats, &places);
                let entered = Entering { server: &mut server, event: &args.event, line }.enter(&wanted)?;
                told.entered(line, entered);
            }
            Fate::Fits(..) => told.fits(line),
            Fate::WasThere => told.was_there(line),
            Fate::Conflict(why) => told.conflict(line, &why),
        }
    }
    told.end(args)
}

/// The seats and places as `HOLD` takes them.
fn wanted(seats: &[String], places: &[(String, u64)]) -> Vec<String> {
    let mut words = Vec::new();
    if !seats.is_empty() {
        words.push("SEATS".to_owned());
        words.extend(seats.iter().cloned());
    }
    for (area, count) in places {
        words.extend(["AREA".to_owned(), area.clone(), count.to_string()]);
    }
    words
}

/// One line on its way into the event.
struct Entering<'a> {
    server: &'a mut Server,
    event: &'a str,
    line: &'a Line,
}

impl Entering<'_> {
    /// Whether it is there now; else why not.
    ///
    /// # Errors
    /// The server does not answer, or judges nothing now: the next run goes on here.
    fn enter(&mut self, wanted: &[String]) -> Result<Result<(), String>, Failure> {
        let (event, order) = (self.event, self.line.order.as_str());
        for attempt in 1..=KEYS_MAX {
            let key = format!("{order}:{attempt}");
            let hold = match self.answer_of(&key)? {
                Value::Map(fields) => Value::Map(fields),
                // Nothing was asked under this key yet.
                Value::Null => {
                    let mut words = vec!["HOLD", event, &key, order, TTL];
                    words.extend(wanted.iter().map(String::as_str));
                    words.extend(["NOTE", &self.line.note]);
                    match self.judged(&words)? {
                        Ok(held) => held,
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
                _ => continue,
            };
            let Some(hold) = hold.field("hold").and_then(Value::number) else { continue };
            // One that an earlier run has left may have run out.
            let hold = hold.to_string();
            if !matches!(must(self.server.value(&["GET", "HOLD", event, &hold])?)?, Value::Map(_)) {
                continue;
            }
            let (sell, note) = (format!("{key}:sell"), &self.line.note);
            let sold =
                self.judged(&["CONFIRM", event, &sell, order, &hold, "HOLDER", order, "NOTE", note])?;
            let Err(refusal) = sold else { return Ok(Ok(())) };
            let back = format!("{key}:back");
            self.judged(&["RELEASE", event, &back, &hold, "HOLDER", order])?.ok();
            return Ok(Err(refusal));
        }
        Ok(Err(format!("{KEYS_MAX} keys of this line are used up")))
    }

    /// What was answered under this key, if that is of use: null if nothing was.
    fn answer_of(&mut self, key: &str) -> Result<Value, Failure> {
        must(self.server.value(&["ASK", self.event, key])?)
    }

    /// The answer, or the refusal of the rules of the sale.
    fn judged(&mut self, words: &[&str]) -> Result<Result<Value, String>, Failure> {
        Ok(match self.server.value(words)? {
            Value::Refused(line) => {
                let refusal = String::from_utf8_lossy(&line).into_owned();
                if LATER.iter().any(|kind| refusal.starts_with(kind)) {
                    let number = self.line.number;
                    let message = format!("line {number}: {refusal}; enter the same file again later");
                    return Err(Failure::unreachable(message));
                }
                Err(refusal)
            }
            answer => Ok(answer),
        })
    }
}

/// What is told of the lines.
struct Told {
    words: &'static Words,
    fits: u64,
    entered: u64,
    were_there: u64,
    conflicts: u64,
}

impl Told {
    fn say(&self, line: &Line, what: &str, more: &str) {
        let (word, number, seats) = (self.words.line, line.number, line.wanted.join("; "));
        print(&format!("{word} {number}: {what}: {seats}: {more}\n"));
    }

    fn fits(&mut self, line: &Line) {
        self.fits += 1;
        self.say(line, self.words.fits, &line.order);
    }

    fn entered(&mut self, line: &Line, entered: Result<(), String>) {
        match entered {
            Ok(()) => {
                self.entered += 1;
                self.say(line, self.words.entered, &line.order);
            }
            Err(why) => self.conflict(line, &why),
        }
    }

    fn was_there(&mut self, line: &Line) {
        self.were_there += 1;
        self.say(line, self.words.was_there, &line.order);
    }

    fn conflict(&mut self, line: &Line, why: &str) {
        self.conflicts += 1;
        self.say(line, self.words.conflict, why);
    }

    fn end(&self, args: &EnterArgs) -> Result<(), Failure> {
        let Self { words, fits, entered, were_there, conflicts } = self;
        let sums = [
            (words.fits, fits),
            (words.entered, entered),
            (words.was_there, were_there),
            (words.conflict, conflicts),
        ];
        let sums = sums.map(|(word, count)| format!("{word}: {count}"));
        let mut text = format!("\n{}\n", sums.join(", "));
        if !args.go {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", words.not_sent);
        }
        print(&text);
        if *conflicts == 0 {
            return Ok(());
        }
        Err(Failure::found_wrong(format!(
            "{conflicts} of the lines cannot be entered into {}: nothing was forced",
            args.event
        )))
    }
}
