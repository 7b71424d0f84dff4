//! Entries that are named one by one, as far as they are kept.

use std::collections::BTreeMap;

use super::Asker;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::feed::StreamSpan;
use crate::front::streams::{StreamEntry, StreamKey};
use crate::limits;
use crate::numbers::EntryId;

/// What was found of entries that were named.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) entries: BTreeMap<EntryId, StreamEntry>,
    /// Those that are not kept any more, or never were.
    pub(super) gone: Vec<EntryId>,
    /// So many of those that were named were looked for: a page has a bound.
    pub(super) looked: usize,
}

impl Asker<'_> {
    /// What there is of these entries, which are named in the order of their ids, each once.
    pub(super) async fn kept(&self, stream: &StreamKey, ids: Vec<EntryId>) -> Result<Kept, Fault> {
        let (mut kept, mut bytes) = (Kept::default(), 0);
        while let Some(&from) = ids.get(kept.looked).filter(|_| bytes < limits::FEED_PAGE_BYTES_MAX) {
            let rest = &ids[kept.looked..];
            let count = run(rest);
            let span = StreamSpan { from, to: rest[count - 1], count, backwards: false };
            let upto = match self.router.stream_span(stream.clone(), self.reader.clone(), span).await {
                Ok(entries) => {
                    let last = entries.last().map_or(span.to, |last| last.id);
                    bytes += entries.iter().map(|entry| entry.record.bytes).sum::<usize>();
                    kept.entries.extend(entries.into_iter().map(|entry| (entry.id, entry)));
                    last
                }
                Err(fault) if fault.code == Code::FEED_TRIMMED => self.before_oldest(stream, from).await?,
                Err(fault) => return Err(fault),
            };
            let looked = rest.iter().take_while(|id| **id <= upto).count().max(1);
            let gone = rest[..looked].iter().filter(|id| !kept.entries.contains_key(id));
            kept.gone.extend(gone.copied().collect::<Vec<_>>());
            kept.looked += looked;
        }
        Ok(kept)
    }

    /// The greatest id before the oldest entry that is kept; at least this one, which is not.
    async fn before_oldest(&self, stream: &StreamKey, from: EntryId) -> Result<EntryId, Fault> {
        let span = StreamSpan { from: EntryId::FIRST, to: EntryId::LAST, count: 1, backwards: false };
        let oldest = self.router.stream_span(stream.clone(), self.reader.clone(), span).await?.pop();
        let before = oldest.map_or(Some(EntryId::LAST), |oldest| oldest.id.previous());
        Ok(before.unwrap_or(from).max(from))
    }
}

/// How many of these ids follow each other, so that one read has them.
fn run(ids: &[EntryId]) -> usize {
    let follows = |pair: &&[EntryId]| {
        let (one, next) = (pair[0], pair[1]);
        let by_version = next.sequence == one.sequence + 1;
        by_version || (next.sequence == 0 && one.sequence == 0 && next.time == one.time + 1)
    };
    let most = limits::FEED_COUNT_MAX;
    1 + ids.windows(2).take_while(follows).count().min(most - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_follow_each_other_are_read_at_once() {
        let id = |time, sequence| EntryId { time, sequence };
        assert_eq!(run(&[id(7, 4)]), 1);
        assert_eq!(run(&[id(7, 4), id(7, 5), id(9, 6), id(9, 8)]), 3);
        assert_eq!(run(&[id(7, 0), id(8, 0), id(10, 0)]), 2);
        assert_eq!(run(&[id(u64::MAX, u64::MAX)]), 1);
    }
}
