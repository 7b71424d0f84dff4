//! `holdfast checklist` and the job of that name: a server that is well, one that is not, and one that nobody has cared for.

use std::fs;

use serde_json::Value;

use crate::support::jobs::{self, done};
use crate::support::reply;
use crate::support::{HALL, Server, TempDir, eventually, run, told, wire};

/// Exit code, and the items by their ids: verdict and evidence.
fn checked(server: &Server, more: &[&str]) -> (i32, Value) {
    let address = server.address.to_string();
    let (code, out, err) = told(&run([&["checklist"], more, &["--address", &address, "--json"]].concat()));
    let list = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    (code, list)
}

fn verdict<'a>(list: &'a Value, id: &str) -> &'a str {
    let items = list["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("{id}"));
    item["verdict"].as_str().unwrap()
}

#[test]
fn a_server_that_was_cared_for_is_not_red_and_one_whose_disk_is_low_is() {
    let (data, backups, rules) = (TempDir::new(), TempDir::new(), TempDir::new());
    let config = rules.path().join("holdfast.toml");
    fs::write(&config, "[[notify.channel]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\nsecret_env = \"SECRET\"\n").unwrap();
    let to = backups.path().to_str().unwrap();
    let mut program = crate::support::program();
    program.env("SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    let flags = ["--config", config.to_str().unwrap(), "--backup-to", to];
    let server = Server::spawn(program, data.path(), &flags).unwrap_or_else(|(_, said)| panic!("{said}"));
    let mut client = server.client();
    client.create("hall", HALL);
    assert!(client.ask("HOLD hall h1 ann 0 SEATS A-1-1").starts_with('*'));

    // Nobody has cared for it yet.
    let (code, list) = checked(&server, &["daily"]);
    assert_eq!((code, list["verdict"].as_str()), (1, Some("red")), "{list}");
    assert_eq!((verdict(&list, "backup"), verdict(&list, "invariants")), ("red", "amber"));
    assert_eq!(
        (verdict(&list, "mode"), verdict(&list, "told"), verdict(&list, "version")),
        ("green", "green", "green")
    );
    let failed = done(&mut client, "JOB RUN checklist c1 olga why daily");
    assert_eq!((jobs::state(&failed), failed.get("error_code").unwrap().text()), ("FAILED", "HF-BAT-030"));
    assert!(
        failed.texts("findings").iter().any(|one| one.starts_with("backup: backup never succeeded")),
        "{failed:?}"
    );

    for line in
        ["JOB RUN backup b1 olga why", "JOB RUN drill d1 olga why", "JOB RUN check-invariants i1 olga why"]
    {
        assert_eq!(jobs::state(&done(&mut client, line)), "SUCCESS", "{line}");
    }
    let (code, list) = checked(&server, &["daily"]);
    let red: Vec<_> =
        list["items"].as_array().unwrap().iter().filter(|item| item["verdict"] == "red").collect();
    assert_eq!((code, red.len()), (0, 0), "{red:?}");
    assert_eq!(
        (verdict(&list, "backup"), verdict(&list, "jobs"), verdict(&list, "clock")),
        ("green", "green", "green")
    );
    let well = done(&mut client, "JOB RUN checklist c2 olga why DAILY");
    assert_eq!(jobs::state(&well), "SUCCESS", "{well:?}");
    let items = list["items"].as_array().unwrap().len() as u64;
    assert_eq!(well.get("result_lines").unwrap().number(), items);

    // What only a directory and a file of rules tell.
    let made = rules.path().to_str().unwrap();
    assert_eq!(told(&run(["ops", "render", "--to", made])).0, 0);
    let file = rules.path().join("prometheus/rules.yml");
    let (of, file) = (data.path().to_str().unwrap(), file.to_str().unwrap());
    let (_, blind) = checked(&server, &["monthly"]);
    let (_, list) = checked(&server, &["monthly", "--data", of, "--rules", file]);
    for id in ["rules", "audit-chain", "kpi-availability"] {
        assert_eq!((verdict(&blind, id), verdict(&list, id)), ("unknown", "green"), "{id}: {list}");
    }
    assert_eq!(verdict(&list, "drill"), "green");
    let rest =
        fs::read_to_string(file).unwrap().replace("- alert: HoldfastDown\n", "- alert: SomethingElse\n");
    fs::write(file, rest).unwrap();
    let (code, list) = checked(&server, &["monthly", "--rules", file]);
    assert_eq!((code, verdict(&list, "rules")), (1, "red"));
    assert!(list.to_string().contains("HoldfastDown"));
    let monthly = done(&mut client, "JOB RUN checklist c3 olga why monthly");
    let results = reply::Value::of(
        &client.bytes(&format!("JOB RESULTS {} INACTIVE", monthly.get("execution").unwrap().text())),
    );
    let lines = results.texts("results");
    let of = |id: &str| lines.iter().find(|line| line.contains(&format!("\"id\":\"{id}\""))).unwrap();
    for id in ["audit-chain", "kpi-availability"] {
        assert!(of(id).contains("\"verdict\":\"green\""), "{}", of(id));
    }
    assert!(of("backup").contains("최신 백업"));

    // Each command to send is one that a server takes.
    for item in list["items"].as_array().unwrap() {
        let line = item["command"].as_str().unwrap();
        let Some(line) = line.strip_prefix("redis-cli -p 7411 ") else { continue };
        let (plain, reason) = line
            .split_once(" \"")
            .map_or((line, None), |(plain, rest)| (plain, Some(rest.split_once('"').unwrap())));
        let mut words: Vec<_> = plain.split(' ').map(|word| word.replace("EVENT", "hall")).collect();
        if let Some((reason, behind)) = reason {
            words.push(reason.to_owned());
            words.extend(behind.split_whitespace().map(str::to_owned));
        }
        client.send(wire(&words));
        let said = String::from_utf8_lossy(&client.raw()).into_owned();
        // This server is no node of a cluster.
        if item["id"] == "copies" {
            assert!(said.contains("there is no job scrub-log"), "{said}");
            continue;
        }
        for code in ["HF-INP-00", "HF-BAT-014"] {
            assert!(!said.contains(code), "{line}: {said}");
        }
    }
    drop(server);

    // By itself, on a disk that is low.
    let server = Server::with(
        data.path(),
        &["--backup-to", to, "--wal-reserve", "1000TiB", "--checklist-every", "1h"],
    );
    let mut client = server.client();
    eventually("the disk is low", || client.info("persistence", "disk_low") == "1");
    let (code, out, err) =
        told(&run(["checklist", "daily", "--address", &server.address.to_string(), "--lang", "ko"]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("is red: ") && err.contains("disk-space"), "{err}");
    assert!(
        out.contains("위험")
            && out.contains("disk_low 1 (INFO)")
            && out.contains("docs/ko/runbooks/disk-space.md"),
        "{out}"
    );
    assert_eq!(told(&run(["checklist", "weekly"])).0, 2);
    assert_eq!(told(&run(["checklist", "daily", "--address", "127.0.0.1:1"])).0, 2);
}

#[test]
fn a_list_is_gone_through_by_itself() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--checklist-every", "1h"]);
    let mut client = server.client();
    let mut listed = String::new();
    eventually("it was gone through", || {
        listed = client.ask("JOB FIND JOB checklist STATE FAILED");
        listed.contains("checklist-")
    });
    assert!(listed.contains("AUTO") && listed.contains("$schedule") && listed.contains("daily"), "{listed}");
}
