//! What is done to the server, and what is undone.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Run;
use crate::disturb::{Flood, Stalled, Traced, Tracer};
use crate::experiment::Action;
use crate::journal::Disturbance;
use crate::measure::Window;
use crate::server::shown;

/// How long nobody may be sold anything behind a disturbance.
const RECOVERY: Duration = Duration::from_secs(120);
/// How long a server may go on whose disk has failed.
const UNTIL_IT_ENDS: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// How often a full disk is filled again, with what was freed meanwhile.
const REFILL: Duration = Duration::from_millis(200);

/// What a disturbance has left to say.
struct Effect {
    ended: Duration,
    detail: String,
}

impl Run<'_> {
    /// All that the schedule has, and after each the time until somebody is sold something again.
    pub(super) fn method(&mut self) -> Result<(), String> {
        for step in self.journal.schedule.clone() {
            self.pause(step.before_ms)?;
            let at_s = self.world.crowd.now();
            self.tell(step.name.clone());
            let Effect { ended, detail } = self.carry_out(&step.action)?;
            let recovered = self.recovered(ended)?;
            let to = self.world.crowd.now();
            let window = Window { from: at_s, to, samples: self.world.crowd.seen(at_s, to) };
            if recovered.is_none() {
                let why = format!("{}: nothing was sold for {RECOVERY:?} behind it", step.name);
                self.journal.reasons.push(why);
            }
            self.journal.faults.push(Disturbance {
                name: step.name,
                at_s,
                lasted_s: ended.saturating_sub(at_s),
                recovery_s: recovered.map(|at| at.saturating_sub(ended)),
                without_sales_s: window.longest_gap(),
                detail,
            });
            self.pause(step.after_ms)?;
        }
        Ok(())
    }

    /// Undoes everything. What fails is written down, and the rest is undone all the same.
    pub(super) fn roll_back(&mut self) {
        for rollback in &self.experiment.rollbacks {
            let done = self.carry_out(rollback.action.get_ref());
            let what = match done {
                Ok(_) => format!("rolled back: {}", rollback.name),
                Err(why) => format!("not rolled back: {}: {why}", rollback.name),
            };
            self.tell(what);
        }
    }

    /// Waits. A server that ends by itself meanwhile is started again, as a supervisor would.
    pub(super) fn pause(&mut self, duration: Duration) -> Result<(), String> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.world.server.has_ended() {
                self.tell(format!("the server has ended by itself: {}", shown(status)));
            }
            if self.world.server.pid().is_none() {
                self.start()?;
            }
            let left = duration.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(LOOK));
        }
    }

    fn start(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let address = self.world.server.start()?;
        self.world.crowd.lead_to(address);
        self.tell(format!("the server is ready after {:.3} s", began.elapsed().as_secs_f64()));
        Ok(())
    }

    /// Waits for the first new hold behind a time.
    fn recovered(&mut self, ended: Duration) -> Result<Option<Duration>, String> {
        let began = Instant::now();
        while began.elapsed() < RECOVERY {
            let held = self.world.crowd.held_at();
            if held > ended {
                return Ok(Some(held));
            }
            self.pause(LOOK)?;
        }
        Ok(None)
    }

    fn carry_out(&mut self, action: &Action) -> Result<Effect, String> {
        match action {
            Action::Kill => self.kill(),
            Action::Restart => self.restart(),
            Action::KillAtStart { up } => self.kill_at_start(up.least),
            Action::FailDisk => self.fail_disk(),
            Action::FillDisk { lasts } => self.fill_disk(lasts.least),
            Action::Freeze { lasts } => {
                self.world.server.signal(Signal::STOP)?;
                thread::sleep(lasts.least);
                self.world.server.signal(Signal::CONT)?;
                Ok(self.effect("SIGSTOP, SIGCONT"))
            }
            Action::SlowDisk { delay, lasts } => {
                let tracer = Tracer::slow(self.pid()?, delay.least)?;
                self.pause(lasts.least)?;
                drop(tracer);
                Ok(self.effect(format!("each fdatasync took {} ms longer", delay.least.as_millis())))
            }
            Action::StepClock { by } => {
                if let Some(clock) = &mut self.world.clock {
                    clock.step(by.0)?;
                }
                Ok(self.effect(format!("the clock has jumped by {} s", by.0)))
            }
            Action::FloodConnections { connections, lasts } => {
                let (flood, taken, refused) = Flood::open(self.world.address()?, *connections);
                self.pause(lasts.least)?;
                drop(flood);
                let told = *connections as usize - taken - refused;
                Ok(self.effect(format!(
                    "{taken} of {connections} connections were taken, {told} were told that they are too many"
                )))
            }
            Action::StallConsumers { consumers, lasts } => {
                let stalled = Stalled::open(self.world.address()?, &self.world.event, *consumers)?;
                self.pause(lasts.least)?;
                drop(stalled);
                Ok(self.effect(format!("{consumers} consumers read nothing")))
            }
            Action::TraceCommands { per_second, lasts } => {
                let traced = Traced::start(self.world.address()?, self.world.event.clone(), *per_second);
                self.pause(lasts.least)?;
                drop(traced);
                Ok(self.effect(format!("{per_second} traced commands a second")))
            }
            Action::FailPayments { lasts } => {
                self.world.crowd.let_payments_fail(true);
                self.pause(lasts.least)?;
                self.world.crowd.let_payments_fail(false);
                Ok(self.effect("every payment has failed"))
            }
            Action::Continue
            | Action::FreeDisk
            | Action::LetDiskGo
            | Action::SetClockRight
            | Action::LetPaymentsSucceed
            | Action::EndCollector => self.undo(action),
        }
    }

    /// What undoes something, and does nothing where there is nothing to undo.
    fn undo(&mut self, action: &Action) -> Result<Effect, String> {
        let world = &mut self.world;
        match action {
            Action::Continue if world.server.pid().is_some() => world.server.signal(Signal::CONT)?,
            Action::FreeDisk => world.disk.iter().for_each(crate::disturb::Disk::free),
            Action::SetClockRight => world.clock.as_mut().map_or(Ok(()), crate::disturb::Clock::set_right)?,
            Action::LetPaymentsSucceed => world.crowd.let_payments_fail(false),
            Action::EndCollector => world.collector = None,
            // A tracer is gone with the step that has it.
            _ => {}
        }
        Ok(self.effect(""))
    }

    fn effect(&self, detail: impl Into<String>) -> Effect {
        Effect { ended: self.world.crowd.now(), detail: detail.into() }
    }

    fn pid(&self) -> Result<u32, String> {
        self.world.server.pid().ok_or_else(|| "the server is not there".to_owned())
    }

    fn kill(&mut self) -> Result<Effect, String> {
        self.world.server.kill();
        let effect = self.effect("SIGKILL");
        self.start()?;
        Ok(effect)
    }

    fn restart(&mut self) -> Result<Effect, String> {
        let status = self.world.server.stop()?;
        let effect = self.effect(format!("SIGTERM: {}", shown(status)));
        self.start()?;
        Ok(effect)
    }

    fn kill_at_start(&mut self, up: Duration) -> Result<Effect, String> {
        self.world.server.kill();
        self.world.server.begin()?;
        thread::sleep(up);
        self.world.server.kill();
        let effect = self.effect(format!("SIGKILL, and again {} ms after the start", up.as_millis()));
        self.start()?;
        Ok(effect)
    }

    fn fail_disk(&mut self) -> Result<Effect, String> {
        let tracer = Tracer::fail(self.pid()?)?;
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.world.server.has_ended() {
                break status;
            }
            if began.elapsed() > UNTIL_IT_ENDS {
                return Err("an fdatasync has failed, and the server goes on".to_owned());
            }
            thread::sleep(LOOK);
        };
        drop(tracer);
        let effect = self.effect(format!("EIO from fdatasync: {}", shown(status)));
        if status.code() != Some(1) {
            self.journal.reasons.push(format!(
                "a failed fdatasync ended the server with {}, and not with exit code 1",
                shown(status)
            ));
        }
        self.start()?;
        Ok(effect)
    }

    fn fill_disk(&mut self, lasts: Duration) -> Result<Effect, String> {
        let began = Instant::now();
        while began.elapsed() < lasts {
            if let Some(disk) = &self.world.disk {
                disk.fill()?;
            }
            let left = lasts.saturating_sub(began.elapsed());
            self.pause(left.min(REFILL))?;
        }
        if let Some(disk) = &self.world.disk {
            disk.free();
        }
        Ok(self.effect("not a byte was free"))
    }
}
