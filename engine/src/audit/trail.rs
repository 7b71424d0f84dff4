//! How far the audit is, for those who ask: the newest lines, the head, what is wrong.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use std::{sync::Arc, thread};

use holdfast_audit::{Head, Line};
use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;

use super::beside::Beside;
use super::notes::AuditNotes;
use super::shown;
use super::stats::AuditStats;
use crate::actor::SharedSystem;
use crate::clock::Clock;
use crate::document::Document;
use crate::limits;
use crate::numbers::{At, Millis};
use crate::system::{AuditChange, AuditHead};

/// What is asked about the audit.
#[derive(Clone, Debug)]
pub enum AuditAsk {
    /// Where it stands.
    Head,
    /// Lines, the newest first.
    Show(AuditFind),
}

/// Which lines are to be found.
#[derive(Clone, Default, Debug)]
pub struct AuditFind {
    /// At this time or later.
    pub from: Option<At>,
    /// Before this time.
    pub to: Option<At>,
    /// Of this operator.
    pub operator: Option<Box<str>>,
    /// About this event.
    pub event: Option<Box<str>>,
    /// Of acts that begin so: `event.` for all about events.
    pub act: Option<Box<str>>,
    /// Older than the line of this number; 0 for all.
    pub cursor: u64,
    /// At most so many.
    pub count: u32,
}

/// How far the files are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Position {
    /// Their newest line.
    pub(crate) head: Head,
    /// All acts up to this record are in them.
    pub(crate) upto: Lsn,
}

#[derive(Default, Debug)]
struct Kept {
    position: Position,
    /// The newest lines, the newest last.
    lines: VecDeque<Arc<Line>>,
    gaps: u64,
    damage: Option<String>,
    failing: Option<String>,
    /// When all that was durable was in the files.
    current_at: At,
}

/// The audit as the process shares it.
pub(crate) struct Trail {
    kept: Mutex<Kept>,
    notes: Arc<AuditNotes>,
    core: SharedSystem,
    log: Log,
    clock: Arc<dyn Clock>,
    /// Of a node: what the log would say.
    beside: Option<Beside>,
    wake: Mutex<Sender<()>>,
}

/// Who lets go of log waits so long for the thread of the audit, and for the record that says how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks how far it is.
const SOON: Duration = Duration::from_millis(2);

impl Trail {
    pub(crate) fn new(
        core: SharedSystem,
        log: Log,
        clock: Arc<dyn Clock>,
        beside: Option<Beside>,
        wake: Sender<()>,
    ) -> Self {
        let kept = Mutex::new(Kept { current_at: clock.now(), ..Kept::default() });
        Self { kept, notes: Arc::default(), core, log, clock, beside, wake: Mutex::new(wake) }
    }

    pub(crate) const fn notes(&self) -> &Arc<AuditNotes> {
        &self.notes
    }

    pub(crate) const fn core(&self) -> &SharedSystem {
        &self.core
    }

    pub(crate) fn now(&self) -> At {
        self.clock.now()
    }

    pub(crate) fn position(&self) -> Position {
        self.kept.lock().position
    }

    /// What the log has noted of the files; of a node, what its directory has.
    pub(crate) fn noted(&self) -> AuditHead {
        if let Some(beside) = &self.beside {
            return beside.noted();
        }
        self.core.lock().system().map_or(AuditHead::default(), |system| system.audited().head)
    }

    /// Lines are in the files, and all acts up to a record.
    pub(crate) fn grows(&self, position: Position, lines: impl IntoIterator<Item = Line>) {
        let mut kept = self.kept.lock();
        kept.position = position;
        kept.failing = None;
        for line in lines {
            kept.gaps += u64::from(shown::is_gap(&line));
            if kept.lines.len() >= limits::AUDIT_SHOWN {
                let gone = kept.lines.pop_front();
                kept.gaps -= u64::from(gone.is_some_and(|gone| shown::is_gap(&gone)));
            }
            kept.lines.push_back(Arc::new(line));
        }
    }

