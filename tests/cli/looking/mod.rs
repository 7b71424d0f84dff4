//! Commands that look at a server, or at what one has left.

mod kpi;
mod status;
mod top;
