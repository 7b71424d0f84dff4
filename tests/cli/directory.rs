//! Directories that cannot be used, or belong to another program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::support::{HALL, Server, TempDir, missing, program};

/// Exit code 3, and a message with these words and the next step.
pub(crate) fn refused(data: &Path, words: &[&str]) -> String {
    let Err((status, said)) = Server::spawn(program(), data, &[]) else {
        panic!("{} is served", data.display())
    };
    assert_eq!(status.code(), Some(3), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
    assert!(said.contains("\n  what to do: "), "{said}");
    said
}

#[test]
fn two_servers_on_one_directory() {
    let directory = TempDir::new();
    let mut first = Server::start(directory.path());
    first.client().create("hall", HALL);
    let pid = format!("process {}", first.pid());
    refused(directory.path(), &["HF-SYS-020", "is in use by", &pid, &directory.path().display().to_string()]);
    // Nor by another name for it, nor after its files were meddled with.
    let link = TempDir::new();
    std::os::unix::fs::symlink(directory.path(), link.join("link")).unwrap();
    refused(&link.join("link"), &["HF-SYS-020", &pid]);
    fs::remove_file(directory.join("OWNER")).unwrap();
    refused(directory.path(), &["HF-SYS-020", "is in use by another process"]);
    assert_eq!(first.client().ask("EVENT LIST"), "*2|:0|*2|$4|hall|$4|open|", "the first one goes on");
    first.kill();
    // A killed server leaves no lock behind.
    let server = Server::start(directory.path());
    assert_eq!(server.client().ask("EVENT LIST"), "*2|:0|*2|$4|hall|$4|open|");
}

#[test]
fn a_file_instead_of_a_directory() {
    let directory = TempDir::new();
    let file = directory.join("file");
    fs::write(&file, "precious").unwrap();
    refused(&file, &["HF-SYS-021", "file", "Not a directory"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    refused(&file.join("below"), &["HF-SYS-021"]);
    refused(Path::new("/proc/holdfast"), &["HF-SYS-021", "/proc/holdfast"]);
}

#[test]
fn a_directory_of_something_else() {
    let directory = TempDir::new();
    fs::write(directory.join("thesis.txt"), "precious").unwrap();
    refused(directory.path(), &["HF-DQ-004", "thesis.txt", "not a data directory of holdfast"]);
    let left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["thesis.txt"], "nothing is left in it");
}

fn fnv(text: &str) -> u64 {
    let step = |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    text.bytes().fold(0xCBF2_9CE4_8422_2325, step)
}

#[test]
fn an_identity_of_another_version_or_damaged_or_gone() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    server.client().create("hall", HALL);
    server.stop();
    let path = directory.join("identity");
    let identity = fs::read_to_string(&path).unwrap();

    let copy = directory.join("identity.copy");
    let both = |text: &str| {
        fs::write(&path, text).unwrap();
        fs::write(&copy, text).unwrap();
    };

    let of_format = |format: u32| {
        let text = identity.replace("format 5\n", &format!("format {format}\n"));
        let (body, _) = text.rsplit_once("check ").unwrap();
        format!("{body}check {:016x}\n", fnv(body))
    };
    both(&of_format(6));
    refused(directory.path(), &["HF-DQ-003", "`identity` says format 6", "reads formats up to 5"]);
    // As an older version left it: it goes on as one of today's, which the older version then refuses.
    both(&of_format(1));
    let mut server = Server::start(directory.path());
    assert!(server.client().ask("EVENT INFO hall").contains("|version|:1|"));
    server.stop();
    assert_eq!([&path, &copy].map(|file| fs::read_to_string(file).unwrap()), [&identity[..]; 2]);
    both(&identity.replacen("id ", "id 0", 1));
    refused(directory.path(), &["HF-DQ-001", "`identity` is damaged"]);
    both("");
    refused(directory.path(), &["`identity` is damaged"]);
    // Of another directory.
    let other = TempDir::new();
    Server::start(other.path()).stop();
    fs::write(&path, &identity).unwrap();
    fs::copy(other.join("identity"), &copy).unwrap();
    refused(directory.path(), &["HF-DQ-001", "`identity.copy` of directory"]);
    // Without it the log cannot be read as it was meant: it is not taken for an empty directory.
    fs::remove_file(&path).unwrap();
    fs::remove_file(&copy).unwrap();
    refused(directory.path(), &["HF-DQ-004", "wal"]);

    // One of the two is enough, and makes the other.
    for (damaged, whole) in [(&path, &copy), (&copy, &path)] {
        fs::write(whole, &identity).unwrap();
        fs::write(damaged, "rot").unwrap();
        let mut server = Server::start(directory.path());
        assert_eq!(fs::read_to_string(damaged).unwrap(), identity);
        let (_, log) = server.stop();
        assert!(log.contains("WARN") && log.contains("mended=true"), "{log}");
    }
    let server = Server::start(directory.path());
    assert_eq!(server.client().ask("EVENT LIST"), "*2|:0|*2|$4|hall|$4|open|");
}

/// Permissions do not bind an administrator; a read-only mount does.
#[test]
fn a_read_only_directory() {
    let directory = TempDir::new();
    let (data, mount) = (directory.join("data"), directory.join("mount"));
    fs::create_dir(&data).unwrap();
    fs::create_dir(&mount).unwrap();
    let mut server = Server::start(&data);
    server.client().create("hall", HALL);
    server.stop();
    let Some(_mounted) = Mount::new(&["--bind", data.to_str().unwrap()], &mount) else {
        return missing("a_read_only_directory", "the right to mount", "run the tests as root");
    };
    let remount = Command::new("mount").args(["-o", "remount,ro,bind"]).arg(&mount).status().unwrap();
    assert!(remount.success());
    refused(&mount, &["HF-SYS-021", "Read-only file system"]);
}

/// Something mounted for the time of a test.
pub(crate) struct Mount(std::path::PathBuf);

impl Mount {
    /// `None` if this user may not mount.
    pub(crate) fn new(arguments: &[&str], at: &Path) -> Option<Self> {
        let output = Command::new("mount").args(arguments).arg(at).output().ok()?;
        output.status.success().then(|| Self(at.to_path_buf()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: what still runs in it after a failed test must not keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The secret of the directory is its owner's alone, also where a version before let the group read it.
#[test]
fn nobody_else_reads_the_identity() {
    let directory = TempDir::new();
    let files = ["identity", "identity.copy"].map(|file| directory.join(file));
    let modes = || files.clone().map(|file| fs::metadata(file).unwrap().permissions().mode() & 0o777);
    assert_eq!(Server::start(directory.path()).stop().0, Some(0));
    assert_eq!(modes(), [0o600; 2]);
    for file in &files {
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
    }
    assert_eq!(Server::start(directory.path()).stop().0, Some(0));
    assert_eq!(modes(), [0o600; 2]);
    // Mended, it is the same.
    fs::remove_file(&files[0]).unwrap();
    assert_eq!(Server::start(directory.path()).stop().0, Some(0));
    assert_eq!(modes(), [0o600; 2]);
}
