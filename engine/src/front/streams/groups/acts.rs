//! Groups and consumers are made and end, entries are acknowledged and taken over.

use std::collections::BTreeSet;

use super::super::read::After;
use super::by_id::Kept;
use super::{Asker, ClaimedEntries, GroupName, GroupTold, Told};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::feed::StreamSpan;
use crate::front::router::another_branch;
use crate::front::streams::{StreamEntry, StreamKey};
use crate::numbers::EntryId;
use crate::state::Name;
use crate::system::{Claim, Claimed, Group, GroupId, GroupPlace, Groups, Return};

impl Asker<'_> {
    pub(super) async fn create(&self, of: &GroupName, after: After) -> Told {
        let (stream, name) = of.key();
        // What is there already is told before a place that is not kept.
        self.desk().look(|groups| groups.has_none((&stream, name)))?.0?;
        let place = self.place(&of.stream, after).await?;
        let bounds = self.desk().bounds();
        let create = |groups: &Groups| {
            Ok((Some(groups.create((stream, name), place, self.token, bounds)?), GroupTold::Done))
        };
        self.desk().act(create, self.router.now())
    }

    pub(super) async fn set(&self, of: &GroupName, after: After) -> Told {
        let (stream, name) = of.key();
        let named = self.desk().look(|groups| groups.named((&stream, name)).map(drop))?.0;
        if let Err(fault) = named {
            return Err(self.better(&of.stream, fault).await);
        }
        let place = self.place(&of.stream, after).await?;
        let set =
            |groups: &Groups| Ok((Some(groups.set((stream, name), place, self.token)?), GroupTold::Done));
        self.desk().act(set, self.router.now())
    }

    pub(super) async fn destroy(&self, of: &GroupName) -> Told {
        let (stream, name) = of.key();
        let found = self.desk().look(|groups| groups.find(&stream, name).map(Group::id))?.0;
        let Some(id) = found else {
            self.must_be_there(&of.stream).await?;
            return self.desk().look(|_| GroupTold::Number(0));
        };
        let destroy = |groups: &Groups| {
            let change = groups.destroy((stream, name), self.token);
            let count = u64::from(change.is_some());
            Ok((change, GroupTold::Number(count)))
        };
        let told = self.desk().act(destroy, self.router.now())?;
        self.desk().forget(id, None);
        Ok(told)
    }

    pub(super) async fn join(&self, of: &GroupName, consumer: &Name) -> Told {
        let (stream, name) = of.key();
        let join = |groups: &Groups| {
            let change = groups.named((&stream, name))?.join(consumer.as_str())?;
            let count = u64::from(change.is_some());
            Ok((change, GroupTold::Number(count)))
        };
        match self.desk().act(join, self.router.now()) {
            Ok(told) => Ok(told),
            Err(fault) => Err(self.better(&of.stream, fault).await),
        }
    }

    pub(super) async fn leave(&self, of: &GroupName, consumer: &Name) -> Told {
        let (stream, name) = of.key();
        let leave = |groups: &Groups| {
            let group = groups.named((&stream, name))?;
            let number = group.consumer(consumer.as_str()).map(|number| (group.id(), number));
            let (change, count) = group.leave(consumer.as_str()).unzip();
            Ok((change, (number, count.unwrap_or(0))))
        };
        match self.desk().act(leave, self.router.now()) {
            Ok(((gone, count), rests_on)) => {
                gone.into_iter().for_each(|(group, number)| self.desk().forget(group, Some(number)));
                Ok((GroupTold::Number(count as u64), rests_on))
            }
            Err(fault) => Err(self.better(&of.stream, fault).await),
        }
    }

    pub(super) async fn ack(&self, of: &GroupName, ids: &[EntryId]) -> Told {
        let (stream, name) = of.key();
        let ack = |groups: &Groups| {
            // As in Redis: of a group that is not there, nothing is acknowledged.
            let Some(group) = groups.find(&stream, name) else { return Ok((None, None)) };
            let (change, count) = group.ack(ids);
            Ok((change, Some(count)))
        };
        let (count, rests_on) = self.desk().act(ack, self.router.now())?;
        if count.is_none() {
            self.must_be_there(&of.stream).await?;
        }
        Ok((GroupTold::Number(count.unwrap_or(0)), rests_on))
    }

    pub(super) async fn give_back(&self, of: &GroupName, how: Return, ids: &[EntryId]) -> Told {
        let (stream, name) = of.key();
        let now = self.router.now();
        let give = |groups: &Groups| Ok(groups.named((&stream, name))?.give_back(ids, how));
        let count = match self.desk().act(give, now) {
            Ok((count, _)) => count,
            Err(fault) => return Err(self.better(&of.stream, fault).await),
        };
        // Of what failed it may have been too much.
        let stops = |groups: &Groups| {
            let stops = groups.find(&stream, name).filter(|_| how == Return::Fail);
            Ok((stops.and_then(|group| group.stops_now(now)), GroupTold::Number(count)))
        };
        self.desk().act(stops, now)
    }

    pub(super) async fn claim(
        &self,
        of: &GroupName,
        (consumer, claim): (&Name, &Claim),
        ids: Vec<EntryId>,
    ) -> Told {
        let group = self.asks(of, consumer).await?;
        if claim.force {
            self.allows(group, "FORCE")?;
        }
        let now = self.router.now();
        let free = |groups: &Groups| -> Vec<(EntryId, bool)> {
            let Some(group) = groups.get(group) else { return Vec::new() };
            let free = ids.iter().filter(|id| group.is_free(**id, claim, now));
            free.map(|id| (*id, group.pending_at(*id).is_some())).collect()
        };
        let free = self.desk().look(free)?.0;
        let sorted: BTreeSet<_> = free.iter().map(|(id, _)| *id).collect();
        let mut kept = self.kept(&of.stream, sorted.into_iter().collect()).await?;
        self.copied(group, &mut kept).await?;
        let had = |id: &EntryId| free.iter().any(|(free, is_pending)| free == id && *is_pending);
        if let Some(id) = kept.gone.iter().find(|id| had(id)) {
            let message = format!(
                "{id} is not kept any more: XAUTOCLAIM names such entries and takes them out, XACK does as well"
            );
            return Err(Fault::new(Code::FEED_TRIMMED, message));
        }
        let named: Vec<_> =
            free.iter().map(|(id, _)| *id).filter(|id| kept.entries.contains_key(id)).collect();
        let (claimed, rests_on) = self.take_over((of, group), (consumer, claim), (&named, &[]))?;
        Ok((GroupTold::Claimed(shown(claimed.ids, kept, claim)), rests_on))
    }

    pub(super) async fn auto_claim(
        &self,
        of: &GroupName,
        (consumer, claim): (&Name, &Claim),
        (from, count): (EntryId, usize),
    ) -> Told {
        let group = self.asks(of, consumer).await?;
        let now = self.router.now();
        let free = |groups: &Groups| {
            groups.get(group).map(|group| group.free_from(from, claim, (count, now))).unwrap_or_default()
        };
        let (free, mut next) = self.desk().look(free)?.0;
        let mut kept = self.kept(&of.stream, free.clone()).await?;
        self.copied(group, &mut kept).await?;
        // A page has a bound: what it has no room for comes with the next.
        next = free.get(kept.looked).copied().or(next);
        let named: Vec<_> = kept.entries.keys().copied().collect();
        let gone = kept.gone.clone();
        let (claimed, rests_on) = self.take_over((of, group), (consumer, claim), (&named, &gone))?;
        let told = shown(claimed.ids, kept, claim);
        Ok((GroupTold::AutoClaimed(next.unwrap_or(EntryId::FIRST), told, gone), rests_on))
    }

    pub(super) fn take_over(
        &self,
        (of, group): (&GroupName, GroupId),
        (consumer, claim): (&Name, &Claim),
        entries: (&[EntryId], &[EntryId]),
    ) -> Result<(Claimed, holdfast_wal::Lsn), Fault> {
        if !entries.0.is_empty() {
            self.joins((of, group), consumer)?;
        }
        let (stream, name) = of.key();
        let (now, bounds) = (self.router.now(), self.desk().bounds());
        let take = |groups: &Groups| {
            let group = groups.still(group, (&stream, name))?;
            // Who is not there takes over nothing; what is not kept any more is taken out all the same.
            let number = group.consumer(consumer.as_str());
            let entries = if number.is_some() { entries } else { (&[][..], entries.1) };
            let number = number.unwrap_or_default();
            let mut claimed = group.claim(number, claim, entries, (now, bounds));
            Ok((claimed.change.take(), claimed))
        };
        self.desk().act(take, now)
    }

    /// An option that would give something out of order is for groups that keep none.
    pub(super) fn allows(&self, group: GroupId, option: &str) -> Result<(), Fault> {
        self.desk().look(|groups| groups.get(group).map_or(Ok(()), |group| group.allows(option)))?.0
    }

    /// The number of a group of this name, whose consumer asks for something.
    pub(super) async fn asks(&self, of: &GroupName, consumer: &Name) -> Result<GroupId, Fault> {
        let (stream, name) = of.key();
        let find = |groups: &Groups| {
            groups.named((&stream, name)).map(|group| (group.id(), group.consumer(consumer.as_str())))
        };
        match self.desk().look(find)?.0 {
            Ok((group, number)) => {
                let now = self.router.now();
                number.into_iter().for_each(|number| self.desk().sees((group, number), now));
                Ok(group)
            }
            Err(fault) => Err(self.better(&of.stream, fault).await),
        }
    }

    /// A consumer that is to have something is made, if it is not there: as in Redis 7, who asks in vain is not.
    pub(super) fn joins(&self, (of, group): (&GroupName, GroupId), consumer: &Name) -> Result<(), Fault> {
        let (stream, name) = of.key();
        let join = |groups: &Groups| Ok((groups.still(group, (&stream, name))?.join(consumer.as_str())?, ()));
        self.desk().act(join, self.router.now()).map(drop)
    }

    /// Where a group begins that is to be given what comes behind this. It is exact: what is let go of from now on is missed by the group,
    /// and it is told so.
    pub(super) async fn place(&self, stream: &StreamKey, after: After) -> Result<GroupPlace, Fault> {
        let newest = self.newest(stream).await?;
        let After::Id(last) = after else { return Ok(GroupPlace { last: newest, behind: newest }) };
        let beyond = || {
            let what = format!("id {last} is beyond the end, as the newest is {newest}");
            another_branch(&what, self.router.branch())
        };
        if last > newest {
            return Err(beyond());
        }
        let Some(span) = StreamSpan::behind(last, 1) else { return Err(beyond()) };
        let next = self.router.stream_span(stream.clone(), self.reader.clone(), span).await?.pop();
        let behind = next.and_then(|next: StreamEntry| next.id.previous()).unwrap_or(newest);
        Ok(GroupPlace { last, behind })
    }

    /// The id of the newest entry; what comes from now on has a greater one.
    async fn newest(&self, stream: &StreamKey) -> Result<EntryId, Fault> {
        let StreamKey::Event(_) = stream else { return Ok(EntryId::at(self.router.durable())) };
        let (from, to) = (EntryId::FIRST, EntryId::LAST);
        let span = StreamSpan { from, to, count: 1, backwards: true };
        let newest = self.router.stream_span(stream.clone(), self.reader.clone(), span).await?.pop();
        match newest {
            Some(newest) => Ok(newest.id),
            // Nothing is kept; the version is the place all the same.
            None => Ok(self.router.stream_view(stream.clone(), self.reader.clone()).await?.last),
        }
    }
}

fn shown(ids: Vec<EntryId>, mut kept: Kept, claim: &Claim) -> ClaimedEntries {
    if claim.ids_alone {
        return ClaimedEntries::Ids(ids);
    }
    ClaimedEntries::Entries(ids.iter().filter_map(|id| kept.entries.remove(id)).collect())
}
