//! What the facts come to: a verdict for each item, with the figure that it rests on.

use std::time::Duration;

use holdfast_engine::{At, Millis, is_damage};

use super::facts::{Facts, JobFacts};
use super::items::{Bound, Item, Look, Verdict};
use crate::commands::kpi::FEW;
use crate::flags::Language;

/// The job that goes through these lists: what it found is on the list already.
pub(super) const JOB: &str = "checklist";

/// An item and how it is.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) item: &'a Item,
    pub(super) verdict: Verdict,
    pub(super) evidence: Evidence,
}

/// What a verdict rests on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Evidence {
    /// A value, and where it is from.
    Value(String, &'static str),
    /// A job succeeded so long ago.
    Ago(String, Millis<u64>),
    /// A job never has.
    Never(String),
    /// The setting is not set.
    Unset(String),
    /// Nothing is wrong, by this source.
    Nothing(&'static str),
    /// The server does not tell it to this token.
    Untold(String),
    /// It cannot be seen from here, but with this.
    Needs(&'static str),
    /// Why it could not be looked at.
    Failed(String),
}

impl Evidence {
    pub(super) fn text(&self, language: Language) -> String {
        let is_korean = language == Language::Ko;
        match self {
            Self::Value(value, source) => format!("{value} ({source})"),
            Self::Ago(job, ago) if is_korean => format!("{job}: {} 전에 성공 (JOB LIST)", span(ago.0)),
            Self::Ago(job, ago) => format!("{job} succeeded {} ago (JOB LIST)", span(ago.0)),
            Self::Never(job) if is_korean => format!("{job}: 성공한 적이 없음 (JOB LIST)"),
            Self::Never(job) => format!("{job} never succeeded (JOB LIST)"),
            Self::Unset(setting) if is_korean => format!("{setting}: 설정하지 않음 (CONFIG GET)"),
            Self::Unset(setting) => format!("{setting} is not set (CONFIG GET)"),
            Self::Nothing(source) if is_korean => format!("없음 ({source})"),
            Self::Nothing(source) => format!("none ({source})"),
            Self::Untold(what) if is_korean => format!("이 토큰으로는 {what}을(를) 알 수 없음"),
            Self::Untold(what) => format!("the server does not tell this token: {what}"),
            Self::Needs(flag) if is_korean => format!("알 수 없음: {flag}"),
            Self::Needs(flag) => format!("not known here without {flag}"),
            Self::Failed(why) => why.clone(),
        }
    }
}

/// A time as people write it, to the second.
fn span(millis: u64) -> String {
    let short = if millis < 60_000 { millis } else { millis / 60_000 * 60_000 };
    humantime::format_duration(Duration::from_millis(short)).to_string()
}

/// Goes through the items.
pub(super) fn judge<'a>(items: &'a [Item], facts: &Facts) -> Vec<Judged<'a>> {
    let judged = items.iter().map(|item| {
        let (verdict, evidence) = look(&item.look, facts);
        Judged { item, verdict, evidence }
    });
    judged.collect()
}

fn look(look: &Look, facts: &Facts) -> (Verdict, Evidence) {
    match look {
        Look::Figure { name, amber, red, setting, unset } => {
            without(setting.as_deref(), *unset, facts).unwrap_or_else(|| figure(name, *amber, *red, facts))
        }
        Look::Word { name, green, red, other, since, lasts } => {
            let Some(word) = facts.figures.get(name) else { return untold(name) };
            let since = since.as_ref().and_then(|since| facts.number(since)).zip(*lasts);
            let is_over = since.is_some_and(|(at, lasts)| facts.at.since(At(at)).0 >= lasts.value);
            let verdict = match () {
                () if is_over || green.contains(word) => Verdict::Green,
                () if red.contains(word) => Verdict::Red,
                () => other.unwrap_or(Verdict::Amber),
            };
            (verdict, info(name, word))
        }
        Look::Since { name, amber } => match facts.number(name) {
            None => untold(name),
            Some(0) => (Verdict::Green, Evidence::Nothing("INFO")),
            Some(at) => {
                let ago = facts.at.since(At(at)).0;
                let verdict = if ago < amber.value { Verdict::Amber } else { Verdict::Green };
                (verdict, info(name, &format!("-{}", span(ago))))
            }
        },
        Look::Share { name, whole, amber, red } => share(name, whole, (*amber, *red), facts),
        Look::Job { name, setting, unset, amber, red, never } => {
            let when = (*amber, *red, *never);
            without(setting.as_deref(), *unset, facts).unwrap_or_else(|| job(name, when, facts))
        }
        Look::Jobs {} => jobs(facts),
        Look::Kpi { name, few } => kpi(name, *few, facts),
        Look::Clock { amber, red } => match facts.clock_apart {
            None => (Verdict::Unknown, Evidence::Needs("TIME")),
            Some(apart) => {
                (beyond(apart.0, Some(*amber), Some(*red)), Evidence::Value(span(apart.0), "TIME"))
            }
        },
        Look::Version {} => version(facts),
        Look::Rules {} => rules(facts),
        Look::Audit {} => match &facts.audit {
            None => (Verdict::Unknown, Evidence::Needs("--data DIR")),
            Some(Ok(())) => (Verdict::Green, Evidence::Nothing("audit verify")),
            Some(Err(why)) => (Verdict::Red, Evidence::Value(why.clone(), "audit verify")),
        },
    }
}

fn info(name: &str, value: &str) -> Evidence {
    Evidence::Value(format!("{name} {value}").trim_end().to_owned(), "INFO")
}

