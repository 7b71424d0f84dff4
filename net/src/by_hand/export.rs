//! The job that takes an event out: all that it was at one moment, a thing on each line of the results, as a client would be told of it.

use std::thread;
use std::time::Duration;

use holdfast_engine::{
    About, Among, At, Code, Document, Event, ExecutionOutcome, Fault, Job, JobPlan, JobRun, Listed, Moment,
    NameRef, PaymentLine, Read, Router, SeatStatus, Unfinished, View,
};

use crate::resp::shown::shown;
use crate::resp::value::Value;

/// Holds, orders and payments that are read at a time.
const PAGE: u32 = 1_000;
/// Between two tries while another event is being brought back.
const SOON: Duration = Duration::from_millis(100);
/// So often it is tried, about for a minute.
const TRIES: u32 = 600;

/// The job.
pub(super) struct Export {
    router: Router,
}

impl Export {
    pub(super) const fn new(router: Router) -> Self {
        Self { router }
    }

    /// The event, and the moment if one is named.
    fn meant<'a>(&self, arguments: &'a [Box<str>]) -> Result<(&'a str, Option<Moment>), Fault> {
        let words: Vec<&str> = arguments.iter().map(|argument| &**argument).collect();
        let wrong = || Fault::new(Code::NO_JOB, format!("{} is not {}", words.join(" "), self.usage()));
        let (event, moment) = match *words.as_slice() {
            [word, event] if word.eq_ignore_ascii_case("EVENT") => (event, None),
            [word, event, at, moment]
                if word.eq_ignore_ascii_case("EVENT") && at.eq_ignore_ascii_case("AT") =>
            {
                (event, Some(Moment::read(moment).ok_or_else(wrong)?))
            }
            _ => return Err(wrong()),
        };
        let none = || Fault::new(Code::NO_EVENT, format!("there is no event {event}"));
        let is_known = NameRef::new(event.as_bytes()).is_some_and(|name| self.router.knows(name));
        if is_known { Ok((event, moment)) } else { Err(none()) }
    }

    /// The event as it was; one is brought back at a time.
    fn brought_back(&self, run: &JobRun<'_>, name: NameRef<'_>, moment: Moment) -> Result<Event, Unfinished> {
        for _ in 0..TRIES {
            match self.router.event_as_of(name, moment) {
                Err(Fault { code: Code::TRY_LATER, .. }) => {
                    run.goes_on()?;
                    thread::sleep(SOON);
                }
                done => return Ok(done?),
            }
        }
        Err(Fault::new(Code::JOB_FAILED, "the event could not be brought back for a minute").into())
    }
}

/// What is written, and how much of it there is.
struct Lines<'a, 'b> {
    run: &'a mut JobRun<'b>,
    event: Event,
    about: About,
    done: u64,
    of: u64,
    seats: [u64; SeatStatus::ALL.len()],
    sums: [u64; 3],
}

impl Lines<'_, '_> {
    fn view(&self, read: &Read) -> Result<View, Unfinished> {
        Ok(self.event.view(read)?)
    }

    /// Writes what a view tells, with the word for what it is first.
    fn line(&mut self, what: &str, view: &View) -> Result<(), Unfinished> {
        let told = shown(view, &self.about)?;
        self.told(what, &told)
    }

    fn told(&mut self, what: &str, told: &Value) -> Result<(), Unfinished> {
        let mut fields = vec![("what".into(), what.into())];
        if let Document::Fields(told) = told.document() {
            fields.extend(told);
        }
        self.run.result(&Document::Fields(fields))?;
        self.done += 1;
        if self.done.is_multiple_of(PAGE.into()) {
            Ok(self.run.step(self.done, self.of, "")?)
        } else {
            Ok(())
        }
    }

    fn seats(&mut self) -> Result<(), Unfinished> {
        for seat in 0..self.about.layout.seats() {
            let view = self.view(&Read::Seat(seat))?;
            let View::Seat(seat) = &view else { continue };
            let Some(count) = self.seats.get_mut(seat.status as usize) else { continue };
            *count += 1;
            self.line("seat", &view)?;
        }
        Ok(())
    }

