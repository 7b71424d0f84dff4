//! Channels, dead letters and acts as operators read them.

use crate::document::Document;
use crate::numbers::At;
use crate::system::{Letter, Message, NoticeAct, Notices};

/// A channel as the notifier tells that it is. Nothing in it is a secret.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ChannelShown {
    /// Its name in the settings.
    pub name: Box<str>,
    /// `mail`, `webhook` or `slack`.
    pub kind: &'static str,
    /// Where it goes to, as far as that may be shown.
    pub to: Box<str>,
    /// The least severity that it is told of.
    pub severity: &'static str,
    /// The kinds that it is told of; empty for all.
    pub kinds: Vec<&'static str>,
    /// The language.
    pub lang: &'static str,
    /// Messages that wait, those among them that were tried and not taken.
    pub waiting: u64,
    /// When that happened which the oldest of them is about; 0 if none waits.
    pub oldest_at: At,
    /// Whether one is being sent now.
    pub is_sending: bool,
    /// Tries that failed since the last one that did not.
    pub failures: u64,
    /// What it said to the newest of them; empty if the last try was well.
    pub why: Box<str>,
    /// When it took a message last in this process; 0 if it has not.
    pub taken_at: At,
    /// Tries of this process that it took, and that it did not take.
    pub tries: (u64, u64),
    /// Things that were told together with others, and not by a message of their own.
    pub folded: u64,
}

pub(super) fn channel(shown: &ChannelShown, notices: &Notices) -> Document {
    let place = notices.place(&shown.name);
    let dead = notices.letters().filter(|letter| letter.channel == shown.name).count();
    let time = |at: At| Document::or_nothing((at.0 > 0).then_some(at.0));
    Document::fields([
        ("channel", (&*shown.name).into()),
        ("kind", shown.kind.into()),
        ("to", (&*shown.to).into()),
        ("severity", shown.severity.into()),
        ("events", Document::list(shown.kinds.iter().map(|kind| (*kind).into()))),
        ("lang", shown.lang.into()),
        ("waiting", shown.waiting.into()),
        ("oldest_at", time(shown.oldest_at)),
        ("is_sending", u64::from(shown.is_sending).into()),
        ("failures", shown.failures.into()),
        ("why", Document::or_nothing((!shown.why.is_empty()).then_some(&*shown.why))),
        ("taken_at", time(shown.taken_at)),
        ("taken", place.map_or(0, |place| place.taken).into()),
        ("told_upto", place.map_or(0, |place| place.upto).into()),
        ("dead", (dead as u64).into()),
    ])
}

pub(super) fn letter(letter: &Letter) -> Document {
    let Message { first, count, last_at, others, .. } = &letter.message;
    let who = first.who.as_ref();
    let others = others.iter().map(|other| (&**other).into());
    Document::fields([
        ("letter", letter.number.into()),
        ("channel", (&*letter.channel).into()),
        ("id", (&*letter.id).into()),
        ("kind", first.kind.word().into()),
        ("severity", first.severity.word().into()),
        ("about", (&*first.about).into()),
        ("says", (&*first.says).into()),
        ("code", Document::or_nothing(first.code.as_deref())),
        ("operator", Document::or_nothing(who.map(|who| &*who.operator))),
        ("reason", Document::or_nothing(who.map(|who| &*who.reason))),
        ("count", (*count).into()),
        ("others", Document::list(others)),
        ("at", first.at.0.into()),
        ("last_at", last_at.0.into()),
        ("tries", u64::from(letter.tries).into()),
        ("why", (&*letter.why).into()),
        ("died_at", letter.died_at.0.into()),
        ("is_redriven", u64::from(letter.is_redriven).into()),
    ])
}

pub(super) fn act(act: &NoticeAct) -> Document {
    Document::fields([
        ("act", act.kind.word().into()),
        ("about", (&*act.about).into()),
        ("at", act.at.0.into()),
        ("version", act.version.into()),
        ("operator", (&*act.by.operator).into()),
        ("token", Document::or_nothing(act.by.token.as_deref())),
        ("reason", (&*act.by.reason).into()),
    ])
}
