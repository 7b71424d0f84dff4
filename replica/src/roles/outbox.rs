//! Messages on their way to the log: each is written where it was meant to stand, or somebody else's stands there.
//!
//! Several are on their way at once, each written to go behind the one before it. An acknowledgement counts only if it names the position
//! that was predicted, because then nothing stands between that nobody here knows of. Whenever anything is unsure, nothing new is sent,
//! and what is outstanding is **settled**, the oldest first, by reading the position where it has to stand:
//!
//! | what stands there | what it means |
//! | --- | --- |
//! | the message itself | it is agreed upon |
//! | another valid one | somebody else owns the log: the end of this outbox |
//! | something void | it used up the position: all that is outstanding belongs one further on |
//! | nothing, it is said | that is not believed: whoever answered may be behind. The same bytes are written to the same place once more, if the newest message still stands where it stood |
//! | no answer | the position is read again, for ever |
//!
//! So no timeout, no refusal and no "not there" ever decides anything. Only a message that stands somewhere does.

use std::collections::VecDeque;

use bytes::Bytes;

use super::action::Action;
use super::recent::{Recent, Writer};
use super::timing::Timing;
use crate::link::Link;
use crate::message::{Message, fingerprint};
use crate::numbers::{Epoch, Now, Position};
use crate::port::Event;
use crate::rule::{Chain, Halt, Verdict, Void};

/// So many positions are remembered with what stands there.
const PLACES_MAX: usize = 64;

/// What became known of the next position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// A message of this outbox stands there.
    Agreed { at: Position, message: Message, bytes: Bytes },
    /// A void one does.
    Passed { at: Position, why: Void },
    /// A valid one of somebody else does.
    Overtaken { at: Position, message: Message, bytes: Bytes },
    /// One does that this node must not pass.
    Halted { at: Position, why: Halt },
    /// Something else stands where the newest message stood, or somebody has read another history than this node.
    Changed { at: Position },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Sent {
    bytes: Bytes,
    link: Link,
    is_beat: bool,
    /// An acknowledgement at the predicted position has come.
    is_acked: bool,
    /// When it was sent.
    since: u64,
}

/// How the outstanding messages do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Way {
    /// Nothing speaks against the predictions.
    Sure,
    /// The next position is being read, and the one before it once more. A log that compares nothing and has forgotten its end would fill up with what is
    /// written again, until one of the copies stands where it was meant to: so nothing is written again behind what is not there.
    Reading { since: u64, is_newest_there: bool, is_next_missing: bool },
    /// It will be read again.
    Pausing { until: u64 },
    /// The oldest message was written once more.
    Again { since: u64 },
}

impl Beats {
    fn passes(self, epoch: Epoch) -> bool {
        self == Self::All || self == Self::Of(epoch)
    }
}

/// The messages that one node has under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Outbox {
    /// All that is agreed upon.
    chain: Chain,
    /// That, and everything that is on its way: what the next message has to go behind.
    ahead: Chain,
    sent: VecDeque<Sent>,
    recent: Recent,
    /// What stands at the newest positions that are agreed upon, the newest last, and the number of the message if it is one of this outbox. What is heard to
    /// stand there later is the same, or the log has forgotten its end and is written anew.
    places: VecDeque<(Link, Option<u64>)>,
    /// The number of the oldest message in `sent`.
    oldest: u64,
    /// Whose beats are passed without a word: they are copies of what this node has written, or say nothing new.
    beats: Beats,
    way: Way,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Beats {
    Of(Epoch),
    All,
}

impl Outbox {
    /// For messages behind what is agreed upon, of an epoch that is this node's alone. `first` is a number that no message of this node had.
    pub(super) fn new(chain: Chain, recent: Recent, epoch: Epoch, first: u64) -> Self {
        Self { recent, ..Self::behind(chain, first, Beats::Of(epoch)) }
    }

