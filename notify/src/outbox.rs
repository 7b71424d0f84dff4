//! What one channel has to be sent, in which order and when. It sees no clock, no disk and no network: time is an argument.
//!
//! Of each kind the first is sent at once. What follows within the time of a digest is sent together when that is over. What is told
//! together is decided by the times in the log alone, so that a process that reads the log again makes the same messages of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use holdfast_engine::{
    Ahead, At, ChannelShown, Letter, Millis, Notice, NoticeAsking, NoticeKind, NoticeMessage as Message,
    Place, Severity,
};

use crate::limits;

/// What is the same for all channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// What follows the first of a kind within this time is told together.
    pub(crate) digest: Millis<u64>,
    /// The pause after the first try that failed.
    pub(crate) retry: Millis<u64>,
    /// After so long a message is given up.
    pub(crate) give_up: Millis<u64>,
}

/// What a channel is told of.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) severity: Severity,
    /// Empty for all.
    pub(crate) kinds: Vec<NoticeKind>,
}

/// What a channel said to a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// It has it.
    Taken,
    /// It will never take it, for this reason.
    Refused(String),
    /// It may take it later, for this reason; after so long, if it says so.
    Later(String, Option<Millis<u64>>),
}

/// Which message was handed out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Slot {
    /// The first that waits of this kind.
    Kind(NoticeKind),
    /// A dead letter that was redriven.
    Letter(u64),
    /// One that is not in the log.
    Live,
}

/// A message to be sent now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    pub(crate) slot: Slot,
    /// The name of the message: the same whenever it is sent.
    pub(crate) id: Box<str>,
    pub(crate) message: Message,
}

/// A channel's messages.
#[derive(Debug)]
pub(crate) struct Outbox {
    name: Box<str>,
    /// What stands before the name of each message: it tells directories apart.
    directory: Box<str>,
    filter: Filter,
    terms: Terms,
    lines: BTreeMap<NoticeKind, Line>,
    letters: BTreeMap<u64, (Letter, Waiting)>,
    live: Option<Waiting>,
    /// The log was looked at up to here.
    seen_upto: u64,
    /// What was noted last of how far it is, and when.
    noted: (Place, At),
    /// Nothing was noted of it yet: a crash would forget that it began, and with that all that it was to be told since.
    is_new: bool,
    taken: u64,
    sending: Option<Slot>,
    rests_until: At,
    /// What is to be noted, in order; the place is noted with it.
    notes: VecDeque<NoticeAsking>,
    told: Told,
}

/// What operators see of it.
#[derive(Clone, Default, Debug)]
struct Told {
    failures: u64,
    why: Box<str>,
    taken_at: At,
    tries: (u64, u64),
    folded: u64,
}

/// Messages of one kind, the oldest first.
#[derive(Default, Debug)]
struct Line {
    /// What stands in the log up to here was taken, or given up.
    upto: u64,
    /// What happens before this time is told together.
    until: At,
    waiting: VecDeque<Waiting>,
}

/// A message that waits.
#[derive(Clone, Debug)]
struct Waiting {
    message: Message,
    /// Of one that is told together: the end of that time.
    digest_of: Option<At>,
    due_at: At,
    tries: u32,
}

impl Waiting {
    const fn new(message: Message, digest_of: Option<At>, due_at: At) -> Self {
        Self { message, digest_of, due_at, tries: 0 }
    }
}

impl Outbox {
    /// As the channel was left. One that is new begins behind the record `newest`.
    pub(crate) fn new(
        (name, directory): (&str, &str),
        (filter, terms): (Filter, Terms),
        place: Option<&Place>,
        newest: u64,
    ) -> Self {
        let is_new = place.is_none();
        let place = place.cloned().unwrap_or(Place { upto: newest, ..Place::default() });
        let line = |ahead: &Ahead| Line { upto: ahead.upto, until: ahead.until, waiting: VecDeque::new() };
        Self {
            name: name.into(),
            directory: directory.into(),
            filter,
            terms,
            lines: place.ahead.iter().map(|ahead| (ahead.kind, line(ahead))).collect(),
            letters: BTreeMap::new(),
            live: None,
            seen_upto: place.upto,
            taken: place.taken,
            noted: (place, At(0)),
            is_new,
            sending: None,
            rests_until: At(0),
            notes: VecDeque::new(),
            told: Told::default(),
        }
    }

