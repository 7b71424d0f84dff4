//! An operator has a group go on from another place, and is told before what that comes to.

use super::super::read::After;
use super::{Asker, GroupName, GroupTold, Told};
use crate::document::Document;
use crate::fault::Fault;
use crate::front::streams::StreamKey;
use crate::system::{By, Group, GroupPlace, Groups};

impl Asker<'_> {
    pub(super) async fn moves(&self, of: &GroupName, (after, dry): (After, bool), by: By) -> Told {
        let (stream, name) = of.key();
        self.desk().look(|groups| groups.named((&stream, name)).map(drop))?.0?;
        let to = self.place(&of.stream, after).await?;
        let oldest = self.oldest(&of.stream).await?;
        let moves = |groups: &Groups| {
            let group = groups.named((&stream, name))?;
            let change = (!dry && group.place() != to).then(|| group.moves_to(to, by));
            Ok((change, GroupTold::Document(shown(group, to, oldest))))
        };
        self.desk().act(moves, self.router.now())
    }

    /// The version of the oldest entry that is kept; `None` in the stream of all events, where entries have no numbers.
    async fn oldest(&self, stream: &StreamKey) -> Result<Option<u64>, Fault> {
        if *stream == StreamKey::All {
            return Ok(None);
        }
        let view = self.router.stream_view(stream.clone(), self.reader.clone()).await?;
        let first = view.ends.as_ref().map(|[first, _]| first.id.sequence);
        Ok(Some(first.unwrap_or(view.last.sequence + 1)))
    }
}

/// What becomes of the entries between the two places, as far as it is known: so many are not given out, and of these so many are not kept any
/// more; or so many are given out though they were before.
fn shown(group: &Group, to: GroupPlace, oldest: Option<u64>) -> Document {
    let (here, there) = (group.place().behind.sequence, to.behind.sequence);
    let known = |count: u64| Document::or_nothing(oldest.map(|_| count));
    let gone = |oldest: u64| there.min(oldest.saturating_sub(1)).saturating_sub(here);
    Document::fields([
        ("from", group.place().last.to_string().into()),
        ("to", to.last.to_string().into()),
        ("skipped", known(there.saturating_sub(here))),
        ("gone", Document::or_nothing(oldest.map(gone))),
        ("again", known(here.saturating_sub(there))),
        ("pending", (group.pending_count() as u64).into()),
    ])
}
