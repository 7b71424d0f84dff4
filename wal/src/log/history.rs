//! What the log keeps for readers alone, when recovery needs it no more.
//!
//! One thread at a time retires, thins and removes. A crash at any step leaves each record that is to be kept in one
//! past segment, or in two of which the next start removes one.

use std::collections::VecDeque;
use std::io;

use super::Log;
use crate::error::{OpenError, ReadError};
use crate::limits::{THINNED_JOINS_UPTO, THINNED_READ_BYTES};
use crate::lsn::Lsn;
use crate::segment::file::{DIR, nonce, path, unfinished_path};
use crate::segment::past::Past;
use crate::segment::set::Sealed;
use crate::write::thinner::Thinner;

impl Log {
    /// Takes the oldest sealed segment out of the log: recovery does not see it any more, and readers still do. Nothing
    /// happens if none is sealed. The caller knows that recovery does not need it.
    ///
    /// # Errors
    /// What the medium says. If the sync of the new name fails, a crash may undo the retiring.
    pub fn retire(&self) -> io::Result<()> {
        let mut segments = self.shared.segments.lock();
        let Some(past) = segments.oldest_as_past() else { return Ok(()) };
        self.is_sound(segments.history.is_unsound)?;
        if past.first > past.last {
            let mut empty = segments.take_oldest();
            drop(segments);
            let removed = self.remove(&mut empty);
            self.shared.segments.lock().take_back(empty);
            return removed;
        }
        // Under the lock, so that no reader looks for it under the other name.
        self.shared.storage.rename(&path(past.number), &past.path())?;
        segments.retired(past);
        drop(segments);
        self.sync_names(Some(past.number))
    }

    /// Writes a past segment anew, with those of its records alone that `keep` wants, and removes it as it was. A small
    /// thinned segment before it is taken along.
    ///
    /// # Errors
    /// [`ReadError::Released`] if there is no such past segment; [`ReadError::Corruption`] if it is damaged; otherwise
    /// what the medium says. Up to the last step everything is as it was.
    pub fn thin(&self, number: u64, keep: &mut dyn FnMut(Lsn, &[u8]) -> bool) -> Result<(), ReadError> {
        let sources = self.sources(number)?;
        let (Some(oldest), Some(newest)) = (sources.first(), sources.last()) else { return Ok(()) };
        let fresh = Past { first: oldest.first, is_thinned: true, ..*newest };
        let (temporary, path) = (unfinished_path(number), fresh.path());
        let storage = &*self.shared.storage;
        let written = self.write_thinned(&temporary, &sources, &fresh, keep).and_then(|bytes| {
            storage.rename(&temporary, &path).map_err(OpenError::io(&path, "name"))?;
            Ok(bytes)
        });
        let bytes = written.inspect_err(|_| {
            // Frees the room that it took. If that fails too, the next start removes it.
            let _ = storage.remove(&temporary);
        })?;
        let synced = self.sync_names(None);
        self.shared.segments.lock().history.replace(&sources, Past { bytes, ..fresh });
        // What it was made from stays until its name is durable.
        synced.and_then(|()| self.remove_obsolete()).map_err(OpenError::io(DIR, "change names in"))?;
        self.shared.look_at_space();
        Ok(())
    }

    /// Lets go of the past segments up to this one: readers find none of their records any more. Their files are removed
    /// later.
    pub fn give_up_past(&self, number: u64) {
        let history = &mut self.shared.segments.lock().history;
        let count = history.segments.partition_point(|past| past.number <= number);
        history.drop_oldest(count);
    }

    /// Removes the files of past segments that are not kept any more.
    ///
    /// # Errors
    /// What the medium says. The next call tries again.
    pub(super) fn remove_obsolete(&self) -> io::Result<()> {
        loop {
            let Some(path) = self.shared.segments.lock().history.next_obsolete() else { return Ok(()) };
            match self.shared.storage.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.sync_names(None)?,
            }
            self.shared.segments.lock().history.removed(&path);
        }
    }

    /// Removes sealed segments, oldest first and each durably, so that a crash leaves no hole; takes each out of the list
    /// when it is gone.
    pub(super) fn remove(&self, segments: &mut VecDeque<Sealed>) -> io::Result<()> {
        while let Some(Sealed { number, .. }) = segments.front().copied() {
            match self.shared.storage.remove(&path(number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => segments.pop_front(),
            };
            self.sync_names(Some(number))?;
        }
        Ok(())
    }

    /// Makes the names durable; `gone` is the segment of the log that is not there any more.
    fn sync_names(&self, gone: Option<u64>) -> io::Result<()> {
        self.shared.storage.sync_dir(DIR).inspect_err(|_| {
            let mut segments = self.shared.segments.lock();
            segments.history.is_unsound = true;
            gone.into_iter().for_each(|number| segments.doubt(number));
        })
    }

    fn is_sound(&self, is_unsound: bool) -> io::Result<()> {
        if is_unsound {
            return Err(io::Error::other("a sync of the log's directory has failed since the start"));
        }
        Ok(())
    }

    /// The past segment of this number, and the one before it if that is thinned and small.
    fn sources(&self, number: u64) -> Result<Vec<Past>, ReadError> {
        let segments = self.shared.segments.lock();
        self.is_sound(segments.history.is_unsound).map_err(OpenError::io(DIR, "write to"))?;
        let all = &segments.history.segments;
        let at = all.partition_point(|past| past.number < number);
        let Some(past) = all.get(at).filter(|past| past.number == number) else {
            return Err(ReadError::Released { from: Lsn::ZERO, first: segments.first() });
        };
        let joins = |before: &&Past| {
            before.is_thinned && before.bytes <= self.shared.options.segment_bytes / THINNED_JOINS_UPTO
        };
        let before = at.checked_sub(1).and_then(|before| all.get(before)).filter(joins);
        Ok(before.into_iter().chain([past]).copied().collect())
    }

    fn write_thinned(
        &self,
        temporary: &str,
        sources: &[Past],
        fresh: &Past,
        keep: &mut dyn FnMut(Lsn, &[u8]) -> bool,
    ) -> Result<u64, ReadError> {
        let failed = |action| OpenError::io(temporary, action);
        let storage = &*self.shared.storage;
        // Left by a try that could not remove it.
        let _ = storage.remove(temporary);
        let nonce =
            nonce(self.shared.options.nonce_seed, fresh.number).map_err(failed("draw the nonce of"))?;
        let mut thinner = Thinner::begin(storage, temporary, (fresh.number, nonce), fresh.first)
            .map_err(failed("create"))?;
        for source in sources {
            let place = (source.number, source.edition);
            let mut reader = self.read_edition(place, 0, source.first.previous())?;
            while let Some(chunk) = reader.next(THINNED_READ_BYTES)? {
                for (lsn, record) in chunk.groups().flat_map(|group| group.records()) {
                    if keep(lsn, record) {
                        thinner.take(lsn, record).map_err(failed("write"))?;
                    }
                }
            }
        }
        Ok(thinner.finish(fresh.last).map_err(failed("write"))?)
    }
}
