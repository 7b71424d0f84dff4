//! A consumer is given what comes next, or what it has.
//!
//! What comes next is read as by anybody, and then recorded as given out, if the group is still where it was: of several consumers that
//! read the same, the first one is given it. The others go on waiting.

mod generations;

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::super::read::{After, StreamsQuery, look_at};
use super::times::{Waited, with_waited};
use super::{Asker, GroupEntries, GroupName, GroupRead, GroupTold, Told, Wants, stream_of};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::feed::{FeedValue, feed_fields};
use crate::front::streams::{StreamEntry, StreamKey};
use crate::limits;
use crate::numbers::{At, EntryId};
use crate::system::{Care, Delivered, Group, GroupId, Groups, Subject, Subjects};

use generations::Filter;

pub(crate) use generations::Begun;

/// A stream of which a consumer wants what is new.
pub(super) struct Fresh {
    /// Its place in what was asked for.
    at: usize,
    pub(super) of: GroupName,
    pub(super) group: GroupId,
    /// While the group is here, what comes up to there is not of its kinds, and so many entries that is.
    passed: Cell<(EntryId, EntryId, u64)>,
    /// What is known of its entries from before, if that is to be told.
    pub(super) waited: Waited,
}

/// Where a consumer is to be given something of a stream.
struct Start<'a> {
    fresh: &'a Fresh,
    behind: EntryId,
    /// What the group is given, if not all.
    filter: Option<Filter>,
    /// It keeps an order.
    is_serial: bool,
}

