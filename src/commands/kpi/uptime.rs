//! When the process was there, from the records that it makes of itself.

use holdfast_engine::limits::OUTAGES_KEPT;
use holdfast_engine::{At, Millis, Mode, Outage, System, SystemChange, SystemRecord};

use super::Window;
use super::spread::Spread;

/// What the system event tells of a window.
pub(super) struct Uptime {
    window: Window,
    system: Option<System>,
    /// Times in another mode than the normal one that have ended.
    modes: Vec<(Mode, At, At)>,
    /// The newest record of all.
    alive: At,
}

/// Sums over the window.
pub(super) struct Sums {
    /// The window, from when on the system event knows anything, until the newest record.
    pub(super) known: Window,
    pub(super) down_unplanned: Millis<u64>,
    pub(super) down_planned: Millis<u64>,
    /// While a process was there and refused every write.
    pub(super) refusing: Millis<u64>,
    /// Of each unplanned time without a process.
    pub(super) recoveries: Spread,
    /// From when on times without a process are known one by one; those before are known as a sum alone.
    pub(super) single_from: At,
}

impl Uptime {
    pub(super) const fn new(window: Window, known: Option<System>) -> Self {
        Self { window, system: known, modes: Vec::new(), alive: At(0) }
    }

    /// What the system event is by the newest record.
    pub(super) const fn system(&self) -> Option<&System> {
        self.system.as_ref()
    }

    /// Something was recorded.
    pub(super) fn alive(&mut self, at: At) {
        self.alive = self.alive.max(at);
    }

    pub(super) fn see(&mut self, record: &SystemRecord) {
        let Some(system) = &mut self.system else {
            self.system = System::begin(record);
            return;
        };
        if record.version <= system.version() {
            return;
        }
        let (mode, since) = (system.run().mode, system.run().mode_since);
        system.apply(record);
        let ends = match &record.change {
            SystemChange::ModeSet { since, .. } => Some(*since),
            SystemChange::Started { last_known_at, .. } => Some(*last_known_at),
            SystemChange::Stopped { .. } => Some(record.at),
            SystemChange::Ready { .. }
            | SystemChange::Heartbeat
            | SystemChange::Execution(_)
            | SystemChange::Notice(_)
            | SystemChange::Audit(_)
            | SystemChange::Approval(_)
            | SystemChange::Group(_)
            | SystemChange::Branched(_) => None,
        };
        if let Some(end) = ends.filter(|_| mode != Mode::Normal) {
            self.modes.push((mode, since, end.max(since)));
        }
    }

    /// The sums; `None` if there is no record of the process.
    pub(super) fn sums(&self) -> Option<Sums> {
        let system = self.system.as_ref()?;
        let alive = self.alive.max(system.last_at());
        let window = Window { upto: self.window.upto.min(alive), ..self.window };
        let known = Window { from: window.from.min(window.upto), ..window }.since(system.sums().since);
        let mut recoveries = Spread::default();
        let mut down = [Millis(0); 2];
        for Outage { from, upto, planned } in system.outages().iter().copied() {
            let sum = &mut down[usize::from(planned)];
            sum.0 += known.overlap(from, upto).0;
            if !planned && known.has(upto) {
                recoveries.add(upto.since(from).0);
            }
        }
        let run = system.run();
        let current = (run.mode != Mode::Normal).then_some((run.mode, run.mode_since, alive));
        let refusing = self.modes.iter().copied().chain(current);
        let refusing = refusing
            .filter(|(mode, ..)| mode.refuses_all())
            .map(|(_, from, upto)| known.overlap(from, upto).0);
        let all = system.outages();
        let has_all = all.len() < OUTAGES_KEPT;
        let single_from = all.front().filter(|_| !has_all).map_or(system.sums().since, |outage| outage.from);
        let [down_unplanned, down_planned] = down;
        Some(Sums {
            known,
            down_unplanned,
            down_planned,
            refusing: Millis(refusing.sum()),
            recoveries,
            single_from,
        })
    }
}
