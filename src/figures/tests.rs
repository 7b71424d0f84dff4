//! The table of figures and the documentation say the same.

use std::collections::BTreeSet;
use std::path::Path;

use holdfast_figures::{Listed, listed};
use holdfast_net::FRONT;

use super::rows::{EVENTS, GROUPS, PROCESS, RUNNING, label as state, modes};

fn all() -> Vec<Listed> {
    let server = listed(&[&PROCESS]).into_iter().chain(listed(&RUNNING)).chain(listed(&[&GROUPS]));
    let server = server.chain(listed(&FRONT));
    server.chain(listed(&[&EVENTS])).collect()
}

#[test]
fn names_are_as_prometheus_wants_them_and_stand_once() {
    let all = all();
    let faults: Vec<_> = all.iter().filter_map(Listed::fault).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let names: BTreeSet<_> = all.iter().map(|listed| listed.name).collect();
    assert_eq!(names.len(), all.len(), "two tables have one name");
}

/// The values of labels that readers fill in, where they are few.
fn values(name: &str, label: &str) -> Vec<String> {
    use holdfast_engine::{Circuit, EventStatus, Happened, HoldEnd, Outcome, PaymentStatus, SeatStatus};
    let words = |words: &mut dyn Iterator<Item = &'static str>| words.map(str::to_owned).collect();
    match (name, label) {
        (_, "mode") => words(&mut modes()),
        ("holdfast_cluster_role", _) => {
            words(&mut holdfast_engine::ClusterRole::ALL.into_iter().map(holdfast_engine::ClusterRole::word))
        }
        ("holdfast_payment_breaker", "state") => words(&mut Circuit::ALL.into_iter().map(Circuit::word)),
        ("holdfast_payment_outcomes_total", _) => {
            words(&mut ["success", "failed", "lapsed", "late", "refund_due"].into_iter())
        }
        (_, "outcome") if name.starts_with("holdfast_payment_") => {
            words(&mut Outcome::ALL.into_iter().map(Outcome::word))
        }
        (_, "class") => words(
            &mut holdfast_reconcile::Class::ALL
                .into_iter()
                .filter(|class| class.code().is_some())
                .map(holdfast_reconcile::Class::word),
        ),
        (_, "currency") => vec!["a code of ISO 4217".to_owned()],
        (_, "stream") => vec!["`feed:<event>` or `feeds`".to_owned()],
        (_, "group") => vec!["a consumer group".to_owned()],
        (_, "channel") => vec!["a channel of the settings".to_owned()],
        ("holdfast_notify_tries_total", "outcome") => words(&mut ["taken", "failed"].into_iter()),
        (_, "name") => vec!["a job".to_owned()],
        (_, "provider") => vec!["a name, `no provider` or `other providers`".to_owned()],
        (_, "state") => PaymentStatus::ALL.into_iter().map(state).collect(),
        (_, "change") => words(&mut Happened::ALL.into_iter().map(Happened::word)),
        (_, "end") => words(&mut HoldEnd::ALL.into_iter().map(HoldEnd::word)),
        (_, "of") => words(&mut ["done", "all"].into_iter()),
        ("holdfast_event_status", "status") => {
            words(&mut EventStatus::ALL.into_iter().map(EventStatus::word))
        }
        (_, "status") => words(&mut SeatStatus::ALL.into_iter().map(SeatStatus::word)),
        (_, "kind") => vec!["a kind of the protocol".to_owned()],
        (_, "code") => vec!["a code of the catalogue".to_owned()],
        (_, "version" | "event" | "command") => Vec::new(),
        _ => panic!("{name}: what can {label} be?"),
    }
}

fn row(listed: &Listed) -> String {
    let labels: Vec<_> = listed
        .labels
        .iter()
        .map(|(label, known)| {
            let known: Vec<String> = known.iter().map(|value| (*value).to_owned()).collect();
            let values = if known.is_empty() { values(listed.name, label) } else { known };
            if values.is_empty() { format!("`{label}`") } else { format!("`{label}`: {}", values.join(", ")) }
        })
        .collect();
    let info: Vec<_> = listed.info.iter().map(|(section, name)| format!("{section} `{name}`")).collect();
    let Listed { name, kind, help, .. } = listed;
    format!("| `{name}` | {kind} | {} | {help} | {} |\n", labels.join("; "), info.join(", "))
}

#[test]
fn the_documentation_has_every_metric() {
    const HEAD: &str = "| metric | kind | labels | means | in `INFO` |\n| --- | --- | --- | --- | --- |\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("docs/metrics.md has the head of the table");
    let end: usize = rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let table: String = all().iter().map(row).collect();
    if std::env::var_os("HOLDFAST_DOCS").is_some_and(|word| word == "write") {
        std::fs::write(&path, format!("{before}{HEAD}{table}{}", &rest[end..])).unwrap();
        return;
    }
    assert!(
        rest[..end] == table,
        "docs/metrics.md is not what the tables say: HOLDFAST_DOCS=write writes it"
    );
}
