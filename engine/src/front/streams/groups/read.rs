//! A consumer is given what comes next, or what it has.
//!
//! What comes next is read as by anybody, and then recorded as given out, if the group is still where it was: of several consumers that
//! read the same, the first one is given it. The others go on waiting.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};

use tokio::time::{Instant, sleep_until};

use super::super::read::{After, StreamsQuery, look_at};
use super::{Asker, GroupEntries, GroupName, GroupRead, GroupTold, Told, Wants, stream_of};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::front::streams::StreamEntry;
use crate::limits;
use crate::numbers::EntryId;
use crate::system::{Delivered, GroupId, Groups};

/// A stream of which a consumer wants what is new.
struct Fresh {
    /// Its place in what was asked for.
    at: usize,
    of: GroupName,
    group: GroupId,
}

impl Asker<'_> {
    pub(super) async fn read(&self, read: &GroupRead, enough: impl Future<Output = ()>) -> Told {
        let (mut told, mut fresh) = (Vec::<(usize, GroupEntries)>::new(), Vec::new());
        for (at, (stream, wants)) in read.streams.iter().enumerate() {
            let of = GroupName { stream: stream.clone(), group: read.group.clone() };
            let group = self.asks(&of, &read.consumer).await?;
            match wants {
                Wants::New => fresh.push(Fresh { at, of, group }),
                Wants::Own(after) => {
                    told.push((at, self.own(read, (&of, group), *after).await?));
                }
            }
        }
        if !fresh.is_empty() {
            // What it has is told at once.
            let waits = told.is_empty() && !read.block.is_zero();
            told.extend(self.fresh(read, &fresh, waits, enough).await?);
        }
        told.sort_unstable_by_key(|(at, _)| *at);
        let named = told.into_iter().map(|(at, entries)| (read.streams[at].0.clone(), entries));
        let told = GroupTold::Streams(named.collect());
        // All of it is recorded by now.
        self.desk().look(|_| told)
    }

    /// What a consumer has not acknowledged, behind an id. It counts as given out once more.
    async fn own(
        &self,
        read: &GroupRead,
        (of, group): (&GroupName, GroupId),
        after: EntryId,
    ) -> Result<GroupEntries, Fault> {
        let consumer = read.consumer.as_str();
        let ids = |groups: &Groups| -> Vec<EntryId> {
            let Some((group, from)) = groups.get(group).zip(after.next()) else { return Vec::new() };
            let Some(consumer) = group.consumer(consumer) else { return Vec::new() };
            let has = group.pending_between((from, EntryId::LAST), Some(consumer));
            has.take(read.count.min(limits::FEED_COUNT_MAX)).map(|(id, _)| id).collect()
        };
        let mut ids = self.desk().look(ids)?.0;
        let mut kept = self.kept(&of.stream, ids.clone()).await?;
        ids.truncate(kept.looked);
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
            let mut places = Vec::new();
            for stream in streams {
                if let Some(behind) = self.behind(read, stream)? {
                    places.push((stream, behind));
                }
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let is_late = left.is_some_and(|left| left.is_zero());
            let is_over = Cell::new(!waits || is_late);
            if places.is_empty() {
                if is_over.get() || !self.room_comes(changed, deadline, enough.as_mut()).await {
                    return Ok(Vec::new());
                }
                continue;
            }
            let query = StreamsQuery {
                streams: places.iter().map(|(fresh, id)| (fresh.of.stream.clone(), After::Id(*id))).collect(),
                count: read.count,
                block: if is_over.get() { Default::default() } else { left.unwrap_or(read.block) },
            };
            let stop = pin!(async {
                tokio::select! {
                    biased;
                    () = enough.as_mut() => is_over.set(true),
                    () = changed => {}
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

    /// The id behind which a consumer is to be given something; `None` if there is no room for more that is not acknowledged.
    fn behind(&self, read: &GroupRead, Fresh { of, group, .. }: &Fresh) -> Result<Option<EntryId>, Fault> {
        let bounds = self.desk().bounds();
        let behind = |groups: &Groups| {
            let (stream, name) = (stream_of(&of.stream), of.group.as_str());
            let group = groups.still(*group, (&stream, name))?;
            Ok((read.noack || group.room(bounds) > 0).then(|| group.place().behind))
        };
        self.desk().look(behind)?.0
    }

    /// Waits until something happens to a group; false if the wait is over before.
    async fn room_comes(
        &self,
        changed: Pin<&mut impl Future<Output = ()>>,
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
            () = late => false,
        }
    }

    /// Records what was read as given out, where the group is still where it was.
    fn give(
        &self,
        read: &GroupRead,
        places: &[(&Fresh, EntryId)],
        page: Vec<(usize, Vec<StreamEntry>)>,
    ) -> Result<Vec<(usize, GroupEntries)>, Fault> {
        let mut told = Vec::new();
        let bounds = self.desk().bounds();
        for (place, mut entries) in page {
            let Some((fresh, behind)) = places.get(place) else { continue };
            let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
            self.joins((&fresh.of, fresh.group), &read.consumer)?;
            let give = |groups: &Groups| {
                let (stream, name) = (stream_of(&fresh.of.stream), fresh.of.group.as_str());
                let group = groups.still(fresh.group, (&stream, name))?;
                // Who was taken out in this very moment comes again, with the next turn.
                let Some(number) = group.consumer(read.consumer.as_str()) else { return Ok((None, 0)) };
                Ok(match group.deliver((number, read.noack), *behind, &ids, bounds) {
                    Delivered::Some(count, change) => (Some(change), count),
                    Delivered::Elsewhere | Delivered::Full => (None, 0),
                })
            };
            let (count, _) = self.desk().act(give, self.router.now())?;
            entries.truncate(count);
            if count > 0 {
                let entries = entries.into_iter().map(|entry| (entry.id, Some(entry)));
                told.push((fresh.at, entries.collect()));
            }
        }
        Ok(told)
    }
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
