//! Which commands are refused when there is not room for all: one table, asked by front ends before a command reaches its
//! event, and by the event before it changes anything.
//!
//! The order of the classes is the law: new work is refused first, then looking, then sales in progress. A trouble that
//! refuses one class refuses all before it.

use holdfast_wal::Pressure;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::journal::memory::MemoryGauge;
use crate::limits;
use crate::state::Class;

/// Why there is no room for everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// A write or sync of the log failed: it takes nothing any more.
    LogFailed,
    /// This node follows: another one appends to the replicated log.
    Follows,
    /// [`limits::LOG_PENDING_BYTES_MAX`] wait for the disk.
    LogBehind,
    /// The disk has no room for the next segment of the log, and the running one is used up.
    DiskFull,
    /// The next segment of the log cannot be made for another reason, and the running one is used up.
    NoSegment,
    /// The disk does not answer.
    DiskStalled,
    /// The replicated log is full.
    QuorumFull,
    /// The replicated log has taken nothing for long.
    QuorumAway,
    /// `memory.max` is used up.
    MemoryFull,
    /// `memory.max` is almost used up, or the next snapshot would not fit.
    MemoryLow,
    /// The disk has little room.
    DiskLow,
    /// The disk is slow.
    DiskSlow,
    /// The replicated log has taken nothing for a moment.
    QuorumSlow,
    /// A hold or payment of the event is due and has not expired, as the log took nothing at that time.
    DueWaits,
    /// [`limits::EVENT_QUEUE_MAX`] commands wait for the event.
    QueueFull,
    /// [`limits::EVENT_QUEUE_HOLDS_MAX`] commands wait for the event, and this connection waits for
    /// [`limits::MODEST_MAX`] replies or more.
    QueueLong,
    /// Other connections would wait longer than their clients are willing to.
    OthersWait,
}

/// Which classes of commands a trouble refuses, and what their clients are told.
struct Row {
    trouble: Trouble,
    /// How many classes it refuses, in the order of [`Class`].
    refuses: usize,
    code: Code,
    message: &'static str,
}

const fn row(trouble: Trouble, refuses: usize, code: Code, message: &'static str) -> Row {
    Row { trouble, refuses, code, message }
}

const OVERLOADED: &str = "overloaded, retry after 100 ms";
const NEW_WORK: usize = 1;
const LOOKS_TOO: usize = 2;
const ALL: usize = 3;

/// In order of precedence: of several troubles, the first one is told.
static TABLE: [Row; 17] = [
    row(Trouble::LogFailed, ALL, Code::DISK_FAILED, "the log could not be written"),
    row(Trouble::Follows, ALL, Code::FOLLOWS, "this node follows: another node sells"),
    row(Trouble::LogBehind, ALL, Code::TRY_LATER, OVERLOADED),
    row(Trouble::DiskFull, ALL, Code::DISK_LOW, "the disk is full: nothing can be written"),
    row(
        Trouble::NoSegment,
        ALL,
        Code::NO_SEGMENT,
        "the log cannot be continued: nothing can be written; the server's log says why",
    ),
    row(Trouble::DiskStalled, ALL, Code::DISK_SLOW, "the disk does not answer: nothing can be written"),
    row(Trouble::QuorumFull, ALL, Code::LOG_FULL, "the replicated log is full: nothing can be written"),
    row(
        Trouble::QuorumAway,
        ALL,
        Code::QUORUM_AWAY,
        "the replicated log does not answer: nothing can be written",
    ),
    row(Trouble::MemoryFull, ALL, Code::MEMORY_LOW, "memory is used up: nothing can be written"),
    row(
        Trouble::MemoryLow,
        NEW_WORK,
        Code::MEMORY_LOW,
        "memory is almost used up: no new holds, running sales go on",
    ),
    row(
        Trouble::DiskLow,
        NEW_WORK,
        Code::DISK_LOW,
        "the disk is almost full: no new holds, running sales go on",
    ),
    row(Trouble::DiskSlow, NEW_WORK, Code::DISK_SLOW, "the disk is slow: no new holds, running sales go on"),
    row(
        Trouble::QuorumSlow,
        NEW_WORK,
        Code::QUORUM_AWAY,
        "the replicated log is slow: no new holds, running sales go on",
    ),
    row(Trouble::DueWaits, ALL, Code::TRY_LATER, OVERLOADED),
    row(Trouble::QueueFull, ALL, Code::TRY_LATER, OVERLOADED),
    row(Trouble::QueueLong, NEW_WORK, Code::TRY_LATER, OVERLOADED),
    row(Trouble::OthersWait, LOOKS_TOO, Code::TRY_LATER, OVERLOADED),
];

