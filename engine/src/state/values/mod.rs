//! Plain values that every room speaks of.

mod label;
mod money;
mod name;
mod origin;
mod short_list;
mod status;

pub(crate) use label::no_label;
pub(in crate::state) use label::normal;
pub use label::{LABEL_BYTES_MAX, LABEL_SENT_BYTES_MAX, Label, is_plain};
pub use money::{Amount, Currency};
pub use name::{KEY_BYTES_MAX, KeyRef, KeyText, NAME_BYTES_MAX, Name, NameRef, is_printable};
pub use origin::{Origin, Trace};
pub(in crate::state) use short_list::ShortList;
pub use status::{Counts, EventStatus, PaymentStatus, SeatStatus};
