//! Where the time of a connection's commands goes. The clock is read when bytes have come and when replies were written, for all
//! commands of the turn; what happens to them in between their run tells. Commands of one kind that came in one turn and were
//! judged in one run are counted together.

use std::collections::VecDeque;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use holdfast_engine::{Code, Course, Stamp};

use crate::connection::peer::Peer;
use crate::latency::{Cells, Frames, Parts, SlowLog, Took};
use crate::limits;
use crate::shared::Shared;
use crate::spans::{Draws, Followed, Outcome, Served, Spans, Stamps, Traced};
use crate::verbs::Verb;

/// The commands of a connection whose time is being taken.
pub(crate) struct Timing {
    cells: Arc<Cells>,
    slow: Arc<SlowLog>,
    spans: Arc<Spans>,
    draws: Draws,
    /// When what is being taken was read.
    read: Stamp,
    /// The command that is being taken, and where it begins among those of its turn; `None` if its time is not taken.
    taken: Option<(&'static Verb, usize)>,
    /// The command that is being taken, if spans are made of it: it is measured by itself.
    followed: Option<Rc<Followed>>,
    /// The command whose time goes on, instead of the one that is being taken.
    resumed: Option<Mark>,
    /// The commands of this turn as they were sent, and where the first of them begins that is looked for there.
    frames: Option<(Rc<Frames>, usize)>,
    /// Counts the turns of which something is kept.
    alive: Rc<()>,
    /// Those whose replies are among the bytes to be written, in their order.
    told: VecDeque<Told>,
}

/// What a command is, and when it was read.
#[derive(Clone)]
pub(crate) struct Mark {
    verb: &'static Verb,
    read: Stamp,
    /// As it was sent, if that is kept.
    words: Option<(Rc<Frames>, usize)>,
    /// Spans are made of it.
    followed: Option<Rc<Followed>>,
}

impl Mark {
    /// What is to be known of it for its spans, if any are made.
    #[inline]
    pub(super) fn followed(&self) -> Option<&Followed> {
        self.followed.as_deref()
    }
}

/// Commands that no event judges and that are answered together, with how many there are of each kind one after the other.
#[derive(Default)]
pub(crate) struct Marks(Vec<(Mark, usize)>);

/// Commands whose replies are there.
struct Told {
    mark: Mark,
    /// How many commands are between the mark and the first of these.
    skip: usize,
    count: u32,
    course: Course,
    /// Where their replies end among all bytes of the connection; [`u64::MAX`] while they are being written down.
    end: u64,
    /// When the socket was offered the replies for the first time.
    offered: Stamp,
}

impl Timing {
    /// Of a connection on this thread.
    pub(crate) fn of(shared: &Shared) -> Self {
        let (cells, slow) = (shared.stats.latencies.here(), Arc::clone(&shared.slow));
        let (read, alive, told) = (shared.router.stamp(), Rc::default(), VecDeque::new());
        let spans = Arc::clone(shared.spans());
        let draws = spans.draws();
        Self {
            cells,
            slow,
            spans,
            draws,
            read,
            taken: None,
            followed: None,
            resumed: None,
            frames: None,
            alive,
            told,
        }
    }

    /// Bytes have come.
    pub(crate) const fn read(&mut self, now: Stamp) {
        self.read = now;
    }

    /// A command is carried out that begins so many bytes behind the beginning of the turn; `None`: one that is not, or whose
    /// time is not taken.
    #[inline]
    pub(crate) const fn takes(&mut self, verb: Option<&'static Verb>, place: usize) {
        self.taken = match verb {
            Some(verb) => Some((verb, place)),
            None => None,
        };
    }

    /// Spans are made of the command that is being taken, if this is one.
    pub(super) fn follows(&mut self, followed: Option<Followed>) {
        self.followed = followed.map(Rc::new);
    }

    /// Whether they are.
    pub(super) const fn is_following(&self) -> bool {
        self.followed.is_some()
    }

    /// These bytes are the reply to the command that is being taken.
    #[inline]
    pub(super) fn said(&self, reply: &[u8]) {
        if let Some(followed) = &self.followed {
            followed.said(reply);
        }
    }

