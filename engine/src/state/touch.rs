//! Reads ahead what a run of commands will need.
//!
//! At a sale of a million nearly everything that a command looks up is out of the processor's caches, and one command
//! waits for its misses one after the other: it must know the key to be new before it looks for the holder. The
//! commands of a run do not depend on each other here, so that reading ahead for all of them lets their misses
//! overlap. Nothing is kept but the cache lines.

use std::hint::black_box;

use super::command::{Command, Read, Write};
use super::event::Event;

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

    fn touch_write(&self, write: &Write) {
        match write {
            Write::Hold { holder, seats, .. } => {
                self.holders.touch(holder);
                for &seat in seats {
                    black_box((self.seats.status(seat), self.seats.owner(seat)));
                }
            }
            Write::Extend { hold, .. } | Write::Release { hold, .. } | Write::Change { hold, .. } => {
                black_box(self.holds.get(*hold).map(|hold| hold.seats.head));
            }
            Write::Confirm { holds, .. } => {
                for &hold in holds {
                    black_box(self.holds.get(hold).map(|hold| hold.seats.head));
                }
            }
            // Not what a rush is made of.
            _ => {}
        }
    }
}
