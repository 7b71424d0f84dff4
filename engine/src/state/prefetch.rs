//! Reads ahead what a run of commands will need.
//!
//! At a sale of a million nearly everything that a command looks up is out of the processor's caches, and one command
//! waits for its misses one after the other: it must know the key to be new before it looks for the holder. The
//! commands of a run do not depend on each other here, so that reading ahead for all of them lets their misses
//! overlap. Nothing is kept but the cache lines.

use std::hint::black_box;

use super::change::{Change, Record};
use super::command::{Command, HoldId, Read, Write};
use super::event::Event;
use super::seats::Ordinal;
use super::values::Name;

impl Event {
    /// Reads what judging the command will read first.
    pub fn touch(&self, command: &Command) {
        match command {
            Command::Write(key, write) => {
                self.keys.touch(&key.hash);
                self.touch_write(write);
            }
            Command::Read(Read::Ask(hash)) => self.keys.touch(hash),
            Command::Read(_) => {}
        }
    }

    /// Reads what applying the record will read first.
    pub fn touch_record(&self, record: &Record) {
        if let Some(key) = &record.key {
            self.keys.touch(&key.hash);
        }
        match &record.change {
            Change::Held { holder, seats, .. } => self.touch_seats(holder, seats),
            Change::Extended { hold, .. } | Change::Released { hold } | Change::Expired { hold } => {
                self.touch_holds(&[*hold]);
            }
            Change::Sold { holds, .. } => self.touch_holds(holds),
            _ => {}
        }
    }

    fn touch_write(&self, write: &Write) {
        match write {
            Write::Hold { holder, seats, .. } => self.touch_seats(holder, seats),
            Write::Extend { hold, .. } | Write::Release { hold, .. } | Write::Change { hold, .. } => {
                self.touch_holds(&[*hold]);
            }
            Write::Confirm { holds, .. } => self.touch_holds(holds),
            // Not what a rush is made of.
            _ => {}
        }
    }

    fn touch_seats(&self, holder: &Name, seats: &[Ordinal]) {
        self.holders.touch(holder);
        for &seat in seats {
            self.seats.touch(seat);
        }
    }

    fn touch_holds(&self, holds: &[HoldId]) {
        for &hold in holds {
            black_box(self.holds.get(hold).map(|hold| hold.seats.head));
        }
    }
}
