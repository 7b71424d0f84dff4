//! Turns a command as it was asked into a command as it is remembered: keys become hashes.
//!
//! This runs on the connection's thread, so the actor touches no string of the client but names that it keeps.

use crate::codec::{Secret, canonical};
use crate::exchange::request::Ask;
use crate::numbers::Account;
use crate::state::{Command, Key, KeyRef, Name, Origin, Read, Write};

/// What a command is remembered under, put to this account. `scratch` is reused for the canonical bytes of each command. Of what
/// is not remembered only the hash counts, if it names a key.
#[inline]
pub(crate) fn key(ask: &Ask<'_>, account: Account, secret: &Secret, scratch: &mut Vec<u8>) -> Key {
    let (hash, fingerprint) = match ask {
        Ask::Write { key, write } => {
            canonical(write, scratch);
            (secret.key_hash(key.bytes()), secret.fingerprint(scratch))
        }
        Ask::Answer(key) => (secret.key_hash(key.bytes()), [0; 8]),
        Ask::Read(_) => ([0; 16], [0; 8]),
    };
    Key { hash, fingerprint, account }
}

/// The command for the event, with its key; `token` is the name of the token that it came with.
#[inline]
pub(crate) fn command(ask: Ask<'_>, key: Key, token: Option<&Name>) -> Command {
    match ask {
        Ask::Write { write, .. } => {
            let origin = if write.is_operators() { token.map(of_token) } else { None };
            if write.is_noted() { noted(key, write, origin) } else { Command::Write(key, write, origin) }
        }
        Ask::Read(read) => Command::Read(read),
        Ask::Answer(_) => Command::Read(Read::Ask(key.hash)),
    }
}

/// A note goes with where the command came from, as its record has it.
#[cold]
fn noted(key: Key, write: Write, origin: Option<Box<Origin>>) -> Command {
    let (write, origin) = write.note_apart(origin);
    Command::Write(key, write, origin)
}

/// The command that creates an event, of whose description this is the fingerprint.
pub(crate) fn creation(
    key: KeyRef<'_>,
    fingerprint: [u8; 8],
    (account, token): (Account, Option<&Name>),
    secret: &Secret,
) -> Command {
    let key = Key { hash: secret.key_hash(key.bytes()), fingerprint, account };
    Command::Write(key, Write::Create, token.map(of_token))
}

fn of_token(token: &Name) -> Box<Origin> {
    Box::new(Origin { token: Some(token.clone()), ..Origin::default() })
}