    pub(crate) const fn name(&self) -> &str {
        &self.name
    }

    /// Up to here it has been looked at what there is for this channel.
    pub(crate) const fn seen_upto(&self) -> u64 {
        self.seen_upto
    }

    /// Takes in what happened. What was taken already, and what is nothing for this channel, is passed over.
    pub(crate) fn takes(&mut self, notice: &Notice) {
        let is_seen = notice.lsn <= self.seen_upto;
        let line = self.lines.get(&notice.kind);
        let is_taken = line.is_some_and(|line| {
            let upto = line.waiting.back().map_or(line.upto, |last| last.message.last_lsn);
            notice.lsn <= upto.max(line.upto)
        });
        if is_seen || is_taken || !self.wants(notice) {
            return;
        }
        let digest = if notice.kind == NoticeKind::Test { Millis(0) } else { self.terms.digest };
        let line = self.lines.entry(notice.kind).or_default();
        let is_full = line.waiting.len() >= limits::WAITING_PER_KIND_MAX;
        let is_together = notice.at < line.until;
        let last = line.waiting.back_mut().filter(|last| {
            // What was tried stays as it is: its name stands for what it says.
            last.tries == 0 && (is_full || (is_together && last.digest_of == Some(line.until)))
        });
        if let Some(last) = last {
            last.message.add(notice);
            self.told.folded += 1;
        } else if is_together {
            let message = Message::of(notice.clone());
            line.waiting.push_back(Waiting::new(message, Some(line.until), line.until));
        } else {
            line.until = notice.at + digest;
            line.waiting.push_back(Waiting::new(Message::of(notice.clone()), None, notice.at));
        }
    }

    fn wants(&self, notice: &Notice) -> bool {
        if notice.kind == NoticeKind::Test {
            return notice.about == self.name;
        }
        let Filter { severity, kinds } = &self.filter;
        notice.severity >= *severity && (kinds.is_empty() || kinds.contains(&notice.kind))
    }

    /// Takes in what no record tells of, as nothing can be written. It is forgotten by a crash, after which it is seen again.
    pub(crate) fn takes_live(&mut self, notice: &Notice) {
        if self.wants(notice) && self.sending != Some(Slot::Live) {
            self.live = Some(Waiting::new(Message::of(notice.clone()), None, notice.at));
        }
    }

    /// The log was looked at up to here, and what there was is in it.
    pub(crate) fn saw(&mut self, upto: u64) {
        self.seen_upto = self.seen_upto.max(upto);
    }

    /// Takes in the dead letters of all channels that are to be sent again.
    pub(crate) fn redrives(&mut self, letters: &[Letter], now: At) {
        let own = |number: &u64| letters.iter().any(|letter| letter.number == *number);
        let (sending, noted) = (self.sending, &self.notes);
        self.letters.retain(|number, _| own(number) || sending == Some(Slot::Letter(*number)));
        for letter in letters.iter().filter(|letter| letter.channel == self.name) {
            let is_noted = noted.iter().any(|note| match note {
                NoticeAsking::Taken(number) | NoticeAsking::DiedAgain(number, ..) => *number == letter.number,
                _ => false,
            });
            if !is_noted {
                let again = Waiting::new(letter.message.clone(), None, now);
                self.letters.entry(letter.number).or_insert_with(|| (letter.clone(), again));
            }
        }
    }

