//! What is brought back from snapshots and records: a sale, or the system event. The code that does it is the same.

use crate::codec::{
    Framed, FramedSystem, ImageError, RecordError, decode_record, decode_system, read_event, read_system,
    write_event, write_system,
};
use crate::restore::note::Note;
use crate::state::{Change, Created, Event, Name, Record, TableSeed};
use crate::system::System;

/// A pure core whose state is kept as snapshots and records.
pub trait Restorable: Sized {
    /// Its records as they come out of the log.
    type Framed: Logged;

    /// Reads a record.
    ///
    /// # Errors
    /// If the bytes are none.
    fn decode(bytes: &[u8]) -> Result<Self::Framed, RecordError>;

    /// The state after its first record.
    ///
    /// # Errors
    /// If it cannot be the first one.
    fn begin(framed: &Self::Framed, seed: TableSeed) -> Result<Self, String>;

    /// Makes a further record happen.
    fn take(&mut self, framed: &Self::Framed);

    /// The number that stands for the whole state.
    fn digest(&self) -> u64;

    /// Checks that all parts of the state fit together.
    ///
    /// # Errors
    /// What does not.
    fn check(&self) -> Result<(), String>;

    /// The state from the chunks of a snapshot.
    ///
    /// # Errors
    /// If they are none.
    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, seed: TableSeed) -> Result<Self, ImageError>;

    /// Gives the chunks of a snapshot to `take`.
    ///
    /// # Errors
    /// What `take` says.
    fn write<E>(&self, take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>;

    /// What it takes in memory, bytes.
    fn memory_bytes(&self) -> u64;

    /// Its name, if it has one.
    fn name(&self) -> Option<&Name>;

    /// What stands beside its snapshot.
    fn note(&self) -> Vec<u8>;
}

/// A record, whatever it is about.
pub trait Logged {
    /// The version that it made, and the digest of what it led to.
    fn stamp(&self) -> (u64, u64);
}

impl Logged for Framed {
    fn stamp(&self) -> (u64, u64) {
        (self.record.version, self.digest)
    }
}

impl Logged for FramedSystem {
    fn stamp(&self) -> (u64, u64) {
        (self.record.version, self.digest)
    }
}

fn create(created: &Created, record: &Record, seed: TableSeed) -> Result<Event, String> {
    let mut event = Event::create(created, record.at, seed)?;
    event.apply_creation(record);
    Ok(event)
}

impl Restorable for Event {
    type Framed = Framed;

    fn decode(bytes: &[u8]) -> Result<Framed, RecordError> {
        decode_record(bytes)
    }

    fn begin(framed: &Framed, seed: TableSeed) -> Result<Self, String> {
        let record = &framed.record;
        match &record.change {
            Change::Created(created) => create(created, record, seed),
            Change::OldCreated(created) => create(&(**created).clone().into(), record, seed),
            change => Err(format!("{} before the event was created", change.word())),
        }
    }

    fn take(&mut self, framed: &Framed) {
        self.apply(&framed.record);
        // It is of no use here, and a defect all the same.
        debug_assert!(
            framed.touched.as_deref().is_none_or(|touched| touched == self.touched()),
            "what was touched is what was logged"
        );
    }

    fn digest(&self) -> u64 {
        Self::digest(self)
    }

    fn check(&self) -> Result<(), String> {
        Self::check(self)
    }

    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, seed: TableSeed) -> Result<Self, ImageError> {
        read_event(chunks, seed)
    }

    fn write<E>(&self, take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        write_event(self, take)
    }

    fn memory_bytes(&self) -> u64 {
        Self::memory_bytes(self)
    }

    fn name(&self) -> Option<&Name> {
        Some(Self::name(self))
    }

    fn note(&self) -> Vec<u8> {
        Note::of(self).encode()
    }
}

impl Restorable for System {
    type Framed = FramedSystem;

    fn decode(bytes: &[u8]) -> Result<FramedSystem, RecordError> {
        decode_system(bytes)
    }

    fn begin(framed: &FramedSystem, _: TableSeed) -> Result<Self, String> {
        Self::begin(&framed.record).ok_or_else(|| format!("{:?} before a start", framed.record.change))
    }

    fn take(&mut self, framed: &FramedSystem) {
        self.apply(&framed.record);
    }

    fn digest(&self) -> u64 {
        Self::digest(self)
    }

    fn check(&self) -> Result<(), String> {
        Self::check(self)
    }

    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, _: TableSeed) -> Result<Self, ImageError> {
        read_system(chunks)
    }

    fn write<E>(&self, take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        write_system(self, take)
    }

    /// A few kilobytes, as what it remembers is bounded.
    fn memory_bytes(&self) -> u64 {
        size_of::<Self>() as u64
    }

    fn name(&self) -> Option<&Name> {
        None
    }

    fn note(&self) -> Vec<u8> {
        Vec::new()
    }
}
