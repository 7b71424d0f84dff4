//! `MULTI`, `EXEC` and what goes with them: the default pipeline of client libraries puts its commands between them.

use super::{Front, Verb, front};
use crate::access::Right::{self, Look};

/// Whoever has lost the token gets out of a transaction.
const ANYBODY: Option<Right> = None;

pub(super) static VERBS: &[Verb] = &[
    front(("MULTI", ""), 1, Some(Look), "MULTI", "begins a transaction", |words| {
        words.end().map(|()| Front::Transaction(Step::Multi))
    }),
    front(("EXEC", ""), 1, ANYBODY, "EXEC", "carries out what came since MULTI", |words| {
        words.end().map(|()| Front::Transaction(Step::Exec))
    }),
    front(("DISCARD", ""), 1, ANYBODY, "DISCARD", "drops what came since MULTI", |words| {
        words.end().map(|()| Front::Transaction(Step::Discard))
    }),
    front(
        ("WATCH", ""),
        -2,
        ANYBODY,
        "WATCH name [name ...]",
        "refused: the next EXEC carries out nothing",
        |_| Ok(Front::Transaction(Step::Watch)),
    ),
    front(("UNWATCH", ""), 1, ANYBODY, "UNWATCH", "forgets a WATCH that was refused", |words| {
        words.end().map(|()| Front::Transaction(Step::Unwatch))
    }),
];

/// A command about transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// `MULTI`
    Multi,
    /// `EXEC`
    Exec,
    /// `DISCARD`
    Discard,
    /// `WATCH`
    Watch,
    /// `UNWATCH`
    Unwatch,
}
