//! Commands of the server itself, on the way of any other: a session of its own, on a thread of the events.

use std::future::poll_fn;
use std::task::Poll;

use holdfast_engine::{Ask, Asked, Code, Fault, NameRef, Read, Reply, Router, Session, View};

use super::line::with_command;
use crate::resp::encode::{Encoder, Protocol};
use crate::resp::response::{Voice, write_reply};
use crate::resp::value::{Reader, Value};

/// The name of the account that keys of executions are put to: that of no token, as it has a space.
const ACCOUNT: &str = "an execution";

/// Everything is told to the house, and that it is a repeat.
const VOICE: Voice = Voice { protocol: Protocol::Resp3, bare: false, repeats: true };

/// Carries out a command, as one that came with this token; the reply when the record that it rests on is durable.
pub(super) async fn carry_out(router: &Router, frame: &[u8], token: Option<&str>) -> Result<Value, Fault> {
    let mut session = router.session();
    session.put_to(router.account(ACCOUNT), token);
    loop {
        let asked =
            with_command(frame, |_, command| session.ask(command.event, |labels| command.ask(labels)))?;
        match asked {
            Asked::Taken(_) => break,
            Asked::Resting(waking) => waking.await,
        };
    }
    let mut reader = Reader::default();
    poll_fn(|context| {
        let write = |reply: &Reply, about: Option<&_>| {
            write_reply(&mut Encoder::new(reader.room(), VOICE.protocol), reply, about, VOICE);
            true
        };
        if session.poll_replies(context, 1, write, |_, _| {}) == 1 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let unreadable = || Fault::new(Code::DEFECT, "a reply of the server cannot be read");
    reader.next().ok().flatten().ok_or_else(unreadable)
}

/// What an event shows.
pub(super) async fn look(router: &Router, event: NameRef<'_>, read: &Read) -> Result<View, Fault> {
    router.session().view(event, || Ask::Read(read.clone())).await
}

/// Whether the event remembers this key of the session's account.
pub(super) async fn remembers(session: &mut Session, event: NameRef<'_>, key: &str) -> Result<bool, Fault> {
    let Some(key) = holdfast_engine::KeyRef::new(key.as_bytes()) else { return Ok(false) };
    let view = session.view(event, || Ask::Answer(key)).await?;
    Ok(matches!(view, View::Asked(Some(_))))
}

/// Whether the words of a command fit to its event, which is in memory.
pub(super) fn check(router: &Router, frame: &[u8]) -> Result<(), Fault> {
    let session = router.session();
    with_command(frame, |_, command| session.check(command.event, |labels| command.ask(labels)).map(drop))?
}

/// Gives a command to its event that was looked at and may go on. Returns how many bytes its reply may have.
pub(crate) fn ask_again(session: &mut Session, frame: &[u8]) -> usize {
    let asked =
        with_command(frame, |_, command| session.ask_now(command.event, |labels| command.ask(labels)));
    // It was read a moment ago.
    asked.unwrap_or_default()
}
