//! The commands of a turn as they were sent, kept until they are answered: what a slow one was is told from them. Nothing is
//! read or copied a command; a command is looked for only when it has been slow.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::access::holds_a_secret;
use crate::limits;
use crate::resp::decode::{Decoded, Decoder, FrameLimits};
use crate::verbs::wrapping;

/// What stands for a secret.
const REDACTED: &[u8] = b"(redacted)";

/// The bytes of commands that were taken one after the other, cut to [`limits::SLOW_FRAMES_BYTES`]. Secrets were wiped from them
/// before.
#[derive(Debug)]
pub(crate) struct Frames {
    bytes: OnceCell<Box<[u8]>>,
    /// There as long as any of these bytes is.
    _alive: Rc<()>,
}

impl Frames {
    /// Bytes that are still to come; `alive` counts those of a connection.
    pub(crate) fn new(alive: &Rc<()>) -> Self {
        Self { bytes: OnceCell::new(), _alive: Rc::clone(alive) }
    }

    /// These are the bytes.
    pub(crate) fn keep(&self, bytes: &[u8]) {
        let cut = bytes.get(..limits::SLOW_FRAMES_BYTES).unwrap_or(bytes);
        let _ = self.bytes.set(cut.into());
    }

    /// The words of the command that is `skip` commands behind the one at this place, cut as Redis cuts them; empty if they
    /// were not kept.
    pub(crate) fn words(&self, place: usize, skip: usize) -> Vec<Vec<u8>> {
        let mut rest = self.bytes.get().and_then(|bytes| bytes.get(place..)).unwrap_or_default();
        let (mut decoder, mut skip) = (Decoder::new(), skip);
        loop {
            match decoder.decode(rest, FrameLimits::LARGEST) {
                // What is wrapped around it is not what was slow.
                Ok(Decoded::Command(_)) if skip == 0 => {
                    let mut words = decoder.arguments(rest);
                    let around = wrapping(words.clone());
                    words.by_ref().take(around).for_each(drop);
                    return shown(words);
                }
                Ok(Decoded::Command(used)) => {
                    skip -= 1;
                    rest = rest.get(used..).unwrap_or_default();
                }
                Ok(Decoded::Nothing(used)) => rest = rest.get(used..).unwrap_or_default(),
                Ok(Decoded::Incomplete) | Err(_) => return Vec::new(),
            }
        }
    }
}

fn shown<'a>(mut words: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let (count, most) = (words.len(), limits::SLOW_WORDS_MAX);
    let kept = if count > most { most - 1 } else { count };
    let mut shown: Vec<_> = words.by_ref().take(kept).map(word).collect();
    if count > kept {
        shown.push(format!("... ({} more arguments)", count - kept).into_bytes());
    }
    shown
}

fn word(word: &[u8]) -> Vec<u8> {
    if holds_a_secret(word) {
        return REDACTED.to_vec();
    }
    match word.split_at_checked(limits::SLOW_WORD_BYTES_MAX) {
        Some((shown, rest)) if !rest.is_empty() => {
            [shown, format!("... ({} more bytes)", rest.len()).as_bytes()].concat()
        }
        _ => word.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Frames {
        let frames = Frames::new(&Rc::new(()));
        frames.keep(bytes);
        frames
    }

    fn told(frames: &Frames, place: usize, skip: usize) -> String {
        let words = frames.words(place, skip);
        words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_command_is_found_among_those_that_came_with_it() {
        let frames =
            frames(b"PING\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n\r\nHOLD gala k-1 ann 0 SEATS A-1-1\r\n");
        assert_eq!(told(&frames, 0, 0), "PING");
        assert_eq!([told(&frames, 0, 1), told(&frames, 6, 0)], ["ECHO a", "ECHO a"]);
        assert_eq!(told(&frames, 6, 1), "HOLD gala k-1 ann 0 SEATS A-1-1");
        assert_eq!([told(&frames, 6, 2), told(&frames, 999, 0)], ["", ""]);
    }

    #[test]
    fn words_are_cut_and_secrets_are_not_told() {
        let long = "x".repeat(limits::SLOW_WORD_BYTES_MAX + 3);
        let seats = (0..50).map(|seat| format!("A-1-{seat}")).collect::<Vec<_>>().join(" ");
        let frames = frames(format!("ECHO {long}\r\nECHO hft_0123\r\nSEATS {seats}\r\n").as_bytes());
        let cut = "x".repeat(limits::SLOW_WORD_BYTES_MAX);
        assert_eq!(told(&frames, 0, 0), format!("ECHO {cut}... (3 more bytes)"));
        assert_eq!(told(&frames, 0, 1), "ECHO (redacted)");
        let words = frames.words(0, 2);
        assert_eq!(words.len(), limits::SLOW_WORDS_MAX);
        assert_eq!(words.last().unwrap(), b"... (20 more arguments)");
        let wiped = self::frames(&[0; 40]);
        assert_eq!(told(&wiped, 0, 0), "", "a login is wiped before it is kept");
        let large = self::frames(&b"*2\r\n$4\r\nECHO\r\n$99999\r\n".repeat(1_000));
        assert_eq!(told(&large, 0, 0), "");
    }
}
