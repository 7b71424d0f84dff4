//! A backup that is brought forward with an archive: by the programs that people use.

use super::{Place, TempDir, WIDE, sell};
use crate::support::jobs::{done, state};
use crate::support::reply::Value;
use crate::support::{Server, eventually, run, told};

/// So many acts that the log notes the lines of the audit before the server ends.
const ACTS: u32 = 80;

#[test]
fn the_audit_of_what_an_archive_brings_forward_is_whole() {
    let (place, archive) = (Place::new(), TempDir::new());
    let to = archive.path().display().to_string();
    let server = place.serve(&["--archive-to", &to, "--archive-every", "1s", "--wal-segment", "8MiB"]);
    let mut client = server.client();
    client.create("gala", WIDE);
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    for act in 0..ACTS {
        let word = if act % 2 == 0 { "PAUSE" } else { "RESUME" };
        assert!(!client.ask(&format!("EVENT {word} gala act-{act} olga why")).starts_with('-'));
    }
    eventually("the log has noted where the audit is", || {
        Value::of(&client.bytes("AUDIT HEAD")).integer("noted_seq") >= 64
    });
    // The record that notes the audit is before these sales, which are archived with what is before them.
    let noted: u64 = client.info("persistence", "lsn_durable").parse().unwrap();
    sell(&mut client, 1, 3);
    let newest = |client: &mut crate::support::Client| -> u64 {
        let info = client.ask("INFO");
        let line = info.split('|').find_map(|line| line.strip_prefix("archive_lsn:").map(str::to_owned));
        line.unwrap_or_else(|| panic!("{info}")).trim().parse().unwrap()
    };
    eventually("all of it is archived", || newest(&mut client) > noted);
    drop(server);

    let restored = TempDir::new();
    let data = restored.join("data");
    let path = data.display().to_string();
    let (code, out, err) = place.command(&["restore", "--archive", &to, "--data", &path]);
    assert!(code == 0 && out.starts_with("restored "), "{out}{err}");
    let verified = || told(&run(["audit", "verify", "--data", &path]));
    let (code, out, err) = verified();
    assert!(code == 0 && out.ends_with("whole\n") && out.contains("are anchored: "), "{out}{err}");
    let mut server = Server::with(&data, &[]);
    let mut client = server.client();
    let head = Value::of(&client.bytes("AUDIT HEAD"));
    assert!(matches!(head.get("error_code"), Some(Value::Null)) && head.integer("gaps") == 0, "{head:?}");
    assert_eq!(server.stop().0, Some(0));
    let (code, out, err) = verified();
    assert!(code == 0 && out.ends_with("whole\n"), "{out}{err}");
}
