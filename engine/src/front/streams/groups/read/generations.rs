//! Where a new generation of a group begins and ends, and what it is given on the way.

use std::sync::Arc;

use super::super::Asker;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::feed::{StreamSpan, is_named};
use crate::front::router::Router;
use crate::front::streams::read::After;
use crate::front::streams::{StreamEntry, StreamKey, StreamReader};
use crate::numbers::{Account, EntryId};
use crate::system::{Generation, GroupPlace, Terms};

/// A part of a stream, as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Begun {
    /// Where a group begins that is given it.
    pub(crate) place: GroupPlace,
    /// Its last entry.
    pub(crate) until: EntryId,
}

impl Router {
    /// What a stream has between two ids now.
    ///
    /// # Errors
    /// If it has nothing there, not all of it is kept any more, or it cannot be read.
    pub(crate) async fn part_of(
        &self,
        stream: &StreamKey,
        (from, to): (EntryId, EntryId),
    ) -> Result<Begun, Fault> {
        let reader = StreamReader { account: Account::NOBODY, admitted: Arc::new(|_| true) };
        let asker = Asker { router: self, reader: &reader, token: None };
        asker.must_be_there(stream).await?;
        let span = StreamSpan { from, to, count: 1, backwards: true };
        let last = self.stream_span(stream.clone(), reader.clone(), span).await?.pop();
        let none = || Fault::new(Code::FEED_TRIMMED, format!("nothing is kept from {from} to {to}"));
        let until = last.map(|entry| entry.id).ok_or_else(none)?;
        let behind = from.previous().unwrap_or(EntryId::FIRST);
        let place = asker.place(stream, After::Id(behind)).await?;
        Ok(Begun { place: GroupPlace { last: place.behind, ..place }, until })
    }
}

/// What of a page is for a group.
#[derive(Clone)]
pub(super) struct Filter {
    /// The kinds that it is given.
    terms: Terms,
    /// What it is given, if it is a generation.
    generation: Option<Generation>,
}

impl Filter {
    /// `None` if all is for it.
    pub(super) fn of(terms: &Terms, generation: Option<&Generation>) -> Option<Self> {
        let needed = !terms.kinds.is_empty() || generation.is_some();
        needed.then(|| Self { terms: terms.clone(), generation: generation.cloned() })
    }

    /// Leaves out what is not for the group. Returns how many entries it might have been given, and the last of them.
    pub(super) fn retain(&self, entries: &mut Vec<StreamEntry>) -> (u64, Option<EntryId>) {
        let until = self.generation.as_ref().map_or(EntryId::LAST, |generation| generation.until);
        entries.retain(|entry| entry.id <= until);
        let looked = (entries.len() as u64, entries.last().map(|entry| entry.id));
        let only = self.generation.as_ref().and_then(|generation| generation.only.as_deref());
        entries.retain(|entry| {
            self.terms.wants(entry.record.kind()) && only.is_none_or(|name| is_named(&entry.record, name))
        });
        looked
    }

    /// Whether nothing behind this entry is for the group: that it has come so far is recorded at once.
    pub(super) fn ends_with(&self, id: EntryId) -> bool {
        self.generation.as_ref().is_some_and(|generation| id >= generation.until)
    }
}
