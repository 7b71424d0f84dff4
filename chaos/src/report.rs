//! The journal for people: a page of Markdown, and a few lines for a terminal, in English and Korean.

use std::fmt::Write as _;
use std::time::Duration;

use crate::journal::{Journal, Measured, Verdict};

/// A language of the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// English.
    En,
    /// Korean.
    Ko,
}

/// The words of a report.
struct Words {
    verdicts: [&'static str; 3],
    verdict: &'static str,
    reasons: &'static str,
    faults: &'static str,
    faults_head: &'static str,
    probes: &'static str,
    probes_head: &'static str,
    history: &'static str,
    history_line: [&'static str; 4],
    no_history: &'static str,
    steady_after: &'static str,
    timeline: &'static str,
    schedule: &'static str,
    schedule_head: &'static str,
    again: &'static str,
    kept: &'static str,
    recovery: &'static str,
}

const ENGLISH: Words = Words {
    verdicts: ["held", "DEVIATED", "NOT STEADY BEFORE: nothing was done"],
    verdict: "Verdict",
    reasons: "What was not as it had to be",
    faults: "Disturbances",
    faults_head: "| at, s | what | lasted, s | recovery, s | longest without a sale, s | how |",
    probes: "Steady state",
    probes_head: "| probe | measure | tolerance | before | during | after |",
    history: "What buyers were told",
    history_line: ["answers were judged", "accepted", "asked for once more", "promises broken"],
    no_history: "could not be checked",
    steady_after: "all was well again, s after the last step",
    timeline: "Timeline",
    schedule: "Schedule",
    schedule_head: "| pause before, ms | what | do | pause after, ms |",
    again: "The same again",
    kept: "The files of the run are kept in",
    recovery: "recovery, s",
};

const KOREAN: Words = Words {
    verdicts: ["지켜짐", "벗어남", "처음부터 정상이 아님: 아무것도 하지 않음"],
    verdict: "판정",
    reasons: "맞지 않은 것",
    faults: "교란",
    faults_head: "| 시각, 초 | 무엇 | 지속, 초 | 회복, 초 | 판매가 없던 가장 긴 시간, 초 | 방법 |",
    probes: "정상 상태",
    probes_head: "| 탐침 | 측정 | 허용 범위 | 이전 | 동안 | 이후 |",
    history: "구매자가 받은 응답",
    history_line: ["응답이 판정됨", "승인됨", "다시 물음", "깨진 약속"],
    no_history: "확인하지 못함",
    steady_after: "마지막 단계 뒤 다시 정상이 되기까지, 초",
    timeline: "시간표",
    schedule: "일정",
    schedule_head: "| 앞의 쉼, ms | 무엇 | 하는 일 | 뒤의 쉼, ms |",
    again: "똑같이 다시",
    kept: "실행의 파일이 남아 있는 곳",
    recovery: "회복, 초",
};

impl Language {
    const fn words(self) -> &'static Words {
        match self {
            Self::En => &ENGLISH,
            Self::Ko => &KOREAN,
        }
    }
}

const fn verdict(journal: &Journal, words: &Words) -> &'static str {
    words.verdicts[match journal.verdict {
        Verdict::Held => 0,
        Verdict::Deviated => 1,
        Verdict::NotSteadyBefore => 2,
    }]
}

