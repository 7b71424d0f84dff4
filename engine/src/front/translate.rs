//! Turns a command as it was asked into a command as it is remembered: keys become hashes.
//!
//! This runs on the connection's thread, so the actor touches no string of the client but names that it keeps.

use crate::codec::{Secret, canonical};
use crate::exchange::request::Ask;
use crate::numbers::Account;
use crate::state::{Command, Key, Name, NameRef, Origin, Read, Write};

/// The command for the event, put to this account; `token` is the name of the token that it came with. `scratch` is reused for
/// the canonical bytes of each command.
pub(crate) fn command(
    ask: Ask<'_>,
    (account, token): (Account, Option<&Name>),
    secret: &Secret,
    scratch: &mut Vec<u8>,
) -> Command {
    match ask {
        Ask::Write { key, write } => {
            canonical(&write, scratch);
            let origin = if write.is_operators() { token.map(of_token) } else { None };
            let (hash, fingerprint) = (secret.key_hash(key.bytes()), secret.fingerprint(scratch));
            Command::Write(Key { hash, fingerprint, account }, write, origin)
        }
        Ask::Read(read) => Command::Read(read),
        Ask::Answer(key) => Command::Read(Read::Ask(secret.key_hash(key.bytes()))),
    }
}

/// The command that creates an event, of whose description this is the fingerprint.
pub(crate) fn creation(
    key: NameRef<'_>,
    fingerprint: [u8; 8],
    (account, token): (Account, Option<&Name>),
    secret: &Secret,
) -> Command {
    let key = Key { hash: secret.key_hash(key.bytes()), fingerprint, account };
    Command::Write(key, Write::Create, token.map(of_token))
}

fn of_token(token: &Name) -> Box<Origin> {
    Box::new(Origin { token: Some(token.clone()), trace: None })
}
