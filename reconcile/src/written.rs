//! A report as files: tables for people and their programs, and plans for the job `compensate`.

use holdfast_engine::Fault;

use crate::money::shown;
use crate::report::Report;

/// A plan of the job `compensate` has no more lines than this.
const PLAN_LINES_MAX: usize = 1_000;
/// And no more bytes.
const PLAN_BYTES_MAX: usize = 128 * 1024;

/// `mismatches.csv`: all that was found, and what waits.
///
/// # Errors
/// If it cannot be written.
pub fn mismatches(report: &Report) -> Result<Vec<u8>, Fault> {
    let header = [
        "class", "code", "event", "payment", "file", "line", "id", "minor", "currency", "amount", "what",
        "command",
    ];
    let rows = report.findings.iter().map(|finding| {
        let (event, payment) = names(finding.payment.as_ref());
        let file = finding.place.and_then(|place| report.files.get(usize::from(place.file)));
        let currency = finding.currency;
        [
            finding.class.word().to_owned(),
            finding.class.code().map_or("", |code| code.text()).to_owned(),
            event,
            payment,
            file.cloned().unwrap_or_default(),
            finding.place.map_or_else(String::new, |place| place.line.to_string()),
            finding.id.to_string(),
            finding.minor.to_string(),
            currency.map_or_else(String::new, |currency| currency.code().to_owned()),
            currency.map_or_else(String::new, |currency| shown(finding.minor.into(), currency)),
            finding.what.clone(),
            finding.command.clone().unwrap_or_default(),
        ]
    });
    table(header, rows)
}

/// `refunds.csv`: what is to be paid back, each with a key for the provider.
///
/// # Errors
/// If it cannot be written.
pub fn refunds(report: &Report) -> Result<Vec<u8>, Fault> {
    let header =
        ["event", "payment", "class", "minor", "currency", "amount", "provider_reference", "idempotency_key"];
    let rows = report.refunds.iter().map(|refund| {
        let (event, payment) = names(Some(&refund.payment));
        [
            event,
            payment,
            refund.class.word().to_owned(),
            refund.amount.minor.to_string(),
            refund.amount.currency.code().to_owned(),
            refund.amount.to_string(),
            refund.reference.as_deref().unwrap_or("").to_owned(),
            refund.key.clone(),
        ]
    });
    table(header, rows)
}

/// Plans for the job `compensate`, as many as it takes: a command a line.
#[must_use]
pub fn plans(report: &Report) -> Vec<String> {
    let mut plans: Vec<(usize, String)> = Vec::new();
    for command in report.findings.iter().filter_map(|finding| finding.command.as_ref()) {
        let fits = |(lines, plan): &&mut (usize, String)| {
            *lines < PLAN_LINES_MAX && plan.len() + command.len() < PLAN_BYTES_MAX
        };
        match plans.last_mut().filter(fits) {
            Some((lines, plan)) => {
                *lines += 1;
                *plan += &format!("{command}\n");
            }
            None => plans.push((1, format!("{command}\n"))),
        }
    }
    plans.into_iter().map(|(_, plan)| plan).collect()
}

/// A word of a command as it is typed.
pub(crate) fn word(text: &str) -> String {
    if !text.is_empty() && !text.contains(|letter: char| letter.is_whitespace() || "\"'\\".contains(letter)) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn names(payment: Option<&(holdfast_engine::Name, holdfast_engine::Name)>) -> (String, String) {
    payment.map_or_else(Default::default, |(event, payment)| (event.to_string(), payment.to_string()))
}

fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, Fault> {
    let failed = |error: &dyn std::fmt::Display| Fault::new(holdfast_engine::Code::DEFECT, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}