    /// All that is durable now is in the files.
    pub(crate) fn is_current(&self) {
        self.kept.lock().current_at = self.clock.now();
    }

    pub(crate) fn is_damaged(&self, damage: String) {
        self.kept.lock().damage = Some(damage);
    }

    /// Whether this is told for the first time.
    pub(crate) fn fails(&self, why: &str) -> bool {
        self.kept.lock().failing.replace(why.to_owned()).as_deref() != Some(why)
    }

    fn is_failing(&self) -> bool {
        self.kept.lock().failing.is_some()
    }

    /// Notes where the files stand. Returns whether that is noted.
    pub(crate) fn anchor(&self) -> bool {
        let Position { head, upto } = self.position();
        let head = AuditHead { seq: head.seq, hash: head.hash.0, upto: upto.0 };
        if let Some(beside) = &self.beside {
            return beside
                .note(head)
                .inspect_err(|error| tracing::warn!(%error, "how far the audit is cannot be noted"))
                .is_ok();
        }
        let told = AuditChange::Head(head);
        self.core.lock().audit(told, self.clock.now())
    }

    /// How far log may be let go of that nothing else needs, of what stands up to this record: what is not in the files stays, and the log
    /// itself says first how far they are. Waits a little for that. While nothing can be recorded, what is in the files is gone by.
    pub(crate) fn may_let_go(&self, upto: Lsn) -> Lsn {
        if Lsn(self.noted().upto) >= upto {
            return upto;
        }
        let until = Instant::now() + PATIENCE;
        let _ = self.wake.lock().send(());
        while self.position().upto < upto && !self.is_failing() && Instant::now() < until {
            thread::sleep(SOON);
        }
        let audited = self.position().upto;
        if !self.anchor() {
            let is_out = self.core.lock().is_out_of_service();
            return if is_out { audited.min(upto) } else { Lsn(self.noted().upto).min(upto) };
        }
        let recorded = self.core.lock().last_lsn();
        while self.log.durable() < recorded && !self.log.pressure().failed && Instant::now() < until {
            thread::sleep(SOON);
        }
        if self.log.durable() < recorded { Lsn::ZERO } else { audited.min(upto) }
    }

    pub(crate) fn stats(&self) -> AuditStats {
        let (noted, durable, now) = (self.noted().seq, self.log.durable(), self.clock.now());
        let kept = self.kept.lock();
        let waits = kept.position.upto < durable;
        AuditStats {
            head: kept.position.head,
            upto: kept.position.upto.0,
            noted,
            lag: if waits { now.since(kept.current_at) } else { Millis(0) },
            gaps: kept.gaps,
            damage: kept.damage.clone(),
            failing: kept.failing.clone(),
        }
    }

    /// The answer to this. What it tells is durable.
    pub(crate) fn ask(&self, ask: &AuditAsk) -> Document {
        match ask {
            AuditAsk::Head => {
                let stats = self.stats();
                let kept = self.kept.lock();
                shown::head(
                    &stats,
                    kept.lines.front().map(|line| &**line),
                    kept.lines.back().map(|line| &**line),
                )
            }
            AuditAsk::Show(find) => {
                let lines: Vec<_> = {
                    let kept = self.kept.lock();
                    let all = kept.lines.iter().rev().filter(|line| find.fits(line));
                    all.take(find.count as usize + 1).map(Arc::clone).collect()
                };
                shown::page(&lines, find.count as usize)
            }
        }
    }
}

impl AuditFind {
    fn fits(&self, line: &Line) -> bool {
        let entry = &line.entry;
        let is = |wanted: &Option<Box<str>>, told: &Option<Box<str>>| wanted.is_none() || wanted == told;
        (self.cursor == 0 || line.seq < self.cursor)
            && self.from.is_none_or(|from| entry.at >= from.0)
            && self.to.is_none_or(|to| entry.at < to.0)
            && is(&self.operator, &entry.operator)
            && is(&self.event, &entry.event)
            && self.act.as_ref().is_none_or(|act| entry.act.starts_with(&**act))
    }
}
