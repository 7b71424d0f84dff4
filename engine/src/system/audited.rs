//! What the system event knows of the audit: where its chain stands, and what no other record tells.

use bincode::{Decode, Encode};

use super::texts::within;
use crate::limits;

/// A fact about the audit. Its place among the variants is the log's format.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum AuditChange {
    /// Something happened that is told by no other record.
    Noted(Box<Note>),
    /// The files of the audit stand so.
    Head(AuditHead),
}

/// Where the files of the audit stood.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct AuditHead {
    /// The number of the newest line.
    pub seq: u64,
    /// The SHA-256 that stands for all lines up to it.
    pub hash: [u8; 32],
    /// All acts of the log up to this record are in the files.
    pub upto: u64,
}

/// Something that happened to the process, or was tried.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// How often since the note of this kind before.
    pub count: u64,
    /// To what, in words; at most [`limits::AUDIT_NOTE_BYTES_MAX`].
    pub target: Box<str>,
    /// What came of it, or why, in words; as long.
    pub reason: Box<str>,
}

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum NoteKind {
    /// The configuration, tokens or the certificate were read again, or could not be.
    Reloaded,
    /// Logins failed.
    LoginFailed,
    /// Commands were denied, as a token does not allow them or there was none.
    Denied,
    /// Somebody has accepted that a part of the log is lost.
    LossAccepted,
    /// Files of backups were read over the admin port: they are all that the server knows.
    BackupRead,
}

/// What is known of the audit.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Audited {
    /// Where the files stood when that was recorded last.
    pub head: AuditHead,
    /// How many accepted losses of log were noted.
    pub losses: u64,
}

impl Audited {
    /// What is to happen because of what is told; `None` if it is nothing new.
    #[must_use]
    pub fn judge(&self, told: AuditChange) -> Option<AuditChange> {
        match told {
            AuditChange::Head(head) => {
                let grows = head.seq >= self.head.seq && head.upto >= self.head.upto;
                (grows && head != self.head).then_some(AuditChange::Head(head))
            }
            AuditChange::Noted(note) => {
                let Note { kind, count, target, reason } = *note;
                let cut = |text: &str| within(text, limits::AUDIT_NOTE_BYTES_MAX);
                Some(AuditChange::Noted(Box::new(Note {
                    kind,
                    count,
                    target: cut(&target),
                    reason: cut(&reason),
                })))
            }
        }
    }

    pub(super) fn apply(&mut self, change: &AuditChange) {
        match change {
            AuditChange::Head(head) => self.head = *head,
            AuditChange::Noted(note) => self.losses += u64::from(note.kind == NoteKind::LossAccepted),
        }
    }
}