fn untold(what: &str) -> (Verdict, Evidence) {
    (Verdict::Unknown, Evidence::Untold(what.to_owned()))
}

/// The verdict where the setting is not set that something is about; `None` if it is set, or there is none.
fn without(setting: Option<&str>, unset: Option<Verdict>, facts: &Facts) -> Option<(Verdict, Evidence)> {
    let setting = setting?;
    match facts.has_set(setting) {
        Some(true) => None,
        Some(false) => Some((unset.unwrap_or(Verdict::Unknown), Evidence::Unset(setting.to_owned()))),
        None => Some(untold(setting)),
    }
}

fn beyond(value: u64, amber: Option<Bound>, red: Option<Bound>) -> Verdict {
    let is_beyond = |bound: Option<Bound>| bound.is_some_and(|bound| value >= bound.value);
    match () {
        () if is_beyond(red) => Verdict::Red,
        () if is_beyond(amber) => Verdict::Amber,
        () => Verdict::Green,
    }
}

fn figure(name: &str, amber: Option<Bound>, red: Option<Bound>, facts: &Facts) -> (Verdict, Evidence) {
    let Some(value) = facts.number(name) else { return untold(name) };
    let is_time = amber.or(red).is_some_and(|bound| bound.is_time);
    let shown = if is_time { span(value) } else { value.to_string() };
    (beyond(value, amber, red), info(name, &shown))
}

fn share(name: &str, whole: &str, (amber, red): (u64, u64), facts: &Facts) -> (Verdict, Evidence) {
    let (Some(part), Some(of)) = (facts.number(name), facts.number(whole)) else {
        let missing = if facts.number(name).is_none() { name } else { whole };
        return untold(missing);
    };
    if of == 0 {
        return (Verdict::Unknown, Evidence::Unset(whole.to_owned()));
    }
    let hundredths = part.saturating_mul(100) / of;
    let bound = |value| Some(Bound { value, is_time: false });
    let shown = format!("{name} {hundredths} % of {whole}");
    (beyond(hundredths, bound(amber), bound(red)), Evidence::Value(shown, "INFO"))
}

fn job(
    name: &str,
    (amber, red, never): (Bound, Option<Bound>, Verdict),
    facts: &Facts,
) -> (Verdict, Evidence) {
    let Some(jobs) = &facts.jobs else { return untold("JOB LIST") };
    let Some(known) = jobs.get(name) else { return untold(name) };
    match known.succeeded_at {
        None => (never, Evidence::Never(name.to_owned())),
        Some(at) => {
            let ago = facts.at.since(at);
            (beyond(ago.0, Some(amber), red), Evidence::Ago(name.to_owned(), ago))
        }
    }
}

fn jobs(facts: &Facts) -> (Verdict, Evidence) {
    let Some(jobs) = &facts.jobs else { return untold("JOB LIST") };
    let code = |facts: &JobFacts| facts.failed.clone();
    let failed = jobs.iter().filter(|(name, _)| *name != JOB);
    let failed: Vec<_> = failed.filter_map(|(name, facts)| Some((name, code(facts)?))).collect();
    if failed.is_empty() {
        return (Verdict::Green, Evidence::Nothing("JOB LIST"));
    }
    let has_damage = failed.iter().any(|(_, code)| is_damage(code));
    let verdict = if has_damage { Verdict::Red } else { Verdict::Amber };
    let shown: Vec<_> = failed.iter().map(|(name, code)| format!("{name} {code}")).collect();
    (verdict, Evidence::Value(shown.join(", "), "JOB LIST"))
}

/// A target that is missed is red only where there are enough samples to say so, unless the item says otherwise.
fn kpi(name: &str, few: Option<Verdict>, facts: &Facts) -> (Verdict, Evidence) {
    let measures = match &facts.measures {
        None => return (Verdict::Unknown, Evidence::Needs("--data DIR")),
        Some(Err(why)) => return (Verdict::Unknown, Evidence::Failed(why.clone())),
        Some(Ok(measures)) => measures,
    };
    let Some(measure) = measures.iter().find(|measure| measure.name == name) else { return untold(name) };
    let shown = format!("{name} {}, {}, n = {}", measure.value, measure.target, measure.samples);
    let verdict = match () {
        () if !measure.is_known => Verdict::Unknown,
        () if !measure.is_missed => Verdict::Green,
        () if measure.samples < FEW => few.unwrap_or(Verdict::Amber),
        () => Verdict::Red,
    };
    (verdict, Evidence::Value(shown, "holdfast kpi"))
}

fn version(facts: &Facts) -> (Verdict, Evidence) {
    let Some(theirs) = facts.figures.get("holdfast_version") else { return untold("holdfast_version") };
    let Some(ours) = facts.version else { return (Verdict::Unknown, Evidence::Needs("holdfast checklist")) };
    let verdict = if ours == theirs { Verdict::Green } else { Verdict::Amber };
    (verdict, Evidence::Value(format!("{theirs}, {ours}"), "INFO"))
}

fn rules(facts: &Facts) -> (Verdict, Evidence) {
    match &facts.rules_missing {
        None => (Verdict::Unknown, Evidence::Needs("--rules FILE")),
        Some(Err(why)) => (Verdict::Unknown, Evidence::Failed(why.clone())),
        Some(Ok(missing)) if missing.is_empty() => (Verdict::Green, Evidence::Nothing("--rules")),
        Some(Ok(missing)) => (Verdict::Red, Evidence::Value(missing.join(", "), "--rules")),
    }
}
