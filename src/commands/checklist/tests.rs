//! Each item names what there is, and facts get the verdict that the data says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use clap::Parser as _;
use holdfast_engine::{At, Millis};

use super::facts::{Facts, JobFacts};
use super::items::{Item, Look, Verdict, all, of};
use super::judge::{Judged, judge};
use super::shown;
use crate::commands::kpi::Measure;
use crate::flags::{Cli, Language, List};

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What a cell of the rows of a table has between backquotes.
fn cells(page: &str, cell: usize) -> BTreeSet<String> {
    let page = text(page);
    let cells = page.lines().filter_map(|line| {
        let cell = line.strip_prefix("| ")?.split(" | ").nth(cell)?;
        Some(cell.split('`').nth(1)?.to_owned())
    });
    cells.collect()
}

#[test]
fn each_item_names_a_figure_a_job_a_setting_a_measure_and_a_page_that_are_there() {
    let items = all().unwrap();
    let ids: BTreeSet<_> = items.iter().map(|item| &item.id).collect();
    assert!(items.len() >= 40 && ids.len() == items.len(), "an id stands twice");
    let (fields, settings) = (cells("docs/protocol/info.md", 1), cells("docs/operations.md", 0));
    let (jobs, measures) = (cells("docs/jobs.md", 0), text("docs/kpi.md"));
    for item in &items {
        let Item { id, lists, look, command, runbook, .. } = item;
        assert!(
            !lists.is_empty() && lists.contains(&List::Monthly),
            "{id}: each day's items are each month's too"
        );
        let field = |name: &String| assert!(fields.contains(name), "{id}: no field {name}");
        let setting = |name: &Option<String>| {
            assert!(name.as_ref().is_none_or(|name| settings.contains(name)), "{id}: no setting {name:?}");
        };
        match look {
            Look::Figure { name, amber, red, setting: of, .. } => {
                field(name);
                setting(of);
                assert!(amber.or(*red).is_some(), "{id} is never anything but green");
            }
            Look::Word { name, since, .. } => {
                field(name);
                since.iter().for_each(field);
            }
            Look::Since { name, .. } => field(name),
            Look::Share { name, whole, .. } => {
                field(name);
                assert!(fields.contains(whole) || settings.contains(whole), "{id}: no {whole}");
            }
            Look::Job { name, setting: of, .. } => {
                assert!(jobs.contains(name), "{id}: no job {name}");
                setting(of);
            }
            Look::Kpi { name, .. } => {
                assert!(measures.contains(&format!("| `{name}`")), "{id}: no measure {name}");
            }
            Look::Jobs {} | Look::Clock { .. } | Look::Version {} | Look::Rules {} | Look::Audit {} => {}
        }
        text(&format!("docs/runbooks/{runbook}.md"));
        let words: Vec<_> = command.split(' ').collect();
        assert!(["holdfast", "redis-cli"].contains(&words[0]), "{id}: {command}");
        let is_taken = words[0] != "holdfast" || Cli::try_parse_from(&words).is_ok();
        assert!(is_taken, "{id}: {command}");
    }
    assert!(Cli::try_parse_from(["holdfast", "audit", "verifi"]).is_err());
    let daily = of(List::Daily).unwrap();
    assert!(daily.len() >= 25 && daily.len() < items.len());
}

/// The job does not ask the front end: of its fields it has these two.
#[test]
fn the_job_has_every_figure_that_an_item_names() {
    let listed = holdfast_figures::listed(&holdfast_net::FRONT);
    let of_front: BTreeSet<_> = listed.into_iter().flat_map(|row| row.info).map(|(_, name)| name).collect();
    assert!(of_front.contains("tokens_ending") && of_front.contains("logins_failed"), "{of_front:?}");
    for item in all().unwrap() {
        if let Look::Figure { name, .. }
        | Look::Word { name, .. }
        | Look::Since { name, .. }
        | Look::Share { name, .. } = &item.look
        {
            let is_there = !of_front.contains(name.as_str())
                || ["tokens_ending", "tls_certificate_ends"].contains(&name.as_str());
            assert!(is_there, "{name}");
        }
    }
}

const NOW: At = At(1_000_000_000_000);
const HOUR: u64 = 60 * 60 * 1_000;

fn of_one(id: &str, facts: &Facts) -> (Verdict, String) {
    let items = all().unwrap();
    let judged = judge(&items, facts);
    let Judged { verdict, evidence, .. } = judged.iter().find(|one| one.item.id == id).unwrap();
    (*verdict, evidence.text(Language::En))
}

fn facts(figures: &[(&str, &str)]) -> Facts {
    let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let settings = pairs(&[
        ("backup.to", "/b"),
        ("archive.to", "none"),
        ("groups.pending_max", "1000"),
        ("tls.cert", "none"),
    ]);
    Facts {
        at: NOW,
        figures: pairs(figures),
        settings: Some(settings),
        jobs: Some(BTreeMap::new()),
        ..Facts::default()
    }
}

#[test]
fn what_cannot_be_known_is_never_green() {
    let items = all().unwrap();
    for Judged { item, verdict, evidence } in judge(&items, &Facts::default()) {
        assert_eq!(verdict, Verdict::Unknown, "{}", item.id);
        for language in [Language::En, Language::Ko] {
            assert!(!evidence.text(language).is_empty());
        }
    }
}

