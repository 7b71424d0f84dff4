//! The directory of a node: the beginning of the replicated log beside the identity that is made of it, and what the log of this machine has
//! of the replicated one.

use std::sync::Arc;

use bytes::Bytes;
use holdfast_replica::{Body, Genesis, Identity, Message, decode};
use holdfast_snapshots::Store;
use holdfast_wal::{Lsn, Recovered, Storage, put_file};

use super::kept::Kept;
use crate::life::identity;
use crate::node::Over;
use crate::restore::recovery::Snapshots;

/// The first message of the replicated log, as it stands there. Its name in the directory.
pub const GENESIS_FILE: &str = "genesis";
const TEMPORARY: &str = "genesis.new";

/// The genesis that the directory has; `None` if it has none yet.
///
/// # Errors
/// If it cannot be read, or is not what was written.
pub(super) fn genesis(storage: &Arc<dyn Storage>) -> Result<Option<Bytes>, Over> {
    let names = storage.list("").map_err(|error| Over::disk(&error))?;
    if !names.iter().any(|name| name == GENESIS_FILE) {
        return Ok(None);
    }
    let bytes = storage.read(GENESIS_FILE).map_err(|error| Over::disk(&error))?;
    let bytes = Bytes::copy_from_slice(&bytes);
    read(&bytes).map(|_| Some(bytes))
}

/// What a genesis says.
///
/// # Errors
/// If the bytes are none.
pub(super) fn read(bytes: &Bytes) -> Result<(Identity, Genesis, Lsn), Over> {
    match decode(bytes) {
        Ok(Message { header, body: Body::Genesis(genesis), .. }) => {
            Ok((header.identity, genesis, header.first))
        }
        Ok(_) => Err(Over::differs("the replicated log does not begin with a genesis")),
        Err(error) => Err(Over::differs(format!("the beginning of the replicated log: {error}"))),
    }
}

/// Makes the directory one of this log, unless it is one already.
///
/// # Errors
/// If it is of another log, or cannot be written.
pub(super) fn settle(storage: &Arc<dyn Storage>, bytes: &Bytes) -> Result<(), Over> {
    let (_, Genesis { directory, secret, .. }, _) = read(bytes)?;
    let mut fresh = [0; 32];
    fresh[..16].copy_from_slice(&directory);
    fresh[16..].copy_from_slice(&secret);
    let found = identity::Identity::open(storage, fresh).map_err(|error| Over::differs(error.to_string()))?;
    if found.id != directory || found.secret != secret {
        return Err(Over::differs("the directory has another identity than the replicated log"));
    }
    match genesis(storage)? {
        Some(own) if own != *bytes => {
            Err(Over::differs("the directory is of a replicated log with another beginning"))
        }
        Some(_) => Ok(()),
        // It has the secret of the directory.
        None => {
            put_file(&**storage, (GENESIS_FILE, TEMPORARY), bytes, true).map_err(|error| Over::disk(&error))
        }
    }
}

/// What the log of this machine has of the replicated log. The engine opens it afterwards, and finds the same.
///
/// # Errors
/// If it cannot be read, or has something that did not come that way.
pub(super) fn kept(storage: &Arc<dyn Storage>, genesis: &Bytes) -> Result<Kept, Over> {
    let (identity, _, first) = read(genesis)?;
    let store = Store::open(Arc::clone(storage)).map_err(|error| Over::disk(&error))?;
    let snapshots = Snapshots::find(&store).map_err(|error| Over::disk(&error))?;
    let from = snapshots.replay_from();
    let scan =
        |from| Recovered::scan(storage, from, snapshots.witness()).map_err(|error| Over::unreadable(&error));
    let mut recovered = scan(from)?;
    let mut kept = Kept::read(identity, &recovered, from)?;
    if kept.is_none() && recovered.last_lsn() >= first {
        // A snapshot was the last that was made: what stands before it says where it goes on.
        recovered = scan(Lsn(1))?;
        kept = Kept::read(identity, &recovered, recovered.first_lsn())?;
    }
    let kept = kept.unwrap_or_else(|| Kept::begin(identity, genesis.clone()));
    let (next, own) = (kept.chain()?.next(), recovered.last_lsn().next());
    if next != own {
        let why = format!(
            "the directory goes on with record {own}, and what it has of the replicated log with {next}"
        );
        return Err(Over::differs(why));
    }
    Ok(kept)
}
