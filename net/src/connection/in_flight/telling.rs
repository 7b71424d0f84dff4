//! Replies that are there, written to the output.

use std::task::{Context, Poll};

use holdfast_engine::{Router, Session};

use super::InFlight;
use super::pending::Requests;
use super::timing::{Mark, Timing};
use crate::connection::buffers::Output;
use crate::connection::peer::Peer;
use crate::feeds::{Alone, Feeds};
use crate::resp::encode::{Encoder, Protocol};
use crate::resp::response::write_reply;
use crate::spans::Followed;
use crate::verbs::Feed;

impl InFlight {
    /// Takes a command about feeds, which nothing may overtake; but for the end of subscriptions, which is said at once.
    pub(crate) fn listen(&mut self, feed: Feed<'_>, peer: &Peer, feeds: &mut Feeds, output: &mut Output) {
        match Alone::of(feed, &peer.grant, (peer.account(), peer.token())) {
            Ok(mut alone) => {
                if let Some(fault) =
                    alone.operator().and_then(|operator| self.session.forbids_operator(&operator))
                {
                    alone.refuse(fault);
                }
                self.stand_alone(alone, peer.protocol);
            }
            Err(end) => self.say(output, |out| feeds.end(end, &mut Encoder::new(out, peer.protocol))),
        }
    }
}

/// Writes the replies to these requests that are there, and returns how many.
#[inline]
pub(super) fn tell(
    (session, timing): (&mut Session, &mut Timing),
    requests: &Requests,
    context: &mut Context<'_>,
    output: &mut Output,
) -> usize {
    if let Some(followed) = requests.mark.as_ref().and_then(Mark::followed) {
        return tell_followed((session, timing), (requests, followed), context, output);
    }
    let (voice, mut told) = (requests.voice, requests.told);
    // No more is written than the client takes: a reply is larger as bytes than it is here.
    let write = |reply: &_, event: Option<&_>| {
        write_reply(&mut Encoder::new(output.bytes(), voice.protocol), reply, event, voice);
        !output.is_full()
    };
    let went = |course, count| {
        timing.told(requests.mark.as_ref(), told, count, course);
        told += count;
    };
    let written = session.poll_replies(context, requests.left, write, went);
    timing.ends(output.end());
    written
}

/// The same of a command that spans are made of. It is the only one of its requests.
#[cold]
fn tell_followed(
    (session, timing): (&mut Session, &mut Timing),
    (requests, followed): (&Requests, &Followed),
    context: &mut Context<'_>,
    output: &mut Output,
) -> usize {
    let voice = requests.voice;
    let write = |reply: &_, event: Option<&_>| {
        let bytes = output.bytes();
        let before = bytes.len();
        write_reply(&mut Encoder::new(bytes, voice.protocol), reply, event, voice);
        followed.answered(reply);
        followed.said(&bytes[before..]);
        true
    };
    let went = |course, count| timing.told(requests.mark.as_ref(), requests.told, count, course);
    let written = session.poll_replies(context, requests.left, write, went);
    timing.ends(output.end());
    written
}

/// Why replies should come soon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hurry {
    /// There is no reason.
    Not,
    /// The client sends nothing more, and may be gone.
    Left,
    /// The server stops.
    Stopping,
}

/// Begins the command that stands alone at the front, or goes on with it, and writes its reply. Never inlined, so
/// that the code that sells tickets stays small.
#[inline(never)]
pub(super) fn go_on(
    alone: &mut Alone,
    protocol: Protocol,
    context: &mut Context<'_>,
    hurry: Hurry,
    (router, feeds): (&Router, &mut Feeds),
    output: &mut Output,
) -> Poll<()> {
    if hurry != Hurry::Not {
        alone.hurry();
    }
    alone.poll(router, feeds, context, &mut Encoder::new(output.bytes(), protocol))
}
