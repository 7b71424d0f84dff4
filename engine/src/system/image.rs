//! The system event as the pieces of a snapshot, and the digest of them.
//!
//! The digest is the sum of a number for each piece, so that a piece which is left out where it has nothing adds
//! nothing: a record of today has the same digest when later versions keep more.

use std::collections::VecDeque;

use bincode::{Decode, Encode};

use super::audited::Audited;
use super::change::Branch;
use super::coding::digest_of;
use super::executions::{Approval, Execution, Executions, Kept};
use super::groups::{GroupPiece, Groups};
use super::notices::{NoticePiece, Notices};
use super::state::{Outage, RunOfSystem, System, Totals};
use crate::numbers::At;

/// A piece of a snapshot of the system event. New pieces go last, and are left out where they hold nothing.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) enum Piece {
    /// All that it is for sure: version, time of the newest record, the newest run, the sums.
    Head(u64, At, RunOfSystem, Totals),
    /// Times without a process, oldest first.
    Outages(VecDeque<Outage>),
    /// An execution of a job; the oldest stands first.
    Execution(Box<Execution>),
    /// A part of what is known of what is told to people outside; its head stands first.
    Notice(Box<NoticePiece>),
    /// What is known of the audit.
    Audited(Audited),
    /// The consent that an execution before it needs; the oldest stands first.
    Approval(Box<Approval>),
    /// The file of the results of an execution before it; the oldest stands first.
    Kept(Kept),
    /// The branch, of a directory that was restored.
    Branch(Branch),
    /// A part of the consumer groups, in their order.
    Group(Box<GroupPiece>),
}

impl System {
    /// The pieces of a snapshot.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let executions =
            self.executions.iter().map(|execution| Piece::Execution(Box::new(execution.clone())));
        let approvals =
            self.executions.approvals().map(|approval| Piece::Approval(Box::new(approval.clone())));
        let kept = self.executions.all_kept().map(|kept| Piece::Kept(kept.clone()));
        let groups = self.groups.pieces().map(|piece| Piece::Group(Box::new(piece)));
        self.books().chain(executions).chain(self.told()).chain(approvals).chain(kept).chain(groups).collect()
    }

    /// Those of them that are not about executions.
    fn books(&self) -> impl Iterator<Item = Piece> {
        let head = Piece::Head(self.version, self.last_at, self.run.clone(), self.sums.clone());
        let outages = (!self.outages.is_empty()).then(|| Piece::Outages(self.outages.clone()));
        let audited = (self.audited != Audited::default()).then(|| Piece::Audited(self.audited.clone()));
        let branch = (self.branch != Branch::FIRST).then_some(Piece::Branch(self.branch));
        [head].into_iter().chain(outages).chain(audited).chain(branch)
    }

    /// Those that are about what is told to people outside.
    fn told(&self) -> impl Iterator<Item = Piece> {
        self.notices.pieces().map(|piece| Piece::Notice(Box::new(piece)))
    }

    /// Puts it together from its pieces and checks it.
    ///
    /// # Errors
    /// If they are no state that it can be in.
    pub(crate) fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Result<Self, String> {
        let mut pieces = pieces.into_iter();
        let Some(Piece::Head(version, last_at, run, sums)) = pieces.next() else {
            return Err("the first piece is no head".to_owned());
        };
        let (outages, executions, notices) = (VecDeque::new(), Executions::default(), Notices::default());
        let (audited, branch, groups) = (Audited::default(), Branch::FIRST, Groups::default());
        let mut system =
            Self { version, last_at, run, sums, outages, executions, notices, groups, audited, branch };
        for piece in pieces {
            match piece {
                Piece::Outages(outages) if system.outages.is_empty() => system.outages = outages,
                Piece::Audited(audited) if system.audited == Audited::default() => system.audited = audited,
                Piece::Execution(execution) => system.executions.restore(*execution)?,
                Piece::Notice(piece) => system.notices.restore(*piece)?,
                Piece::Approval(approval) => system.executions.restore_approval(*approval)?,
                Piece::Group(piece) => system.groups.restore(*piece)?,
                Piece::Kept(kept) => system.executions.restore_kept(kept)?,
                Piece::Branch(branch) if system.branch == Branch::FIRST => system.branch = branch,
                Piece::Head(..) | Piece::Outages(_) | Piece::Audited(_) | Piece::Branch(_) => {
                    return Err("a piece stands twice".to_owned());
                }
            }
        }
        system.check().map(|()| system)
    }

    /// A number that stands for the whole state.
    #[must_use]
    pub fn digest(&self) -> u64 {
        // Those of the executions and of the groups are at hand: there may be thousands.
        let at_hand = self.executions.digest().wrapping_add(self.groups.digest());
        self.books().chain(self.told()).fold(at_hand, |sum: u64, piece| sum.wrapping_add(digest_of(&piece)))
    }
}
