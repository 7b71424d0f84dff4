//! What was not acknowledged in time is given again, or put aside after its last try, when a consumer asks for what is new.

use super::by_id::Kept;
use super::read::Fresh;
use super::{Asker, GroupEntries, GroupRead, stream_of};
use crate::codec::{encode_record, event_of};
use crate::fault::Fault;
use crate::feed::FeedRecord;
use crate::front::streams::StreamEntry;
use crate::limits;
use crate::numbers::{At, EntryId};
use crate::state::{Record, Touched};
use crate::system::{Death, DeathCause, DueEntry, Group, GroupChange, GroupId, Groups, Retried};

impl Asker<'_> {
    /// Entries of a stream that are due again are given to whoever asks; what has had all its tries is put aside.
    pub(super) async fn again(&self, read: &GroupRead, fresh: &Fresh) -> Result<GroupEntries, Fault> {
        let (now, bounds) = (self.router.now(), self.desk().bounds());
        let (stream, count) = (stream_of(&fresh.of.stream), read.count.min(limits::FEED_COUNT_MAX));
        let due = |groups: &Groups| {
            groups.still(fresh.group, (&stream, fresh.of.group.as_str())).map(|group| {
                let due = group.due(count, (now, bounds));
                if read.claim.is_some() {
                    let ids: Vec<_> = due.iter().map(|due| due.id).collect();
                    fresh.waited.notes(group, &ids, now);
                }
                due
            })
        };
        let mut due = self.desk().look(due)?.0?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        due.sort_unstable_by_key(|due| due.id);
        let mut kept = self.kept(&fresh.of.stream, due.iter().map(|due| due.id).collect()).await?;
        due.truncate(kept.looked);
        self.copied(fresh.group, &mut kept).await?;
        if self.put_aside(fresh, (&due, &kept), now)? {
            return Ok(Vec::new());
        }
        let rest = due.iter().filter(|due| !due.is_over && kept.entries.contains_key(&due.id));
        let rest: Vec<_> = rest.map(|due| due.id).collect();
        self.joins((&fresh.of, fresh.group), &read.consumer)?;
        let retry = |groups: &Groups| {
            let group = groups.still(fresh.group, (&stream, fresh.of.group.as_str()))?;
            let Some(number) = group.consumer(read.consumer.as_str()) else { return Ok((None, Vec::new())) };
            Ok(match group.retry(number, &rest, (now, bounds)) {
                Retried::Again(ids, change) => (Some(change), ids),
                Retried::Stops(change) => (Some(change), Vec::new()),
                Retried::Nothing => (None, Vec::new()),
            })
        };
        let (ids, _) = self.desk().act(retry, now)?;
        Ok(ids.into_iter().map(|id| (id, kept.entries.remove(&id))).collect())
    }

    /// The time from which on one of these streams may have something that is due; `None` if none will by itself.
    pub(super) fn due_at(&self, read: &GroupRead, streams: &[Fresh]) -> Result<Option<At>, Fault> {
        let due = |groups: &Groups| {
            let groups = streams.iter().filter_map(|stream| groups.get(stream.group));
            let waited = |group: &Group| read.claim.and_then(|min_idle| group.free_at(min_idle));
            groups.flat_map(|group| [group.due_at(), waited(group)]).flatten().min()
        };
        self.desk().look(due).map(|(at, _)| at)
    }

    /// Puts aside what has had all its tries, and what is not kept any more so that nobody can be given it. True if the group stops instead.
    fn put_aside(&self, fresh: &Fresh, (due, kept): (&[DueEntry], &Kept), now: At) -> Result<bool, Fault> {
        let (stream, bounds) = (stream_of(&fresh.of.stream), self.desk().bounds());
        let mut over = due.iter().filter(|due| due.is_over || !kept.entries.contains_key(&due.id)).peekable();
        while over.peek().is_some() {
            let (mut deaths, mut bytes) = (Vec::new(), 0);
            while deaths.len() < limits::DEATHS_MAX && bytes < limits::DEATHS_BYTES {
                let Some(due) = over.next() else { break };
                let entry = kept.entries.get(&due.id);
                let cause = if entry.is_some() { DeathCause::Deliveries } else { DeathCause::Gone };
                let record = entry.and_then(|entry| self.record_of(entry));
                bytes += record.as_ref().map_or(0, |record| record.len());
                deaths.extend(stream.place(due.id).map(|place| Death { place, cause, record }));
            }
            let die = |groups: &Groups| {
                let group = groups.still(fresh.group, (&stream, fresh.of.group.as_str()))?;
                let change = group.die(deaths, (now, bounds));
                let stops = matches!(&change, Some(GroupChange::Paused(..)));
                Ok((change, stops))
            };
            if self.desk().act(die, now)?.0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The record of an entry as the log has it, for when the log does not any more.
    fn record_of(&self, StreamEntry { about, record, .. }: &StreamEntry) -> Option<Box<[u8]>> {
        let event = self.router.directory().id_of(about.name.borrowed())?;
        let FeedRecord { version, at, origin, change, touched, .. } = &**record;
        let (origin, change) = (origin.clone(), change.clone());
        let record = Record { origin, ..Record::new(*at, *version, None, change) };
        let mut bytes = Vec::new();
        encode_record(event, 0, &record, touched.as_deref().unwrap_or(&Touched::NOTHING), &mut bytes);
        (bytes.len() <= limits::DEAD_RECORD_BYTES_MAX).then(|| bytes.into())
    }

    /// Of what is not kept any more, the group may have kept a copy.
    pub(super) async fn copied(&self, group: GroupId, kept: &mut Kept) -> Result<(), Fault> {
        for id in std::mem::take(&mut kept.gone) {
            let copy =
                |groups: &Groups| groups.get(group).and_then(|group| group.copy_of(id).map(<[u8]>::to_vec));
            let copy = self.desk().look(copy)?.0;
            match self.entry_of(id, copy.as_deref()).await {
                Some(entry) => drop(kept.entries.insert(id, entry)),
                None => kept.gone.push(id),
            }
        }
        Ok(())
    }

    /// The entry that a record tells of; `None` if there is none, or its event is out of service.
    pub(super) async fn entry_of(&self, id: EntryId, record: Option<&[u8]>) -> Option<StreamEntry> {
        let record = record?;
        let name = self.router.directory().name_of(event_of(record)?)?;
        let about = self.router.here(&name).await.ok()?.shown().newest();
        Some(StreamEntry { id, about, record: FeedRecord::decode(record).ok()?.into() })
    }
}
