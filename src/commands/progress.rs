//! How far long work has come, for who sits at a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(300);
/// Characters of the bar itself.
const WIDTH: usize = 24;
/// Back to the beginning of the line, and erases it.
const ERASE: &str = "\r\x1b[K";

/// A bar on standard error, if that is a terminal.
pub(super) struct Progress {
    total: usize,
    done: usize,
    begun: Instant,
    is_wanted: bool,
    is_drawn: bool,
}

impl Progress {
    /// Nothing is done yet.
    pub fn new(total: usize, is_quiet: bool) -> Self {
        Self {
            total,
            done: 0,
            begun: Instant::now(),
            is_wanted: !is_quiet && io::stderr().is_terminal(),
            is_drawn: false,
        }
    }

    /// One more is done.
    pub fn advance(&mut self) {
        self.done += 1;
        let taken = self.begun.elapsed();
        if self.is_wanted && taken > PATIENCE && self.done < self.total {
            // Who closes the terminal sees no bar.
            let _ = write!(
                io::stderr(),
                "{ERASE}{}",
                line(self.done, self.total, taken)
            );
            self.is_drawn = true;
        }
    }

    /// Makes room for other text, until the next is done.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(io::stderr(), "{ERASE}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A bar, what is done, and how long the rest will take if it goes on like that.
fn line(done: usize, total: usize, taken: Duration) -> String {
    let full = done * WIDTH / total.max(1);
    let bar = "#".repeat(full) + &"-".repeat(WIDTH - full);
    #[expect(clippy::cast_precision_loss, reason = "no work has 2^53 parts")]
    let left = taken.as_secs_f64() * (total - done) as f64 / done as f64;
    format!("[{bar}] {done} of {total}, {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_done_and_how_long_the_rest_takes() {
        assert_eq!(
            line(9, 36, Duration::from_secs(3)),
            "[######------------------] 9 of 36, 9 s left"
        );
        assert_eq!(
            line(35, 36, Duration::from_secs(35)),
            "[#######################-] 35 of 36, 1 s left"
        );
    }
}
