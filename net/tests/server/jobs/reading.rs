//! Jobs that only read, on a disk that stops at any of its operations: no execution runs for ever, none that has succeeded has half of a
//! result, and one that goes on finds what it would have found.

use super::*;

/// What an execution came to: how it ended, and what stands for all of its result.
#[derive(Clone, PartialEq, Debug)]
struct Came {
    state: String,
    digest: Option<String>,
    sha256: Option<String>,
}

fn came(client: &mut Client, (name, state): (&str, String)) -> Came {
    let told = ask(client, &format!("JOB GET {name}"));
    let sha256 = word(&ask(client, &format!("JOB RESULTS {name}")), "sha256");
    Came { state, digest: word(&told, "digest"), sha256 }
}

/// Walks over the operations of the disk during a job, each so-manieth. Returns how many there are, and how many executions went on after
/// the crash.
fn walk(
    base: &MemoryStorage,
    (job, arguments): (&str, &[&str]),
    (apart, is_same): (u64, bool),
) -> (u64, u64) {
    let (mut step, mut resumed, mut undisturbed) = (0, 0, None::<Came>);
    let asked: Vec<&str> =
        ["JOB", "RUN", job, "k1", "olga", "why"].into_iter().chain(arguments.iter().copied()).collect();
    let run = |client: &mut Client| client.send(wire(&asked));
    {
        let server = TestServer::on(base.crash_keeping_all());
        let mut client = server.client();
        run(&mut client);
        assert!(value(&mut client).contains(job));
        let (name, state) = ended(&mut client, job).unwrap();
        undisturbed.replace(came(&mut client, (&name, state)));
    }
    loop {
        let disk = base.crash_keeping_all();
        let server = TestServer::on(disk.clone());
        let before = version(&mut server.client());
        let mut client = server.client();
        disk.stop_after(step);
        run(&mut client);
        let (left, is_done) = until_it_ends(&server, step);
        drop((client, server));

        let server = TestServer::on(left);
        let mut client = server.client();
        match ended(&mut client, job) {
            // Nobody was told that it was asked for.
            None => {
                run(&mut client);
                assert!(value(&mut client).contains(job), "step {step}");
            }
            Some((name, state)) if state == "FAILED" => {
                resumed += 1;
                resume(&mut client, &name, step);
            }
            Some(_) => {}
        }
        let (name, state) = ended(&mut client, job).unwrap();
        let came = came(&mut client, (&name, state));
        let undisturbed = undisturbed.as_ref().unwrap();
        assert_eq!(came.state, "SUCCESS", "{job}, step {step}");
        assert_eq!(
            came.sha256.is_some(),
            undisturbed.sha256.is_some(),
            "{job}, step {step}: a result is whole"
        );
        assert!(!is_same || came == *undisturbed, "{job}, step {step}: {came:?}, and {undisturbed:?}");
        assert_eq!(version(&mut client), before, "{job}, step {step}: nothing has changed");
        if is_done {
            return (step, resumed);
        }
        step += apart;
    }
}

#[test]
fn a_crash_at_any_operation_of_the_disk_leaves_no_half_result_and_no_execution_that_runs_for_ever() {
    let (base, version) = sold();
    let version = version.to_string();
    // What is there later is another result, but for what is about one moment. All keep results and end in one way, so of one each operation
    // is tried.
    let mut went_on = 0;
    for (job, arguments, apart) in [
        ("export", &["EVENT", "gala", "AT", &*version][..], 1),
        ("replay", &["EVENT", "gala"], 4),
        ("check-invariants", &[], 5),
        ("verify-log", &[], 6),
        ("snapshot", &[], 3),
    ] {
        let (steps, resumed) = walk(&base, (job, arguments), (apart, job == "export"));
        assert!(steps > 2, "{job}: {steps} steps");
        went_on += resumed;
    }
    assert!(went_on > 3, "{went_on} were resumed");
}