    /// Pages of what there is, each thing as a line; `read` asks for the page from a number on.
    fn pages(&mut self, what: &str, read: impl Fn(u64) -> Read) -> Result<u64, Unfinished> {
        let (mut from, mut lines) = (0, 0);
        loop {
            let view = self.view(&read(from))?;
            let (View::Holds { next, .. } | View::Orders { next, .. } | View::Payments { next, .. }) = &view
            else {
                return Ok(lines);
            };
            from = *next;
            if let View::Payments { payments, .. } = &view {
                lines += payments.len() as u64;
                for (PaymentLine { payment, .. }, ..) in payments {
                    let whole = self.view(&Read::Payment(payment.clone()))?;
                    self.line(what, &whole)?;
                }
            } else if let Value::List(page) = shown(&view, &self.about)?
                && let [_, Value::List(things)] = page.as_slice()
            {
                lines += things.len() as u64;
                for thing in things {
                    self.told(what, thing)?;
                }
            }
            if from == 0 {
                return Ok(lines);
            }
        }
    }

    fn all(&mut self) -> Result<(), Unfinished> {
        let info = self.view(&Read::Info)?;
        self.line("event", &info)?;
        self.seats()?;
        let listed = |from| Listed { holder: None, from, count: PAGE };
        let holds = self.pages("hold", |from| Read::Holds(listed(from)))?;
        let orders = self.pages("order", |from| Read::Orders(listed(from)))?;
        let all = |cursor| Read::Payments { among: Among::All, cursor, count: PAGE };
        let payments = self.pages("payment", all)?;
        self.sums = [holds, orders, payments];
        Ok(())
    }

    /// The sums, each compared with the one that the event keeps itself.
    fn outcome(&self) -> Result<ExecutionOutcome, Unfinished> {
        let View::Info(info) = self.view(&Read::Info)? else {
            return Err(Fault::new(Code::DEFECT, "an event does not tell what it is").into());
        };
        let mut outcome = ExecutionOutcome::default();
        let [holds, orders, payments] = self.sums;
        for (status, found) in SeatStatus::ALL.into_iter().zip(self.seats) {
            outcome.figure(&format!("seats_{}", status.word()), found);
            let kept = u64::from(info.seats.of(status));
            if kept != found {
                outcome.finding(&format!("{found} seats are {}, and the event counts {kept}", status.word()));
            }
        }
        let kept = [("holds", holds, info.holds), ("payments", payments, info.payments.iter().sum())];
        for (what, found, kept) in kept.into_iter().filter(|(_, found, kept)| found != kept) {
            outcome.finding(&format!("there are {found} {what}, and the event counts {kept}"));
        }
        let figures = [("holds", holds), ("orders", orders), ("payments", payments), ("lines", self.done)];
        figures.into_iter().for_each(|(name, value)| outcome.figure(name, value));
        outcome.figure("version", self.event.version());
        outcome.figure("at", self.event.last_at().0);
        outcome.mix(&self.event.digest().to_le_bytes());
        Ok(outcome)
    }
}

impl Job for Export {
    fn name(&self) -> &'static str {
        "export"
    }

    fn usage(&self) -> &'static str {
        "EVENT ev [AT version|@time]"
    }

    fn summary(&self) -> &'static str {
        "takes an event out as it is or was: a line for each seat, hold, order and payment"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let (event, moment) = self.meant(arguments)?;
        let moment = moment.map_or_else(|| "when it begins".to_owned(), |moment| format!("at {moment}"));
        let steps = vec![
            format!("the event {event} is brought back beside the running one, as it is {moment}"),
            "a line of the results for each seat, hold, order and payment".to_owned(),
            "the sums are compared with those that the event keeps".to_owned(),
        ];
        Ok(JobPlan { steps, items: 1 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<ExecutionOutcome, Unfinished> {
        let arguments = run.arguments().to_vec();
        let (name, moment) = self.meant(&arguments)?;
        let none = || Fault::new(Code::NO_EVENT, format!("there is no event {name}"));
        let name = NameRef::new(name.as_bytes()).ok_or_else(none)?;
        // All that was acknowledged before is durable, and so part of it.
        let moment = moment.unwrap_or_else(|| Moment::Time(At(run.now().0.saturating_sub(1))));
        let event = self.brought_back(run, name, moment)?;
        let (layout, plan_version) = (event.layout().clone(), event.plan_version());
        let branch = self.router.branch().number;
        let about = About { name: name.to_name(), layout, plan_version, branch };
        let View::Info(info) = event.view(&Read::Info)? else {
            return Err(Fault::new(Code::DEFECT, "an event does not tell what it is").into());
        };
        let payments: u64 = info.payments.iter().sum();
        let of = info.seats.total() + info.holds + info.orders + payments + 1;
        let mut lines = Lines { run, event, about, done: 0, of, seats: [0; 5], sums: [0; 3] };
        lines.all()?;
        let outcome = lines.outcome()?;
        // Orders that were cancelled are lines as well, and not known before.
        let done = lines.done;
        lines.run.step(done, done, "")?;
        outcome.unless_found(Code::JOB_FOUND)
    }
}