    /// For messages that stood behind this chain once. Each is looked for, and written again only where nothing is found.
    ///
    /// # Panics
    /// If they are not valid, one behind the other.
    pub(super) fn again(
        now: Now,
        chain: Chain,
        messages: impl IntoIterator<Item = Bytes>,
        first: u64,
        out: &mut Vec<Action>,
    ) -> Self {
        let mut outbox = Self::behind(chain, first, Beats::All);
        outbox.settle(now, out);
        messages.into_iter().for_each(|bytes| outbox.push(now, bytes, out));
        outbox
    }

    fn behind(chain: Chain, oldest: u64, beats: Beats) -> Self {
        let (sent, recent) = (VecDeque::new(), Recent::default());
        let places = VecDeque::from([(chain.tip(), None)]);
        Self { chain, ahead: chain, sent, recent, places, oldest, beats, way: Way::Sure }
    }

    /// What is agreed upon.
    pub(super) const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What it has seen to be valid.
    pub(super) const fn recent(&self) -> &Recent {
        &self.recent
    }

    /// What the next message has to go behind.
    pub(super) const fn ahead(&self) -> &Chain {
        &self.ahead
    }

    /// How many messages are on their way.
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// Whether nothing has to be settled.
    pub(super) fn is_sure(&self) -> bool {
        self.way == Way::Sure
    }

    /// The number that comes behind those of all messages so far.
    pub(super) fn number(&self) -> u64 {
        self.oldest + self.sent.len() as u64
    }

    /// Sends a message. While something has to be settled, it waits for that.
    ///
    /// # Panics
    /// If it is not valid behind all that were sent: nothing is written that everybody would pass over.
    pub(super) fn push(&mut self, now: Now, bytes: Bytes, out: &mut Vec<Action>) {
        let (asked, after) = (self.number(), self.ahead.position());
        let verdict = self.ahead.pass(after.next(), &bytes);
        let Verdict::Valid(message) = verdict else {
            panic!("a node writes only what is valid: {verdict:?}")
        };
        let is_beat = !message.body.is_chained();
        self.sent.push_back(Sent {
            bytes: bytes.clone(),
            link: message.link,
            is_beat,
            is_acked: false,
            since: now.millis,
        });
        if self.is_sure() {
            out.push(Action::Append { asked, after, message: bytes });
        }
    }

    /// Looks what stands at the next position, whatever was heard before.
    pub(super) fn settle(&mut self, now: Now, out: &mut Vec<Action>) {
        self.way = Way::Reading { since: now.millis, is_newest_there: false, is_next_missing: false };
        out.push(Action::Read { at: self.chain.position() });
        out.push(Action::Read { at: self.chain.position().next() });
    }

    /// Something was heard of the log.
    pub(super) fn hear(
        &mut self,
        now: Now,
        timing: &Timing,
        event: &Event,
        out: &mut Vec<Action>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        match event {
            Event::Acked { asked, at } => self.acked(now, *asked, *at, out, &mut outcomes),
            Event::Unsure { asked } => self.unsure(now, timing, *asked, out),
            Event::Read { at, found: Some(bytes) } | Event::Seen { at, bytes } => {
                self.found(now, *at, bytes, out, &mut outcomes);
            }
            Event::Read { at, found: None } => self.not_found(now, timing, *at, out),
            Event::Unread { at } => {
                let newest = self.chain.position();
                let is_awaited = [newest, newest.next()].contains(at);
                if is_awaited && matches!(self.way, Way::Reading { .. }) {
                    self.pause(now, timing);
                }
            }
        }
        outcomes
    }

    /// Time has passed: what was not answered is asked again.
    pub(super) fn tick(&mut self, now: Now, timing: &Timing, out: &mut Vec<Action>) {
        let is_late = match self.way {
            Way::Sure => self.sent.front().is_some_and(|sent| now.since(sent.since) >= timing.answer),
            Way::Reading { since, .. } | Way::Again { since } => now.since(since) >= timing.answer,
            Way::Pausing { until } => now.millis >= until,
        };
        if is_late {
            self.settle(now, out);
        }
    }