    /// The next message to be sent, if one is due: it counts as being sent until [`Outbox::answered`]. Those with the fewest tries
    /// come first, then the worst, then the oldest: one that is never taken holds no other up for long.
    pub(crate) fn next(&mut self, now: At) -> Option<Due> {
        if self.sending.is_some() || now < self.rests_until {
            return None;
        }
        let heads = self.heads().filter(|(_, waiting)| waiting.due_at <= now);
        let (slot, waiting) = heads.min_by_key(|(slot, waiting)| {
            let first = &waiting.message.first;
            (waiting.tries, Reverse(first.severity), first.lsn, *slot)
        })?;
        let message = waiting.message.clone();
        let id = match slot {
            Slot::Letter(number) => self.letters.get(&number).map(|(letter, _)| letter.id.clone())?,
            Slot::Kind(_) | Slot::Live => self.id(&message),
        };
        self.sending = Some(slot);
        Some(Due { slot, id, message })
    }

    /// When the next message may be sent; `None` if none waits for its time.
    pub(crate) fn due_at(&self) -> Option<At> {
        if self.sending.is_some() {
            return None;
        }
        self.heads().map(|(_, waiting)| waiting.due_at.max(self.rests_until)).min()
    }

    /// Those that could be sent.
    fn heads(&self) -> impl Iterator<Item = (Slot, &Waiting)> {
        let lines = self.lines.iter();
        let lines = lines.filter_map(|(kind, line)| Some((Slot::Kind(*kind), line.waiting.front()?)));
        let letters = self.letters.iter().map(|(number, (_, waiting))| (Slot::Letter(*number), waiting));
        lines.chain(letters).chain(self.live.as_ref().map(|waiting| (Slot::Live, waiting)))
    }

    /// The name of a message: made of what it is about alone.
    fn id(&self, message: &Message) -> Box<str> {
        let Self { directory, name, .. } = self;
        let Message { first, last_lsn, .. } = message;
        let (kind, at) = (first.kind.word().replace('.', "-"), first.at.0);
        format!("{directory}-{name}-{kind}-{}-{last_lsn}-{at:x}", first.lsn).into()
    }

    /// What the channel said to the message that was being sent.
    pub(crate) fn answered(&mut self, due: &Due, answer: &Answer, now: At) {
        self.sending = None;
        let (why, wanted, is_refused) = match answer {
            Answer::Taken => {
                self.taken += 1;
                self.told.tries.0 += 1;
                (self.told.failures, self.told.why, self.told.taken_at) = (0, "".into(), now);
                self.rests_until = At(0);
                return self.done(due, NoticeAsking::Taken);
            }
            Answer::Refused(why) => (why, None, true),
            Answer::Later(why, wanted) => (why, *wanted, false),
        };
        let why: Box<str> = why[..why.floor_char_boundary(limits::WHY_BYTES_MAX)].into();
        self.told.tries.1 += 1;
        (self.told.failures, self.told.why) = (self.told.failures + 1, why.clone());
        let rest = Millis(limits::REST.as_millis() as u64).0.min(self.terms.retry.0);
        self.rests_until = now + Millis(rest);
        let since = match due.slot {
            // What is redriven has its time anew.
            Slot::Letter(_) => None,
            Slot::Kind(_) | Slot::Live => Some(due.message.first.at),
        };
        let Terms { retry, give_up, .. } = self.terms;
        let most = Millis(limits::PAUSE_MAX.as_millis() as u64);
        let Some(waiting) = self.waiting(due.slot) else { return };
        waiting.tries += 1;
        let tries = waiting.tries;
        let is_old = since.is_none_or(|since| now.since(since) >= give_up);
        if tries >= if is_refused { limits::REFUSALS_MAX } else { limits::TRIES_MIN }
            && (is_refused || is_old)
        {
            return self.dies(due, (tries, why), now);
        }
        let due_at = now + pause(retry, tries, &due.id).max(wanted.unwrap_or_default()).min(most);
        if let Some(waiting) = self.waiting(due.slot) {
            waiting.due_at = due_at;
        }
    }

    fn waiting(&mut self, slot: Slot) -> Option<&mut Waiting> {
        match slot {
            Slot::Kind(kind) => self.lines.get_mut(&kind)?.waiting.front_mut(),
            Slot::Letter(number) => self.letters.get_mut(&number).map(|(_, waiting)| waiting),
            Slot::Live => self.live.as_mut(),
        }
    }

