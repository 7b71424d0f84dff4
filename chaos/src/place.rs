//! Where a run has its files: a directory that it has made itself, so that it cannot be anybody else's.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The directory of a run. It goes with the run, unless somebody has to look at it.
pub(crate) struct Place {
    root: PathBuf,
    keep: bool,
}

impl Place {
    /// Makes the directory at `path`, or a new one among the temporary files.
    ///
    /// # Errors
    /// If something is there already, whatever it is: what the run did not make it does not touch.
    pub(crate) fn make(path: Option<&Path>, seed: u64, keep: bool) -> Result<Self, Failure> {
        let made = |root: PathBuf| {
            fs::create_dir(&root).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Failure::Usage(format!(
                    "{} is there already: an experiment destroys what it works on, so it takes only a directory that it has made \
                     itself; name one that is not there, or none",
                    root.display()
                )),
                _ => Failure::Failed(format!("cannot make {}: {error}", root.display())),
            })?;
            let root = root.canonicalize().map_err(|error| Failure::Failed(error.to_string()))?;
            Ok(Self { root, keep })
        };
        if let Some(path) = path {
            return made(path.to_owned());
        }
        let name = format!("holdfast-chaos-{}-{seed}", std::process::id());
        made(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Somebody will want to look at it.
    pub(crate) fn keep(&mut self) {
        self.keep = true;
    }

    /// Where it stays, if it stays.
    pub(crate) fn kept(&self) -> Option<String> {
        self.keep.then(|| self.root.display().to_string())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// # Errors
/// If it is an address that another machine could reach.
pub(crate) fn on_this_machine(address: SocketAddr) -> Result<(), Failure> {
    if address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--listen {address}: the server of an experiment listens on this machine alone, such as on 127.0.0.1:0"
    )))
}