impl Asker<'_> {
    pub(super) async fn read(&self, read: &GroupRead, enough: impl Future<Output = ()>) -> Told {
        let (mut told, mut fresh) = (Vec::<(usize, GroupEntries)>::new(), Vec::new());
        let mut known: Vec<Waited> = read.streams.iter().map(|_| Waited::default()).collect();
        for (at, (stream, wants)) in read.streams.iter().enumerate() {
            let of = GroupName { stream: stream.clone(), group: read.group.clone() };
            let group = self.asks(&of, &read.consumer).await?;
            if read.noack {
                self.allows(group, "NOACK")?;
            }
            match wants {
                Wants::New => {
                    let passed = Cell::new((EntryId::FIRST, EntryId::FIRST, 0));
                    fresh.push(Fresh { at, of, group, passed, waited: Waited::default() });
                }
                Wants::Own(after) => {
                    told.push((at, self.own(read, (&of, group), (*after, &known[at])).await?));
                }
            }
        }
        if !fresh.is_empty() {
            // What it has is told at once.
            let waits = told.is_empty() && !read.block.is_zero();
            told.extend(self.fresh(read, &fresh, waits, enough).await?);
        }
        told.sort_unstable_by_key(|(at, _)| *at);
        fresh.into_iter().for_each(|fresh| known[fresh.at] = fresh.waited);
        let named = told
            .into_iter()
            .map(|(at, entries)| (read.streams[at].0.clone(), entries, std::mem::take(&mut known[at])));
        let told = match read.claim {
            Some(_) => with_waited(named.collect()),
            None => GroupTold::Streams(named.map(|(stream, entries, _)| (stream, entries)).collect()),
        };
        // All of it is recorded by now.
        self.desk().look(|_| told)
    }

    /// What a consumer has not acknowledged, behind an id. It counts as given out once more.
    async fn own(
        &self,
        read: &GroupRead,
        (of, group): (&GroupName, GroupId),
        (after, waited): (EntryId, &Waited),
    ) -> Result<GroupEntries, Fault> {
        let (consumer, now) = (read.consumer.as_str(), self.router.now());
        let ids = |groups: &Groups| -> Vec<EntryId> {
            let Some((group, from)) = groups.get(group).zip(after.next()) else { return Vec::new() };
            let Some(consumer) = group.consumer(consumer) else { return Vec::new() };
            let has = group.pending_between((from, EntryId::LAST), Some(consumer));
            let ids: Vec<_> = has.take(read.count.min(limits::FEED_COUNT_MAX)).map(|(id, _)| id).collect();
            if read.claim.is_some() {
                waited.notes(group, &ids, now);
            }
            ids
        };
        let mut ids = self.desk().look(ids)?.0;
        let mut kept = self.kept(&of.stream, ids.clone()).await?;
        ids.truncate(kept.looked);
        self.copied(group, &mut kept).await?;
        let there: Vec<_> = kept.entries.keys().copied().collect();
        let again = |groups: &Groups| {
            let group = groups.get(group);
            let number = group.and_then(|group| group.consumer(consumer));
            Ok((group.zip(number).and_then(|(group, number)| group.again(number, &there)), ()))
        };
        self.desk().act(again, self.router.now())?;
        Ok(ids.into_iter().map(|id| (id, kept.entries.remove(&id))).collect())
    }

    /// What nobody was given yet, of each stream that has something; waits for the first if there is nothing.
    async fn fresh(
        &self,
        read: &GroupRead,
        streams: &[Fresh],
        waits: bool,
        enough: impl Future<Output = ()>,
    ) -> Result<Vec<(usize, GroupEntries)>, Fault> {
        let mut enough = pin!(enough);
        let deadline = Instant::now().checked_add(read.block);
        loop {
            let mut changed = pin!(self.desk().changed());
            // What happens to a group from here on is heard, before it is looked at where it is.
            changed.as_mut().enable();
            let mut told = Vec::new();
            for stream in streams.iter().filter(|_| !read.noack) {
                let mut again = self.waited(read, stream).await?;
                if again.is_empty() {
                    again = self.again(read, stream).await?;
                }
                told.extend((!again.is_empty()).then_some((stream.at, again)));
            }
            if !told.is_empty() {
                return Ok(told);
            }
            let mut places = Vec::new();
            for stream in streams {
                places.extend(self.start(read, stream)?);
            }
            let mut due = pin!(self.due_comes(if read.noack { None } else { self.due_at(read, streams)? }));
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let is_late = left.is_some_and(|left| left.is_zero());
            let is_over = Cell::new(!waits || is_late);
            if places.is_empty() {
                if is_over.get() || !self.room_comes((changed, due), deadline, enough.as_mut()).await {
                    return Ok(Vec::new());
                }
                continue;
            }
            let query = StreamsQuery {
                streams: places.iter().map(Start::query).collect(),
                // Of a page most may be of other kinds.
                count: if places.iter().any(|place| place.filter.is_some()) {
                    limits::FEED_COUNT_MAX
                } else {
                    read.count
                },
                block: if is_over.get() { Default::default() } else { left.unwrap_or(read.block) },
            };
            let stop = pin!(async {
                tokio::select! {
                    biased;
                    () = enough.as_mut() => is_over.set(true),
                    () = changed => {}
                    () = &mut due => {}
                }
            });
            let page = look_at(self.router, query, self.reader, stop).await;
            let page = page.map_err(|fault| stuck(fault, read))?;
            let was_empty = page.is_empty();
            let told = self.give(read, &places, page)?;
            if !told.is_empty() || (was_empty && is_over.get()) {
                return Ok(told);
            }
        }
    }

    /// Where a consumer is to be given something; `None` if there is no room for more that is not acknowledged, or the group is paused.
    fn start<'a>(&self, read: &GroupRead, fresh: &'a Fresh) -> Result<Option<Start<'a>>, Fault> {
        let bounds = self.desk().bounds();
        let start = |groups: &Groups| {
            let (stream, name) = (stream_of(&fresh.of.stream), fresh.of.group.as_str());
            let group = groups.still(fresh.group, (&stream, name))?;
            let filter = |group: &Group| Filter::of(group.care().map(Care::terms)?, group.generation());
            let (behind, is_serial) = (group.place().behind, group.is_serial());
            let start = || Start { fresh, behind, filter: filter(group), is_serial };
            Ok(group.gives(read.noack, bounds).then(start))
        };
        self.desk().look(start)?.0
    }

    /// Completes at this time; never, if there is none.
    async fn due_comes(&self, at: Option<At>) {
        match at {
            Some(at) => tokio::time::sleep(Duration::from_millis(at.since(self.router.now()).0)).await,
            None => std::future::pending().await,
        }
    }

    /// Waits until something happens to a group, or something is due; false if the wait is over before.
    async fn room_comes(
        &self,
        (changed, due): (Pin<&mut impl Future<Output = ()>>, Pin<&mut impl Future<Output = ()>>),
        deadline: Option<Instant>,
        enough: Pin<&mut impl Future<Output = ()>>,
    ) -> bool {
        let late = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = enough => false,
            () = changed => true,
            () = due => true,
            () = late => false,
        }
    }

    /// Records what was read as given out, where the group is still where it was.
    fn give(
        &self,
        read: &GroupRead,
        places: &[Start<'_>],
        page: Vec<(usize, Vec<StreamEntry>)>,
    ) -> Result<Vec<(usize, GroupEntries)>, Fault> {
        let mut told = Vec::new();
        let bounds = self.desk().bounds();
        for (place, mut entries) in page {
            let Some(Start { fresh, behind, filter, is_serial }) = places.get(place) else { continue };
            if let Some(filter) = filter {
                let (count, upto) = filter.retain(&mut entries);
                entries.truncate(read.count);
                if entries.is_empty() {
                    let at_once = |upto| if filter.ends_with(upto) { limits::GROUP_SKIP } else { count };
                    upto.map_or(Ok(()), |upto| self.pass((fresh, *behind), (upto, at_once(upto))))?;
                    continue;
                }
            }
            let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
            let about: Vec<_> = entries.iter().filter(|_| *is_serial).map(with_subjects).collect();
            self.joins((&fresh.of, fresh.group), &read.consumer)?;
            let give = |groups: &Groups| {
                let (stream, name) = (stream_of(&fresh.of.stream), fresh.of.group.as_str());
                let group = groups.still(fresh.group, (&stream, name))?;
                // Who was taken out in this very moment comes again, with the next turn.
                let Some(number) = group.consumer(read.consumer.as_str()) else {
                    return Ok((None, Vec::new()));
                };
                let delivered = if *is_serial {
                    group.deliver_in_order(number, *behind, &about, bounds)
                } else {
                    group.deliver((number, read.noack), *behind, &ids, bounds)
                };
                Ok(match delivered {
                    Delivered::Some(count, change) => (Some(change), ids[..count].to_vec()),
                    Delivered::Part(given, change) => (Some(change), given),
                    Delivered::Elsewhere | Delivered::Full => (None, Vec::new()),
                })
            };
            let (given, _) = self.desk().act(give, self.router.now())?;
            entries.retain(|entry| given.binary_search(&entry.id).is_ok());
            if !entries.is_empty() {
                let entries = entries.into_iter().map(|entry| (entry.id, Some(entry)));
                told.push((fresh.at, entries.collect()));
            }
        }
        Ok(told)
    }
}

