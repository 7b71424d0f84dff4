//! The answers of a run, 40 bytes for each write, and the check over them: was anything held or sold twice?
//!
//! Answers carry the version that the event had after them, so the order in which an event took its commands is
//! known, whatever connections they came by. Replayed in that order, each seat must go from free to held to sold, and
//! back only by a release or by a deadline that had passed.

use crate::faults::Faults;
use crate::wire::command::{Command, Kind, LONG_TTL, Wire};
use crate::wire::reply::Answer;

/// What came of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Accepted,
    /// Judged and refused: the key is bound.
    Refused,
    /// Not judged: the key is free, and the command had no effect.
    NotJudged,
}

/// A write and what is remembered of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) command: Command,
    pub(crate) outcome: Outcome,
    /// The event's version after an accepted write.
    pub(crate) version: u32,
    /// The hold that was made, or that this is about.
    pub(crate) hold: u32,
    /// When the server judged an accepted hold: its milliseconds, cut to 32 bits, as only differences count.
    pub(crate) judged_at: u32,
    /// The seat, or the first of the seats side by side that the server chose.
    pub(crate) seat: u32,
    /// Checksum of the answer's bytes.
    pub(crate) digest: u32,
}

impl Record {
    #[inline]
    pub(crate) fn new(command: Command, outcome: Outcome, answer: &Answer<'_>, bytes: &[u8]) -> Self {
        let (version, hold, judged_at) = match *answer {
            Answer::Held { hold, expires_at, version, .. }
            | Answer::Chosen { hold, expires_at, version, .. } => {
                (version, hold, expires_at.wrapping_sub(u64::from(command.argument)) as u32)
            }
            Answer::Sold { version, .. } | Answer::Payment { version, .. } => (version, command.argument, 0),
            Answer::Released { hold, version, .. } => (version, hold, 0),
            _ => (0, 0, 0),
        };
        let seat = if let Answer::Chosen { first, .. } = *answer { first } else { command.seat };
        Self { command, outcome, version, hold, judged_at, seat, digest: crc32fast::hash(bytes) }
    }

    /// The seats that it is about.
    const fn seats(&self) -> std::ops::Range<u32> {
        let count = if matches!(self.command.kind, Kind::Best) { self.command.seat } else { 1 };
        self.seat..self.seat + count
    }

    /// Whether it is a hold that is to end by its deadline.
    const fn lapses(&self) -> bool {
        self.command.kind.is_hold() && self.command.argument < LONG_TTL
    }

    /// Whether the deadline of this hold had passed when the other write was judged.
    const fn was_over_at(&self, other: &Self) -> bool {
        let deadline = self.judged_at.wrapping_add(self.command.argument);
        other.judged_at.wrapping_sub(deadline).cast_signed() >= 0
    }
}

/// What an event must show once every deadline of the run has passed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Totals {
    pub(crate) held: u64,
    pub(crate) paying: u64,
    pub(crate) sold: u64,
    /// Holds that ended by their deadline.
    pub(crate) lapsed: u64,
}

/// Replays the accepted writes of a run. Returns what each of `events` must show in the end.
pub(crate) fn judge(records: &[Record], events: usize, wire: &Wire, faults: &mut Faults) -> Vec<Totals> {
    let accepted = || (0_u32..).zip(records).filter(|(_, record)| record.outcome == Outcome::Accepted);
    versions_are_unique(accepted().map(|(_, record)| record), wire, faults);

    // Sorted as numbers: seat by seat, and for each in the order of its event.
    let mut order: Vec<(u64, u64)> = accepted()
        .flat_map(|(index, record)| {
            let (event, version) = (u64::from(record.command.event), u64::from(record.version));
            record.seats().map(move |seat| (event << 32 | u64::from(seat), version << 32 | u64::from(index)))
        })
        .collect();
    order.sort_unstable();
    let mut totals = vec![Totals::default(); events];
    for story in order.chunk_by(|one, other| one.0 == other.0) {
        let writes = story.iter().map(|(_, index)| &records[(*index & u64::from(u32::MAX)) as usize]);
        let (end, lapsed) = replay(story[0].0 as u32, writes, wire, faults);
        let event = (story[0].0 >> 32) as usize;
        let Some(totals) = totals.get_mut(event) else { continue };
        totals.lapsed += lapsed;
        match end {
            Seat::Free => {}
            Seat::Held(hold) if hold.lapses() => totals.lapsed += 1,
            Seat::Held(_) => totals.held += 1,
            Seat::Paying(_) => totals.paying += 1,
            Seat::Sold(_) => totals.sold += 1,
        }
    }
    totals
}

