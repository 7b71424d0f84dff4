//! An act that may need an approval, as it came: kept as it is while it is looked at.

use holdfast_engine::limits::JOB_ARGUMENT_BYTES_MAX;
use holdfast_engine::{Account, By, Code, Fault, JobAsk, Looked, Looking, Router, Task};

use super::house::{check, remembers};
use super::line::{Line, encoded};
use super::look::look_at;
use super::repair::ONE;
use super::required::Required;
use crate::resp::decode::Arguments;
use crate::verbs::{Verb, wrapping};

/// An act that may need an approval.
pub(crate) struct Frozen {
    /// The command as it is carried out if it needs none.
    pub(crate) frame: Vec<u8>,
    /// What is asked for if it does.
    pub(crate) ask: JobAsk,
    /// Tells whether it does.
    pub(crate) looking: Looking,
}

/// Keeps a command that may need an approval. Its event is in memory.
///
/// # Errors
/// What is wrong with its words. It is refused then: what cannot be kept is not carried out.
pub(crate) fn frozen(
    router: &Router,
    required: &Required,
    (verb, arguments): (&'static Verb, Arguments<'_>),
    (account, token): (Account, Option<&str>),
) -> Result<Frozen, Fault> {
    let words = arguments.clone().skip(wrapping(arguments));
    let unreadable = || Fault::new(Code::SYNTAX, format!("{}: its words are not text", verb.usage()));
    let frame: Result<Vec<_>, _> = words.clone().map(std::str::from_utf8).collect();
    let frame = encoded(frame.map_err(|_| unreadable())?.into_iter());
    check(router, &frame)?;
    let (words, [key, operator, reason]) = Line::of_command(verb, words).ok_or_else(unreadable)?;
    let line = Line::of(words.clone())?;
    if let Some(long) = words.iter().find(|word| word.len() > JOB_ARGUMENT_BYTES_MAX) {
        let message = format!(
            "a word of {} bytes is too long to wait for an approval: at most {JOB_ARGUMENT_BYTES_MAX}",
            long.len()
        );
        return Err(Fault::new(Code::SYNTAX, message));
    }
    let by = By { key: key.clone(), operator, token: None, reason };
    let task = Task { job: ONE.into(), arguments: words.into() };
    let (own, required, token) = (router.clone(), required.clone(), token.map(str::to_owned));
    let looking = Box::pin(async move {
        let mut session = own.session();
        session.put_to(account, token.as_deref());
        // It was carried out before it needed one: it is answered as it was.
        if remembers(&mut session, line.event.borrowed(), &key).await? {
            return Ok(Looked::default());
        }
        look_at(&own, &[line], 0, &required).await
    });
    Ok(Frozen { frame, ask: JobAsk::Run(task, None, by), looking })
}
