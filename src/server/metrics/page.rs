//! The text that Prometheus reads: families of samples, each with labels and a value.

use std::fmt::{Display, Write as _};

use crate::server::histogram::Histogram;

/// What all names begin with.
const PREFIX: &str = "gltf_render_server";

/// What the values of a family are.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Only goes up.
    Counter,
    /// As it is now.
    Gauge,
    /// Buckets of durations.
    Histogram,
}

/// The text so far, and the name of the family whose samples come next.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    /// Begins a family.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.family = name;
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "# HELP {PREFIX}_{name} {help}");
        let _ = writeln!(self.text, "# TYPE {PREFIX}_{name} {kind}");
    }

    /// Adds a sample of the family.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, value);
    }

    /// A family of one sample without labels.
    pub fn single(&mut self, name: &'static str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(&[], value);
    }

    /// Adds the samples of one histogram of the family, in seconds.
    pub fn histogram(&mut self, label: (&str, &str), histogram: &Histogram) {
        let mut all = 0;
        for (bound, count) in histogram.buckets() {
            let bound = if bound.is_finite() {
                bound.to_string()
            } else {
                "+Inf".to_owned()
            };
            self.line("_bucket", &[label, ("le", &bound)], count);
            all = count;
        }
        self.line("_sum", &[label], histogram.sum().as_secs_f64());
        self.line("_count", &[label], all);
    }

    /// All of it.
    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match &*labels.join(",") {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        let family = self.family;
        let _ = writeln!(self.text, "{PREFIX}_{family}{suffix}{labels} {value}");
    }
}

/// The text of a label, such as an adapter's name.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn samples_follow_their_family() {
        let mut page = Page::default();
        page.single("a_total", Kind::Counter, "Some.", 1);
        page.sample(&[("x", "1"), ("y", "a \"b\" \\ \n")], 2);
        assert_eq!(
            page.finish(),
            "# HELP gltf_render_server_a_total Some.\n# TYPE gltf_render_server_a_total counter\n\
             gltf_render_server_a_total 1\n\
             gltf_render_server_a_total{x=\"1\",y=\"a \\\"b\\\" \\\\ \\n\"} 2\n"
        );
    }

    #[test]
    fn a_histogram_has_buckets_a_sum_and_a_count() {
        let histogram = Histogram::default();
        histogram.add(Duration::from_millis(2));
        histogram.add(Duration::from_secs(100));
        let mut page = Page::default();
        page.family("a_seconds", Kind::Histogram, "Some.");
        page.histogram(("x", "1"), &histogram);
        let text = page.finish();
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), 1 + 16 + 2, "{text}");
        assert_eq!(lines[0], "# TYPE gltf_render_server_a_seconds histogram");
        for (index, line) in [
            (1, "_bucket{x=\"1\",le=\"0.001\"} 0"),
            (2, "_bucket{x=\"1\",le=\"0.0025\"} 1"),
            (15, "_bucket{x=\"1\",le=\"60\"} 1"),
            (16, "_bucket{x=\"1\",le=\"+Inf\"} 2"),
            (17, "_sum{x=\"1\"} 100.002"),
            (18, "_count{x=\"1\"} 2"),
        ] {
            assert_eq!(lines[index], format!("gltf_render_server_a_seconds{line}"));
        }
    }
}
