//! An operator has a group go on from another place, and is told before what that comes to.

use super::super::read::After;
use super::{Asker, GroupName, GroupTold, Told};
use crate::document::Document;
use crate::fault::Fault;
use crate::front::streams::StreamKey;
use crate::numbers::EntryId;
use crate::system::{By, Group, Groups};

/// What becomes of the entries between two places of a stream; `None` where that is not known.
#[derive(Clone, Copy)]
struct Between {
    /// They are not given out.
    skipped: Option<u64>,
    /// Of these, so many are not kept any more, so that nobody can be given them.
    gone: Option<u64>,
    /// They are given out, though they were before.
    again: Option<u64>,
}

impl Asker<'_> {
    pub(super) async fn moves(&self, of: &GroupName, (after, dry): (After, bool), by: By) -> Told {
        let (stream, name) = of.key();
        self.desk().look(|groups| groups.named((&stream, name)).map(drop))?.0?;
        let to = self.place(&of.stream, after).await?;
        let oldest = self.oldest(&of.stream).await?;
        let moves = |groups: &Groups| {
            let group = groups.named((&stream, name))?;
            let between = between(group, to.behind, oldest);
            let change = (!dry && group.place() != to).then(|| group.moves_to(to, by));
            Ok((change, GroupTold::Document(shown(group, to.last, between))))
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

fn between(group: &Group, to: EntryId, oldest: Option<u64>) -> Between {
    let Some(oldest) = oldest else { return Between { skipped: None, gone: None, again: None } };
    let (from, to) = (group.place().behind.sequence, to.sequence);
    let gone = to.min(oldest.saturating_sub(1)).saturating_sub(from);
    Between { skipped: Some(to.saturating_sub(from)), gone: Some(gone), again: Some(from.saturating_sub(to)) }
}

fn shown(group: &Group, to: EntryId, Between { skipped, gone, again }: Between) -> Document {
    Document::fields([
        ("from", group.place().last.to_string().into()),
        ("to", to.to_string().into()),
        ("skipped", Document::or_nothing(skipped)),
        ("gone", Document::or_nothing(gone)),
        ("again", Document::or_nothing(again)),
        ("pending", (group.pending_count() as u64).into()),
    ])
}
