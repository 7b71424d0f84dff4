//! What consumer groups come to, worked out from what became a record in the plainest way; and the rules that each record has to keep.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_engine::{
    At, By, ConsumerGroup, EntryId, GroupBounds, GroupTerms, Millis, Return, Subject, Subjects,
};

/// Which stream a group reads. An entry has a number in it: of an event its version, of all of them its record.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Feed {
    Event(usize),
    All,
}

impl Feed {
    pub(crate) const fn number(self, id: EntryId) -> u64 {
        match self {
            Self::Event(_) => id.sequence,
            Self::All => id.time,
        }
    }
}

/// What became a record, about which group: its number is the version of the record that made it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Opened {
        feed: Feed,
        kind: usize,
        from: u64,
    },
    Joined(u64, &'static str),
    Left(u64, &'static str),
    /// What was passed on, and what of it was told.
    Delivered(u64, &'static str, Vec<u64>, Vec<u64>),
    Retried(u64, &'static str, Vec<u64>),
    /// Put aside; true: the log has it no more.
    Died(u64, Vec<(u64, bool)>),
    Acked(u64, Vec<u64>),
    Claimed(u64, &'static str, Vec<u64>),
    /// Given back, each with the time at which it is due.
    Returned(u64, Return, Vec<(u64, At)>),
    Stopped(u64),
    Paused(u64),
    Resumed(u64),
    Redriven(u64, Vec<u64>),
    Dropped(u64, Vec<u64>),
    Set(u64, u64),
    Closed(u64),
}

/// Names of groups; what each keeps.
pub(crate) const KINDS: [&str; 3] = ["mail", "ledger", "pay"];

pub(crate) const BOUNDS: GroupBounds = GroupBounds { groups: 5, pending: 12, dead: 4 };

pub(crate) const TRIES: u32 = 3;

const PROBE: Millis<u64> = Millis(10_000);

/// The second and the third keep an order, the first and the third stop when most fails.
pub(crate) fn terms(kind: usize) -> GroupTerms {
    GroupTerms {
        deliveries: TRIES,
        first: Millis(1_000),
        max: Millis(3_000),
        pause_percent: if kind == 1 { 100 } else { 60 },
        pause_window: Millis(600_000),
        serial: kind > 0,
        ..GroupTerms::default()
    }
}

/// How long a try may take at least.
fn wait(tries: u32) -> u64 {
    (1_000 << tries.saturating_sub(1).min(9)).min(3_000)
}

pub(crate) fn by() -> By {
    By { key: "".into(), operator: "olga".into(), token: None, reason: "why".into() }
}

/// What an entry is about: of a few holds one or two, and now and then nothing.
fn holds(version: u64) -> &'static [u64] {
    match version % 10 {
        0 => &[],
        1 | 4 => &[1],
        2 | 5 => &[2],
        3 | 6 => &[3],
        7 => &[1, 3],
        8 => &[1, 4],
        _ => &[4],
    }
}

pub(crate) fn about(version: u64) -> Subjects {
    holds(version).iter().map(|hold| Subject::hold("an event", *hold)).collect()
}

/// An entry that is not acknowledged.
#[derive(Clone, Debug)]
struct Out {
    who: Option<&'static str>,
    at: At,
    tries: u32,
}

#[derive(Clone, Debug)]
struct Letter {
    tries: u32,
    redrives: u32,
    is_out: bool,
    /// What it says is kept beside it.
    is_copied: bool,
}

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) feed: Feed,
    pub(crate) kind: usize,
    /// How far it is.
    pub(crate) place: u64,
    consumers: BTreeSet<&'static str>,
    pending: BTreeMap<u64, Out>,
    dead: BTreeMap<u64, Letter>,
    /// What became of the others, up to its place.
    done: BTreeSet<u64>,
    given_up: BTreeSet<u64>,
    paused: Option<(bool, At)>,
    tried_at: At,
    /// When it went on last; and of the window when it began, and what was done and failed in it.
    from: At,
    window: (At, u64, u64),
}

/// What can be seen of a group.
#[derive(PartialEq, Debug)]
pub(crate) struct Known {
    name: String,
    place: u64,
    consumers: BTreeSet<String>,
    pending: Vec<(u64, String, At, u32)>,
    dead: Vec<(u64, u32, u32)>,
    is_paused: bool,
}

impl Known {
    pub(crate) fn of(group: &ConsumerGroup) -> Self {
        let number = |id: EntryId| group.stream().place(id).expect("an id of this stream");
        let all = group.pending_between((EntryId::FIRST, EntryId::LAST), None);
        let dead = group.dead_after(EntryId::FIRST);
        Self {
            name: group.name().to_owned(),
            place: number(group.place().behind),
            consumers: group.consumers().map(|(_, one)| one.name().to_owned()).collect(),
            pending: all
                .map(|(id, out)| {
                    (number(id), group.name_of(out.consumer).to_owned(), out.delivered_at, out.deliveries)
                })
                .collect(),
            dead: dead.map(|(id, letter)| (number(id), letter.deliveries, letter.redrives)).collect(),
            is_paused: group.is_paused(),
        }
    }
}

impl Book {
    pub(crate) fn known(&self) -> Known {
        let letters = self.dead.iter().filter(|(_, letter)| !letter.is_out);
        Known {
            name: KINDS[self.kind].to_owned(),
            place: self.place,
            consumers: self.consumers.iter().map(|name| (*name).to_owned()).collect(),
            pending: self
                .pending
                .iter()
                .map(|(version, out)| (*version, out.who.unwrap_or("").to_owned(), out.at, out.tries))
                .collect(),
            dead: letters.map(|(version, letter)| (*version, letter.tries, letter.redrives)).collect(),
            is_paused: self.paused.is_some(),
        }
    }

    pub(crate) fn is_serial(&self) -> bool {
        self.kind > 0
    }

    pub(crate) fn is_done(&self, version: u64) -> bool {
        self.done.contains(&version)
    }

    /// From which version on it needs the log.
    pub(crate) fn first_needed(&self) -> u64 {
        let is_copied = |version: &&u64| self.dead.get(*version).is_some_and(|letter| letter.is_copied);
        let pending = self.pending.keys().find(|version| !is_copied(version));
        pending.map_or(self.place + 1, |version| *version.min(&(self.place + 1)))
    }

    /// Of each of these entries, which are all up to its place, exactly one thing has become, and nothing is under way.
    pub(crate) fn is_accounted_for(&self, entries: impl IntoIterator<Item = u64>) {
        assert!(self.pending.is_empty(), "in the end nothing is pending: {self:?}");
        for version in entries {
            let became = [
                self.done.contains(&version),
                self.given_up.contains(&version),
                self.dead.contains_key(&version),
            ];
            let count = became.iter().filter(|is| **is).count();
            assert_eq!(count, 1, "version {version} was done, given up, put aside: {became:?}, {self:?}");
        }
    }

    /// Nothing earlier about the same is pending.
    fn is_first(&self, version: u64) -> bool {
        let same = |other: u64| holds(other).iter().any(|hold| holds(version).contains(hold));
        !self.is_serial() || self.pending.range(..version).all(|(other, _)| !same(*other))
    }

    /// May the entry be given out again at this time?
    fn is_due(&self, version: u64, at: At) -> bool {
        let Some(out) = self.pending.get(&version) else { return false };
        let wait = if out.who.is_none() { 0 } else { wait(out.tries) };
        at >= out.at + Millis(wait) && self.is_first(version)
    }

    /// Whether it tells something of the consumers if this was not done in time.
    fn counts(&self, version: u64) -> u64 {
        self.pending.get(&version).map_or(0, |out| u64::from(out.who.is_some() && out.at >= self.from))
    }

    fn count(&mut self, (done, failed): (u64, u64), at: At) {
        let (since, ..) = self.window;
        if at.since(since) >= terms(self.kind).pause_window {
            self.window = (at, 0, 0);
        }
        self.window.1 += done;
        self.window.2 += failed;
    }

    fn goes_on(&mut self, at: At) {
        (self.paused, self.from, self.window) = (None, at, (at, 0, 0));
    }

    fn out(&mut self, version: u64, out: Out) {
        self.pending.insert(version, out);
        if let Some(letter) = self.dead.get_mut(&version) {
            letter.is_out = true;
        }
    }

    fn delivered(&mut self, who: &'static str, versions: &[u64], told: &[u64], at: At) {
        assert!(self.paused.is_none(), "a group that does not run is given nothing new");
        match self.feed {
            Feed::Event(_) => {
                let next: Vec<u64> = (self.place + 1..).take(versions.len()).collect();
                assert_eq!(versions, next, "no entry is passed over, and none comes twice");
            }
            // That none is passed over is seen where they are read.
            Feed::All => assert!(versions[0] > self.place && versions.is_sorted_by(|one, two| one < two)),
        }
        for &version in versions {
            let is_told = told.contains(&version);
            assert!(!self.done.contains(&version), "{version} is done, and is given out");
            assert_eq!(is_told, self.is_first(version), "{version} and what is before it: {self:?}");
            let (who, tries) = if is_told { (Some(who), 1) } else { (None, 0) };
            self.out(version, Out { who, at, tries });
        }
        self.place = *versions.last().expect("something was passed on");
    }

    fn retried(&mut self, who: &'static str, versions: &[u64], at: At) {
        if let Some((is_by_operator, _)) = self.paused {
            let is_probe = !is_by_operator && versions.len() == 1 && at.since(self.tried_at) >= PROBE;
            assert!(is_probe, "a group that has stopped tries one now and then");
            self.tried_at = at;
        }
        let failed = versions.iter().map(|version| self.counts(*version)).sum();
        for &version in versions {
            assert!(self.is_due(version, at), "{version} is given out again too early: {self:?}");
            let out = self.pending[&version].clone();
            let may = out.tries < TRIES || self.dead.len() >= BOUNDS.dead || out.at < self.from;
            assert!(may || self.paused.is_some(), "{version} has had its tries: {self:?}");
            self.out(version, Out { who: Some(who), at, tries: out.tries + 1 });
        }
        self.count((0, failed), at);
    }

    fn died(&mut self, deaths: &[(u64, bool)], at: At) {
        let mut failed = 0;
        for &(version, is_gone) in deaths {
            assert!(self.is_due(version, at), "{version} is put aside too early: {self:?}");
            failed += if is_gone { 0 } else { self.counts(version) };
            let out = self.pending.remove(&version).expect("it is due");
            assert!(is_gone || (out.tries >= TRIES && self.paused.is_none()), "{version} has tries left");
            let before = self.dead.get(&version).map(|before| before.redrives);
            let is_copied = !is_gone || self.dead.get(&version).is_some_and(|before| before.is_copied);
            let letter = Letter { tries: out.tries, redrives: before.unwrap_or(0), is_out: false, is_copied };
            self.dead.insert(version, letter);
            // What is tried again has kept its place, and what the log has no more is put aside in any case: see `is_bounded`.
            let may = is_gone || before.is_some() || self.dead.len() <= BOUNDS.dead;
            assert!(may, "too much is put aside: {self:?}");
        }
        self.count((0, failed), at);
    }

    fn acked(&mut self, versions: &[u64], at: At) {
        let newest = versions.iter().filter_map(|version| self.pending.get(version)).map(|out| out.at).max();
        for version in versions {
            assert!(self.pending.remove(version).is_some(), "{version} was not out");
            assert!(self.done.insert(*version), "{version} is done twice");
            self.dead.remove(version);
        }
        self.count((versions.len() as u64, 0), at);
        if let Some((false, since)) = self.paused
            && (newest >= Some(since) || self.pending.is_empty())
        {
            self.goes_on(at);
        }
    }

    fn given_back(&mut self, how: Return, rows: &[(u64, At)], at: At) {
        let failed = rows.iter().map(|(version, _)| self.counts(*version)).sum();
        for &(version, due) in rows {
            let Out { who, tries, .. } = self.pending[&version].clone();
            assert!(who.is_some(), "{version} is with nobody, and is given back: {self:?}");
            let wait = if how == Return::Fail { wait(tries) } else { 0 };
            assert!(due.since(at) >= Millis(wait) && due <= at + Millis(wait + wait / 4), "{version} is due");
            let tries = match how {
                Return::Silent => tries.saturating_sub(1),
                Return::Fail => tries,
                Return::Fatal => tries.max(TRIES),
            };
            self.pending.insert(version, Out { who: None, at: due, tries });
        }
        if how == Return::Fail {
            self.count((0, failed), at);
        }
    }

    /// Makes it happen, if it may.
    fn take(&mut self, step: &Step, at: At) {
        match step {
            Step::Opened { .. } | Step::Closed(_) => {}
            Step::Joined(_, who) => assert!(self.consumers.insert(who), "{who} joins twice"),
            Step::Left(_, who) => {
                self.consumers.remove(who);
                self.pending.values_mut().filter(|out| out.who == Some(who)).for_each(|out| out.who = None);
            }
            Step::Delivered(_, who, versions, told) => self.delivered(who, versions, told, at),
            Step::Retried(_, who, versions) => self.retried(who, versions, at),
            Step::Died(_, deaths) => self.died(deaths, at),
            Step::Acked(_, versions) => self.acked(versions, at),
            Step::Claimed(_, who, versions) => {
                for version in versions {
                    assert!(self.is_first(*version), "{version} is taken over out of order: {self:?}");
                    let tries = self.pending[version].tries + 1;
                    self.out(*version, Out { who: Some(who), at, tries });
                }
            }
            Step::Returned(_, how, rows) => self.given_back(*how, rows, at),
            Step::Stopped(_) => {
                let (_, done, failed) = self.window;
                assert!(self.paused.is_none() && self.kind != 1, "it runs, and may stop");
                assert!(done + failed + BOUNDS.pending as u64 >= 20, "few outcomes stop nothing: {self:?}");
                (self.paused, self.tried_at) = (Some((false, at)), at);
            }
            Step::Paused(_) => {
                let since = self.paused.map_or(at, |(_, since)| since);
                (self.paused, self.tried_at) = (Some((true, since)), at);
            }
            Step::Resumed(_) => self.goes_on(at),
            Step::Redriven(_, versions) => {
                for version in versions {
                    let letter = self.dead.get_mut(version).expect("it was put aside");
                    assert!(!letter.is_out && letter.redrives < 3, "{version} was tried often enough");
                    letter.redrives += 1;
                    self.out(*version, Out { who: None, at, tries: 0 });
                }
            }
            Step::Dropped(_, versions) => {
                for version in versions {
                    assert!(self.dead.remove(version).is_some_and(|letter| !letter.is_out), "{version}");
                    self.given_up.insert(*version);
                }
            }
            Step::Set(_, to) => {
                self.given_up.extend(self.place + 1..=*to);
                self.place = *to;
            }
        }
        self.is_bounded();
    }

    /// What was put aside beyond its bound, as the log had it no more, counts as pending.
    fn is_bounded(&self) {
        let beyond = self.dead.len().saturating_sub(BOUNDS.dead);
        assert!(self.pending.len() + beyond <= BOUNDS.pending, "the group has too much: {self:?}");
    }
}

impl Step {
    /// Of which group; `None` of one that begins.
    fn group(&self) -> Option<u64> {
        match self {
            Self::Opened { .. } => None,
            Self::Joined(id, ..)
            | Self::Left(id, ..)
            | Self::Delivered(id, ..)
            | Self::Retried(id, ..)
            | Self::Died(id, _)
            | Self::Acked(id, _)
            | Self::Claimed(id, ..)
            | Self::Returned(id, ..)
            | Self::Stopped(id)
            | Self::Paused(id)
            | Self::Resumed(id)
            | Self::Redriven(id, _)
            | Self::Dropped(id, _)
            | Self::Set(id, _)
            | Self::Closed(id) => Some(*id),
        }
    }
}

/// One record more, of this version.
pub(crate) fn happens(books: &mut BTreeMap<u64, Book>, (version, at): (u64, At), step: &Step) {
    if let Step::Opened { feed, kind, from } = *step {
        let book = Book {
            feed,
            kind,
            place: from,
            consumers: BTreeSet::new(),
            pending: BTreeMap::new(),
            dead: BTreeMap::new(),
            done: BTreeSet::new(),
            given_up: (1..=from).collect(),
            paused: None,
            tried_at: At(0),
            from: At(0),
            window: (At(0), 0, 0),
        };
        books.insert(version, book);
    }
    let Some(id) = step.group() else { return };
    books.get_mut(&id).expect("nothing becomes of a group that is not there").take(step, at);
    if matches!(step, Step::Closed(_)) {
        books.remove(&id);
    }
}