impl Trouble {
    /// Whether the trouble refuses commands of this class.
    #[must_use]
    pub const fn refuses(self, class: Class) -> bool {
        (class as usize) < TABLE[self as usize].refuses
    }

    /// What the clients of refused commands are told.
    #[must_use]
    pub fn fault(self) -> Fault {
        let row = &TABLE[self as usize];
        Fault::new(row.code, row.message)
    }
}

/// The present troubles, as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Troubles(u32);

impl Troubles {
    /// The troubles of the log. An event asks them for commands that change it; it can always be looked at.
    pub(crate) fn of_log(pressure: &Pressure) -> Self {
        Self::default()
            .with(Trouble::LogFailed, pressure.failed)
            .with(Trouble::LogBehind, pressure.pending_bytes > limits::LOG_PENDING_BYTES_MAX)
            .with(Trouble::DiskFull, pressure.out_of_space)
            .with(Trouble::NoSegment, pressure.no_segment)
            .with(Trouble::DiskStalled, pressure.stalled)
            .with(Trouble::DiskLow, pressure.low_space)
            .with(Trouble::DiskSlow, pressure.slow)
    }

    /// These troubles, and those of the memory.
    #[must_use]
    pub(crate) fn and_of(self, memory: &MemoryGauge) -> Self {
        let (low, full) = memory.is_short();
        self.with(Trouble::MemoryLow, low).with(Trouble::MemoryFull, full)
    }

    /// These troubles, and one more if `is_there`.
    #[must_use]
    pub(crate) const fn with(self, trouble: Trouble, is_there: bool) -> Self {
        Self(self.0 | (is_there as u32) << trouble as u32)
    }

    /// Whether this is one of them.
    pub(crate) const fn has(self, trouble: Trouble) -> bool {
        self.0 & 1 << trouble as u32 != 0
    }

    /// The first trouble that refuses commands of this class.
    pub(crate) fn refuse(self, class: Class) -> Option<Fault> {
        if self.0 == 0 {
            return None;
        }
        let refuses = |row: &&Row| self.has(row.trouble) && row.trouble.refuses(class);
        TABLE.iter().find(refuses).map(|row| row.trouble.fault())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [Class; 3] = [Class::NewWork, Class::Look, Class::Progress];

    #[test]
    fn a_row_stands_at_its_number_and_classes_in_their_order() {
        assert!(TABLE.iter().enumerate().all(|(number, row)| row.trouble as usize == number));
        assert!(CLASSES.iter().enumerate().all(|(number, class)| *class as usize == number));
    }

    #[test]
    fn new_work_is_refused_first_and_what_is_running_last() {
        for row in &TABLE {
            let refused = CLASSES.map(|class| Troubles::default().with(row.trouble, true).refuse(class));
            let code = |refused: &Option<Fault>| refused.as_ref().map(|fault| fault.code);
            assert_eq!(code(&refused[0]), Some(row.code), "{:?} refuses somebody", row.trouble);
            let in_order = refused.windows(2).all(|pair| pair[0].is_some() || pair[1].is_none());
            assert!(in_order, "{:?} refuses a sale in progress before new work", row.trouble);
        }
        assert!(CLASSES.iter().all(|class| Troubles::default().refuse(*class).is_none()));
    }

    #[test]
    fn of_several_reasons_the_worst_is_told() {
        let pressure = Pressure::default();
        assert_eq!(Troubles::of_log(&pressure), Troubles::default());
        let told = |change: fn(&mut Pressure)| {
            let mut pressure = pressure;
            pressure.slow = true;
            change(&mut pressure);
            let refused = |class| Troubles::of_log(&pressure).refuse(class).map(|fault| fault.code);
            (refused(Class::NewWork), refused(Class::Progress))
        };
        assert_eq!(told(|_| {}), (Some(Code::DISK_SLOW), None));
        assert_eq!(told(|pressure| pressure.low_space = true), (Some(Code::DISK_LOW), None));
        let both = |code| (Some(code), Some(code));
        assert_eq!(told(|pressure| pressure.stalled = true), both(Code::DISK_SLOW));
        assert_eq!(told(|pressure| pressure.no_segment = true), both(Code::NO_SEGMENT));
        assert_eq!(told(|pressure| pressure.out_of_space = true), both(Code::DISK_LOW));
        assert_eq!(told(|pressure| pressure.failed = true), both(Code::DISK_FAILED));
        assert_eq!(told(|pressure| pressure.pending_bytes = usize::MAX), both(Code::TRY_LATER));
    }
}
