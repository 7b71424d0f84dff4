//! Plain values that every room speaks of.

mod label;
mod name;
mod short_list;
mod status;

pub(in crate::state) use label::normal;
pub use label::{LABEL_BYTES_MAX, LABEL_SENT_BYTES_MAX, Label, is_plain};
pub use name::{NAME_BYTES_MAX, Name, NameRef, is_printable};
pub(in crate::state) use short_list::ShortList;
pub use status::{Counts, EventStatus, PaymentStatus, SeatStatus};
