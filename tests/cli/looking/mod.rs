//! Commands that look at a server, or at what one has left.

mod checklist;
mod kpi;
mod probe;
mod reconcile;
mod status;
mod top;
