//! What the operating system tells of this process, and of its threads.

use std::fs;
use std::time::Duration;

use holdfast_engine::ThreadTimes;

/// Figures of the process, as Linux has them in `/proc`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Process {
    /// Seconds of the processor, in user mode and in the system.
    pub(in crate::figures) user_seconds: f64,
    pub(in crate::figures) system_seconds: f64,
    pub(in crate::figures) threads: u64,
    /// Unix seconds.
    pub(in crate::figures) started_at: Option<f64>,
    pub(in crate::figures) virtual_bytes: u64,
    pub(in crate::figures) resident_bytes: u64,
    pub(in crate::figures) descriptors: Option<u64>,
    pub(in crate::figures) descriptors_max: Option<u64>,
}

fn of(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// Only what stands in one small file: for threads that sell, which answer `INFO`. `None` where the system does not tell.
pub(in crate::figures) fn times() -> Option<Process> {
    parsed(&of("/proc/self/stat"), "")
}

/// Everything. `None` where the system does not tell.
pub(in crate::figures) fn look() -> Option<Process> {
    let process = parsed(&of("/proc/self/stat"), &of("/proc/stat"))?;
    let (descriptors, descriptors_max) = (descriptors(), limit(&of("/proc/self/limits")));
    Some(Process { descriptors, descriptors_max, ..process })
}

/// What it tells of the thread that asks. `None` where it does not, as on a kernel without figures of its scheduler.
pub(crate) fn thread_times() -> Option<ThreadTimes> {
    times_of(&of("/proc/thread-self/schedstat"))
}

/// Of a line of that: on a processor and waiting for one, ns, and how often it was given one.
fn times_of(schedstat: &str) -> Option<ThreadTimes> {
    let mut fields = schedstat.split_whitespace().map(|field| field.parse().map(Duration::from_nanos));
    let (ran, waited) = (fields.next()?.ok()?, fields.next()?.ok()?);
    (!ran.is_zero()).then_some(ThreadTimes { ran, waited })
}

/// Of a line of `/proc/self/stat`, and of `/proc/stat`, which has the time at which the machine began. The name of the program,
/// in brackets, may have spaces.
fn parsed(stat: &str, machine: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // Numbered as in proc(5), where the state is the third.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let seconds = |number| Some(field(number)? as f64 / ticks);
    let began = machine.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse::<f64>().ok());
    Some(Process {
        user_seconds: seconds(14)?,
        system_seconds: seconds(15)?,
        threads: field(20)?,
        started_at: began.and_then(|began| Some(began + seconds(22)?)),
        virtual_bytes: field(23)?,
        resident_bytes: field(24)? * rustix::param::page_size() as u64,
        descriptors: None,
        descriptors_max: None,
    })
}

/// Open descriptors. Newer kernels tell by the size of the directory; on older ones they are counted.
fn descriptors() -> Option<u64> {
    let told = fs::metadata("/proc/self/fd").ok()?.len();
    if told > 0 { Some(told) } else { Some(fs::read_dir("/proc/self/fd").ok()?.count() as u64) }
}

/// The soft limit of open descriptors, in `/proc/self/limits`; `None` if there is none.
fn limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read() {
        let ticks = rustix::param::clock_ticks_per_second();
        let line = format!(
            "7 (hold) fast) S 1 7 7 0 -1 4194560 100 0 0 0 {} {} 0 0 20 0 9 0 {} 4096000 3 18446744073709551615",
            2 * ticks,
            3 * ticks,
            5 * ticks
        );
        let process = parsed(&line, "cpu 1 2\nbtime 1700000000\n").unwrap();
        let told = (process.user_seconds, process.system_seconds, process.threads, process.started_at);
        assert_eq!(told, (2.0, 3.0, 9, Some(1_700_000_005.0)));
        let page = rustix::param::page_size() as u64;
        assert_eq!((process.virtual_bytes, process.resident_bytes), (4_096_000, 3 * page));
        for bad in ["", "7 (holdfast", "7 (holdfast) S 1", "7 (h) S 1 7 7 0 -1 4194560 100 0 0 0 x 1"] {
            assert_eq!(parsed(bad, ""), None, "{bad}");
        }
    }

    #[test]
    fn a_line_of_schedstat_is_read() {
        let (ran, waited) = (Duration::from_nanos(7_000_000_001), Duration::from_nanos(42));
        assert_eq!(times_of("7000000001 42 3\n"), Some(ThreadTimes { ran, waited }));
        for none in ["", "7", "7 x 3", "0 0 0"] {
            assert_eq!(times_of(none), None, "{none}");
        }
    }

    #[test]
    fn the_limit_of_descriptors_is_the_soft_one() {
        let limits =
            |soft: &str| format!("Max processes  5  6  processes\nMax open files   {soft}  4096   files\n");
        assert_eq!(limit(&limits("1024")), Some(1_024));
        assert_eq!(limit(&limits("unlimited")), None);
    }

    #[test]
    fn this_process_is_told_of() {
        let process = look().expect("tests run on Linux");
        assert!(process.threads > 0 && process.resident_bytes > 0);
        assert!(process.descriptors.is_some_and(|count| count > 2) && process.started_at.is_some());
    }
}
