//! Files that others than their owner and the administrator may change or read, of those that decide who may do what. It is
//! told and not refused: the server starts as it did yesterday.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What is wrong with the mode or the owner of a file; `secret` ones must not be read by everybody either.
pub(crate) fn exposed(path: &Path, secret: bool) -> Option<String> {
    // Of the file that a link leads to; one that cannot be looked at is told of by whoever reads it.
    let path = fs::canonicalize(path).ok()?;
    let file = fs::metadata(&path).ok()?;
    let us = rustix::process::geteuid().as_raw();
    let mode = file.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Some(format!("others may change it (mode {mode:04o}): chmod go-w"));
    }
    if ![0, us].contains(&file.uid()) {
        return Some(format!("it belongs to user {}, who may change it", file.uid()));
    }
    if secret && mode & 0o007 != 0 {
        return Some(format!("everybody may read it (mode {mode:04o}): chmod o-rwx"));
    }
    let directory = fs::metadata(path.parent()?).ok()?;
    let mode = directory.mode() & 0o7777;
    let sticky = mode & 0o1000 != 0;
    (mode & 0o022 != 0 && !sticky).then(|| {
        format!("others may put another in its place (mode {mode:04o} of its directory): chmod go-w")
    })
}

/// Warns of it in the log.
pub(crate) fn warn(what: &str, path: &Path, secret: bool) {
    if let Some(why) = exposed(path, secret) {
        tracing::warn!(file = %path.display(), "{what}: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_testkit::TempDir;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn each_way_to_be_exposed() {
        let directory = TempDir::new();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let told = |of_directory: u32, of_file: u32, secret| {
            for (path, mode) in [(directory.path(), of_directory), (&file, of_file)] {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
            exposed(&file, secret).unwrap_or_default()
        };
        for (modes, secret, expected) in [
            ((0o755, 0o644), false, ""),
            ((0o755, 0o640), true, ""),
            ((0o1777, 0o600), true, ""),
            ((0o755, 0o644), true, "everybody may read it (mode 0644)"),
            ((0o755, 0o664), false, "others may change it (mode 0664)"),
            ((0o755, 0o602), true, "others may change it (mode 0602)"),
            ((0o777, 0o600), false, "others may put another in its place (mode 0777"),
            ((0o775, 0o600), true, "others may put another in its place (mode 0775"),
        ] {
            let told = told(modes.0, modes.1, secret);
            assert!(
                told.starts_with(expected) && told.is_empty() == expected.is_empty(),
                "{modes:?}: {told}"
            );
        }
    }
}
