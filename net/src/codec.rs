//! What a connection does with bytes, without a socket, for measurements and trials.

use holdfast_engine::{About, Ask, Labels, Layout, Reply};

use crate::access::Grant;
use crate::resp::decode::{Decoded, Decoder, FrameLimits};
use crate::resp::encode::{Encoder, Protocol};
use crate::resp::response::{Voice, write_reply};
use crate::verbs::{Command, command};

/// Turns bytes into requests and replies into bytes, as a connection does in version 2 of the protocol.
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
    /// Reads `frame` as one command for an event with this map. `None` if it is not exactly one command, or is
    /// refused for its words, or needs no event.
    pub fn ask<'a>(&'a mut self, frame: &'a [u8], layout: &Layout) -> Option<Ask<'a>> {
        match self.decoder.decode(frame, FrameLimits::LARGEST) {
            Ok(Decoded::Command(used)) if used == frame.len() => {}
            _ => {
                self.decoder = Decoder::new();
                return None;
            }
        }
        match command(self.decoder.arguments(frame), &Grant::EVERYTHING, &mut None) {
            Ok((_, Command::Event(command))) => command.ask(Labels::of(layout)).ok(),
            _ => None,
        }
    }

    /// Writes a reply about that event to the end of `out`.
    pub fn write(&self, reply: &Reply, about: &About, out: &mut Vec<u8>) {
        let voice = Voice { protocol: Protocol::Resp2, bare: false, repeats: false };
        write_reply(&mut Encoder::new(out, voice.protocol), reply, Some(about), voice);
    }
}
