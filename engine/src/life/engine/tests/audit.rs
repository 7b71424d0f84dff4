//! The audit beside the engine: what is in it after ends, crashes, faults of its disk, and log that had to go.

use std::collections::BTreeMap;

use holdfast_audit::{Anchor, Hash, Head, Verdict, verify};
use holdfast_testkit::{Fault as DiskFault, Operation};
use holdfast_wal::{Lsn, Seen};

use super::*;
use crate::audit::{AuditAsk, AuditFind, act_of};
use crate::codec::decode_system;
use crate::document::Document;
use crate::system::{AuditChange, SystemChange};

fn pause(event: &'static str, key: &'static str) -> Request {
    Request::Pause { event, key }
}

/// The acts in the log, by their records, and where the files stood, as the log says.
fn logged(storage: &MemoryStorage) -> (BTreeMap<u64, String>, Vec<Anchor>) {
    let (mut acts, mut anchors) = (BTreeMap::new(), Vec::new());
    holdfast_wal::inspect(storage, &mut |seen| {
        let Seen::Group(group) = seen else { return };
        for (lsn, bytes) in group.records() {
            if let Ok(framed) = decode_system(bytes)
                && let SystemChange::Audit(AuditChange::Head(head)) = framed.record.change
            {
                let head = Head { seq: head.seq, hash: Hash(head.hash) };
                anchors.push(Anchor { head, source: format!("record {lsn}") });
            }
            if let Some(act) = act_of(lsn, bytes).unwrap() {
                acts.insert(lsn.0, act.act.to_string());
            }
        }
    })
    .unwrap();
    (acts, anchors)
}

/// What the files say: acts by their records, those about the audit itself, and the verdict.
fn audited(storage: &MemoryStorage) -> (BTreeMap<u64, String>, Vec<String>, Verdict) {
    let (mut acts, mut own) = (BTreeMap::new(), Vec::new());
    let (_, anchors) = logged(storage);
    let verdict = verify(storage, None, &anchors, &mut |line| {
        let act = line.entry.act.to_string();
        if act.starts_with("audit.") {
            own.push(act);
        } else {
            assert_eq!(acts.insert(line.entry.lsn, act), None, "a record is told of twice");
        }
    })
    .unwrap();
    (acts, own, verdict)
}

/// Waits until the files have all that was appended.
fn follows(engine: &Engine) {
    let log = engine.router().log();
    while engine.stats().audit.upto < log.appended().0 {
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn acts_are_in_the_files_and_the_log_has_noted_them_at_an_end() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        for (run, (key, other)) in [("k1", "p1"), ("k2", "p2"), ("k3", "p3")].into_iter().enumerate() {
            let engine = open(&storage);
            ask(&engine, vec![create("gala"), hold("gala", key, "A-1-1"), pause("gala", other)]).await;
            engine.stop().unwrap();
            let (acts, own, verdict) = audited(&storage);
            assert_eq!(verdict.faults, [], "run {run}");
            assert_eq!((own, verdict.torn), (vec!["audit.begin".to_owned()], None));
            assert_eq!(acts, logged(&storage).0);
            assert!(acts.values().any(|act| act == "event.pause"));
            assert_eq!(acts.values().filter(|act| *act == "process.stop").count(), run + 1);
            // All but the last line, which tells of the end.
            assert_eq!(verdict.anchored.unwrap().head.seq, verdict.lines - 1);
        }
    });
}

