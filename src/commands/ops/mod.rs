//! `holdfast ops render`: rules, their unit tests, routes and a dashboard from one source.

mod dashboard;
mod routes;
mod rules;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use holdfast_engine::Code;

use super::data::print;
use crate::exit::Failure;
use crate::flags::OpsCommand;
use source::Source;

/// What comes with the program.
const SOURCE: &str = include_str!("../../../ops/alerts.toml");
/// Above each file of YAML.
const HEAD: &str = "# Made by `holdfast ops render` from ops/alerts.toml: change that, not this.\n";

pub(crate) fn run(command: &OpsCommand) -> Result<(), Failure> {
    let OpsCommand::Render { from, to, docs } = command;
    let text = match from {
        None => SOURCE.to_owned(),
        Some(path) => fs::read_to_string(path).map_err(|error| unusable(path, &error))?,
    };
    let source: Source = toml::from_str(&text).map_err(|error| {
        let path = from.as_deref().unwrap_or(Path::new("ops/alerts.toml"));
        Failure::usage(Code::BAD_USAGE, format!("{}: {error}", path.display()))
    })?;
    for (name, text) in rendered(&source, docs) {
        let path = to.join(name);
        let folder = path.parent().unwrap_or(to);
        fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        fs::write(&path, text).map_err(|error| unusable(&path, &error))?;
        print(&format!("{}\n", path.display()));
    }
    Ok(())
}

/// The alerts of this version that a file of rules does not have, whatever else is in it.
///
/// # Errors
/// The source that came with the program cannot be read.
pub(crate) fn missing_in(text: &str) -> Result<Vec<String>, String> {
    let source: Source = toml::from_str(SOURCE).map_err(|error| format!("ops/alerts.toml: {error}"))?;
    let there: BTreeSet<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix("- alert:")).map(str::trim).collect();
    let names = source.alerts.iter().map(|alert| &alert.name);
    Ok(names.filter(|name| !there.contains(name.as_str())).cloned().collect())
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(Code::BAD_USAGE, format!("{}: {error}", path.display()))
}

/// Every file, by its place.
fn rendered(source: &Source, docs: &str) -> [(&'static str, String); 4] {
    [
        ("prometheus/rules.yml", rules::rules(source, docs)),
        ("prometheus/rules.test.yml", rules::tests(source, docs)),
        ("alertmanager/alertmanager.yml", routes::routes(&source.channels)),
        ("grafana/holdfast.json", dashboard::dashboard(source)),
    ]
}
