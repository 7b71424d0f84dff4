//! Consumer groups beside the sales: workers that read, work, acknowledge and die, operators that stop, move and try again, and what
//! each of them was told before a crash.
//!
//! The entries are the changes of one event of the run, or of all of them in the order of the log. What they are about is made up from their versions, so that many of them wait
//! for each other. Reads have the steps of those of the server, and between two steps others may have come first.

pub(crate) mod book;
pub(crate) mod kept;

use std::collections::{BTreeMap, BTreeSet};

use holdfast_engine::{
    At, Claim, ConsumerGroup, ConsumerGroups, Death, DeathCause, Delivered, EntryId, GroupChange, GroupId,
    GroupOpening, GroupPlace, GroupStream, Millis, Retried, Return, WhichDead,
};
use holdfast_testkit::Random;
use holdfast_wal::Lsn;

use crate::world::{World, say};
use book::{BOUNDS, Feed, KINDS, Step, about, by, terms};
use kept::{Known, Page};

const WORKERS: [&str; 4] = ["ann", "ben", "cem", "dee"];

/// An entry of a group.
type Task = (u64, u64);

/// What is outside of the server: who was told what.
#[derive(Default)]
pub(crate) struct Workers {
    /// Entries that were given out, and of which nobody may be told before this record is durable.
    coming: Vec<(Lsn, &'static str, Task)>,
    /// What workers have in their hands.
    hands: Vec<(&'static str, Task)>,
    /// What was acknowledged, of which nobody may be told yet.
    acked: Vec<(Lsn, Task)>,
    /// What somebody was told is done.
    done: BTreeSet<Task>,
    /// Pages that somebody has read and not yet asked to be given: a group, its place then, and the entries.
    read: Vec<(u64, u64, Vec<u64>)>,
    /// Entries that were due when somebody looked.
    due: Vec<(u64, EntryId, bool)>,
    /// The entries of the stream of all events.
    known: Known,
}

impl Workers {
    /// The server has ended: what was not told never will be.
    pub(crate) fn hear_nothing(&mut self) {
        self.coming.clear();
        self.acked.clear();
        self.read.clear();
        self.due.clear();
        self.known.clear();
    }
}

fn group_of(groups: &ConsumerGroups, id: u64) -> Option<&ConsumerGroup> {
    groups.get(GroupId(id))
}

impl World {
    /// Workers and operators do something.
    pub(crate) fn use_groups(&mut self) {
        self.tell_workers();
        if self.oracle.system.books.values().any(|book| book.feed == Feed::All) {
            self.learn_entries();
        }
        for salt in 0..4 {
            let mut random = Random::new(self.now.0 ^ (0x6772_0000 + salt));
            let ids: Vec<u64> = self.oracle.system.books.keys().copied().collect();
            let Some(id) = ids.get(random.index(ids.len().max(1))).copied().filter(|_| random.below(12) > 0)
            else {
                self.open_group(&mut random);
                continue;
            };
            if !self.can_be_read(self.oracle.system.books[&id].feed) {
                continue;
            }
            let who = *random.pick(&WORKERS);
            match random.below(16) {
                0..=6 => self.read_group(id, who, &mut random),
                7..=10 => self.acknowledge(&mut random),
                11 if self.now.0.is_multiple_of(2) => self.workers.hands.retain(|(name, _)| *name != who),
                11 => self.give_back(id, who, &mut random),
                12 => self.take_over(id, who, &mut random),
                _ => self.operate(id, who, &mut random),
            }
        }
    }

    /// What is durable is told, or lost on the way.
    fn tell_workers(&mut self) {
        let told = self.machine().told();
        let workers = &mut self.workers;
        let lost = self.now.0.is_multiple_of(7);
        for (lsn, who, task) in std::mem::take(&mut workers.coming) {
            match lsn <= told {
                true if lost => {}
                true => workers.hands.push((who, task)),
                false => workers.coming.push((lsn, who, task)),
            }
        }
        let (durable, rest) =
            std::mem::take(&mut workers.acked).into_iter().partition(|(lsn, _)| *lsn <= told);
        workers.acked = rest;
        workers.done.extend(durable.into_iter().map(|(_, task): (Lsn, Task)| task));
    }

    /// What somebody was told is done is done for ever.
    pub(crate) fn verify_workers(&self) {
        for (id, version) in &self.workers.done {
            let book = self.oracle.system.books.get(id);
            assert!(book.is_none_or(|book| book.is_done(*version)), "{version} of {id} was acknowledged");
        }
    }

    /// Records what is to happen, if it may; returns it.
    fn group_does(
        &mut self,
        judge: impl FnOnce(&ConsumerGroups, At) -> Option<(GroupChange, Step)>,
    ) -> Option<Step> {
        let now = self.now;
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let (before, takes_nothing) = (machine.log.appended(), machine.log.pressure().takes_nothing());
        // Until its start is recorded, a process does nothing for groups.
        let is_up = machine.system.system().is_some_and(|system| system.run().stopped.is_none());
        let mut step = None;
        let judged = |groups: &ConsumerGroups| {
            let (change, what) = judge(groups, now).unzip();
            step = what;
            Ok((change, ()))
        };
        let told = machine.system.group(judged, now);
        let made = machine.log.appended().0 - before.0;
        if told.is_err() {
            assert_eq!(made, 0, "what was refused is in the log: {step:?}");
            let may_refuse = takes_nothing || !is_up || machine.system.is_out_of_service();
            assert!(may_refuse || step.is_none(), "{step:?}");
            return None;
        }
        assert_eq!(made, u64::from(step.is_some()), "{step:?}");
        let mut step = step?;
        if let Step::Returned(id, _, rows) = &mut step {
            let feed = self.oracle.system.books[id].feed;
            // When each is due is seen only when it has happened.
            let group = machine.system.system().and_then(|system| group_of(system.groups(), *id));
            let all = group
                .into_iter()
                .flat_map(|group| group.pending_between((EntryId::FIRST, EntryId::LAST), None));
            let due: BTreeMap<_, _> =
                all.map(|(entry, out)| (feed.number(entry), out.delivered_at)).collect();
            rows.iter_mut().for_each(|(version, at)| *at = due[version]);
        }
        say!(self, "groups at {now}: {step:?}");
        self.stats.of_groups += 1;
        self.oracle.system.took_group(before.next(), now, step.clone());
        Some(step)
    }

    fn look_at_group<T>(&mut self, id: u64, look: impl FnOnce(&ConsumerGroup) -> T) -> Option<T> {
        let system = self.machine().system.system()?;
        group_of(system.groups(), id).map(look)
    }

    /// The id of an entry; of an event, that before the first has the time of the first.
    fn entry(&self, feed: Feed, version: u64) -> EntryId {
        let Feed::Event(event) = feed else { return EntryId { time: version, sequence: 0 } };
        let entries = &self.oracle.tracks[event].entries;
        let at = entries.get((version as usize).saturating_sub(1)).map(|(_, at)| at.0);
        EntryId { time: at.unwrap_or(0), sequence: version }
    }

    fn open_group(&mut self, random: &mut Random) {
        let event = random.index(self.oracle.tracks.len());
        if self.is_lost(event) || self.oracle.tracks[event].live.is_none() {
            return;
        }
        let feed = if random.below(3) == 0 { Feed::All } else { Feed::Event(event) };
        if !self.can_be_read(feed) {
            return;
        }
        if feed == Feed::All {
            self.learn_entries();
        }
        let (oldest, newest) = (self.oldest_kept(feed), self.newest_durable(feed));
        let from = if random.below(3) == 0 { newest } else { (oldest - 1).min(newest) };
        self.begins_behind(feed, from);
        let behind = self.entry(feed, from);
        let kind = random.index(KINDS.len());
        let place = GroupPlace { last: behind, behind };
        let stream = match feed {
            Feed::Event(event) => GroupStream::Event(self.oracle.tracks[event].venue.name.as_str().into()),
            Feed::All => GroupStream::All,
        };
        let opening = GroupOpening { stream, name: KINDS[kind].into(), place, terms: terms(kind), by: by() };
        self.group_does(|groups, _| {
            let change = groups.open(opening, BOUNDS).ok()?;
            Some((change, Step::Opened { feed, kind, from }))
        });
    }

    fn join_group(&mut self, id: u64, who: &'static str) {
        self.group_does(|groups, _| Some((group_of(groups, id)?.join(who).ok()??, Step::Joined(id, who))));
    }

    /// What is due comes first, and then what is new.
    fn read_group(&mut self, id: u64, who: &'static str, random: &mut Random) {
        let now = self.now;
        let count = random.between(1, 8) as usize;
        let Some(due) = self.look_at_group(id, |group| group.due(count, (now, BOUNDS))) else { return };
        let mut due: Vec<_> = due.into_iter().map(|due| (id, due.id, due.is_over)).collect();
        if random.below(6) == 0 {
            // Somebody is slow, and others come before.
            std::mem::swap(&mut due, &mut self.workers.due);
            due.retain(|(of, ..)| *of == id);
        }
        if due.is_empty() { self.give_new(id, who, random) } else { self.give_again(id, who, &due) }
    }

    fn give_again(&mut self, id: u64, who: &'static str, due: &[(u64, EntryId, bool)]) {
        let feed = self.oracle.system.books[&id].feed;
        let copies = |group: &ConsumerGroup| -> Vec<bool> {
            due.iter().map(|(_, entry, _)| group.copy_of(*entry).is_some()).collect()
        };
        let Some(copies) = self.look_at_group(id, copies) else { return };
        let (mut deaths, mut rest) = (Vec::new(), Vec::new());
        for ((_, entry, is_over), copied) in due.iter().zip(copies) {
            let place = feed.number(*entry);
            // What a group is done with since it was found to be due may be taken out of the middle of the log.
            let is_done = feed == Feed::All && place < self.oracle.system.books[&id].first_needed();
            let is_kept = if is_done { Some(false) } else { self.is_kept(feed, *entry) };
            let Some(is_kept) = is_kept else { return };
            let is_gone = !is_kept && !copied;
            let (cause, record) =
                if is_gone { (DeathCause::Gone, None) } else { (DeathCause::Deliveries, Some([7].into())) };
            if is_gone || *is_over {
                deaths.push(Death { place, cause, record });
            } else {
                rest.push(*entry);
            }
        }
        let died = |groups: &ConsumerGroups, now| match group_of(groups, id)?.die(deaths, (now, BOUNDS))? {
            GroupChange::Died(of, deaths) => {
                let which = deaths.iter().map(|death| (death.place, death.cause == DeathCause::Gone));
                let step = Step::Died(id, which.collect());
                Some((GroupChange::Died(of, deaths), step))
            }
            stops => Some((stops, Step::Stopped(id))),
        };
        match self.group_does(died) {
            Some(Step::Stopped(_)) => return self.stats.groups_stopped += 1,
            died => self.stats.put_aside += u64::from(died.is_some()),
        }
        self.join_group(id, who);
        let told = self.group_does(|groups, now| {
            let group = group_of(groups, id)?;
            match group.retry(group.consumer(who)?, &rest, (now, BOUNDS)) {
                Retried::Again(ids, change) => {
                    Some((change, Step::Retried(id, who, ids.iter().map(|id| feed.number(*id)).collect())))
                }
                Retried::Stops(change) => Some((change, Step::Stopped(id))),
                Retried::Nothing => None,
            }
        });
        match told {
            Some(Step::Retried(_, who, versions)) => self.comes_to(who, id, &versions),
            told => self.stats.groups_stopped += u64::from(told.is_some()),
        }
    }

    fn give_new(&mut self, id: u64, who: &'static str, random: &mut Random) {
        let (feed, is_serial) =
            (self.oracle.system.books[&id].feed, self.oracle.system.books[&id].is_serial());
        let Some(place) = self.look_at_group(id, |group| feed.number(group.place().behind)) else { return };
        let count = random.between(1, 8);
        let mut page = match self.read_behind(feed, place, count) {
            Page::Entries(found) => {
                let next = self.entries_behind(feed, place, found.len().max(1));
                assert_eq!(found, next, "the stream passes over entries behind {place}, and tells nobody");
                if found.is_empty() {
                    return;
                }
                (id, place, found)
            }
            Page::Gone => return self.move_on(id, feed, place),
            Page::Nothing => return,
        };
        if random.below(4) == 0 {
            // It is read now, and asked for later.
            let before = self.workers.read.iter().position(|(of, ..)| *of == id);
            let before = before.map(|at| self.workers.read.swap_remove(at));
            self.workers.read.push(page);
            let Some(before) = before else { return };
            page = before;
        }
        let (_, place, versions) = page;
        let behind = self.entry(feed, place);
        let entries: Vec<_> =
            versions.iter().map(|version| (self.entry(feed, *version), about(*version))).collect();
        let ids: Vec<_> = entries.iter().map(|(entry, _)| *entry).collect();
        self.join_group(id, who);
        let told = self.group_does(|groups, _| {
            let group = group_of(groups, id)?;
            let number = group.consumer(who)?;
            let delivered = if is_serial {
                group.deliver_in_order(number, behind, &entries, BOUNDS)
            } else {
                group.deliver((number, false), behind, &ids, BOUNDS)
            };
            let (passed, told, change) = match delivered {
                Delivered::Some(count, change) => (count, versions[..count].to_vec(), change),
                Delivered::Part(told, change) => {
                    let told = told.into_iter().map(|entry| feed.number(entry)).collect();
                    (versions.len().min(group.room(BOUNDS)), told, change)
                }
                Delivered::Elsewhere | Delivered::Full => return None,
            };
            Some((change, Step::Delivered(id, who, versions[..passed].to_vec(), told)))
        });
        if let Some(Step::Delivered(_, who, versions, told)) = told {
            self.stats.held_back += (versions.len() - told.len()) as u64;
            self.comes_to(who, id, &told);
        }
    }

    /// A group is told that what it has yet to be given is not kept any more: an operator moves it.
    fn move_on(&mut self, id: u64, feed: Feed, place: u64) {
        let oldest = self.oldest_kept(feed);
        assert!(oldest > place + 1, "{oldest} is kept, and what is behind {place} is told to be gone");
        self.stats.fell_behind += 1;
        self.begins_behind(feed, oldest - 1);
        let last = self.entry(feed, oldest - 1);
        self.group_does(|groups, _| {
            let group = group_of(groups, id)?;
            let named = (group.stream().clone(), group.name());
            let change = groups.set(named, GroupPlace { last, behind: last }, None).ok()?;
            Some((change, Step::Set(id, oldest - 1)))
        });
    }

    fn comes_to(&mut self, who: &'static str, id: u64, versions: &[u64]) {
        let upto = self.machine().log.appended();
        self.workers.coming.extend(versions.iter().map(|version| (upto, who, (id, *version))));
    }

    /// Workers have done some of what they have; some entries nobody can do.
    fn acknowledge(&mut self, random: &mut Random) {
        let Some(&(who, (id, _))) = self.workers.hands.get(random.index(self.workers.hands.len().max(1)))
        else {
            return;
        };
        let is_poison = |version: u64| version.is_multiple_of(7);
        let mine = |(name, (of, version)): &(&str, Task)| *name == who && *of == id && !is_poison(*version);
        let tasks: Vec<Task> =
            self.workers.hands.iter().filter(|hand| mine(hand)).map(|(_, task)| *task).collect();
        // Now and then a worker is lost between its work and this.
        self.workers.hands.retain(|hand| !mine(hand) || random.below(5) == 0);
        let versions: Vec<_> = tasks.into_iter().map(|(_, version)| version).collect();
        self.done(id, &versions);
    }

    fn done(&mut self, id: u64, versions: &[u64]) {
        let Some(book) = self.oracle.system.books.get(&id) else { return };
        let feed = book.feed;
        let ids: Vec<_> = versions.iter().map(|version| self.entry(feed, *version)).collect();
        let told = self.group_does(|groups, _| {
            let group = group_of(groups, id)?;
            let mut there: Vec<u64> =
                ids.iter().filter(|id| group.pending_at(**id).is_some()).map(|id| feed.number(*id)).collect();
            there.sort_unstable();
            there.dedup();
            let (change, count) = group.ack(&ids);
            assert_eq!(count, there.len() as u64, "what was out is done");
            Some((change?, Step::Acked(id, there)))
        });
        let upto = self.machine().log.appended();
        if let Some(Step::Acked(_, versions)) = told {
            self.workers.acked.extend(versions.iter().map(|version| (upto, (id, *version))));
        }
    }

    /// A worker that has read something does not go on with it.
    fn give_back(&mut self, id: u64, who: &'static str, random: &mut Random) {
        let how = *random.pick(&[Return::Silent, Return::Fail, Return::Fatal]);
        let mine = |(name, (of, _)): &&(&str, Task)| *name == who && *of == id;
        let versions: Vec<_> =
            self.workers.hands.iter().filter(mine).map(|(_, (_, version))| *version).take(3).collect();
        self.workers
            .hands
            .retain(|(name, (of, version))| *name != who || *of != id || !versions.contains(version));
        let feed = self.oracle.system.books[&id].feed;
        let entries: Vec<_> = versions.iter().map(|version| self.entry(feed, *version)).collect();
        let is_with = |group: &ConsumerGroup, entry: &EntryId| {
            group.pending_at(*entry).is_some_and(|out| out.consumer != ConsumerGroup::NOBODY)
        };
        let there = |group: &ConsumerGroup| -> BTreeSet<EntryId> {
            entries.iter().copied().filter(|entry| is_with(group, entry)).collect()
        };
        let Some(there) = self.look_at_group(id, there) else { return };
        let told = self.group_does(|groups, now| {
            let (change, count) = group_of(groups, id)?.give_back(&entries, how);
            assert_eq!(count, there.len() as u64, "what somebody has is given back");
            Some((
                change?,
                Step::Returned(id, how, there.iter().map(|entry| (feed.number(*entry), now)).collect()),
            ))
        });
        self.stats.given_back += u64::from(told.is_some());
        if how == Return::Fail {
            let stops = |groups: &ConsumerGroups, now| {
                Some((group_of(groups, id)?.stops_now(now)?, Step::Stopped(id)))
            };
            self.stats.groups_stopped += u64::from(self.group_does(stops).is_some());
        }
    }

    fn take_over(&mut self, id: u64, who: &'static str, random: &mut Random) {
        self.join_group(id, who);
        let claim = Claim {
            min_idle: Millis(random.below(3_000)),
            given: None,
            deliveries: None,
            ids_alone: false,
            force: false,
        };
        let (feed, now) = (self.oracle.system.books[&id].feed, self.now);
        let free = |group: &ConsumerGroup| -> Vec<_> {
            let (free, _) = group.free_from(EntryId::FIRST, &claim, (5, now));
            free.into_iter().map(|entry| (entry, group.copy_of(entry).is_some())).collect()
        };
        let Some(mut free) = self.look_at_group(id, free) else { return };
        free.retain(|(entry, is_copied)| {
            self.is_kept(feed, *entry).is_some_and(|is_kept| is_kept || *is_copied)
        });
        let free: Vec<_> = free.into_iter().map(|(entry, _)| entry).collect();
        let told = self.group_does(|groups, now| {
            let group = group_of(groups, id)?;
            let claimed = group.claim(group.consumer(who)?, &claim, (&free, &[]), (now, BOUNDS));
            let versions = claimed.ids.iter().map(|entry| feed.number(*entry)).collect();
            Some((claimed.change?, Step::Claimed(id, who, versions)))
        });
        if let Some(Step::Claimed(_, who, versions)) = told {
            self.comes_to(who, id, &versions);
        }
    }

    /// Somebody who may stops a group, has it go on, sees to its letters, takes out a consumer or ends it.
    fn operate(&mut self, id: u64, who: &'static str, random: &mut Random) {
        let (act, feed) = (random.below(12), self.oracle.system.books[&id].feed);
        let told = self.group_does(|groups, _| {
            let group = group_of(groups, id)?;
            let versions = |ids: &[EntryId]| ids.iter().map(|id| feed.number(*id)).collect();
            match act {
                0 => group.pause(by()).map(|change| (change, Step::Paused(id))),
                1..=4 => group.resume(by()).map(|change| (change, Step::Resumed(id))),
                5..=7 => {
                    let ids = group.redrives(&WhichDead::All, BOUNDS).ids;
                    Some((group.redrive(&ids, by())?, Step::Redriven(id, versions(&ids))))
                }
                8 => {
                    let ids = group.chosen(&WhichDead::All).ids;
                    Some((group.drop_dead(&ids, by())?, Step::Dropped(id, versions(&ids))))
                }
                9..=10 => group.leave(who).map(|(change, _)| (change, Step::Left(id, who))),
                // It is rare, so that the others grow old.
                _ => who.starts_with('a').then(|| (group.close(by()), Step::Closed(id))),
            }
        });
        self.stats.redriven += u64::from(matches!(told, Some(Step::Redriven(..))));
    }

    /// A group with too many letters of what the log had no more is given nothing new until somebody sees to them.
    fn makes_room(&mut self, id: u64) {
        let feed = self.oracle.system.books[&id].feed;
        self.group_does(|groups, _| {
            let group = group_of(groups, id)?;
            if group.pending_count() > 0 || group.room(BOUNDS) > 0 {
                return None;
            }
            let ids = group.chosen(&WhichDead::All).ids;
            let versions = ids.iter().map(|id| feed.number(*id)).collect();
            Some((group.drop_dead(&ids, by())?, Step::Dropped(id, versions)))
        });
    }

    /// When nothing is wrong, all that there is comes to be done, once each, or is put aside.
    pub(crate) fn finish_groups(&mut self) {
        // Until its start is recorded, a process does nothing for groups.
        let is_up = self.machine().system.system().is_some_and(|system| system.run().stopped.is_none());
        if !is_up {
            return;
        }
        let ids: Vec<u64> = self.oracle.system.books.keys().copied().collect();
        for id in ids {
            let feed = self.oracle.system.books[&id].feed;
            if feed == Feed::All && !self.can_be_read(feed) {
                continue;
            }
            self.learn_entries();
            let mut random = Random::new(id);
            for round in 0.. {
                if round == 2_000 {
                    // What a damaged log cannot tell any more stays with the group, as an error to whoever asks.
                    let book = &self.oracle.system.books[&id];
                    assert!(!self.is_healthy(), "a group does not come to an end: {book:?}");
                    break;
                }
                let left = |group: &ConsumerGroup| (group.pending_count(), feed.number(group.place().behind));
                let Some((pending, place)) = self.look_at_group(id, left) else { break };
                if pending == 0 && self.can_be_read(feed) && self.entries_behind(feed, place, 1).is_empty() {
                    self.oracle.system.books[&id].is_accounted_for(self.entries_upto(feed, place));
                    self.stats.groups_finished += 1;
                    self.stats.of_all_events += u64::from(feed == Feed::All && place > 0);
                    break;
                }
                let resumes = |groups: &ConsumerGroups, _| {
                    group_of(groups, id)?.resume(by()).map(|change| (change, Step::Resumed(id)))
                };
                self.group_does(resumes);
                self.makes_room(id);
                self.read_group(id, "ann", &mut random);
                if self.machine().settle().is_err() {
                    return;
                }
                self.release();
                let versions = self.workers.coming.drain(..).map(|(_, _, (of, version))| (of, version));
                let versions: Vec<_> =
                    versions.filter(|(of, _)| *of == id).map(|(_, version)| version).collect();
                self.done(id, &versions);
                self.now += Millis(if round % 8 == 0 { 4_000 } else { 1 });
            }
        }
    }
}
