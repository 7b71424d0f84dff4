use super::*;
use crate::row::{counter, gauge, histogram};

static ROWS: Section<u64> = Section {
    title: "Log",
    rows: &[
        counter("holdfast_ended_total", Unit::Number, "Connections that ended", |of: &u64| {
            Some((*of).into())
        })
        .label("reason", "idle"),
        gauge("holdfast_took_seconds", Unit::Micros, "How long it took", |of: &u64| Some((*of).into())),
        counter("holdfast_ended_total", Unit::Number, "", |_| Some(2_u64.into())).label("reason", "gone"),
        gauge("holdfast_seats", Unit::Number, "Seats", |_| None).labels(
            &["event", "status"],
            |_, samples| {
                samples.add(&["a\"\\\n", "free"], 3_u64);
            },
        ),
        gauge("holdfast_unknown", Unit::Number, "Nobody knows", |_| None),
        histogram("holdfast_sync_seconds", Unit::Micros, "How long syncs took", &[], |of, samples| {
            let buckets = vec![(100, 1), (2_500_000, 2)];
            samples.add(&[], Distribution { buckets, count: 4, sum: 500_000 + of });
        }),
    ],
};

#[test]
fn a_page_is_what_prometheus_reads() {
    let page = Page::default().with(&[&ROWS], &1_500).write(Form::Text);
    let expected = r##"# HELP holdfast_ended_total Connections that ended
# TYPE holdfast_ended_total counter
holdfast_ended_total{reason="idle"} 1500
holdfast_ended_total{reason="gone"} 2
# HELP holdfast_took_seconds How long it took
# TYPE holdfast_took_seconds gauge
holdfast_took_seconds 0.0015
# HELP holdfast_seats Seats
# TYPE holdfast_seats gauge
holdfast_seats{event="a\"\\\n",status="free"} 3
# HELP holdfast_sync_seconds How long syncs took
# TYPE holdfast_sync_seconds histogram
holdfast_sync_seconds_bucket{le="0.0001"} 1
holdfast_sync_seconds_bucket{le="2.5"} 3
holdfast_sync_seconds_bucket{le="+Inf"} 4
holdfast_sync_seconds_sum 0.5015
holdfast_sync_seconds_count 4
"##;
    assert_eq!(page, expected);
}

#[test]
fn open_metrics_names_counters_without_their_end_and_tells_its_own() {
    let page = Page::default().with(&[&ROWS], &1).write(Form::OpenMetrics);
    assert!(
        page.contains("# TYPE holdfast_ended counter\nholdfast_ended_total{reason=\"idle\"} 1\n"),
        "{page}"
    );
    assert!(page.contains("holdfast_sync_seconds_bucket{le=\"+Inf\"} 4\n"), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn a_scraper_gets_the_form_that_it_asks_for() {
    // As Prometheus 2.42 asks, and as it does when it wants plain text.
    let scrapers = [
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Form::OpenMetrics,
        ),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", Form::Text),
        ("text/plain, application/openmetrics-text;q=0.2", Form::Text),
        ("application/openmetrics-text;q=0", Form::Text),
        ("*/*", Form::Text),
        ("", Form::Text),
    ];
    for (accept, form) in scrapers {
        assert_eq!(Form::asked_for(accept), form, "{accept}");
    }
}

#[test]
fn the_list_has_each_name_once() {
    let listed = crate::listed(&[&ROWS]);
    let names: Vec<_> = listed.iter().map(|one| (one.name, one.kind, one.labels.clone())).collect();
    assert_eq!(names[0], ("holdfast_ended_total", "counter", vec![("reason", vec!["idle", "gone"])]));
    assert_eq!(names[2], ("holdfast_seats", "gauge", vec![("event", vec![]), ("status", vec![])]));
    assert_eq!(listed.len(), 5);
    assert_eq!(listed.iter().find_map(crate::Listed::fault), None);
    let wrong = |name| crate::Listed { name, ..listed[1].clone() }.fault().is_some();
    assert!(wrong("holdfast_took") && wrong("took_seconds") && wrong("holdfast_took_seconds_total"));
}
