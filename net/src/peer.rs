//! What a connection knows of its client, and the replies to connection commands.

use std::net::SocketAddr;

use holdfast_engine::{Code, Fault};

use crate::commands;
use crate::encode::{Encoder, Protocol, field};
use crate::request::{ClientInfo, Local};
use crate::shared::Shared;

/// The client at the other end.
#[derive(Debug)]
pub(crate) struct Peer {
    id: u64,
    address: SocketAddr,
    /// As it calls itself; empty if it does not.
    name: Vec<u8>,
    /// What it speaks.
    pub(crate) protocol: Protocol,
}

/// What a connection does after a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// Goes on.
    Next,
    /// Closes, once everything is said.
    Close,
}

impl Peer {
    pub(crate) const fn new(id: u64, address: SocketAddr) -> Self {
        Self { id, address, name: Vec::new(), protocol: Protocol::Resp2 }
    }

    /// Does what is asked and writes the reply; `among_messages` that cannot be told from replies.
    pub(crate) fn answer(
        &mut self,
        local: Local<'_>,
        shared: &Shared,
        among_messages: bool,
        out: &mut Vec<u8>,
    ) -> After {
        match local {
            Local::Hello { protocol, name } => {
                self.protocol = protocol.unwrap_or(self.protocol);
                if let Some(name) = name {
                    self.name = name.to_vec();
                }
            }
            Local::Reset => {
                self.protocol = Protocol::Resp2;
                self.name.clear();
            }
            Local::SetName(name) => self.name = name.to_vec(),
            _ => {}
        }
        let encoder = &mut Encoder::new(out, self.protocol);
        match local {
            // As in Redis: among messages, the answer has their form.
            Local::Ping(message) if among_messages => {
                encoder.array(2);
                encoder.bulk(b"pong");
                encoder.bulk(message.unwrap_or_default());
            }
            Local::Ping(None) => encoder.simple("PONG"),
            Local::Ping(Some(message)) | Local::Echo(message) => encoder.bulk(message),
            Local::Hello { .. } => self.write_hello(encoder),
            Local::Reset => encoder.simple("RESET"),
            Local::Accepted | Local::SetName(_) => encoder.simple("OK"),
            Local::Client(ClientInfo::Id) => encoder.integer(self.id),
            Local::Client(ClientInfo::Name) if self.name.is_empty() => encoder.null(),
            Local::Client(ClientInfo::Name) => encoder.bulk(&self.name),
            Local::Client(ClientInfo::Line) => encoder.bulk(self.line().as_bytes()),
            Local::CommandCount => encoder.integer(commands::count()),
            Local::CommandList => commands::write_list(encoder),
            Local::CommandInfo(names) => commands::write_info(encoder, names),
            Local::CommandDocs(names) => commands::write_docs(encoder, names),
            Local::Info(sections) => encoder.bulk(shared.info(sections).as_bytes()),
            Local::ConfigGet(parameters) => write_config(encoder, parameters),
            Local::Quit => {
                encoder.simple("OK");
                return After::Close;
            }
        }
        After::Next
    }

    fn write_hello(&self, encoder: &mut Encoder<'_>) {
        encoder.map(7);
        encoder.field(field!("server"));
        encoder.bulk(b"holdfast");
        encoder.field(field!("version"));
        encoder.bulk(env!("CARGO_PKG_VERSION").as_bytes());
        encoder.field(field!("proto"));
        encoder.integer(self.protocol.number());
        encoder.field(field!("id"));
        encoder.integer(self.id);
        encoder.field(field!("mode"));
        encoder.bulk(b"standalone");
        encoder.field(field!("role"));
        encoder.bulk(b"master");
        encoder.field(field!("modules"));
        encoder.array(0);
    }

    fn line(&self) -> String {
        let Self { id, address, name, protocol } = self;
        format!("id={id} addr={address} name={} resp={}\n", String::from_utf8_lossy(name), protocol.number())
    }
}

/// The parameters that tools ask a Redis for, with what they mean here: no snapshots by a schedule of the client's,
/// and every write in the log.
fn write_config<'a>(encoder: &mut Encoder<'_>, parameters: impl Iterator<Item = &'a [u8]>) {
    const KNOWN: [(&str, &str); 2] = [("save", ""), ("appendonly", "yes")];
    let known =
        |name: &[u8]| KNOWN.into_iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    let pairs: Vec<_> = parameters.filter_map(known).collect();
    encoder.map(pairs.len());
    for (name, value) in pairs {
        encoder.bulk(name.as_bytes());
        encoder.bulk(value.as_bytes());
    }
}

/// The reply to a connection over the limit, before it is closed.
pub(crate) fn refusal(connections_max: usize) -> Vec<u8> {
    let message =
        format!("there are {connections_max} connections, as many as there may be; retry after 1000 ms");
    let mut out = Vec::with_capacity(128);
    Encoder::new(&mut out, Protocol::Resp2).error(&Fault::new(Code::TOO_MANY_CONNECTIONS, message));
    out
}