    /// Nothing more is to be done about a message. Of a letter, `note` says so.
    fn done(&mut self, due: &Due, note: impl FnOnce(u64) -> NoticeAsking) {
        match due.slot {
            Slot::Kind(kind) => {
                if let Some(line) = self.lines.get_mut(&kind) {
                    line.waiting.pop_front();
                    line.upto = line.upto.max(due.message.last_lsn);
                }
            }
            Slot::Letter(number) => {
                self.letters.remove(&number);
                self.notes.push_back(note(number));
            }
            Slot::Live => self.live = None,
        }
    }

    fn dies(&mut self, due: &Due, (tries, why): (u32, Box<str>), now: At) {
        let again = why.clone();
        self.done(due, |number| NoticeAsking::DiedAgain(number, tries, again));
        if let Slot::Letter(_) = due.slot {
            return;
        }
        let (channel, id, message) = (self.name.clone(), due.id.clone(), due.message.clone());
        let letter = Letter { number: 0, channel, id, message, tries, why, died_at: now, is_redriven: false };
        self.notes.push_back(NoticeAsking::Died(Box::new(letter), self.place(now)));
    }

    /// How far it is.
    fn place(&self, now: At) -> Place {
        let firsts = self.lines.values().filter_map(|line| line.waiting.front());
        let first = firsts.map(|waiting| waiting.message.first.lsn).min();
        let upto = first.map_or(self.seen_upto, |first| self.seen_upto.min(first - 1));
        let is_ahead = |line: &Line| line.upto > upto || line.until > now;
        let ahead = self.lines.iter().filter(|(_, line)| is_ahead(line));
        let ahead = ahead.map(|(&kind, line)| Ahead { kind, upto: line.upto, until: line.until });
        Place { upto, ahead: ahead.collect(), taken: self.taken }
    }

    /// Whether a message was handed out that was not answered.
    pub(crate) const fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// What is to be noted next; `None` if nothing is. It is to be asked for again until [`Outbox::noted`].
    pub(crate) fn note(&self, now: At) -> Option<NoticeAsking> {
        if let Some(note) = self.notes.front() {
            return Some(note.clone());
        }
        let (noted, at) = &self.noted;
        let place = self.place(now);
        let is_far = place.upto >= noted.upto + limits::NOTED_AFTER
            && now.since(*at).0 >= limits::NOTED_APART.as_millis() as u64;
        (place.taken != noted.taken || is_far || self.is_new)
            .then(|| NoticeAsking::Told(self.name.clone(), place))
    }

    /// It was noted, or cannot be and is given up.
    pub(crate) fn noted(&mut self, note: &NoticeAsking, now: At) {
        match note {
            NoticeAsking::Told(_, place) | NoticeAsking::Died(_, place) => {
                (self.noted, self.is_new) = ((place.clone(), now), false);
            }
            _ => {}
        }
        if self.notes.front() == Some(note) {
            self.notes.pop_front();
        }
    }

    /// Adds what is known here to what operators are shown.
    pub(crate) fn show(&self, shown: ChannelShown) -> ChannelShown {
        let waiting = || {
            let lines = self.lines.values().flat_map(|line| &line.waiting);
            lines.chain(self.letters.values().map(|(_, waiting)| waiting)).chain(&self.live)
        };
        let Told { failures, why, taken_at, tries, folded } = self.told.clone();
        ChannelShown {
            waiting: waiting().count() as u64,
            oldest_at: waiting().map(|waiting| waiting.message.first.at).min().unwrap_or_default(),
            is_sending: self.is_sending(),
            failures,
            why,
            taken_at,
            tries,
            folded,
            ..shown
        }
    }
}

/// The pause after so many tries: twice as long each time, and up to a quarter shorter by the name of the message, so that not all of
/// them come at once.
fn pause(first: Millis<u64>, tries: u32, id: &str) -> Millis<u64> {
    let whole = first.0.saturating_mul(1 << (tries - 1).min(20)).min(limits::PAUSE_MAX.as_millis() as u64);
    let hash = id.bytes().fold(u64::from(tries), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(29)
    });
    Millis(whole - whole / 4 * (hash % 1_024) / 1_024)
}

#[cfg(test)]
mod tests;