#[test]
fn the_newest_lines_are_shown_as_they_are_asked_for() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        ask(&engine, vec![create("gala"), create("ball"), pause("gala", "k1"), pause("ball", "k2")]).await;
        follows(&engine);
        let trail = engine.router().audit();
        let shown = |find: AuditFind| {
            let Document::List(page) = trail.ask(&AuditAsk::Show(AuditFind { count: 2, ..find })) else {
                panic!()
            };
            let [Document::Number(next), Document::List(lines)] = &page[..] else { panic!("{page:?}") };
            (*next, lines.len())
        };
        assert_eq!(shown(AuditFind::default()), (5, 2), "six lines, and the page ends with the fifth");
        assert_eq!(shown(AuditFind { cursor: 2, ..AuditFind::default() }), (0, 1));
        assert_eq!(shown(AuditFind { operator: Some("olga".into()), ..AuditFind::default() }), (0, 2));
        assert_eq!(shown(AuditFind { event: Some("ball".into()), ..AuditFind::default() }), (0, 2));
        assert_eq!(shown(AuditFind { act: Some("process.".into()), ..AuditFind::default() }), (0, 1));
        assert_eq!(shown(AuditFind { to: Some(At(1)), ..AuditFind::default() }), (0, 0));
        let stats = engine.stats().audit;
        assert_eq!((stats.head.seq, stats.trouble(), stats.gaps), (6, None, 0));
        engine.stop().unwrap();
    });
}

#[test]
fn whatever_a_crash_leaves_no_act_is_missing_and_none_is_there_twice() {
    System::new().block_on(async {
        for seed in 0..24 {
            let storage = MemoryStorage::new();
            let engine = open(&storage);
            ask(&engine, vec![create("gala"), pause("gala", "k1")]).await;
            if seed % 3 == 0 {
                follows(&engine);
            } else {
                // Somewhere in what the thread of the audit writes meanwhile.
                thread::sleep(Duration::from_micros(seed * 700));
            }
            ask(&engine, vec![create("ball"), pause("ball", "k2")]).await;
            let crashed = storage.crash(seed);
            engine.stop().unwrap();
            let engine = open(&crashed);
            ask(&engine, vec![hold("gala", "k3", "A-1-1")]).await;
            engine.stop().unwrap();
            let (acts, own, verdict) = audited(&crashed);
            assert_eq!((verdict.faults, verdict.torn), (vec![], None), "seed {seed}");
            assert_eq!(acts, logged(&crashed).0, "seed {seed}");
            assert_eq!(acts.values().filter(|act| *act == "event.pause").count(), 2, "seed {seed}");
            assert_eq!(own, ["audit.begin"], "seed {seed}");
        }
    });
}

#[test]
fn log_waits_for_the_audit_and_sales_do_not() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        ask(&engine, vec![create("gala"), pause("gala", "k1")]).await;
        follows(&engine);
        storage.inject(DiskFault::Always { operation: None, under: "audit".to_owned(), nth: 1 });
        ask(&engine, vec![create("ball"), hold("ball", "k1", "A-1-1"), pause("ball", "k2")]).await;
        while engine.stats().audit.failing.is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(engine.stats().audit.trouble().unwrap().0, Code::AUDIT_BEHIND);
        let upto = engine.stats().audit.upto;
        let trail = engine.router().audit();
        let last = engine.router().log().durable();
        let may_go = trail.may_let_go(last);
        assert!(may_go.0 <= upto && may_go < last, "{may_go:?} of {last:?}, and audited are {upto}");
        storage.heal();
        follows(&engine);
        assert_eq!(engine.stats().audit.trouble(), None);
        assert_eq!(trail.may_let_go(last), last);
        engine.stop().unwrap();
        let (acts, own, verdict) = audited(&storage);
        assert_eq!((verdict.faults, own), (vec![], vec!["audit.begin".to_owned()]));
        assert_eq!(acts, logged(&storage).0);
    });
}

#[test]
fn log_that_had_to_go_is_a_line_that_says_so() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        ask(&engine, vec![create("gala")]).await;
        follows(&engine);
        storage.inject(DiskFault::Always { operation: None, under: "audit".to_owned(), nth: 1 });
        ask(&engine, vec![pause("gala", "k1")]).await;
        let log = engine.router().log();
        // As a disk does that is nearly full: what sales do not need goes, whoever waits for it.
        log.seal_segment();
        let last = log.durable();
        while log.sealed_upto() < last {
            ask(&engine, vec![hold("gala", "k2", "A-1-1")]).await;
        }
        while log.first_lsn() <= last {
            log.release(log.sealed_upto()).unwrap();
            log.seal_segment();
            ask(&engine, vec![hold("gala", "k2", "A-1-1")]).await;
        }
        storage.heal();
        follows(&engine);
        let (code, message) = engine.stats().audit.trouble().unwrap();
        assert_eq!((code, engine.stats().audit.gaps), (Code::AUDIT_GAP, 1), "{message}");
        engine.stop().unwrap();
        let (acts, own, verdict) = audited(&storage);
        assert_eq!((verdict.faults, own), (vec![], vec!["audit.begin".to_owned(), "audit.gap".to_owned()]));
        assert!(!acts.values().any(|act| act == "event.pause"));
    });
}

