//! Backups of a server that sells: what comes back is what was acknowledged, and no damage is passed over.

mod archived;
mod as_of;
mod point;

use std::path::{Path, PathBuf};

use crate::support::jobs::{done, state};
use crate::support::reply::{self, Value};
use crate::support::{Client, HALL, Server, TempDir, eventually, run, told};

/// A directory for data and one for backups.
struct Place {
    data: TempDir,
    backups: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { data: TempDir::new(), backups: TempDir::new() }
    }

    fn to(&self) -> String {
        self.backups.path().display().to_string()
    }

    fn serve(&self, more: &[&str]) -> Server {
        let to = self.to();
        let flags = ["--backup-to", &to, "--recovery-grace", "0s", "--backup-keep", "2"];
        Server::with(self.data.path(), &[&flags, more].concat())
    }

    /// `holdfast backup ...` of these backups.
    fn command(&self, words: &[&str]) -> (i32, String, String) {
        let to = self.to();
        told(&run(["backup", words[0], "--from", &to].iter().chain(&words[1..])))
    }

    /// The files of the newest backup, with its manifest.
    fn files(&self) -> Vec<PathBuf> {
        let manifest = self.manifests().pop().unwrap();
        let dir = manifest.with_extension("");
        let of = |dir: PathBuf| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let within = ["wal", "snapshots", "audit", "results"].map(|name| dir.join(name));
        let mut files: Vec<_> =
            std::iter::once(dir).chain(within).flat_map(of).filter(|path| path.is_file()).collect();
        files.sort();
        files
    }

    fn manifests(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(self.backups.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        all.sort();
        all
    }
}

/// What readers are told of seats and of who has them.
fn map(client: &mut Client) -> Vec<String> {
    ["MAP gala", "LIST HOLDS gala", "LIST ORDERS gala"].map(|read| reply::at_rest(&client.bytes(read))).into()
}

fn sell(client: &mut Client, from: u32, to: u32) {
    for seat in from..=to {
        let hold = Value::of(&client.bytes(&format!("HOLD gala h{seat} bob 600000 SEATS A-1-{seat}")));
        let hold = hold.integer("hold");
        client.ask(&format!("CONFIRM gala c{seat} order-{seat} {hold}"));
    }
}

const WIDE: &str = r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":1,"seats":300}}],"limits":{"max_seats_per_holder":1000}}"#;

#[test]
fn a_backup_of_a_selling_server_comes_back_as_it_was_and_old_ones_go() {
    let place = Place::new();
    let server = place.serve(&["--snapshot-every", "1s"]);
    let mut client = server.client();
    client.create("gala", WIDE);
    sell(&mut client, 1, 20);
    let told = done(&mut client, "JOB RUN backup b1 olga why");
    assert_eq!(state(&told), "SUCCESS", "{told:?}");
    let figures = told.get("figures").unwrap();
    assert!(figures.integer("files") >= 3 && figures.integer("bytes") > 0, "{told:?}");
    // Snapshots come and go, and others buy meanwhile.
    let selling = std::thread::spawn({
        let mut client = server.client();
        move || sell(&mut client, 21, 220)
    });
    for number in 2..=4 {
        assert_eq!(state(&done(&mut client, &format!("JOB RUN backup b{number} olga why"))), "SUCCESS");
    }
    selling.join().unwrap();
    let sold = map(&mut client);
    let checked = done(&mut client, "JOB RUN check-invariants i1 olga why");
    let look = format!("JOB RESULTS {}", checked.get("execution").unwrap().text());
    let results = Value::of(&client.bytes(&look));
    assert_eq!((state(&checked), results.integer("lines") > 0), ("SUCCESS", true), "{checked:?}");
    assert_eq!(state(&done(&mut client, "JOB RUN backup b5 olga why")), "SUCCESS");
    assert_eq!(place.manifests().len(), 2, "two are kept");
    // What happens behind it is not in it.
    sell(&mut client, 221, 230);
    assert_eq!(state(&done(&mut client, "JOB RUN backup-verify v1 olga why ALL")), "SUCCESS");
    // What a drill has left that a crash has ended goes with the next.
    std::fs::create_dir_all(place.backups.path().join("drill-drill-1").join("wal")).unwrap();
    let drilled = done(&mut client, "JOB RUN drill d1 olga why");
    assert_eq!(state(&drilled), "SUCCESS", "{drilled:?}");
    assert_eq!(drilled.get("figures").unwrap().integer("events"), 1);
    assert!(
        std::fs::read_dir(place.backups.path())
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with("drill") })
    );
    drop(server);

    let (code, out, err) = place.command(&["list"]);
    assert_eq!((code, out.lines().count(), err.as_str()), (0, 2, ""));
    let (code, out, _) = place.command(&["verify"]);
    assert!(code == 0 && out.ends_with("whole\n"), "{out}");
    let restored = TempDir::new();
    let data = restored.join("data");
    let (code, out, err) = place.command(&["restore", "--data", &data.display().to_string()]);
    assert!(code == 0 && out.starts_with("restored "), "{out}{err}");
    assert!(out.contains("nothing of the backup is left out"), "{out}");
    let server = Server::with(&data, &["--recovery-grace", "0s"]);
    let mut client = server.client();
    assert_eq!(Value::of(&client.bytes(&look)), results, "results come back with their executions");
    // Keys have their answers, and the sale goes on when somebody says so.
    sell(&mut client, 1, 30);
    assert!(client.ask("HOLD gala new bob 1000 SEATS A-1-300").starts_with("-CLOSED HF-BIZ-030"));
    client.ask("EVENT RESUME gala resumed olga why");
    assert_eq!(map(&mut client), sold, "all of it was sold, and each key knows");
    assert_eq!(state(&done(&mut client, "JOB RUN replay r1 olga why")), "SUCCESS");
    sell(&mut client, 221, 222);
    let (code, _, err) = place.command(&["restore", "--data", &data.display().to_string()]);
    assert_eq!(code, 3, "{err}");
}

