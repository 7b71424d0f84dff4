//! What of the log is an act of somebody, and what is shown of the audit.
//!
//! The files are those of [`holdfast_audit`]; the thread that writes them is in `life`. Nothing here is asked by a sale.

mod act;
mod beside;
mod notes;
mod shown;
mod stats;
mod trail;

pub use act::act_of;
pub(crate) use act::own_act;
pub(crate) use beside::Beside;
pub use beside::FILE as AUDITED_FILE;
pub use notes::{AuditNotes, TurnedAway};
pub use stats::AuditStats;
pub use trail::{AuditAsk, AuditFind};
pub(crate) use trail::{Position, Trail};