fn title(journal: &Journal, language: Language) -> &str {
    match language {
        Language::En => &journal.title,
        Language::Ko => &journal.title_ko,
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

fn perhaps(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "-".to_owned(), seconds)
}

/// The report as a page. `name` is what the experiment is called on the command line.
#[must_use]
pub fn markdown(journal: &Journal, name: &str, language: Language) -> String {
    let words = language.words();
    let mut page = format!("# {}\n\n{}\n\n", title(journal, language), journal.description);
    // Writing to a String cannot fail.
    let _ = writeln!(page, "**{}: {}**\n", words.verdict, verdict(journal, words));
    if !journal.reasons.is_empty() {
        let _ = writeln!(page, "{}:\n", words.reasons);
        for reason in &journal.reasons {
            let _ = writeln!(page, "- {reason}");
        }
        page.push('\n');
    }
    if let Some(kept) = &journal.kept {
        let _ = writeln!(page, "{}: `{kept}`\n", words.kept);
    }
    let _ = writeln!(
        page,
        "## {}\n\n{}\n| ---: | --- | ---: | ---: | ---: | --- |",
        words.faults, words.faults_head
    );
    for fault in &journal.faults {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            seconds(fault.at_s),
            fault.name,
            seconds(fault.lasted_s),
            perhaps(fault.recovery_s),
            seconds(fault.without_sales_s),
            fault.detail
        );
    }
    let _ = writeln!(page, "\n{}: {}", words.steady_after, perhaps(journal.steady_after_s));
    probes(&mut page, journal, words);
    history(&mut page, journal, words);
    let _ = writeln!(page, "\n## {}\n\n{}\n| ---: | --- | --- | ---: |", words.schedule, words.schedule_head);
    for step in &journal.schedule {
        let (before, after) = (step.before_ms.as_millis(), step.after_ms.as_millis());
        let _ = writeln!(page, "| {before} | {} | `{}` | {after} |", step.name, step.told());
    }
    let _ = writeln!(page, "\n## {}\n", words.timeline);
    for entry in &journal.timeline {
        let _ = writeln!(page, "- {}: {}", seconds(entry.at_s), entry.what);
    }
    let _ = writeln!(page, "\n{}: `holdfast chaos run {name} --seed {}`", words.again, journal.seed);
    page
}

fn probes(page: &mut String, journal: &Journal, words: &Words) {
    let _ = writeln!(page, "\n## {}\n\n{}\n\n{}", words.probes, journal.hypothesis, words.probes_head);
    page.push_str("| --- | --- | --- | ---: | ---: | ---: |\n");
    let phases = [&journal.before, &journal.during, &journal.after];
    let Some(first) = phases.into_iter().flatten().next() else { return };
    for (at, probe) in first.probes.iter().enumerate() {
        let measure = String::from(probe.measure.clone());
        let _ = write!(page, "| {} | `{measure}` | {} |", probe.name, probe.tolerance);
        for phase in phases {
            let shown =
                phase.as_ref().and_then(|measured: &Measured| measured.probes.get(at)).map(|probed| {
                    let value = probed.value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
                    // What did not count stands in brackets.
                    match (probed.counts, probed.within) {
                        (false, _) => format!("({value})"),
                        (true, true) => value,
                        (true, false) => format!("**{value}**"),
                    }
                });
            let _ = write!(page, " {} |", shown.unwrap_or_else(|| "-".to_owned()));
        }
        page.push('\n');
    }
}

fn history(page: &mut String, journal: &Journal, words: &Words) {
    let _ = writeln!(page, "\n## {}\n", words.history);
    match &journal.history {
        None => page.push_str(words.no_history),
        Some(history) => {
            let counts = [
                history.judged as u64,
                history.accepted as u64,
                history.repeated as u64,
                history.broken_promises,
            ];
            let lines: Vec<String> = counts
                .iter()
                .zip(words.history_line)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            page.push_str(&lines.join(", "));
        }
    }
    page.push('\n');
}

/// The report in a few lines, for a terminal.
#[must_use]
pub fn summary(journal: &Journal, language: Language) -> String {
    let words = language.words();
    let mut text = format!("{}\n", title(journal, language));
    for fault in &journal.faults {
        let recovery = perhaps(fault.recovery_s);
        let _ = writeln!(text, "  {} {}: {} {recovery}", seconds(fault.at_s), fault.name, words.recovery);
    }
    if let Some(history) = &journal.history {
        let [judged, _, _, broken] = words.history_line;
        let _ = writeln!(text, "  {} {judged}, {} {broken}", history.judged, history.broken_promises);
    }
    for reason in &journal.reasons {
        let _ = writeln!(text, "  - {reason}");
    }
    let _ = writeln!(text, "{}: {}", words.verdict, verdict(journal, words));
    text
}
