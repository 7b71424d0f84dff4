//! The messages of OTLP that a sender of spans needs: opentelemetry-proto 1, `collector/trace/v1` and what it is made of. The numbers of the
//! fields are the format.

use prost::{Enumeration, Message, Oneof};

/// The body of a request.
#[derive(Clone, PartialEq, Message)]
pub struct ExportTraceServiceRequest {
    /// One for each process that spans come from.
    #[prost(message, repeated, tag = "1")]
    pub resource_spans: Vec<ResourceSpans>,
}

/// The spans of one process.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceSpans {
    /// The process.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// One for each part of it that makes spans.
    #[prost(message, repeated, tag = "2")]
    pub scope_spans: Vec<ScopeSpans>,
}

/// What spans come from.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    /// What it is called.
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

/// The spans of one part of a process.
#[derive(Clone, PartialEq, Message)]
pub struct ScopeSpans {
    /// The part.
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    /// In no order.
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<Span>,
}

/// A part of a process that makes spans.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its version.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// A stretch of time in a trace.
#[derive(Clone, PartialEq, Message)]
pub struct Span {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// The `tracestate` of W3C Trace Context.
    #[prost(string, tag = "3")]
    pub trace_state: String,
    /// The span that this one is part of.
    #[prost(bytes = "vec", tag = "4")]
    pub parent_span_id: Vec<u8>,
    /// What it is called.
    #[prost(string, tag = "5")]
    pub name: String,
    /// On which side of a call.
    #[prost(enumeration = "Kind", tag = "6")]
    pub kind: i32,
    /// Unix nanoseconds.
    #[prost(fixed64, tag = "7")]
    pub start_time_unix_nano: u64,
    /// Unix nanoseconds.
    #[prost(fixed64, tag = "8")]
    pub end_time_unix_nano: u64,
    /// What is known of it.
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    /// Other spans that it has to do with.
    #[prost(message, repeated, tag = "13")]
    pub links: Vec<Link>,
    /// Whether it failed.
    #[prost(message, optional, tag = "15")]
    pub status: Option<Status>,
    /// The flags of W3C Trace Context, and whether the parent is in another process.
    #[prost(fixed32, tag = "16")]
    pub flags: u32,
}

/// Another span, of this trace or of another one.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Link {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// As those of a span, of the other one.
    #[prost(fixed32, tag = "6")]
    pub flags: u32,
}

/// On which side of a call a span is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Enumeration)]
#[repr(i32)]
pub enum Kind {
    /// Not told.
    Unspecified = 0,
    /// Within a process.
    Internal = 1,
    /// The side that is called.
    Server = 2,
}

/// Whether what a span stands for has failed.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// Why.
    #[prost(string, tag = "2")]
    pub message: String,
    /// 2: it has; 0: nobody says.
    #[prost(int32, tag = "3")]
    pub code: i32,
}

/// An attribute.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// A value of any kind.
#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    /// The value.
    #[prost(oneof = "Value", tags = "1, 3")]
    pub value: Option<Value>,
}

/// The kinds of values that are sent here.
#[derive(Clone, PartialEq, Oneof)]
pub enum Value {
    /// A text.
    #[prost(string, tag = "1")]
    Text(String),
    /// A whole number.
    #[prost(int64, tag = "3")]
    Number(i64),
}

impl KeyValue {
    /// An attribute that is a text.
    pub(crate) fn text(key: &str, text: impl Into<String>) -> Self {
        Self::of(key, Value::Text(text.into()))
    }

    /// An attribute that is a number.
    pub(crate) fn number(key: &str, number: u64) -> Self {
        Self::of(key, Value::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn of(key: &str, value: Value) -> Self {
        Self { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
    }
}
