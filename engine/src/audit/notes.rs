//! What the doors of the server tell the audit: whom they have turned away, what was read again, who has read backups. They wait for
//! nothing: it is summed up here, and recorded by the thread of the audit, at most once a minute of each kind, however many come.

use parking_lot::Mutex;

use crate::limits;
use crate::numbers::At;
use crate::system::{Note, NoteKind};

/// Whom a door has turned away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TurnedAway {
    /// A login failed.
    LoginFailed,
    /// A command was denied.
    Denied,
}

/// See above.
#[derive(Default, Debug)]
pub struct AuditNotes(Mutex<Kept>);

#[derive(Default, Debug)]
struct Kept {
    failed: Tally,
    denied: Tally,
    backups: Tally,
    /// What was read again, in order, and not recorded yet.
    reloads: Vec<Note>,
    /// What was read again and found no room.
    reloads_left_out: u64,
}

#[derive(Default, Debug)]
struct Tally {
    times: u64,
    /// Those that came first, and how often.
    who: Vec<(Box<str>, u64)>,
    /// When the last note of it was recorded.
    noted_at: At,
}

/// Whoever has the file of tokens may send signals as well: more than so many in a second say nothing new.
const RELOADS_KEPT: usize = 16;

impl AuditNotes {
    /// Somebody was turned away: who, from where, and what for, in words.
    pub fn turned_away(&self, what: TurnedAway, who: &str) {
        let mut kept = self.0.lock();
        let tally = match what {
            TurnedAway::LoginFailed => &mut kept.failed,
            TurnedAway::Denied => &mut kept.denied,
        };
        tally.add(who);
    }

    /// Somebody has begun to read a file of a backup: who, from where, and of which, in words.
    pub fn backup_read(&self, who: &str) {
        self.0.lock().backups.add(who);
    }

    /// Something was read again; what came of it, in words.
    pub fn reloaded(&self, what: &str, outcome: &str) {
        let mut kept = self.0.lock();
        if kept.reloads.len() >= RELOADS_KEPT {
            kept.reloads_left_out += 1;
            return;
        }
        let note = Note { kind: NoteKind::Reloaded, count: 1, target: what.into(), reason: outcome.into() };
        kept.reloads.push(note);
    }

    /// What is to be recorded now, taken out of here.
    pub(crate) fn due(&self, now: At) -> Vec<Note> {
        let mut kept = self.0.lock();
        let mut due = std::mem::take(&mut kept.reloads);
        let left_out = std::mem::take(&mut kept.reloads_left_out);
        if let Some(last) = due.last_mut() {
            last.count += left_out;
        }
        due.extend(kept.failed.due(NoteKind::LoginFailed, now));
        due.extend(kept.denied.due(NoteKind::Denied, now));
        due.extend(kept.backups.due(NoteKind::BackupRead, now));
        due
    }

    /// Puts back what could not be recorded.
    pub(crate) fn not_recorded(&self, notes: Vec<Note>) {
        let mut kept = self.0.lock();
        for note in notes {
            match note.kind {
                NoteKind::LoginFailed => kept.failed.put_back(&note),
                NoteKind::Denied => kept.denied.put_back(&note),
                NoteKind::BackupRead => kept.backups.put_back(&note),
                NoteKind::Reloaded if kept.reloads.len() < RELOADS_KEPT => kept.reloads.push(note),
                NoteKind::Reloaded => kept.reloads_left_out += 1,
                // Looked for again at the next start.
                NoteKind::LossAccepted => {}
            }
        }
    }
}

impl Tally {
    fn add(&mut self, who: &str) {
        self.times += 1;
        if let Some((_, times)) = self.who.iter_mut().find(|(known, _)| **known == *who) {
            *times += 1;
        } else if self.who.len() < limits::AUDIT_TURNED_AWAY_TOLD {
            self.who.push((who.into(), 1));
        }
    }

    fn due(&mut self, kind: NoteKind, now: At) -> Option<Note> {
        let is_due = self.noted_at == At(0) || now.since(self.noted_at) >= limits::AUDIT_NOTES_APART;
        if self.times == 0 || !is_due {
            return None;
        }
        let told: u64 = self.who.iter().map(|(_, times)| times).sum();
        let mut who: Vec<String> = self.who.iter().map(|(who, times)| format!("{times} x {who}")).collect();
        if told < self.times {
            who.push(format!("{} x others", self.times - told));
        }
        let note = Note { kind, count: self.times, target: who.join("; ").into(), reason: Box::default() };
        *self = Self { noted_at: now, ..Self::default() };
        Some(note)
    }

    fn put_back(&mut self, note: &Note) {
        self.times += note.count;
        self.who.insert(0, (note.target.clone(), note.count));
        self.who.truncate(limits::AUDIT_TURNED_AWAY_TOLD);
        self.noted_at = At(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_note_a_minute() {
        let notes = AuditNotes::default();
        let mut recorded = Vec::new();
        for second in 0..180 {
            for number in 0..1_000 {
                notes.turned_away(TurnedAway::LoginFailed, &format!("10.0.{second}.{number}"));
            }
            notes.turned_away(TurnedAway::Denied, "token desk: JOB RUN");
            recorded.extend(notes.due(At(1_000_000 + second * 1_000)));
        }
        let kinds = |kind| recorded.iter().filter(|note| note.kind == kind).count();
        assert_eq!((kinds(NoteKind::LoginFailed), kinds(NoteKind::Denied)), (3, 3));
        let sum: u64 =
            recorded.iter().filter(|note| note.kind == NoteKind::LoginFailed).map(|note| note.count).sum();
        assert_eq!(sum, 121_000, "the last minute is not over");
        assert_eq!(&*recorded[1].target, "1 x token desk: JOB RUN");
        assert!(recorded[2].target.ends_with("59994 x others"), "{recorded:?}");
    }

    #[test]
    fn what_could_not_be_recorded_comes_again() {
        let notes = AuditNotes::default();
        notes.turned_away(TurnedAway::Denied, "a");
        notes.reloaded("tokens", "3 tokens");
        let due = notes.due(At(10));
        assert_eq!(due.len(), 2);
        notes.not_recorded(due.clone());
        assert_eq!(notes.due(At(11)).len(), 2);
        assert!(notes.due(At(12)).is_empty());
    }
}