#[test]
fn each_damage_of_a_backup_is_found_and_named_and_none_is_restored() {
    let place = Place::new();
    let server = place.serve(&[]);
    let mut client = server.client();
    client.create("gala", HALL);
    client.ask("HOLD gala k1 bob 600000 SEATS A-1-1");
    assert_eq!(state(&done(&mut client, "JOB RUN snapshot s1 olga why")), "SUCCESS");
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    let mut number = 0;
    let mut fails = |client: &mut Client, file: &Path, what: &str| {
        number += 1;
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for job in ["backup-verify", "drill"] {
            let told = done(client, &format!("JOB RUN {job} {job}-{number} olga why"));
            let (is, code) = (state(&told).to_owned(), told.get("error_code").unwrap().text().to_owned());
            assert_eq!((is.as_str(), code.as_str()), ("FAILED", "HF-DQ-005"), "{job} {what} {name}");
            let message = told.get("message").unwrap().text();
            assert!(message.contains(&name), "{job} {what} {name}: {message}");
        }
        let (code, out, err) = place.command(&["verify"]);
        assert!(code != 0 && format!("{out}{err}").contains(&name), "{what} {name}: {out}{err}");
        let restored = TempDir::new();
        let (code, out, _) = place.command(&["restore", "--data", &restored.join("d").display().to_string()]);
        assert!(code == 3 && out.is_empty(), "{what} {name}");
    };
    let files = place.files();
    assert!(files.len() >= 5, "identity and its copy, log, manifest and pack: {files:?}");
    for file in files.iter().chain(&place.manifests()) {
        let good = std::fs::read(file).unwrap();
        let is_manifest = file.extension().is_some_and(|end| end == "json");
        let mut flipped = good.clone();
        flipped[if is_manifest { 0 } else { good.len() / 2 }] ^= 1;
        std::fs::write(file, flipped).unwrap();
        fails(&mut client, file, "a flipped bit in");
        std::fs::write(file, &good[..good.len() / 2]).unwrap();
        fails(&mut client, file, "half of");
        if !is_manifest {
            std::fs::remove_file(file).unwrap();
            fails(&mut client, file, "without");
        }
        std::fs::write(file, good).unwrap();
    }
    let foreign = files[0].with_file_name("foreign");
    std::fs::write(&foreign, "x").unwrap();
    let (code, out, _) = place.command(&["verify"]);
    assert!(code == 1 && out.contains("foreign"), "{out}");
    std::fs::remove_file(&foreign).unwrap();
    assert_eq!(place.command(&["verify"]).0, 0, "as it was");
    assert_eq!(state(&done(&mut client, "JOB RUN drill last olga why")), "SUCCESS");
}

