//! Spans of traced commands for a collector, in the OpenTelemetry protocol: OTLP over HTTP, as protobuf.
//!
//! The front end gives stamps of commands whose replies are gone. A thread of its own makes spans of them and sends them. Nothing that sells
//! waits for it: it has a bounded queue in front of it, and what a collector does not take is counted and dropped. It keeps nothing on
//! the disk, and a crash loses what it has.

pub mod limits;
mod message;
mod sender;
mod span;
mod target;

pub use message::{
    AnyValue, ExportTraceServiceRequest, KeyValue, Link, Resource, ResourceSpans, Scope, ScopeSpans, Span,
    Status, Value,
};
pub use sender::{Sender, StartError};
pub use target::{BadTarget, Target};
