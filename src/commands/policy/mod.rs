//! `holdfast policy`: what must always hold, what is done when it does not, and where that stands in the code.

mod labels;
mod render;
mod source;
#[cfg(test)]
mod tests;
mod told;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use holdfast_engine::Code;

use super::data::print;
use crate::exit::Failure;
use crate::flags::{Language, PolicyCommand};
pub(crate) use source::Said;
use source::{Book, Policy};
pub(crate) use told::told;

/// The pages, under the folder of the documents.
const PAGES: [(&str, Language); 2] = [("policies.md", Language::En), ("ko/policies.md", Language::Ko)];

pub(crate) fn run(command: &PolicyCommand) -> Result<(), Failure> {
    let book = Book::read().map_err(|error| Failure::usage(Code::BAD_USAGE, error))?;
    match command {
        PolicyCommand::List { surface, lang } => print(&list(&book, *surface, *lang)),
        PolicyCommand::Show { word, lang } => print(&show(&book, word, *lang)?),
        PolicyCommand::Render { to } => {
            for (name, language) in PAGES {
                write(&to.join(name), &render::page(&book, language))?;
            }
        }
    }
    Ok(())
}

// Writing to a String cannot fail.
fn list(book: &Book, surface: Option<u8>, language: Language) -> String {
    let mut text = String::new();
    let meant = |policy: &&Policy| surface.is_none_or(|number| policy.surfaces.contains(&number));
    for policy in book.policies.iter().filter(meant) {
        let surfaces: Vec<_> = policy.surfaces.iter().map(u8::to_string).collect();
        let _ = writeln!(text, "{}  {:<9}  {}", policy.id, surfaces.join(","), policy.name.of(language));
    }
    text
}

fn show(book: &Book, word: &str, language: Language) -> Result<String, Failure> {
    let found: Vec<_> = book.policies.iter().filter(|policy| is_about(policy, word.trim())).collect();
    if found.is_empty() {
        let message = format!(
            "no policy is about {word:?}: holdfast policy list shows all; say a policy (P-05), an invariant \
             (I-MONEY), a code (HF-BIZ-046), an alert or a figure"
        );
        return Err(Failure::usage(Code::BAD_USAGE, message));
    }
    let shown: Vec<_> = found.into_iter().map(|policy| render::policy(book, policy, language)).collect();
    Ok(shown.join("\n"))
}

/// Case does not matter, as everywhere where people write codes.
fn is_about(policy: &Policy, word: &str) -> bool {
    let same = |name: &String| name.eq_ignore_ascii_case(word);
    same(&policy.id)
        || [&policy.invariants, &policy.codes, &policy.alerts].into_iter().any(|names| names.iter().any(same))
        || policy.metrics.iter().any(|metric| same(&metric.name))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let unusable =
        |error: std::io::Error| Failure::usage(Code::BAD_USAGE, format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unusable)?;
    }
    fs::write(path, text).map_err(unusable)?;
    print(&format!("{}\n", path.display()));
    Ok(())
}
