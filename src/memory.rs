//! How much memory the process may use, and how much it uses, as the system counts it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{MemoryLimit, MemoryUse};
use rustix::process::{Resource, getrlimit};

/// What the system allows, bytes; each limit counts something else.
#[derive(Clone, Copy, Debug)]
struct Allowed {
    /// What is in memory and belongs to no file: the machine's memory, the cgroup's, and what was set.
    resident: u64,
    /// What the process can write to, used or not: `RLIMIT_DATA`.
    data: u64,
    /// Everything mapped: `RLIMIT_AS`.
    mapped: u64,
}

impl Allowed {
    const fn max(self) -> u64 {
        let least = if self.data < self.mapped { self.data } else { self.mapped };
        if least < self.resident { least } else { self.resident }
    }

    /// What is used of the limit that has least left, as if that were the lowest of them.
    fn counted(self, [resident, data, mapped]: [u64; 3]) -> u64 {
        let of = |used: u64, limit: u64| (used + self.max()).saturating_sub(limit);
        of(resident, self.resident).max(of(data, self.data)).max(of(mapped, self.mapped))
    }
}

/// The limit that holds: `wanted`, or four fifths of what the system gives. Of the limits of the process four fifths are
/// used in any case, as beyond them an allocation fails.
pub(crate) fn limit(wanted: Option<u64>) -> Option<MemoryLimit> {
    let part = |bytes: u64| bytes / 5 * 4;
    let of_process = |resource| getrlimit(resource).current.map_or(u64::MAX, part);
    let given = machine().into_iter().chain(cgroup()).min();
    let resident = wanted.or_else(|| given.map(part)).unwrap_or(u64::MAX);
    let allowed = Allowed { resident, data: of_process(Resource::Data), mapped: of_process(Resource::As) };
    let max = allowed.max();
    let statm = File::open("/proc/self/statm").ok();
    let Some(statm) = statm.filter(|_| max < u64::MAX) else {
        tracing::warn!(
            "the system does not tell how much memory there is, or is used: memory.max is not in force"
        );
        return None;
    };
    if given.is_some_and(|given| max > given) {
        tracing::warn!(max, given, "memory.max is more than the machine or the cgroup has");
    }
    tracing::info!(max, "memory that may be used, bytes");
    let used = move || {
        let mut bytes = [0; 128];
        let length = statm.read_at(&mut bytes, 0).ok()?;
        let counts = pages(std::str::from_utf8(&bytes[..length]).ok()?)?;
        Some(MemoryUse { counted: allowed.counted(counts), resident: counts[0] })
    };
    Some(MemoryLimit { max, used: Arc::new(used), give_back: Arc::new(give_back) })
}

/// The allocator of glibc gives the system by itself only what is free at an end of its pieces. Others are left alone.
#[cfg_attr(target_env = "gnu", expect(unsafe_code, reason = "a function of C"))]
fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes its locks by itself, and a padding of 0 bytes is valid.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// What is resident and of no file, writable, and mapped, bytes, by a line of `/proc/self/statm`: size, resident, shared,
/// text, library, data, dirty, in pages.
fn pages(line: &str) -> Option<[u64; 3]> {
    let page = rustix::param::page_size() as u64;
    let numbers: Vec<u64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [size, resident, shared, _, _, data, ..] = numbers[..] else { return None };
    Some([resident.saturating_sub(shared) * page, data * page, size * page])
}

fn machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(total.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn cgroup() -> Option<u64> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    limits_of(&own, Path::new("/sys/fs/cgroup"))
}

/// The lowest limit of the cgroups that the process is in, and of those above them, of both versions.
fn limits_of(own: &str, mount: &Path) -> Option<u64> {
    let places = own.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        match (parts.next()?, parts.next()?) {
            ("", path) => Some((mount.to_owned(), "memory.max", path)),
            (controllers, path) if controllers.split(',').any(|one| one == "memory") => {
                Some((mount.join("memory"), "memory.limit_in_bytes", path))
            }
            _ => None,
        }
    });
    let limits = places.flat_map(|(root, file, path)| {
        let below = root.join(path.trim_start_matches('/'));
        let above: Vec<_> =
            below.ancestors().take_while(|at| at.starts_with(&root)).map(|at| at.join(file)).collect();
        above.into_iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok())
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use holdfast_testkit::TempDir;

    use super::*;

    #[test]
    fn the_limit_with_least_left_counts() {
        let allowed = Allowed { resident: 1_000, data: 400, mapped: u64::MAX };
        assert_eq!(allowed.max(), 400);
        assert_eq!(allowed.counted([100, 350, 9_000]), 350, "of data 50 are left");
        assert_eq!(allowed.counted([970, 100, 9_000]), 370, "of the machine 30 are left");
        assert_eq!(allowed.counted([10, 10, 9_000]), 10);
    }

    #[test]
    fn a_line_of_statm_is_read() {
        let page = rustix::param::page_size() as u64;
        assert_eq!(pages("100 30 10 5 0 60 0\n"), Some([20 * page, 60 * page, 100 * page]));
        assert_eq!(pages("100 30"), None);
    }

    #[test]
    fn the_lowest_limit_of_the_cgroups_above_counts() {
        let mount = TempDir::new();
        let write = |path: &str, text: &str| {
            let file = mount.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("a/memory.max", "5000\n");
        write("a/b/memory.max", "max\n");
        write("memory/c/memory.limit_in_bytes", "7000\n");
        let of = |own| limits_of(own, mount.path());
        assert_eq!(of("0::/a/b\n"), Some(5_000));
        assert_eq!(of("9:name=systemd:/\n4:memory,hugetlb:/c/d\n"), Some(7_000));
        assert_eq!(of("4:memory:/c\n0::/a\n"), Some(5_000));
        assert_eq!(of("0::/elsewhere\n"), None);
    }
}
