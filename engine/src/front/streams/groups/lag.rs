//! How far groups are behind. That is looked at while somebody asks for figures, and not by the groups' readers: it costs nothing else.

use std::sync::Arc;

use super::Asker;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::feed::StreamSpan;
use crate::front::directory::Found;
use crate::front::feeds::version;
use crate::front::router::Router;
use crate::front::streams::{StreamKey, StreamReader};
use crate::groups::{ConsumerStats, Lag};
use crate::numbers::{Account, EntryId};
use crate::state::{Name, NameRef};
use crate::system::{Generation, Group, GroupId, GroupStream, Groups};

impl Router {
    /// Figures about consumer groups. How far they are behind is as it was when figures were asked for last, at least some seconds ago.
    pub(crate) fn consumer_stats(&self) -> ConsumerStats {
        let now = self.now();
        if self.groups().is_to_look(now) {
            let router = self.clone();
            self.on_a_thread_of_events(move || drop(actix_rt::spawn(async move { look(&router).await })));
        }
        self.groups().stats(now)
    }
}

/// A group that is looked at.
type Looked = (GroupId, GroupStream, Behind);

/// The place behind which a group is given something, and the last entry that it is given.
pub(super) type Behind = (EntryId, EntryId);

pub(super) fn behind(group: &Group) -> Behind {
    let until = |generation: &Generation| generation.until;
    (group.place().behind, group.generation().map_or(EntryId::LAST, until))
}

async fn look(router: &Router) {
    let all = |groups: &Groups| -> Vec<Looked> {
        let of = |group: &Group| (group.id(), group.stream().clone(), behind(group));
        groups.iter().map(of).collect()
    };
    let Ok((all, _)) = router.groups().look(all) else { return };
    let reader = StreamReader { account: Account::NOBODY, admitted: Arc::new(|_| true) };
    let asker = Asker { router, reader: &reader, token: None };
    let mut lags = router.groups().lags();
    lags.retain(|id, _| all.iter().any(|(there, ..)| there == id));
    for (id, stream, behind) in all {
        if let Some(lag) = asker.lag(&stream, behind).await {
            lags.insert(id, lag);
        }
    }
    router.groups().are_behind(lags);
}

impl Asker<'_> {
    /// How far a place is behind; `None` if that cannot be told now. Events at rest are left there: nothing new happens to them.
    async fn lag(&self, stream: &GroupStream, behind: Behind) -> Option<Lag> {
        let key = match stream {
            GroupStream::All => StreamKey::All,
            GroupStream::Event(name) => {
                let name: Name = NameRef::new(name.as_bytes())?.to_name();
                if !matches!(self.router.directory().find(name.borrowed()), Found::Here(_)) {
                    return None;
                }
                StreamKey::Event(name)
            }
        };
        self.lag_of(&key, behind).await.ok()
    }

    /// How far a place of a stream is behind.
    ///
    /// # Errors
    /// If there is no such stream, or it cannot be read now.
    pub(super) async fn lag_of(&self, stream: &StreamKey, (behind, until): Behind) -> Result<Lag, Fault> {
        if behind >= until {
            return Ok(Lag::default());
        }
        let entries = match stream {
            StreamKey::All => None,
            StreamKey::Event(event) => {
                let newest = version(self.router, event.borrowed(), self.reader.account).await?;
                Some(newest.min(until.sequence).saturating_sub(behind.sequence))
            }
        };
        let Some(span) = StreamSpan::behind(behind, 1).filter(|_| entries != Some(0)) else {
            return Ok(Lag::default());
        };
        let (entries, level) = (entries.unwrap_or(0), Lag::default());
        match self.router.stream_span(stream.clone(), self.reader.clone(), span).await {
            Ok(next) => {
                let oldest_at = next.first().map(|entry| entry.record.at);
                Ok(Lag { entries, oldest_at, ..level })
            }
            Err(fault) if fault.code == Code::FEED_TRIMMED => {
                Ok(Lag { entries, is_behind_log: true, ..level })
            }
            Err(fault) => Err(fault),
        }
    }
}
