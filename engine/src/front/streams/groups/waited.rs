//! What consumers take over because it has waited long, when they ask for what is new.

use super::read::Fresh;
use super::{Asker, GroupEntries, GroupRead};
use crate::fault::Fault;
use crate::limits;
use crate::numbers::EntryId;
use crate::system::{Claim, Group, Groups};

impl Asker<'_> {
    /// What others have had for so long, and what nobody has, is given to whoever asks. Of what is not kept any more it is told the id.
    pub(super) async fn waited(&self, read: &GroupRead, fresh: &Fresh) -> Result<GroupEntries, Fault> {
        let Some(min_idle) = read.claim else { return Ok(Vec::new()) };
        let claim = Claim { min_idle, given: None, deliveries: None, ids_alone: false, force: false };
        let (now, count) = (self.router.now(), read.count.min(limits::FEED_COUNT_MAX));
        let free = |groups: &Groups| {
            let group = groups.get(fresh.group).filter(|group| !group.is_paused());
            let free = |group: &Group| {
                let (ids, _) = group.free_from(EntryId::FIRST, &claim, (count, now));
                fresh.waited.notes(group, &ids, now);
                ids
            };
            group.map(free).unwrap_or_default()
        };
        let mut free = self.desk().look(free)?.0;
        if free.is_empty() {
            return Ok(Vec::new());
        }
        let mut kept = self.kept(&fresh.of.stream, free.clone()).await?;
        free.truncate(kept.looked);
        self.copied(fresh.group, &mut kept).await?;
        let (claimed, _) =
            self.take_over((&fresh.of, fresh.group), (&read.consumer, &claim), (&free, &[]))?;
        Ok(claimed.ids.into_iter().map(|id| (id, kept.entries.remove(&id))).collect())
    }
}