/// Each accepted write and each expiry makes a version of its own.
fn versions_are_unique<'a>(accepted: impl Iterator<Item = &'a Record>, wire: &Wire, faults: &mut Faults) {
    let mut versions: Vec<u64> =
        accepted.map(|record| u64::from(record.command.event) << 32 | u64::from(record.version)).collect();
    versions.sort_unstable();
    for pair in versions.windows(2).filter(|pair| pair[0] == pair[1]) {
        let (event, version) = ((pair[0] >> 32) as u16, pair[0] as u32);
        faults.add(|| format!("{}: two accepted writes have version {version}", wire.event(event)));
    }
}

#[derive(Clone, Copy)]
enum Seat<'a> {
    Free,
    Held(&'a Record),
    /// By this hold.
    Paying(&'a Record),
    Sold(&'a Record),
}

/// Replays the writes on one seat. Returns its last state, and how many holds ended by their deadline on the way.
fn replay<'a>(
    ordinal: u32,
    writes: impl Iterator<Item = &'a Record>,
    wire: &Wire,
    faults: &mut Faults,
) -> (Seat<'a>, u64) {
    let (mut seat, mut lapsed) = (Seat::Free, 0);
    for write in writes {
        let is_hold = write.command.kind.is_hold();
        seat = match seat {
            Seat::Free if is_hold => Seat::Held(write),
            Seat::Held(hold) if is_hold && hold.was_over_at(write) => {
                lapsed += 1;
                Seat::Held(write)
            }
            Seat::Held(hold) if write.command.kind == Kind::Confirm && hold.hold == write.hold => {
                Seat::Sold(write)
            }
            Seat::Held(hold) if write.command.kind == Kind::Release && hold.hold == write.hold => Seat::Free,
            Seat::Held(hold) if write.command.kind == Kind::Try && hold.hold == write.hold => {
                Seat::Paying(hold)
            }
            Seat::Paying(hold) if write.command.kind == Kind::Succeed && hold.hold == write.hold => {
                Seat::Sold(write)
            }
            Seat::Paying(hold) if write.command.kind == Kind::Fail && hold.hold == write.hold => Seat::Free,
            before => {
                faults.add(|| contradiction(ordinal, &before, write, wire));
                before
            }
        };
    }
    (seat, lapsed)
}

fn contradiction(ordinal: u32, before: &Seat<'_>, write: &Record, wire: &Wire) -> String {
    let told = |record: &Record| format!("`{}` (version {})", wire.text(&record.command), record.version);
    let is_hold = write.command.kind.is_hold();
    let what = match before {
        Seat::Held(hold) if is_hold => {
            format!("held twice: by {}, not given back nor over, and by {}", told(hold), told(write))
        }
        Seat::Sold(order) if is_hold => format!("sold by {} and then held by {}", told(order), told(write)),
        Seat::Sold(order) => format!("sold by {} and then had {}", told(order), told(write)),
        Seat::Paying(hold) => format!("in payment with {} when {} was accepted", told(hold), told(write)),
        Seat::Held(hold) => format!("held by {} when another hold's {}", told(hold), told(write)),
        Seat::Free => format!("free when {} was accepted", told(write)),
    };
    format!("{} seat #{ordinal} was {what}", wire.event(write.command.event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::labels::Labels;

    /// Accepted writes on seat 5 of event 0.
    fn hold(version: u32, at: u32, ttl: u32) -> Record {
        let command = Command::hold(0, 5, version, ttl);
        let outcome = Outcome::Accepted;
        Record { command, outcome, version, hold: version, judged_at: at, seat: 5, digest: 0 }
    }

    fn then(before: &Record, kind: Kind, version: u32) -> Record {
        Record { command: before.command.follow(kind, before.hold), version, judged_at: 0, ..*before }
    }

    fn judged(records: &[Record]) -> (Totals, Vec<String>) {
        let mut faults = Faults::default();
        let totals = judge(records, 1, &Wire::new(1, Labels::Plain), &mut faults);
        (totals[0], faults.told().to_vec())
    }

    #[test]
    fn good_stories_pass_in_whatever_order_they_were_heard() {
        let first = hold(2, 1_000, 500);
        let lapsed = hold(4, u32::MAX - 100, 500);
        let released = then(&first, Kind::Release, 3);
        // The clock of 32 bits passes zero between these two.
        let second = hold(6, 400, LONG_TTL);
        let sold = then(&second, Kind::Confirm, 7);
        let (totals, faults) = judged(&[sold, second, released, lapsed, first]);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(totals, Totals { sold: 1, lapsed: 1, ..Totals::default() });
        assert_eq!(judged(&[first]).0, Totals { lapsed: 1, ..Totals::default() });
        let tried = then(&second, Kind::Try, 7);
        let paying = Totals { paying: 1, ..Totals::default() };
        assert_eq!(judged(&[second, tried]), (paying, Vec::new()));
        let paid = then(&second, Kind::Succeed, 8);
        let all_sold = Totals { sold: 1, ..Totals::default() };
        assert_eq!(judged(&[second, tried, paid]), (all_sold, Vec::new()));
        assert!(!judged(&[second, paid]).1.is_empty(), "what was never tried is not paid");
        let failed = then(&second, Kind::Fail, 8);
        assert_eq!(judged(&[second, tried, failed]), (Totals::default(), Vec::new()));
        assert!(!judged(&[second, failed]).1.is_empty(), "what was never tried does not fail");
        assert_eq!(judged(&[second]).0, Totals { held: 1, ..Totals::default() });
    }

    #[test]
    fn a_double_hold_is_told_with_both_commands() {
        let (_, faults) = judged(&[hold(3, 1_499, 500), hold(2, 1_000, 500)]);
        assert_eq!(
            faults,
            [
                "load-1-0000 seat #5 was held twice: by `HOLD load-1-0000 h0000000002 b0000000002 00000500 SEATS #000005` \
              (version 2), not given back nor over, and by `HOLD load-1-0000 h0000000003 b0000000003 00000500 SEATS \
              #000005` (version 3)"
            ]
        );
        assert!(judged(&[hold(3, 1_500, 500), hold(2, 1_000, 500)]).1.is_empty(), "over to the millisecond");
    }

    #[test]
    fn a_double_sale_and_a_stolen_hold_are_told() {
        let first = hold(2, 0, 500);
        let sold = then(&first, Kind::Confirm, 3);
        let of = |records: &[Record]| judged(records).1.join("; ");
        assert!(of(&[first, sold, hold(4, 9_000, 500)]).contains("and then held by"));
        assert!(of(&[first, sold, then(&first, Kind::Confirm, 4)]).contains("and then had `CONFIRM"));
        let second = hold(4, 600, 500);
        assert!(
            of(&[first, second, then(&first, Kind::Confirm, 5)]).contains("when another hold's `CONFIRM")
        );
        assert!(of(&[then(&first, Kind::Release, 3)]).contains("free when `RELEASE"));
    }

    #[test]
    fn one_version_has_one_write() {
        let elsewhere = Record { command: Command::hold(0, 6, 9, 500), seat: 6, ..hold(2, 0, 500) };
        assert_eq!(
            judged(&[hold(2, 0, 500), elsewhere]).1,
            ["load-1-0000: two accepted writes have version 2"]
        );
    }

    #[test]
    fn seats_that_were_chosen_are_told_apart() {
        let party = |version, seat, count| {
            let command = Command::best(0, count, version, LONG_TTL);
            Record { command, hold: version, version, seat, ..hold(0, 0, LONG_TTL) }
        };
        let (totals, faults) = judged(&[party(2, 10, 3), party(3, 13, 2), party(4, 4, 6)]);
        assert_eq!((totals.held, faults), (11, Vec::new()));
        let (_, faults) = judged(&[party(2, 10, 3), party(3, 12, 2)]);
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].contains("seat #12 was held twice: by `HOLD load-1-0000 h0000000002"),
            "{faults:?}"
        );
    }

    #[test]
    fn refusals_change_nothing() {
        let refused = Record { outcome: Outcome::Refused, ..hold(0, 0, 500) };
        let not_judged = Record { outcome: Outcome::NotJudged, ..hold(0, 0, 500) };
        let (totals, faults) = judged(&[hold(2, 0, LONG_TTL), refused, not_judged]);
        assert_eq!((totals.held, faults.len()), (1, 0));
    }
}
