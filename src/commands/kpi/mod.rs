//! `holdfast kpi`: how well the service did, as figures from the log, so that they outlive restarts.
//!
//! `read` takes the records in their order, `uptime`, `payments`, `holders` and `work` count, `report` tells. The directory is only read,
//! and without its lock: a server may go on writing.

mod holders;
mod payments;
mod read;
mod report;
mod spread;
mod uptime;
mod work;

use std::sync::Arc;

use holdfast_engine::{At, Millis};
use holdfast_wal::Storage;

use super::data::{self, print, unix};
use crate::exit::Failure;
use crate::flags::KpiArgs;
use report::Report;

pub(crate) use report::{FEW, Measure};

/// From when to when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Window {
    from: At,
    upto: At,
}

impl Window {
    fn has(self, at: At) -> bool {
        self.from <= at && at <= self.upto
    }

    /// How much of a time is in it.
    fn overlap(self, from: At, upto: At) -> Millis<u64> {
        self.upto.min(upto).since(self.from.max(from))
    }

    fn length(self) -> Millis<u64> {
        self.upto.since(self.from)
    }

    /// What of it is not before `from`.
    fn since(self, from: At) -> Self {
        Self { from: self.from.max(from).min(self.upto), ..self }
    }
}

pub(crate) fn run(args: &KpiArgs) -> Result<(), Failure> {
    let window = args.asked(data::now())?;
    let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(&args.data.data)?);
    let books = read::books(&storage, window, &mut || ())?;
    let report = Report::of(&books);
    print(&if args.json { report.json().to_string() + "\n" } else { report.text() });
    Ok(())
}

/// The figures of a directory for the time that ends now and is so long. `rests` is called now and then.
///
/// # Errors
/// It cannot be read.
pub(crate) fn measures(
    storage: &Arc<dyn Storage>,
    now: At,
    last: Millis<u64>,
    rests: &mut dyn FnMut(),
) -> Result<Vec<Measure>, Failure> {
    let window = Window { from: At(now.0.saturating_sub(last.0)), upto: now };
    Ok(Report::of(&read::books(storage, window, rests)?).measures())
}

impl KpiArgs {
    /// The window that is asked for.
    fn asked(&self, now: At) -> Result<Window, Failure> {
        let upto = self.to.map_or(now, |time| unix(time.into()));
        let from = match (self.from, self.last) {
            (Some(time), _) => unix(time.into()),
            (None, Some(last)) => {
                At(upto.0.saturating_sub(u64::try_from(last.as_millis()).unwrap_or(u64::MAX)))
            }
            (None, None) => At(0),
        };
        if from >= upto {
            let message = "the window is empty: --from has to be before --to, and --last more than nothing";
            return Err(Failure::usage(holdfast_engine::Code::BAD_USAGE, message));
        }
        Ok(Window { from, upto })
    }
}
