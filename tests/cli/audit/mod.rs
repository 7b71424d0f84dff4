//! `holdfast audit`: the files beside a server and after it, and what is said when they are not what was written.

use std::path::{Path, PathBuf};

use crate::support::reply::Value;
use crate::support::{HALL, Server, TempDir, eventually, run, told};

fn audit(words: &[&str], data: &Path) -> (i32, String, String) {
    let data = data.display().to_string();
    told(&run(["audit", words[0], "--data", &data].iter().chain(&words[1..])))
}

/// A sale with acts of two people, and the head after them.
fn acted(server: &Server) -> String {
    let mut client = server.client();
    client.create("gala", HALL);
    client.ask("EVENT PAUSE gala p1 olga too-many-bots");
    client.ask("EVENT RESUME gala p2 otto fine");
    let mut head = String::new();
    eventually("all is in the audit", || {
        let told = Value::of(&client.bytes("AUDIT HEAD"));
        told.get("head").unwrap().text().clone_into(&mut head);
        told.integer("seq") == 5
    });
    head
}

fn file(data: &Path) -> PathBuf {
    std::fs::read_dir(data.join("audit")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn lines_are_shown_exported_and_verified_while_a_server_runs_and_when_it_has_ended() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let head = acted(&server);
    let (code, out, err) = audit(&["verify", "--against", &head], directory.path());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.ends_with(&format!("head {head}\nwhole\n")), "{out}");
    assert!(out.contains("lines up to 5 are anchored: --against has noted them"), "{out}");
    assert!(out.contains("4 acts are in the files as they are there"), "{out}");
    assert_eq!(server.stop().0, Some(0));
    let (code, out, err) = audit(&["verify"], directory.path());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("lines up to 5 are anchored: record"), "{out}");
    assert!(out.contains("lines 6 to 6 are not anchored"), "{out}");
    let (code, out, _) = audit(&["show", "--operator", "olga"], directory.path());
    assert_eq!((code, out.lines().count()), (0, 1), "{out}");
    assert!(
        out.contains("event.pause") && out.contains("by olga") && out.contains("because too-many-bots"),
        "{out}"
    );
    let (_, out, _) = audit(&["export", "--event", "gala", "--from", "2020-01-01"], directory.path());
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["act"].as_str().unwrap()).collect::<Vec<_>>(),
        ["event.create", "event.pause", "event.resume"]
    );
    assert_eq!(audit(&["show", "--to", "2020-01-01"], directory.path()).1, "");
}

#[test]
fn what_was_changed_or_cut_off_is_found_and_a_start_tells_it_and_sells() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    acted(&server);
    server.stop();
    let path = file(directory.path());
    let whole = std::fs::read(&path).unwrap();
    let changed = String::from_utf8(whole.clone()).unwrap().replace("too-many-bots", "too-many-nuns");
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let cut = lines[..3].concat();
    for (bytes, what) in [(changed.as_bytes(), "its hash is another one"), (&cut, "the last line is 2")] {
        std::fs::write(&path, bytes).unwrap();
        let (code, out, err) = audit(&["verify"], directory.path());
        assert_eq!(code, 1, "{out}{err}");
        assert!(out.contains(what) && out.ends_with("DAMAGED\n"), "{out}");
        assert!(err.contains("HF-DQ-020"), "{err}");
        let server = Server::start(directory.path());
        let mut client = server.client();
        eventually("the damage is told", || {
            Value::of(&client.bytes("AUDIT HEAD")).get("error_code")
                == Some(&Value::Bulk("HF-DQ-020".to_owned()))
        });
        assert!(client.ask("HOLD gala k1 bob 600000 SEATS A-1-1").contains("hold"));
        assert!(server.log().contains("the audit is not what was written"));
        drop(server);
        assert!(std::fs::read(&path).unwrap().starts_with(bytes), "nothing of it is corrected");
        std::fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn a_backup_has_the_audit_and_where_it_stood() {
    let (directory, backups) = (TempDir::new(), TempDir::new());
    let to = backups.path().display().to_string();
    let server = Server::with(directory.path(), &["--backup-to", &to]);
    acted(&server);
    let made = crate::support::jobs::done(&mut server.client(), "JOB RUN backup b1 olga why");
    assert_eq!(crate::support::jobs::state(&made), "SUCCESS");
    let manifest = std::fs::read_dir(backups.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap();
    let (code, out, err) = audit(&["verify"], &manifest.with_extension(""));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("the manifest of the backup has noted them"), "{out}");
    let restored = TempDir::new();
    let data = restored.path().join("data").display().to_string();
    let (code, _, err) = told(&run(["backup", "restore", "--from", &to, "--data", &data]));
    assert_eq!(code, 0, "{err}");
    let mut server = Server::start(Path::new(&data));
    server.stop();
    let (code, out, err) = audit(&["verify"], Path::new(&data));
    assert_eq!(code, 0, "{out}{err}");
}