    /// What is remembered of a position.
    fn place(&self, at: Position) -> Option<(Link, Option<u64>)> {
        let back = usize::try_from(self.chain.position().0.checked_sub(at.0)?).ok()?;
        self.places.get(self.places.len().checked_sub(back + 1)?).copied()
    }

    /// The chain has gone on by a position: remembers what stands there.
    fn stands(&mut self, number: Option<u64>) {
        if self.places.len() == PLACES_MAX {
            self.places.pop_front();
        }
        self.places.push_back((self.chain.tip(), number));
    }

    fn pause(&mut self, now: Now, timing: &Timing) {
        self.way = Way::Pausing { until: now.millis + timing.again };
    }

    fn acked(
        &mut self,
        now: Now,
        asked: u64,
        at: Position,
        out: &mut Vec<Action>,
        outcomes: &mut Vec<Outcome>,
    ) {
        if self.place(at).is_some_and(|(_, number)| number != Some(asked)) {
            // Late, of a copy that is void there; or what stood there is gone.
            out.push(Action::Read { at });
        }
        let Some(ahead) = asked.checked_sub(self.oldest) else { return };
        let predicted = self.chain.position().plus(ahead + 1);
        let Some(sent) = usize::try_from(ahead).ok().and_then(|ahead| self.sent.get_mut(ahead)) else {
            return;
        };
        if at == predicted {
            sent.is_acked = true;
            self.agree_on_acked(now, out, outcomes);
        } else if self.is_sure() {
            self.settle(now, out);
        }
    }

    fn unsure(&mut self, now: Now, timing: &Timing, asked: u64, out: &mut Vec<Action>) {
        let is_outstanding = (self.oldest..self.number()).contains(&asked);
        match self.way {
            Way::Sure if is_outstanding => self.settle(now, out),
            Way::Again { .. } if asked == self.oldest => self.pause(now, timing),
            _ => {}
        }
    }

    /// Whoever answered has nothing there. That may be old: written once more, the message is there in any case, or something else is.
    fn not_found(&mut self, now: Now, timing: &Timing, at: Position, out: &mut Vec<Action>) {
        let Way::Reading { is_next_missing, .. } = &mut self.way else { return };
        if at == self.chain.position() && !self.sent.is_empty() {
            self.pause(now, timing);
        } else if at == self.chain.position().next() {
            *is_next_missing = true;
            self.write_again(now, out);
        }
    }

    /// Writes the oldest message once more, as soon as it is known that it does not stand where it was meant to, and that what it goes behind does.
    fn write_again(&mut self, now: Now, out: &mut Vec<Action>) {
        match (self.way, self.sent.front()) {
            (Way::Reading { is_next_missing: true, .. }, None) => self.way = Way::Sure,
            (Way::Reading { is_newest_there: true, is_next_missing: true, .. }, Some(sent)) => {
                self.way = Way::Again { since: now.millis };
                let (asked, after, message) = (self.oldest, self.chain.position(), sent.bytes.clone());
                out.push(Action::Append { asked, after, message });
            }
            _ => {}
        }
    }

    fn found(
        &mut self,
        now: Now,
        at: Position,
        bytes: &Bytes,
        out: &mut Vec<Action>,
        outcomes: &mut Vec<Outcome>,
    ) {
        match (self.place(at), &mut self.way) {
            (Some((link, _)), _) if link != fingerprint(bytes) => outcomes.push(Outcome::Changed { at }),
            (Some(_), Way::Reading { is_newest_there, .. }) if at == self.chain.position() => {
                *is_newest_there = true;
                self.write_again(now, out);
            }
            _ => {}
        }
        if at != self.chain.position().next() {
            return;
        }
        match self.chain.judge(bytes) {
            Verdict::Valid(message) => match self.sent.iter().position(|sent| sent.link == message.link) {
                Some(0) => {
                    self.agree(&message, bytes.clone(), outcomes);
                    self.agree_on_acked(now, out, outcomes);
                }
                Some(before) => self.jumped(now, before, &message, bytes, out, outcomes),
                None if !message.body.is_chained() && self.beats.passes(message.header.epoch) => {
                    self.chain.accept(&message);
                    self.stands(None);
                    self.recent.remember(message.link);
                    self.moved(now, out);
                }
                None => outcomes.push(Outcome::Overtaken { at, message, bytes: bytes.clone() }),
            },
            Verdict::Void(why) => {
                if self.is_betrayed_by(bytes) {
                    outcomes.push(Outcome::Changed { at });
                    return;
                }
                self.chain.pass(at, bytes);
                self.stands(None);
                outcomes.push(Outcome::Passed { at, why });
                self.moved(now, out);
            }
            Verdict::Halt(why) => outcomes.push(Outcome::Halted { at, why }),
        }
    }

