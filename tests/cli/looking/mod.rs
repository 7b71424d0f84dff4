//! Commands that look at a server, or at what one has left.

mod kpi;
mod probe;
mod reconcile;
mod status;
mod top;
