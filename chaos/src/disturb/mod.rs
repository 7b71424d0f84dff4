//! The means to disturb a server. Each ends with the value that stands for it: whoever leaves early leaves nothing behind.

mod clock;
mod disk;
mod programs;
mod sockets;
mod tracer;

pub(crate) use clock::Clock;
pub(crate) use disk::Disk;
pub(crate) use programs::missing;
pub(crate) use sockets::{Collector, Flood, Stalled, Traced};
pub(crate) use tracer::Tracer;
