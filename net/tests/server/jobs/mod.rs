//! A plan of commands on a disk that stops at any of its operations: each line takes effect once, whatever was durable, and no execution
//! runs for ever.

mod reading;

use holdfast_testkit::MemoryStorage;

use crate::support::{Client, HALL, TestServer, ask, eventually, value, wire};

const LINES: [&str; 3] = ["CANCEL gala * o1 *", "CANCEL gala * o2 *", "RELEASE gala * 6"];

/// The word behind this field of a reply.
fn word(reply: &str, field: &str) -> Option<String> {
    let words: Vec<&str> = reply.split('|').collect();
    let at = words.iter().position(|word| *word == field)?;
    words.get(at + 1).map(|word| (*word).trim_start_matches(':').to_owned())
}

fn version(client: &mut Client) -> u64 {
    word(&ask(client, "EVENT INFO gala"), "version").unwrap().parse().unwrap()
}

/// Two orders and a hold, on a disk; and the version of the event.
fn sold() -> (MemoryStorage, u64) {
    let server = TestServer::start();
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "gala", "create", HALL]);
    assert!(value(&mut client).contains("gala"));
    for line in [
        "HOLD gala h1 bob 600000 SEATS A-1-1",
        "CONFIRM gala c1 o1 2",
        "HOLD gala h2 bob 600000 SEATS A-1-2",
        "CONFIRM gala c2 o2 4",
        "HOLD gala h3 bob 600000 SEATS A-1-3",
    ] {
        assert!(!ask(&mut client, line).starts_with('-'), "{line}");
    }
    let version = version(&mut client);
    let disk = server.disk.clone();
    drop(server);
    (disk, version)
}

/// Asks for the plan, and then for what is in it; nobody waits for the answer.
fn run(client: &mut Client, before: impl FnOnce()) {
    let planned: Vec<&str> = ["JOB", "PLAN", "compensate"].into_iter().chain(LINES).collect();
    client.command(&planned);
    let plan = word(&value(client), "plan").unwrap();
    before();
    let asked = ["JOB", "RUN", "compensate", "k1", "olga", "why", "PLAN", &plan];
    client.send(wire(&asked.into_iter().chain(LINES).collect::<Vec<_>>()));
}

/// Waits until every execution has ended, and returns what the newest of this job is called, and how it did.
fn ended(client: &mut Client, job: &str) -> Option<(String, String)> {
    eventually("each execution ends", || {
        let found = ask(client, "JOB FIND COUNT 100");
        ["READY", "RUNNING"].iter().all(|state| !found.contains(&format!("|{state}|")))
    });
    let found = ask(client, &format!("JOB FIND JOB {job} COUNT 1"));
    Some((word(&found, "execution")?, word(&found, "state")?))
}

/// Waits until the only execution of a server has ended, or its disk takes nothing more. What the disk has then, one way or another; and
/// whether it was the end of the execution.
fn until_it_ends(server: &TestServer, step: u64) -> (MemoryStorage, bool) {
    eventually("it ends, or the disk does", || {
        let [ready, running, ended @ ..] = server.executions();
        server.has_failed() || (ready + running == 0 && ended.iter().sum::<u64>() > 0)
    });
    let left = match step % 3 {
        0 => server.disk.crash_losing_all(),
        1 => server.disk.crash_keeping_all(),
        _ => server.disk.crash(step),
    };
    (left, !server.has_failed())
}

/// An execution that a crash has ended is resumed.
fn resume(client: &mut Client, name: &str, step: u64) {
    let told = ask(client, &format!("JOB GET {name}"));
    assert_eq!(word(&told, "error_code").as_deref(), Some("HF-BAT-001"), "step {step}: {told}");
    assert!(ask(client, &format!("JOB RESUME {name} k2 olga why")).contains("RESUME"));
}

#[test]
fn a_crash_at_any_operation_of_the_disk_does_no_line_twice_and_leaves_none_undone() {
    let (base, before) = sold();
    let (mut step, mut resumed, mut anew) = (0, 0, 0);
    loop {
        let disk = base.crash_keeping_all();
        let server = TestServer::on(disk.clone());
        let mut client = server.client();
        run(&mut client, || disk.stop_after(step));
        let (left, is_done) = until_it_ends(&server, step);
        drop((client, server));

        let server = TestServer::on(left);
        let mut client = server.client();
        match ended(&mut client, "compensate") {
            // Nobody was told that it was asked for.
            None => {
                anew += 1;
                run(&mut client, || {});
                assert!(value(&mut client).contains("compensate-"), "step {step}");
            }
            Some((name, state)) if state == "FAILED" => {
                resumed += 1;
                resume(&mut client, &name, step);
            }
            Some(_) => {}
        }
        let (name, state) = ended(&mut client, "compensate").unwrap();
        assert_eq!(state, "SUCCESS", "step {step}: {}", ask(&mut client, &format!("JOB GET {name}")));
        // Each line is one version, and there is no other.
        assert_eq!(version(&mut client), before + LINES.len() as u64, "step {step}");
        for order in ["o1", "o2"] {
            let told = ask(&mut client, &format!("GET ORDER gala {order}"));
            assert_eq!(word(&told, "status").as_deref(), Some("cancelled"), "step {step}");
        }
        // There is a result that is known to be whole, or nothing was left to be done.
        let results = ask(&mut client, &format!("JOB RESULTS {name}"));
        let told = ask(&mut client, &format!("JOB GET {name}"));
        let is_whole = word(&results, "sha256").is_some_and(|sum| sum.len() == 64);
        assert!(is_whole || told.contains("|items|:0|"), "step {step}: {results} {told}");
        if is_done {
            break;
        }
        step += 1;
    }
    // How many there are is up to how records are grouped.
    assert!(step > 10 && resumed > 3 && anew > 0, "{step} steps, {resumed} resumed, {anew} anew");
}
