//! `TRACED`: a command as part of a distributed trace. One command and one reply, whatever goes on beside it on the connection.

use holdfast_engine::{Class, Code, Fault, Trace};

use super::words::{Words, quoted};
use super::{Command, Parse, Unusable, Verb, find, of_row};
use crate::access::Grant;
use crate::limits;
use crate::resp::decode::Arguments;
use crate::spans::Traced;

pub(super) static VERBS: &[Verb] = &[Verb {
    name: "TRACED",
    form: "",
    arity: -3,
    needs: None,
    class: Class::Progress,
    weight: 1,
    usage: "TRACED traceparent [STATE tracestate] command [word ...]",
    summary: "carries out the command as part of a trace",
    parse: Parse::Wrapper,
}];

/// Is a command of this name the wrapper of another?
fn is_wrapper(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(VERBS[0].name.as_bytes())
}

/// How many of the words are wrapped around the command.
pub(crate) fn wrapping<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> usize {
    if !words.next().is_some_and(is_wrapper) {
        return 0;
    }
    if words.nth(1).is_some_and(|word| word.eq_ignore_ascii_case(b"STATE")) { 4 } else { 2 }
}

/// Reads the wrapper. Returns whether its sender keeps the trace, and the command.
fn unwrapped(mut words: Words<'_>) -> Result<(Option<Traced>, Arguments<'_>), Fault> {
    let text = words.word("traceparent")?;
    let (trace, sampled) = Trace::read(text).map_err(|why| {
        Fault::new(Code::BAD_TRACE, format!("{} is no traceparent of version 00: {why}", quoted(text)))
    })?;
    let state = if words.takes("STATE") { Some(tracestate(words.word("tracestate")?)?) } else { None };
    match words.peek() {
        None => Err(words.missing("command")),
        Some(name) if is_wrapper(name) => Err(nested(&words)),
        Some(_) => Ok((sampled.then_some(Traced { trace, is_own: false, state }), words.rest())),
    }
}

fn tracestate(word: &[u8]) -> Result<Box<str>, Fault> {
    let fits = (1..=limits::TRACESTATE_BYTES_MAX).contains(&word.len());
    let text = std::str::from_utf8(word).ok().filter(|text| fits && text.bytes().all(is_shown));
    text.map(Into::into).ok_or_else(|| {
        let most = limits::TRACESTATE_BYTES_MAX;
        let message =
            format!("the tracestate {} is not 1 to {most} characters of printable ASCII", quoted(word));
        Fault::new(Code::BAD_TRACE, message)
    })
}

const fn is_shown(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Why nothing is wrapped twice.
#[cold]
pub(super) fn nested(words: &Words<'_>) -> Fault {
    words.fault("TRACED stands within TRACED")
}

/// Makes a command of the words behind `TRACED`. See [`command`](super::command).
#[cold]
#[inline(never)]
pub(super) fn within<'a>(
    words: Words<'a>,
    grant: &Grant,
    traced: &mut Option<Box<Traced>>,
) -> Result<(&'static Verb, Command<'a>), Unusable> {
    let (kept, arguments) = unwrapped(words)?;
    let (verb, words) = find(arguments)?;
    let read = of_row(verb, words, grant);
    *traced = kept.map(Box::new);
    read
}

/// The words behind `TRACED`, for those who look at a command without carrying it out.
pub(super) fn behind(words: Words<'_>) -> Result<Arguments<'_>, Fault> {
    unwrapped(words).map(|(_, arguments)| arguments)
}
