//! Small plots of the last minutes, as SVG with a caption that says the same in words.

use std::fmt::Write as _;

use super::escaped;
use crate::server::history::{KEPT, MINUTES};

/// Of the drawing, in units of its own; the page scales it.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 72.0;

/// One line of a plot.
pub struct Series<'s> {
    /// What it shows; empty if the plot's title says so.
    pub name: &'s str,
    /// A value a sample, the oldest first; none where there is nothing to show.
    pub values: Vec<Option<f64>>,
}

impl Series<'_> {
    /// The last value.
    fn now(&self) -> Option<f64> {
        self.values.last().copied().flatten()
    }
}

/// A plot of values from 0 on.
pub struct Plot<'s> {
    /// What it shows.
    pub title: &'s str,
    /// After each number.
    pub unit: &'s str,
    /// The lines, of which the first is also filled.
    pub series: &'s [Series<'s>],
    /// The end of the scale, if there is one that means something.
    pub limit: Option<f64>,
    /// What is said where no line has a value now.
    pub idle: &'s str,
}

impl Plot<'_> {
    /// A `figure`.
    pub fn html(&self) -> String {
        let values = self.series.iter().flat_map(|series| &series.values);
        let highest = values.flatten().copied().fold(0.0, f64::max);
        let top = self.limit.unwrap_or(0.0).max(round_up(highest));
        let mut lines = String::new();
        for (number, series) in self.series.iter().enumerate() {
            for run in runs(&series.values, top) {
                if number == 0 {
                    lines += &area(&run);
                }
                let _ = write!(lines, "<path class=\"s{number}\" d=\"{}\"/>", path(&run));
            }
        }
        let (title, unit) = (escaped(self.title), escaped(self.unit));
        let said: Vec<String> = self
            .series
            .iter()
            .enumerate()
            .map(|(number, series)| {
                let now = series.now();
                let now = now.map(|now| format!("<b>{}{unit}</b>", number_text(now)));
                let name = escaped(series.name);
                let words = [name, now.unwrap_or_default()].join(" ");
                format!("<span class=\"k{number}\">{}</span>", words.trim())
            })
            .collect();
        let mut said = said.join(" ");
        if self.series.iter().all(|series| series.now().is_none()) {
            let _ = write!(said, "<span class=\"idle\">{}</span>", escaped(self.idle));
        }
        let top = number_text(top);
        format!(
            "<figure><figcaption>{title} {said}</figcaption>\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"{title}, the last {MINUTES} minutes, up to {top}{unit}\">{lines}</svg>\
             <p class=\"scale\"><span>{MINUTES} min ago</span><span>0 to {top}{unit}</span><span>now</span></p>\
             </figure>\n"
        )
    }
}

/// The values that stand without a gap, as points of the drawing. The last value stands at the right.
#[expect(clippy::cast_precision_loss, reason = "there are few samples")]
fn runs(values: &[Option<f64>], top: f64) -> Vec<Vec<(f64, f64)>> {
    let step = WIDTH / (KEPT - 1) as f64;
    let first = KEPT.saturating_sub(values.len());
    let points = values.iter().enumerate().map(|(index, value)| {
        let y = |value: f64| HEIGHT - 1.0 - value / top * (HEIGHT - 2.0);
        value.map(|value| ((first + index) as f64 * step, y(value)))
    });
    let points: Vec<_> = points.collect();
    let runs = points.split(Option::is_none);
    let runs = runs.map(|run| run.iter().copied().flatten().collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty()).collect()
}

fn path(run: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (number, (x, y)) in run.iter().enumerate() {
        let command = if number == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    if let [(x, y)] = run {
        // A line of no length has round ends, which are seen.
        let _ = write!(path, "L{x:.1} {y:.1}");
    }
    path
}

fn area(run: &[(f64, f64)]) -> String {
    let ends = run.first().zip(run.last());
    ends.map_or_else(String::new, |((left, _), (right, _))| {
        let line = path(run);
        format!("<path class=\"area\" d=\"{line}L{right:.1} {HEIGHT}L{left:.1} {HEIGHT}Z\"/>")
    })
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10.0_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|&step| step >= value)
        .unwrap_or(value)
}

/// With about three digits.
pub fn number_text(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}").trim_end_matches(".0").to_owned(),
        size if size >= 1.0 => trimmed(&format!("{value:.2}")),
        size if size > 0.0 => trimmed(&format!("{value:.3}")),
        _ => "0".to_owned(),
    }
}

fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the numbers are exact")]

    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, top) in [
            (0.0, 1.0),
            (0.03, 0.05),
            (1.0, 1.0),
            (1.1, 2.0),
            (73.0, 100.0),
        ] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.0125, "0.013"),
            (0.5, "0.5"),
            (2.0, "2"),
            (2.345, "2.35"),
            (12.0, "12"),
            (12.34, "12.3"),
            (1234.5, "1234"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    #[test]
    fn gaps_part_a_line_and_the_last_value_is_at_the_right() {
        let values = [Some(0.0), None, Some(1.0), Some(2.0)];
        let runs = runs(&values, 2.0);
        assert_eq!(runs.len(), 2);
        let last = runs[1].last().copied().unwrap_or_default();
        assert!((last.0 - WIDTH).abs() < 1e-9 && last.1 == 1.0, "{last:?}");
        assert_eq!(runs[0][0].1, HEIGHT - 1.0);
    }

    #[test]
    fn a_plot_says_in_words_what_it_shows() {
        let series = [Series {
            name: "",
            values: vec![None, Some(3.0)],
        }];
        let plot = Plot {
            title: "Requests <a> second",
            unit: "/s",
            series: &series,
            limit: None,
            idle: "none <yet>",
        };
        let html = plot.html();
        assert!(html.contains("Requests &lt;a&gt; second"), "{html}");
        assert!(
            html.contains("<b>3/s</b>") && html.contains("up to 5/s"),
            "{html}"
        );
        assert!(!html.contains("yet"), "{html}");
        let series = ["95 %", "mean"].map(|name| Series {
            name,
            values: vec![Some(3.0), None],
        });
        let html = Plot {
            series: &series,
            ..plot
        }
        .html();
        let said = "<span class=\"k0\">95 %</span> <span class=\"k1\">mean</span>\
                    <span class=\"idle\">none &lt;yet&gt;</span></figcaption>";
        assert!(html.contains(said), "{html}");
        let [first, mut second] = series;
        second.values.push(Some(1.0));
        let html = Plot {
            series: &[first, second],
            ..plot
        }
        .html();
        assert!(html.contains("mean <b>1/s</b>"), "{html}");
        assert!(!html.contains("yet"), "{html}");
    }
}