#[test]
fn damage_is_told_and_nothing_of_it_is_corrected() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        ask(&engine, vec![create("gala"), pause("gala", "k1")]).await;
        engine.stop().unwrap();
        let path = holdfast_audit::files(&storage).unwrap().remove(0);
        let before = storage.read(&path).unwrap().to_vec();
        storage.flip_bit(&path, before.len() as u64 * 4).unwrap();
        let damaged = storage.read(&path).unwrap().to_vec();
        for start in 1..3 {
            let engine = open(&storage);
            ask(&engine, vec![hold("gala", "k2", "A-1-1")]).await;
            follows(&engine);
            assert_eq!(engine.stats().audit.trouble().unwrap().0, Code::AUDIT_DAMAGED, "start {start}");
            engine.stop().unwrap();
            let now = storage.read(&path).unwrap().to_vec();
            assert_eq!(now[..damaged.len()], damaged, "what is there stays");
            let text = String::from_utf8_lossy(&now).into_owned();
            assert_eq!(text.matches("audit.damage").count(), 1, "it is told once");
        }
        let (acts, _, verdict) = audited(&storage);
        let told: Vec<_> = verdict.faults.iter().map(ToString::to_string).collect();
        assert!(
            told.len() == 2 && told[0].contains("its hash is another one"),
            "the line, and that it is missing: {told:?}"
        );
        let (logged, _) = logged(&storage);
        assert_eq!(acts.keys().last(), logged.keys().last(), "later acts are in it");
        // With the byte as it was, all is whole again.
        storage.flip_bit(&path, before.len() as u64 * 4).unwrap();
        assert_eq!(audited(&storage).2.faults, []);
    });
}

#[test]
fn accepted_losses_and_whom_the_doors_turned_away_are_told_once() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        open(&storage).stop().unwrap();
        storage.put(holdfast_wal::LOSSES_FILE, b"everything after record 7: accepted by olga\n");
        for _ in 0..2 {
            let engine = open(&storage);
            let notes = engine.audit_notes();
            notes.reloaded("tokens", "3 tokens");
            for _ in 0..1_000 {
                notes.turned_away(crate::audit::TurnedAway::LoginFailed, "no token from 10.0.0.9");
            }
            while engine.stats().audit.head.seq < 6 {
                thread::sleep(Duration::from_millis(5));
            }
            engine.stop().unwrap();
        }
        let acts: Vec<String> = audited(&storage).0.into_values().collect();
        let count = |act: &str| acts.iter().filter(|told| *told == act).count();
        assert_eq!(
            (count("log.accept-loss"), count("settings.reload"), count("access.login-failed")),
            (1, 2, 2)
        );
    });
}

#[test]
fn a_failed_sync_of_the_audit_is_written_again() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        follows(&engine);
        storage.inject(DiskFault::Always {
            operation: Some(Operation::Sync),
            under: "audit".to_owned(),
            nth: 1,
        });
        ask(&engine, vec![create("gala"), pause("gala", "k1")]).await;
        while engine.stats().audit.failing.is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        storage.heal();
        follows(&engine);
        let crashed = storage.crash_losing_all();
        engine.stop().unwrap();
        let (acts, _, verdict) = audited(&crashed);
        assert_eq!((verdict.faults, verdict.torn), (vec![], None));
        let upto = acts.keys().last().copied().unwrap_or_default();
        assert_eq!(acts, logged(&crashed).0.into_iter().filter(|(lsn, _)| Lsn(*lsn) <= Lsn(upto)).collect());
        assert!(acts.values().any(|act| act == "event.pause"));
    });
}
