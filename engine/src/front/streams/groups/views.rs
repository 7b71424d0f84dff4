//! What is told of groups, consumers and what is not acknowledged.

use super::lag::behind;
use super::{
    Asker, ConsumerLine, GroupLine, GroupName, GroupTold, PendingLine, PendingQuery, Told, stream_of,
};
use crate::front::feeds::version;
use crate::front::streams::StreamKey;
use crate::system::{Consumer, Group, Groups};

impl Asker<'_> {
    pub(super) async fn summary(&self, of: &GroupName) -> Told {
        let summary = |group: &Group| {
            let has = |(_, consumer): (u32, &Consumer)| (consumer.name().into(), consumer.pending() as u64);
            let of_consumers = group.consumers_by_name().map(has).filter(|(_, count)| *count > 0);
            GroupTold::Summary(group.pending_count() as u64, group.ends(), of_consumers.collect())
        };
        self.look(of, summary).await
    }

    pub(super) async fn pending(&self, of: &GroupName, query: &PendingQuery) -> Told {
        let now = self.router.now();
        let lines = |group: &Group| {
            let number = match &query.consumer {
                None => None,
                Some(name) => match group.consumer(name.as_str()) {
                    Some(number) => Some(number),
                    None => return GroupTold::Pending(Vec::new()),
                },
            };
            let lines = group.pending_between(query.ends, number).map(|(id, pending)| PendingLine {
                id,
                consumer: group.name_of(pending.consumer).into(),
                idle: now.since(pending.delivered_at),
                deliveries: pending.deliveries,
            });
            GroupTold::Pending(lines.filter(|line| line.idle >= query.min_idle).take(query.count).collect())
        };
        self.look(of, lines).await
    }

    pub(super) async fn groups(&self, stream: &StreamKey) -> Told {
        let newest = match stream {
            StreamKey::All => None,
            StreamKey::Event(name) => {
                self.router.here(name).await?;
                Some(version(self.router, name.borrowed(), self.reader.account).await?)
            }
        };
        let line = |group: &Group| {
            let read = group.place().behind.sequence;
            let (_, until) = behind(group);
            GroupLine {
                name: group.name().into(),
                consumers: group.consumers().count() as u64,
                pending: group.pending_count() as u64,
                last: group.place().last,
                read_and_lag: newest.map(|newest| (read, newest.min(until.sequence).saturating_sub(read))),
            }
        };
        let of = stream_of(stream);
        self.desk().look(|groups| GroupTold::Groups(groups.of(&of).map(line).collect()))
    }

    pub(super) async fn consumers(&self, of: &GroupName) -> Told {
        let now = self.router.now();
        let lines = |group: &Group| {
            let line = |(number, consumer): (u32, &Consumer)| {
                let seen = self.desk().seen((group.id(), number)).unwrap_or_default();
                ConsumerLine {
                    name: consumer.name().into(),
                    pending: consumer.pending() as u64,
                    idle: now.since(seen.max(consumer.active_at())),
                    inactive: now.since(consumer.active_at()),
                }
            };
            GroupTold::Consumers(group.consumers_by_name().map(line).collect())
        };
        self.look(of, lines).await
    }

    async fn look(&self, of: &GroupName, look: impl FnOnce(&Group) -> GroupTold) -> Told {
        let (stream, name) = of.key();
        let (told, rests_on) = self.desk().look(|groups: &Groups| groups.named((&stream, name)).map(look))?;
        match told {
            Ok(told) => Ok((told, rests_on)),
            Err(fault) => Err(self.better(&of.stream, fault).await),
        }
    }
}
