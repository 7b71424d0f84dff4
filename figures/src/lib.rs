//! What a figure of a server is: one row that `INFO`, the pages of metrics and their documentation are made from.
//!
//! Whoever has figures has rows of them, each with the function that reads it from a source `S`: a look at the server, taken
//! once for all rows. This crate knows no figure. It writes rows as lines of `INFO`, as Prometheus' text of version 0.0.4 and as
//! OpenMetrics, and lists them for the documentation.

mod info;
mod listed;
mod page;
mod row;
mod value;

pub use info::Section;
pub use listed::{Listed, listed};
pub use page::{Form, Page};
pub use row::{Figure, Samples, counter, gauge, histogram, told};
pub use value::{Distribution, Unit, Value};