#[test]
fn figures_are_judged_by_their_bounds() {
    let of = |id, figures: &[(&str, &str)]| of_one(id, &facts(figures));
    for (oldest, verdict, shown) in [
        (4 * HOUR - 1, Verdict::Green, "refund_due_oldest_ms 3h 59m (INFO)"),
        (4 * HOUR, Verdict::Amber, "refund_due_oldest_ms 4h (INFO)"),
        (24 * HOUR, Verdict::Red, "refund_due_oldest_ms 1day (INFO)"),
    ] {
        let oldest = oldest.to_string();
        assert_eq!(of("refunds", &[("refund_due_oldest_ms", &oldest)]), (verdict, shown.to_owned()));
    }
    assert_eq!(of("disk-space", &[("disk_low", "1")]).0, Verdict::Red);
    assert_eq!(of("disk-space", &[("disk_low", "x")]).0, Verdict::Unknown, "what is no number is not 0");
    for (mode, verdict) in
        [("normal", Verdict::Green), ("overload", Verdict::Amber), ("disk_full", Verdict::Red)]
    {
        assert_eq!(of("mode", &[("mode", mode)]).0, verdict);
    }
    for (used, verdict) in [("799", Verdict::Green), ("800", Verdict::Amber), ("900", Verdict::Red)] {
        assert_eq!(of("memory", &[("used_memory", used), ("maxmemory", "1000")]).0, verdict);
    }
    assert_eq!(of("memory", &[("used_memory", "7"), ("maxmemory", "0")]).0, Verdict::Unknown);
    assert_eq!(of("groups", &[("groups_pending_most", "900")]).0, Verdict::Red);
    assert_eq!((of("archive", &[]).0, of("certificate", &[]).0), (Verdict::Amber, Verdict::Green), "not set");
    assert_eq!(
        (of("told", &[("notify_channels", "0")]).0, of("told", &[("notify_channels", "2")]).0),
        (Verdict::Red, Verdict::Green)
    );
    let recent = (NOW.0 - HOUR).to_string();
    let start = |ago: u64| {
        let at = (NOW.0 - ago * HOUR).to_string();
        of("crash", &[("last_stop_clean", "no"), ("last_start_at", &at)]).0
    };
    assert_eq!((start(1), start(24)), (Verdict::Amber, Verdict::Green), "of a crash it tells for a day");
    assert_eq!(of("glass", &[("glass_broken_at", &recent)]).0, Verdict::Amber);
    assert_eq!(of("glass", &[("glass_broken_at", "0")]).0, Verdict::Green);
}

#[test]
fn jobs_are_judged_by_their_age_and_their_codes() {
    let with = |name: &str, ago: Option<u64>, failed: Option<&str>| {
        let succeeded_at = ago.map(|ago| At(NOW.0 - ago));
        let job = JobFacts { succeeded_at, failed: failed.map(str::to_owned) };
        Facts { jobs: Some([(name.to_owned(), job)].into()), ..facts(&[]) }
    };
    for (ago, verdict) in [
        (Some(25), Verdict::Green),
        (Some(26), Verdict::Amber),
        (Some(48), Verdict::Red),
        (None, Verdict::Red),
    ] {
        assert_eq!(of_one("backup", &with("backup", ago.map(|ago| ago * HOUR), None)).0, verdict);
    }
    let node = |value: &str, ago: Option<u64>| Facts {
        settings: Some([("cluster.node".to_owned(), value.to_owned())].into()),
        ..with("scrub-log", ago.map(|ago| ago * HOUR), None)
    };
    let copies = [("a", Some(48)), ("a", Some(49)), ("a", None), ("none", None)];
    let copies = copies.map(|(value, ago)| of_one("copies", &node(value, ago)).0);
    assert_eq!(copies, [Verdict::Green, Verdict::Amber, Verdict::Amber, Verdict::Green]);
    assert_eq!(of_one("jobs", &with("backup", None, None)).0, Verdict::Green);
    let (verdict, shown) = of_one("jobs", &with("backup", None, Some("HF-BAT-002")));
    assert_eq!((verdict, shown.as_str()), (Verdict::Amber, "backup HF-BAT-002 (JOB LIST)"));
    assert_eq!(of_one("jobs", &with("drill", None, Some("HF-DQ-005"))).0, Verdict::Red);
    assert_eq!(
        of_one("jobs", &with("checklist", None, Some("HF-BAT-003"))).0,
        Verdict::Green,
        "what it found is on the list"
    );
}

#[test]
fn targets_that_few_samples_miss_are_amber() {
    let of = |name, samples, is_known, is_missed| {
        let measure =
            Measure { name, value: "x".into(), target: ">= y".into(), samples, is_known, is_missed };
        Facts { measures: Some(Ok(vec![measure])), ..facts(&[]) }
    };
    let verdict = |samples, is_known, is_missed| {
        of_one("kpi-payments", &of("payment_success", samples, is_known, is_missed)).0
    };
    assert_eq!(verdict(0, false, false), Verdict::Unknown);
    assert_eq!(verdict(100, true, false), Verdict::Green);
    assert_eq!((verdict(29, true, true), verdict(30, true, true)), (Verdict::Amber, Verdict::Red));
    assert_eq!(of_one("kpi-availability", &of("availability", 1, true, true)).0, Verdict::Red);
    let own = Facts {
        audit: Some(Err("line 7".to_owned())),
        rules_missing: Some(Ok(vec!["HoldfastDown".to_owned()])),
        clock_apart: Some(Millis(60_000)),
        ..facts(&[])
    };
    for id in ["audit-chain", "rules", "clock"] {
        assert_eq!(of_one(id, &own).0, Verdict::Red, "{id}");
    }
    let judged_items = all().unwrap();
    let judged = judge(&judged_items, &own);
    assert_eq!(shown::worst(&judged), Verdict::Red);
    let korean = shown::text(&judged, (List::Monthly, NOW, "here"), Language::Ko);
    assert!(
        korean.contains("위험") && korean.contains("조치") && korean.contains("docs/ko/runbooks/audit.md"),
        "{korean}"
    );
}