    /// Whether some commands that come without a trace get one.
    pub(super) const fn draws(&self) -> bool {
        self.draws.are_on()
    }

    /// Whether the one that is being taken is to, if it comes without.
    pub(super) const fn chooses(&mut self) -> bool {
        self.draws.chooses()
    }

    /// A trace for it.
    pub(super) fn own_trace(&mut self) -> Traced {
        Traced { trace: self.draws.trace(), is_own: true, state: None }
    }

    /// Whether they may be made of a command that is taken now.
    pub(super) fn may_follow(&self, now: Stamp) -> bool {
        self.spans.follows(now)
    }

    /// The command that is being taken is refused as this, before anybody judges it: its time is not taken, and its spans end here.
    pub(super) fn is_refused(&mut self, refused: Option<(&'static Verb, Code)>) {
        let Some((verb, code)) = refused else { return };
        let Some(followed) = self.followed.take() else { return };
        let outcome = Outcome { code: Some(code.text().into()), ..Outcome::default() };
        let now = followed.taken;
        let stamps = Stamps { read: self.read, taken: now, offered: now, written: now, ..Stamps::default() };
        self.tell(&followed, verb, outcome, stamps);
    }

    fn tell(&self, followed: &Followed, verb: &'static Verb, outcome: Outcome, stamps: Stamps) {
        let (traced, event) = (followed.traced.clone(), followed.event.clone());
        self.spans.tell(Served { traced, command: verb.words(), event, outcome, stamps });
    }

    /// The turn is over: no command is being taken any longer. `sent` gives the bytes of those that were.
    pub(crate) fn end_turn<'a>(&mut self, sent: impl FnOnce() -> &'a [u8]) {
        self.taken = None;
        self.followed = None;
        if let Some((frames, first)) = self.frames.take() {
            frames.keep(sent().get(first..).unwrap_or_default());
        }
    }

    /// Commands until [`Timing::leaves`] come from these bytes, and not from those of the turn, which are returned.
    pub(crate) fn enters(&mut self, bytes: &[u8]) -> Option<(Rc<Frames>, usize)> {
        let outside = self.frames.take();
        if self.keeps() {
            let frames = Frames::new(&self.alive);
            frames.keep(bytes);
            self.frames = Some((Rc::new(frames), 0));
        }
        outside
    }

    /// Commands come from the bytes of the turn again.
    pub(crate) fn leaves(&mut self, outside: Option<(Rc<Frames>, usize)>) {
        self.frames = outside;
        self.taken = None;
    }

    /// Whether commands are kept as they were sent: for a slow one, as long as not too much is kept.
    fn keeps(&self) -> bool {
        self.slow.is_on() && Rc::strong_count(&self.alive) <= limits::SLOW_TURNS_MAX
    }

    /// The time of this command goes on.
    pub(super) fn resume(&mut self, mark: Option<Mark>) {
        self.resumed = mark;
    }

    /// The command whose time is taken.
    pub(crate) fn mark(&mut self) -> Option<Mark> {
        if let Some(resumed) = self.resumed.take() {
            return Some(resumed);
        }
        let (verb, place) = self.taken?;
        if self.frames.is_none() && self.keeps() {
            self.frames = Some((Rc::new(Frames::new(&self.alive)), place));
        }
        let words = self.frames.as_ref().map(|(frames, first)| (Rc::clone(frames), place - first));
        Some(Mark { verb, read: self.read, words, followed: self.followed.clone() })
    }

