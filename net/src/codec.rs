//! What a connection does with bytes, without a socket: to be measured and tried by itself.

use holdfast_engine::{About, Ask, Labels, Layout, Reply};

use crate::access::Grant;
use crate::resp::decode::{Decoded, Decoder};
use crate::resp::encode::{Encoder, Protocol};
use crate::resp::response::write_reply;
use crate::verbs::{Command, command};

/// Bytes to requests and replies to bytes, as a connection has it in version 2 of the protocol.
#[derive(Debug)]
pub struct Codec {
    decoder: Decoder,
}

impl Default for Codec {
    fn default() -> Self {
        Self { decoder: Decoder::new() }
    }
}

impl Codec {
    /// The command for an event with this map that is all of `frame`. `None` if it is not one whole command, or one that
    /// is refused for its words, or one that needs no event.
    pub fn ask<'a>(&'a mut self, frame: &'a [u8], layout: &Layout) -> Option<Ask<'a>> {
        match self.decoder.decode(frame) {
            Ok(Decoded::Command(used)) if used == frame.len() => {}
            _ => {
                self.decoder = Decoder::new();
                return None;
            }
        }
        match command(self.decoder.arguments(frame), &Grant::EVERYTHING) {
            Ok((_, Command::Event(command))) => command.ask(Labels::of(layout)).ok(),
            _ => None,
        }
    }

    /// Writes a reply about that event to the end of `out`.
    pub fn write(&self, reply: &Reply, about: &About, out: &mut Vec<u8>) {
        write_reply(&mut Encoder::new(out, Protocol::Resp2), reply, Some(about), false);
    }
}
