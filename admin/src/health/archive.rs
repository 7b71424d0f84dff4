//! How the archive of the log is, where there is to be one.

use holdfast_engine::{ArchiveStats, Code};

use super::parts::{Finding, Status, UP, finding};

pub(super) fn archive(stats: Option<&ArchiveStats>) -> Finding {
    let Some(ArchiveStats { failing, lost, .. }) = stats else { return UP };
    if let Some((code, message)) = failing {
        return finding(Status::Degraded, *code, format!("the log is not archived: {message}"));
    }
    if *lost > 0 {
        let message =
            format!("{lost} files of the log were let go of before they were archived: run a backup");
        return finding(Status::Degraded, Code::JOB_FAILED, message);
    }
    UP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_up_unless_it_fails_or_has_a_gap() {
        let is = |stats: Option<ArchiveStats>| {
            let found = archive(stats.as_ref());
            (found.status, found.code)
        };
        assert_eq!(is(None), (Status::Up, None), "there is to be none");
        assert_eq!(is(Some(ArchiveStats::default())), (Status::Up, None));
        let failing = Some((Code::JOB_FAILED, "no disk".to_owned()));
        let degraded = (Status::Degraded, Some(Code::JOB_FAILED));
        assert_eq!(is(Some(ArchiveStats { failing, ..ArchiveStats::default() })), degraded);
        assert_eq!(is(Some(ArchiveStats { lost: 1, ..ArchiveStats::default() })), degraded);
    }
}
