//! What whoever asks a running server knows of it: by the protocol, and by what else is at hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{At, Millis};
use holdfast_net::inside::Value;
use holdfast_wal::Storage;

use super::facts::{Facts, JobFacts};
use crate::commands::told::{Server, text_of};
use crate::commands::{audit, data, kpi, ops};
use crate::exit::Failure;
use crate::flags::ChecklistArgs;

/// Measures are of so long.
pub(super) const MEASURED: Millis<u64> = Millis(30 * 24 * 60 * 60 * 1_000);

/// # Errors
/// The server cannot be reached or does not let us look.
pub(super) fn facts(args: &ChecklistArgs) -> Result<Facts, Failure> {
    let mut server = Server::connect(&args.server)?;
    let info = server.info()?;
    let figures = info.sections().values().flatten().map(|(name, value)| (name.clone(), value.clone()));
    let figures = figures.collect();
    let clock_apart = clock_apart(&mut server)?;
    Ok(Facts {
        at: data::now(),
        figures,
        settings: settings(&mut server)?,
        jobs: jobs(&mut server)?,
        clock_apart,
        version: Some(env!("CARGO_PKG_VERSION")),
        measures: args.data.as_deref().map(|path| measures(path).map_err(|failure| failure.to_string())),
        audit: args.data.as_deref().map(verified).transpose()?,
        rules_missing: args.rules.as_deref().map(missing_rules),
    })
}

fn measures(path: &Path) -> Result<Vec<kpi::Measure>, Failure> {
    let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(path)?);
    kpi::measures(&storage, data::now(), MEASURED, &mut || ())
}

fn verified(path: &Path) -> Result<Result<(), String>, Failure> {
    let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(path)?);
    Ok(audit::verified(&storage, &mut || ()).map_err(|failure| failure.to_string()))
}

fn missing_rules(path: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    ops::missing_in(&text)
}

/// How far apart the clocks are, leaving out for how long the answer was under way.
fn clock_apart(server: &mut Server) -> Result<Option<Millis<u64>>, Failure> {
    let before = data::now();
    let told = server.value(&["TIME"])?;
    let after = data::now();
    let [seconds, micros] = told.list() else { return Ok(None) };
    let number = |value: &Value| text_of(value).parse::<u64>().ok();
    let (Some(seconds), Some(micros)) = (number(seconds), number(micros)) else { return Ok(None) };
    let theirs = At(seconds * 1_000 + micros / 1_000);
    // One of the two is 0.
    Ok(Some(Millis(before.since(theirs).0.max(theirs.since(after).0))))
}

/// `None` if this token may not see them.
fn settings(server: &mut Server) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let Value::Map(fields) = server.value(&["CONFIG", "GET", "*"])? else { return Ok(None) };
    Ok(Some(fields.iter().map(|(name, value)| (text_of(name), text_of(value))).collect()))
}

/// `None` if this token may not see them.
fn jobs(server: &mut Server) -> Result<Option<BTreeMap<String, JobFacts>>, Failure> {
    let Value::List(listed) = server.value(&["JOB", "LIST"])? else { return Ok(None) };
    let mut jobs = BTreeMap::new();
    for listed in &listed {
        let Some(job) = listed.field("job").map(text_of) else { continue };
        let newest = |server: &mut Server, state: &str| -> Result<Option<Value>, Failure> {
            let page = server.value(&["JOB", "FIND", "JOB", &job, "STATE", state, "COUNT", "1"])?;
            Ok(page.list().get(1).and_then(|page| page.list().first()).cloned())
        };
        let ended =
            |one: &Value| one.field("ended_at").and_then(Value::number).and_then(|at| u64::try_from(at).ok());
        let (succeeded, failed) = (newest(server, "SUCCESS")?, newest(server, "FAILED")?);
        let succeeded_at = succeeded.as_ref().and_then(ended);
        // One that failed before a newer one succeeded is over.
        let failed = failed.filter(|one| ended(one) >= succeeded_at);
        let code = failed.as_ref().and_then(|one| one.field("error_code")).map(text_of);
        jobs.insert(job, JobFacts { succeeded_at: succeeded_at.map(At), failed: code });
    }
    Ok(Some(jobs))
}
