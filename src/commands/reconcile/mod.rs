//! `holdfast reconcile`: files of a payment provider against the payments of a data directory, or of a backup.

use std::io;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{AsOf, Code, Fault, Millis};
use holdfast_reconcile::{Class, Report, mismatches, plans, refunds};
use holdfast_wal::Storage;
use serde_json::{Value, json};

use super::data;
use crate::exit::Failure;
use crate::flags::ReconcileArgs;
use crate::reconcile::{Asked, Payments, open, reconcile};

pub(crate) fn run(args: &ReconcileArgs) -> Result<(), Failure> {
    let asked = Asked {
        profile: args.profile.clone(),
        key: args.key.clone(),
        event: args.event.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        as_of: args.as_of.clone(),
        provider: args.provider.clone(),
        orders: args.orders,
        files: args.files.clone(),
    };
    if let Some(out) = args.out.as_deref().filter(|out| out.exists()) {
        let message = format!("{} is there already: what was found before is not overwritten", out.display());
        return Err(Failure::usage(Code::BAD_USAGE, message));
    }
    let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(&args.data)?);
    let grace = Millis(u64::try_from(args.grace.as_millis()).unwrap_or(u64::MAX));
    let open = |name: &str| open(Path::new(name));
    let (as_of, report) =
        reconcile(Payments::Of(&storage), (&asked, grace), &open, &mut |_| Ok(())).map_err(refused)?;
    if let Some(out) = &args.out {
        write(out, as_of, &report)?;
    }
    let told = if args.json { format!("{}\n", shown(as_of, &report)) } else { text(as_of, &report) };
    data::print(&told);
    match report.mismatches() {
        0 => Ok(()),
        count => Err(Failure::found_wrong(format!(
            "{count} are to be acted on: docs/runbooks/reconcile.md has the steps"
        ))),
    }
}

/// A file that is refused is bad usage; a directory that cannot be read is refused.
fn refused(Fault { code, message }: Fault) -> Failure {
    match code {
        Code::SUMS_OPEN | Code::DEFECT => Failure::fault(code, message),
        Code::FEED_TRIMMED => Failure::refused(code, message),
        code if code.text().starts_with("HF-INP-") || code == Code::NO_EVENT => Failure::usage(code, message),
        code => Failure::refused(code, message),
    }
}

fn text(AsOf { lsn, at, is_newest }: AsOf, report: &Report) -> String {
    let now = if is_newest { "the newest" } else { "not the newest: nothing is proposed" };
    format!("as of record {}, {} ({now})\n{}", lsn.0, data::utc(at), report.text())
}

fn shown(AsOf { lsn, at, is_newest }: AsOf, report: &Report) -> Value {
    let sums = |sums: &holdfast_reconcile::Sums| -> Value {
        let of = |(currency, all): (holdfast_engine::Currency, holdfast_reconcile::Count)| {
            let classes = Class::ALL.into_iter().map(|class| (class, sums.of(currency, class)));
            let classes = classes.filter(|(_, of)| of.count > 0);
            let classes = classes.map(|(class, of)| {
                (class.word().to_owned(), json!({"count": of.count, "minor": of.minor.to_string()}))
            });
            let all = json!({
                "count": all.count,
                "minor": all.minor.to_string(),
                "classes": classes.collect::<serde_json::Map<_, _>>(),
            });
            (currency.code().to_owned(), all)
        };
        Value::Object(sums.all().map(of).collect())
    };
    let found = Class::ALL.into_iter().map(|class| (class.word().to_owned(), report.count(class)));
    json!({
        "as_of_lsn": lsn.0,
        "as_of": at.0,
        "is_newest": is_newest,
        "files": report.files,
        "lines": report.lines,
        "mismatches": report.mismatches(),
        "refunds": report.refunds.len(),
        "there": sums(&report.there),
        "here": sums(&report.here),
        "found": found.filter(|(_, count)| *count > 0).map(|(name, count)| (name, json!(count))).collect::<serde_json::Map<_, _>>(),
    })
}

/// Writes the files of a report: all of them, or the directory is not there.
fn write(out: &Path, as_of: AsOf, report: &Report) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::usage(Code::BAD_USAGE, format!("cannot write {}: {error}", out.display()))
    };
    let mut partial = out.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    // What a run before has left.
    match std::fs::remove_dir_all(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::create_dir_all(partial).map_err(failed)?;
    let defect = |Fault { code, message }: Fault| Failure::fault(code, message);
    let mut files = vec![
        ("report.txt".to_owned(), text(as_of, report).into_bytes()),
        ("report.json".to_owned(), format!("{:#}\n", shown(as_of, report)).into_bytes()),
        ("mismatches.csv".to_owned(), mismatches(report).map_err(defect)?),
    ];
    if as_of.is_newest {
        files.push(("refunds.csv".to_owned(), refunds(report).map_err(defect)?));
        let plans = plans(report).into_iter().enumerate();
        files.extend(plans.map(|(at, plan)| (format!("plan-{}.txt", at + 1), plan.into_bytes())));
    }
    for (name, bytes) in files {
        std::fs::write(partial.join(name), bytes).map_err(failed)?;
    }
    std::fs::rename(partial, out).map_err(failed)
}
