//! The records of a data directory, in their order.

use std::sync::Arc;

use holdfast_engine::{At, EventId, decode_place, decode_record, decode_system, event_of};
use holdfast_wal::{Lsn, Seen, Storage};

use super::Window;
use super::holders::Holders;
use super::payments::Payments;
use super::uptime::Uptime;
use crate::commands::data;
use crate::exit::Failure;

/// What was found.
pub(super) struct Books {
    /// What was asked for, as far as time has gone.
    pub(super) window: Window,
    /// The oldest record of the log: of what is before it, the sums of the system event alone tell.
    pub(super) log_from: Option<At>,
    pub(super) uptime: Uptime,
    pub(super) payments: Payments,
    pub(super) holders: Holders,
    /// Records that could not be read.
    pub(super) unreadable: u64,
}

/// Reads what the directory has of this window; `rests` is called now and then.
///
/// # Errors
/// It cannot be read.
pub(super) fn books(
    storage: &Arc<dyn Storage>,
    window: Window,
    rests: &mut dyn FnMut(),
) -> Result<Books, Failure> {
    let known = data::system_of_snapshots(storage)?;
    let mut books = Books {
        window,
        log_from: None,
        uptime: Uptime::new(window, known),
        payments: Payments::new(window),
        holders: Holders::new(window),
        unreadable: 0,
    };
    let mut newest = Lsn::ZERO;
    // A fault is no news here: `wal verify` tells of damage, and the end of a log that is being written looks like one.
    holdfast_wal::inspect(&**storage, &mut |seen| {
        let Seen::Group(group) = seen else { return };
        rests();
        // A segment that is being thinned stands there twice for a moment.
        let before = newest;
        for (lsn, bytes) in group.records().filter(|(lsn, _)| *lsn > before) {
            books.see(bytes);
            newest = lsn;
        }
    })
    .map_err(|error| Failure::refused(data::log_code(&error), error.to_string()))?;
    Ok(books)
}

impl Books {
    fn see(&mut self, bytes: &[u8]) {
        if decode_place(bytes).is_some() {
            return;
        }
        let at = if event_of(bytes) == Some(EventId::SYSTEM) {
            decode_system(bytes).map(|framed| {
                self.uptime.see(&framed.record);
                framed.record.at
            })
        } else {
            decode_record(bytes).map(|framed| {
                self.payments.see(framed.event, &framed.record);
                self.holders.see(framed.event, &framed.record);
                framed.record.at
            })
        };
        match at {
            Ok(at) => {
                self.log_from.get_or_insert(at);
                self.uptime.alive(at);
            }
            Err(_) => self.unreadable += 1,
        }
    }
}
