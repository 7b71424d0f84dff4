//! The catalogue of policies as it stands in `policy/`: data, which tests hold against the code.

use serde::Deserialize;

use crate::flags::Language;

/// A text in each language: English, Korean.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[String; 2]")]
pub(crate) struct Said {
    pub(crate) en: String,
    pub(crate) ko: String,
}

impl TryFrom<[String; 2]> for Said {
    type Error = String;

    fn try_from([en, ko]: [String; 2]) -> Result<Self, String> {
        let is_korean = |text: &str| text.chars().any(|one| ('가'..='힣').contains(&one));
        if en.is_empty() || is_korean(&en) || !is_korean(&ko) {
            return Err(format!("{en:?} and {ko:?}: the first text is English, the second one is Korean"));
        }
        Ok(Self { en, ko })
    }
}

impl Said {
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ko => &self.ko,
        }
    }
}

/// Whose view it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Panel {
    /// Whether money, seats and states stay right.
    Reliability,
    /// Whether people can do their work and make no mistakes.
    Operations,
}

/// By when it has to be in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Rollout {
    /// Before the first sale.
    Week1,
    Month1,
    Quarter1,
}

/// What a failure hurts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Impact {
    Integrity,
    Availability,
    Consistency,
}

/// From 1 to 3 each: how much it hurts, how often it comes, how hard it is to see.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Risk {
    pub(super) impact: u8,
    pub(super) likelihood: u8,
    pub(super) detectability: u8,
}

/// A figure of `/metrics`; one with an act is told in time to do it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) act: Option<Said>,
}

/// What nobody knows for sure, and who would have to be asked what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Uncertain {
    pub(super) what: Said,
    pub(super) ask: Vec<Said>,
}

/// A change of the code that takes the policy's teeth, and the test that has to notice: `.ci/breaks` tries it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Break {
    pub(super) path: String,
    /// What stands there, once.
    #[cfg_attr(not(test), expect(dead_code, reason = "the script and the tests read it"))]
    pub(super) find: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "the script and the tests read it"))]
    pub(super) put: String,
    /// `path#name`, one of the policy's tests.
    pub(super) test: String,
}

/// A policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) name: Said,
    pub(super) panel: Panel,
    /// Numbers of surfaces, the first one its own.
    pub(super) surfaces: Vec<u8>,
    pub(super) invariants: Vec<String>,
    /// Which accident it prevents.
    pub(super) intent: Said,
    pub(super) scope: Said,
    /// How it fails, in whole or in part.
    pub(super) failure: Said,
    pub(super) trigger: Said,
    /// What it needs to know.
    pub(super) signals: Said,
    pub(super) idempotency: Said,
    /// What is repeated, what never, how far apart, and what stops a storm.
    pub(super) retry: Said,
    pub(super) reconcile: Said,
    pub(super) compensate: Said,
    /// Exceptions, and what goes first.
    pub(super) priority: Said,
    /// What people see when it does not hold.
    pub(super) symptoms: Said,
    pub(super) codes: Vec<String>,
    pub(super) commands: Vec<String>,
    #[serde(default)]
    pub(super) settings: Vec<String>,
    /// Where it is enforced: `path#function`.
    pub(super) functions: Vec<String>,
    /// `path#function` as well.
    pub(super) tests: Vec<String>,
    pub(super) metrics: Vec<Metric>,
    pub(super) alerts: Vec<String>,
    /// The page under docs/runbooks, without its ending.
    pub(super) runbook: String,
    pub(super) rollout: Rollout,
    pub(super) risk: Risk,
    #[serde(default)]
    pub(super) uncertain: Vec<Uncertain>,
    #[serde(rename = "break")]
    pub(super) bites: Option<Break>,
}

/// Where the truth of something is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    pub(super) id: String,
    pub(super) name: Said,
    pub(super) about: Said,
    /// What shows that it is broken.
    pub(super) figure: String,
    pub(super) repair: Said,
}

/// What always holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invariant {
    pub(super) id: String,
    pub(super) ledger: String,
    pub(super) says: Said,
    /// What looks whether it holds, or sees to it: `path#function`.
    pub(super) functions: Vec<String>,
    pub(super) tests: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Surface {
    pub(super) number: u8,
    pub(super) name: Said,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assumption {
    pub(super) panel: Panel,
    pub(super) says: Said,
}

/// A way in which things go wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureMode {
    pub(super) panel: Panel,
    pub(super) what: Said,
    /// What users feel.
    pub(super) user: Said,
    /// What it means for those who run it.
    pub(super) work: Said,
    pub(super) impact: Vec<Impact>,
    /// Figures that show it.
    pub(super) signals: Vec<String>,
    pub(super) policies: Vec<String>,
}

/// What has to be known before a policy can be decided.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) panel: Panel,
    pub(super) asks: Said,
}

/// Codes of the catalogue about which there is no policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    pub(super) codes: Vec<String>,
    pub(super) why: Said,
}

/// `policy/frame.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    #[serde(rename = "surface")]
    pub(super) surfaces: Vec<Surface>,
    #[serde(rename = "assumption")]
    pub(super) assumptions: Vec<Assumption>,
    #[serde(rename = "failure")]
    pub(super) failures: Vec<FailureMode>,
    #[serde(rename = "question")]
    pub(super) questions: Vec<Question>,
    #[serde(rename = "exception")]
    pub(super) exceptions: Vec<Exception>,
}

/// `policy/invariants.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Truths {
    #[serde(rename = "ledger")]
    pub(super) ledgers: Vec<Ledger>,
    #[serde(rename = "invariant")]
    pub(super) invariants: Vec<Invariant>,
}

/// A file of `policy/surfaces`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "policy")]
    policies: Vec<Policy>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) frame: Frame,
    pub(super) truths: Truths,
    /// In the order of their surfaces.
    pub(super) policies: Vec<Policy>,
}

macro_rules! files {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../policy/", $name)))),*]
    };
}

const FRAME: [(&str, &str); 1] = files!["frame.toml"];
const TRUTHS: [(&str, &str); 1] = files!["invariants.toml"];
/// A file for each surface.
pub(super) const SURFACES: [(&str, &str); 12] = files![
    "surfaces/01-scarce.toml",
    "surfaces/02-lifecycle.toml",
    "surfaces/03-money.toml",
    "surfaces/04-forecast.toml",
    "surfaces/05-access.toml",
    "surfaces/06-reconciliation.toml",
    "surfaces/07-claims.toml",
    "surfaces/08-abuse.toml",
    "surfaces/09-privacy.toml",
    "surfaces/10-integration.toml",
    "surfaces/11-people.toml",
    "surfaces/12-measures.toml"
];

impl Book {
    /// What came with the program.
    ///
    /// # Errors
    /// The file that cannot be read and why; a test reads all of them.
    pub(super) fn read() -> Result<Self, String> {
        let mut policies = Vec::new();
        for file in &SURFACES {
            policies.extend(parsed::<File>(file)?.policies);
        }
        let [frame] = &FRAME;
        let [truths] = &TRUTHS;
        Ok(Self { frame: parsed(frame)?, truths: parsed(truths)?, policies })
    }

    /// The name of a surface, if there is one of this number.
    pub(super) fn surface(&self, number: u8) -> Option<&Said> {
        self.frame.surfaces.iter().find(|surface| surface.number == number).map(|surface| &surface.name)
    }
}

fn parsed<T: for<'a> Deserialize<'a>>((name, text): &(&str, &str)) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("policy/{name}: {error}"))
}
