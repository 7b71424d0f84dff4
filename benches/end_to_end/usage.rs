//! What a server takes of the machine, as the kernel counts it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

/// Resident bytes of a process.
pub(crate) fn resident(id: u32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    let kib: Option<u64> = kib.and_then(|number| number.trim().parse().ok());
    kib.map(|kib| 1024 * kib).ok_or_else(|| io::Error::other("no VmRSS"))
}

/// Processor time of a process's threads so far, by their names; threads of one name are added up.
pub(crate) fn times(id: u32) -> io::Result<BTreeMap<String, Duration>> {
    let mut times = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{id}/task"))? {
        let path = entry?.path();
        // A thread may have ended since.
        let read = |name| fs::read_to_string(path.join(name)).unwrap_or_default();
        let (name, time) = (read("comm"), read("schedstat"));
        let time = time.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        *times.entry(name.trim().to_owned()).or_default() += Duration::from_nanos(time);
    }
    Ok(times)
}
