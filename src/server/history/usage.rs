//! What the process takes of the machine, as Linux tells it; elsewhere nothing is known.

use std::fs;
use std::time::Duration;

/// The clock of `/proc`, ticks in a second: on all that Linux runs on, whatever the kernel's own.
const TICKS_PER_SECOND: u64 = 100;

/// Processor time of all threads since the start.
pub fn cpu_time() -> Option<Duration> {
    ticks(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Memory that is resident, bytes.
pub fn memory() -> Option<u64> {
    resident(&fs::read_to_string("/proc/self/status").ok()?)
}

/// The fields `utime` and `stime` of proc(5), which are the 14th and 15th. The second one is the program's
/// name in parentheses, which may hold anything.
fn ticks(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    let ticks = next()?.checked_add(next()?)?;
    Some(Duration::from_millis(
        ticks.checked_mul(1000)? / TICKS_PER_SECOND,
    ))
}

/// The line `VmRSS` of proc(5), in units of 1024 bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_may_have_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 10 0 0 0 150 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(ticks(stat), Some(Duration::from_secs(2)));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn memory_is_told_in_kibibytes() {
        let status = "Name:\ta\nVmHWM:\t    9 kB\nVmRSS:\t    5 kB\nThreads:\t1\n";
        assert_eq!(resident(status), Some(5 << 10));
        assert_eq!(resident("Name:\ta\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_something() {
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
        assert!(cpu_time().is_some());
    }
}
