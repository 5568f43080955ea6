//! Reads arguments, and notes all that is wrong with them.

use std::str::FromStr;
use std::time::Duration;

use super::ConfigError;

/// Reads arguments as text.
#[derive(Debug, Default)]
pub struct Reader {
    /// What was wrong so far, a sentence for each.
    pub faults: Vec<String>,
}

impl Reader {
    /// What was read, if nothing was wrong with it.
    pub fn done<T>(self, value: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError(self.faults))
        }
    }

    /// Reads an argument if it is given; `read` says what it must be.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let text = text?;
        let note =
            |expected| (self.faults).push(format!("{name} must be {expected}, not {text:?}."));
        read(text.trim()).map_err(note).ok()
    }

    /// A whole number.
    pub fn number<T: FromStr>(&mut self, name: &str, text: Option<&String>, default: T) -> T {
        self.counted(name, text, "a whole number")
            .unwrap_or(default)
    }

    /// A whole number that is not 0.
    pub fn count<T: FromStr>(&mut self, name: &str, text: Option<&String>) -> Option<T> {
        self.counted(name, text, "a whole number greater than 0")
    }

    fn counted<T: FromStr>(
        &mut self,
        name: &str,
        text: Option<&String>,
        expected: &'static str,
    ) -> Option<T> {
        let text = text.map(String::as_str);
        self.parsed(name, text, |text| text.parse().map_err(|_| expected))
    }

    /// A number of seconds that is not 0.
    pub fn seconds(&mut self, name: &str, text: Option<&String>) -> Option<Duration> {
        self.parsed(name, text.map(String::as_str), |text| {
            let seconds = text.parse().ok().filter(|&seconds| seconds > 0.0);
            let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            duration.ok_or("a number of seconds greater than 0")
        })
    }

    /// A size that is not 0.
    pub fn size(&mut self, name: &str, text: Option<&String>, default: usize) -> usize {
        let text = text.map(String::as_str);
        let read = |text: &str| bytes(text).ok_or("a size such as 1048576, 64MiB or 1GiB");
        self.parsed(name, text, read).unwrap_or(default)
    }

    /// A size.
    pub fn size_or_none(&mut self, name: &str, text: Option<&String>, default: usize) -> usize {
        let read = |text: &str| match text {
            "0" => Ok(0),
            text => bytes(text).ok_or("0 or a size such as 64MiB or 1GiB"),
        };
        self.parsed(name, text.map(String::as_str), read)
            .unwrap_or(default)
    }
}

/// A size in bytes, with or without a unit.
fn bytes(text: &str) -> Option<usize> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: usize = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" | "k" => 1 << 10,
        "mib" | "m" => 1 << 20,
        "gib" | "g" => 1 << 30,
        _ => return None,
    };
    number
        .parse::<usize>()
        .ok()?
        .checked_mul(unit)
        .filter(|&n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("123"), Some(123));
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes("2 gib"), Some(2 << 30));
        for bad in ["", "0", "MiB", "-1", "1TB", "99999999999GiB", "1é"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn seconds_are_more_than_none_and_not_for_ever() {
        let of = |text: &str| Reader::default().seconds("--x", Some(&text.to_owned()));
        assert_eq!(of("0.5"), Some(Duration::from_millis(500)));
        for bad in ["", "0", "-1", "nan", "inf", "1e300", "1s"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