impl Asker<'_> {
    /// What comes behind a place up to this entry is not of the kinds of the group. That is recorded now and then, and known here until then.
    fn pass(&self, (fresh, behind): (&Fresh, EntryId), (upto, count): (EntryId, u64)) -> Result<(), Fault> {
        let (known, _, before) = fresh.passed.get();
        let count = count + if known == behind { before } else { 0 };
        fresh.passed.set((behind, upto, count));
        if count < limits::GROUP_SKIP {
            return Ok(());
        }
        let skip = |groups: &Groups| {
            let (stream, name) = (stream_of(&fresh.of.stream), fresh.of.group.as_str());
            Ok((groups.still(fresh.group, (&stream, name))?.skip(behind, upto), ()))
        };
        self.desk().act(skip, self.router.now()).map(drop)
    }
}

impl Start<'_> {
    fn query(&self) -> (StreamKey, After) {
        let (behind, upto, _) = self.fresh.passed.get();
        let after = if behind == self.behind && self.filter.is_some() { upto } else { self.behind };
        (self.fresh.of.stream.clone(), After::Id(after))
    }
}

/// An entry, and the orders, payments and holds that it is about.
fn with_subjects(entry: &StreamEntry) -> (EntryId, Subjects) {
    let event = entry.about.name.as_str();
    let mut about = Vec::new();
    for (name, value) in feed_fields(&entry.record) {
        match (name, value) {
            ("hold", FeedValue::Number(hold)) => about.push(Subject::hold(event, hold)),
            ("holds", FeedValue::Holds(holds)) => {
                about.extend(holds.iter().map(|hold| Subject::hold(event, hold.0)));
            }
            ("order" | "payment", FeedValue::Text(name)) => about.push(Subject::named(event, name)),
            _ => {}
        }
    }
    about.sort_unstable();
    about.dedup();
    (entry.id, about.into())
}

/// A group whose next entry is not kept any more stays where it is, and says so to all who ask.
fn stuck(fault: Fault, read: &GroupRead) -> Fault {
    if fault.code != Code::FEED_TRIMMED {
        return fault;
    }
    let message = format!(
        "{}; the group {} stays where it is until an operator moves it with XGROUP SETID",
        fault.message, read.group
    );
    Fault::new(fault.code, message)
}
