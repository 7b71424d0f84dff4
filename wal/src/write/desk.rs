//! Which thread writes: mostly the committer's own; a lone record may be written by the thread that appended it.
//!
//! One group is in flight at a time, so there is one writer and one lock around it. The thread that owns the writer
//! keeps it here and takes the lock for each step; another thread that wants to write tries the lock and never waits
//! for it.

use crate::sync::Mutex;

/// Where the writer is kept. Empty before it starts to work and after it has ended.
#[derive(Debug)]
pub(crate) struct Desk<T>(Mutex<Option<T>>);

impl<T> Desk<T> {
    pub(crate) fn empty() -> Self {
        Self(Mutex::new(None))
    }

    /// Puts the writer here for as long as the guard lives. It is dropped with the guard, on a panic too.
    pub(crate) fn lend(&self, writer: T) -> Lent<'_, T> {
        let before = self.0.lock().replace(writer);
        assert!(before.is_none(), "a log has one writer");
        Lent(self)
    }

    /// Lets the writer work, unless it is working or not here. A panic drops the writer, as nobody knows how far it was.
    pub(crate) fn try_use<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut desk = self.0.try_lock()?;
        let mut writer = desk.take()?;
        let result = work(&mut writer);
        *desk = Some(writer);
        Some(result)
    }
}

/// The writer, on its owner's thread.
#[derive(Debug)]
pub(crate) struct Lent<'a, T>(&'a Desk<T>);

impl<T> Lent<'_, T> {
    /// Lets the writer work, and waits until it is free. `None` if a panic on another thread has dropped it.
    pub(crate) fn work<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.0.lock().as_mut().map(work)
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let writer = self.0.0.lock().take();
        drop(writer);
    }
}