#[test]
fn what_is_wrong_with_the_place_is_told_and_the_sale_goes_on() {
    let place = Place::new();
    let server = Server::start(place.data.path());
    let mut client = server.client();
    for job in ["backup", "backup-verify", "drill"] {
        let told = client.ask(&format!("JOB RUN {job} k-{job} olga why"));
        assert!(told.starts_with("-INVALID HF-BAT-014 backup.to is not set"), "{told}");
    }
    drop(server);
    let server = place.serve(&[]);
    let mut client = server.client();
    client.create("gala", HALL);
    for (line, code) in [
        ("JOB RUN drill d1 olga why", "HF-DQ-005"),
        ("JOB RUN backup-verify v1 olga why", "HF-DQ-005"),
        ("JOB RUN backup-verify v2 olga why nope", "HF-DQ-005"),
    ] {
        let told = done(&mut client, line);
        assert_eq!((state(&told), told.get("error_code").unwrap().text()), ("FAILED", code), "{told:?}");
    }
    assert!(client.ask("JOB RUN backup b0 olga why now").starts_with("-INVALID HF-BAT-014"));
    // A backup that was given up, by a process that died: what is left of it goes, and is none.
    let left = place.backups.path().join("20260101T000000Z-1");
    std::fs::create_dir_all(left.join("wal")).unwrap();
    std::fs::write(left.join("wal/00000000000000000001.wal"), "x").unwrap();
    std::fs::write(place.backups.path().join("20260101T000000Z-1.json.new"), "{").unwrap();
    let (code, out, _) = place.command(&["list"]);
    assert_eq!((code, out.as_str()), (0, "there are no backups\n"));
    assert_eq!(state(&done(&mut client, "JOB RUN backup b1 olga why")), "SUCCESS");
    assert!(!left.join("wal/00000000000000000001.wal").exists());
    assert_eq!(place.manifests().len(), 1);
    // The place becomes a file: the job fails, and nothing else.
    let aside = place.data.path().join("aside");
    std::fs::rename(place.backups.path(), &aside).unwrap();
    std::fs::write(place.backups.path(), "no directory").unwrap();
    let told = done(&mut client, "JOB RUN backup b2 olga why");
    assert_eq!((state(&told), told.get("error_code").unwrap().text()), ("FAILED", "HF-BAT-002"), "{told:?}");
    std::fs::remove_file(place.backups.path()).unwrap();
    std::fs::rename(aside, place.backups.path()).unwrap();
    assert!(client.ask("HOLD gala k1 bob 600000 SEATS A-1-1").starts_with('*'));
    assert_eq!(state(&done(&mut client, "JOB RUN backup b3 olga why")), "SUCCESS");
}

#[test]
fn what_is_scheduled_is_done_by_itself_and_not_again_after_a_start() {
    let place = Place::new();
    let flags = ["--backup-every", "1h", "--backup-drill-every", "1h"];
    let mut server = place.serve(&flags);
    let mut client = server.client();
    let find = |client: &mut Client, job: &str| {
        let page = Value::of(&client.bytes(&format!("JOB FIND JOB {job}")));
        page.list()[1].list().to_vec()
    };
    let mut runs = Vec::new();
    eventually("a backup and a drill", || {
        runs = [find(&mut client, "backup"), find(&mut client, "drill")].concat();
        runs.len() == 2 && runs.iter().all(|run| !["READY", "RUNNING"].contains(&state(run)))
    });
    for run in &runs {
        assert_eq!((state(run), run.get("run_type").unwrap().text()), ("SUCCESS", "AUTO"), "{run:?}");
        assert_eq!(run.get("operator").unwrap().text(), "$schedule");
    }
    server.kill();
    let server = place.serve(&flags);
    let mut client = server.client();
    assert_eq!(state(&done(&mut client, "JOB RUN snapshot s1 olga why")), "SUCCESS");
    assert_eq!(find(&mut client, "backup").len(), 1, "it was an hour ago less than an hour");
}
