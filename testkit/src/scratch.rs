//! A directory of its own for a test.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that is removed when it is dropped. If the test fails, it is left to be looked at.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    /// An empty directory in the system's directory for temporary files, which is often in memory.
    #[expect(clippy::new_without_default, reason = "each is another one, which nobody wants by accident")]
    #[must_use]
    pub fn new() -> Self {
        Self::below(std::env::temp_dir())
    }

    /// An empty directory below another one, as `CARGO_TARGET_TMPDIR`: on a disk, where the build is.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn below(parent: impl AsRef<Path>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.as_ref().join(format!("holdfast-test-{}-{number}", std::process::id()));
        // An earlier process with this number may have left one.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory for a test can be made");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of what has this name in it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "left for inspection: {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