    /// Whether the writer of a void message has read another history. In its own epoch, nobody but this node writes.
    fn is_betrayed_by(&self, bytes: &Bytes) -> bool {
        let is_own = |link| self.sent.iter().any(|sent| sent.link == link);
        match self.recent.writer(&self.chain, bytes) {
            Writer::Same => false,
            Writer::Unknown(link) => self.beats == Beats::Of(self.chain.epoch()) && !is_own(link),
            // Whoever looks for what it has kept finds out by what stands there.
            Writer::Other => self.beats != Beats::All,
        }
    }

    /// A message of this node stands where another one of it was to stand, and is valid: those in front of it were beats, which are void now
    /// wherever they land.
    fn jumped(
        &mut self,
        now: Now,
        before: usize,
        message: &Message,
        bytes: &Bytes,
        out: &mut Vec<Action>,
        outcomes: &mut Vec<Outcome>,
    ) {
        for sent in self.sent.drain(..before) {
            assert!(sent.is_beat, "a message is valid behind the one that it names");
            self.recent.remember(sent.link);
        }
        self.oldest += before as u64;
        self.agree(message, bytes.clone(), outcomes);
        self.moved(now, out);
    }

    fn agree(&mut self, message: &Message, bytes: Bytes, outcomes: &mut Vec<Outcome>) {
        let sent = self.sent.pop_front();
        assert!(
            sent.is_some_and(|sent| sent.link == message.link),
            "the oldest message is agreed upon first"
        );
        self.chain.accept(message);
        self.stands(Some(self.oldest));
        self.oldest += 1;
        self.recent.remember(message.link);
        let at = self.chain.position();
        outcomes.push(Outcome::Agreed { at, message: message.clone(), bytes });
    }

    /// The oldest messages are agreed upon as long as they were acknowledged; then what is unsure goes on being settled.
    fn agree_on_acked(&mut self, now: Now, out: &mut Vec<Action>, outcomes: &mut Vec<Outcome>) {
        while let Some(sent) = self.sent.front().filter(|sent| sent.is_acked) {
            let bytes = sent.bytes.clone();
            let verdict = self.chain.judge(&bytes);
            let Verdict::Valid(message) = verdict else {
                panic!("what was sent was valid there: {verdict:?}")
            };
            self.agree(&message, bytes, outcomes);
        }
        if self.is_sure() {
            return;
        }
        if self.sent.is_empty() {
            self.way = Way::Sure;
        } else if outcomes.is_empty() {
            // An acknowledgement of a later one: the oldest is still being settled.
        } else {
            self.settle(now, out);
        }
    }

    /// The outstanding messages belong elsewhere than was predicted.
    fn moved(&mut self, now: Now, out: &mut Vec<Action>) {
        self.ahead = self.chain;
        for sent in &mut self.sent {
            sent.is_acked = false;
            let verdict = self.ahead.pass(self.ahead.position().next(), &sent.bytes);
            assert!(
                matches!(verdict, Verdict::Valid(_)),
                "what is void moves others and changes nothing else"
            );
        }
        if self.sent.is_empty() {
            self.way = Way::Sure;
        } else {
            self.settle(now, out);
        }
    }
}