    /// Whether the command that is being taken is one of the same kind, which came in the same turn.
    #[inline]
    pub(super) fn is_like(&self, mark: Option<&Mark>) -> bool {
        match (mark, self.taken) {
            (Some(mark), Some((verb, _))) => ptr::eq(mark.verb, verb),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether it is of the same kind and the same turn, and neither of them is measured by itself.
    fn goes_with(&self, mark: &Mark) -> bool {
        let is_alone = self.followed.is_some() || mark.followed.is_some();
        let is_same = self.taken.is_some_and(|(verb, _)| ptr::eq(mark.verb, verb));
        mark.read == self.read && is_same && !is_alone
    }

    /// The replies to so many commands are being written down, of which the first is `skip` behind the mark.
    pub(super) fn told(&mut self, mark: Option<&Mark>, skip: usize, count: usize, course: Course) {
        let Some(mark) = mark.filter(|_| self.told.len() < limits::TIMED_MAX) else { return };
        let (mark, count, offered) = (mark.clone(), count as u32, Stamp::default());
        self.told.push_back(Told { mark, skip, count, course, end: u64::MAX, offered });
    }

    /// The reply to this command, which no event judged, is written down up to here.
    pub(super) fn told_one(&mut self, mark: Option<&Mark>, end: u64) {
        self.told(mark, 0, 1, Course::default());
        self.ends(end);
    }

    /// The same of all of these.
    pub(super) fn told_all(&mut self, marks: &Marks, end: u64) {
        for (mark, count) in &marks.0 {
            self.told(Some(mark), 0, *count, Course::default());
        }
        self.ends(end);
    }

    /// The reply to the command that is being taken is written down, and nothing comes before it.
    pub(super) fn told_at_once(&mut self, end: u64) {
        let is_new = |told: &Told| told.course == Course::default() && told.offered == Stamp::default();
        let joins = self.told.back().is_some_and(|told| is_new(told) && self.goes_with(&told.mark));
        if let Some(told) = self.told.back_mut().filter(|_| joins) {
            (told.count, told.end) = (told.count + 1, end);
            return;
        }
        let mark = self.mark();
        self.told_one(mark.as_ref(), end);
    }

    /// The command that is being taken is answered with those of these marks.
    pub(super) fn joins(&mut self, marks: &mut Marks) {
        let kinds = marks.0.len();
        match marks.0.last_mut() {
            Some((mark, count)) if self.goes_with(mark) => *count += 1,
            _ if kinds < limits::TIMED_MAX => marks.0.extend(self.mark().map(|mark| (mark, 1))),
            _ => {}
        }
    }

    /// Of what is being written down, the end is here.
    pub(super) fn ends(&mut self, end: u64) {
        let open = self.told.iter_mut().rev().take_while(|told| told.end == u64::MAX);
        open.for_each(|told| told.end = end);
    }

    /// The socket has taken the bytes up to `gone`, and nothing more for now. `now` tells the time, if anybody waited.
    #[inline]
    pub(crate) fn wrote(&mut self, gone: u64, now: impl FnOnce() -> Stamp, peer: &Peer) {
        let waits = |told: &Told| told.end <= gone || told.offered == Stamp::default();
        if self.told.front().is_some_and(waits) || self.told.back().is_some_and(waits) {
            self.count(gone, now(), peer);
        }
    }

    fn count(&mut self, gone: u64, now: Stamp, peer: &Peer) {
        let new = self.told.iter_mut().rev().take_while(|told| told.offered == Stamp::default());
        new.for_each(|told| told.offered = now);
        while let Some(told) = self.told.pop_front_if(|told| told.end <= gone) {
            let micros = now.since(told.mark.read);
            self.cells.took(told.mark.verb, micros, u64::from(told.count));
            if self.slow.is_slow(micros) {
                self.note(&told, (micros, now), peer);
            }
            if let Some(followed) = told.mark.followed() {
                self.served(followed, &told, now);
            }
        }
        if self.told.is_empty() && self.told.capacity() > limits::TIMED_KEPT {
            self.told = VecDeque::new();
        }
    }

    #[cold]
    fn served(&self, followed: &Followed, told: &Told, written: Stamp) {
        let Told { mark: Mark { verb, read, .. }, course, offered, .. } = *told;
        let Course { begun, judged, syncing, durable } = course;
        let taken = followed.taken;
        let stamps = Stamps { read, taken, begun, judged, syncing, durable, offered, written };
        self.tell(followed, verb, followed.outcome(), stamps);
    }

    #[cold]
    fn note(&self, told: &Told, (micros, now): (u64, Stamp), peer: &Peer) {
        let Told { mark: Mark { verb, read, words, .. }, skip, count, course, offered, .. } = told;
        let words = words.as_ref().map(|(frames, place)| frames.words(*place, *skip)).unwrap_or_default();
        let parts = Parts::of(*read, *course, (*offered, now));
        let took = Took { read: *read, micros, parts, commands: *count, words };
        self.slow.add(verb, took, peer.client());
    }
}
