//! The medians of a run, as a table.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use gltf_render_server::protocol::ImageType;
use serde_json::Value;

use crate::common::recorded::Body;

/// What is measured of each row.
const COLUMNS: [&str; 8] = [
    "hash", "cut", "parse", "draw", "encode", "receive", "load", "answer",
];

/// One kind of request.
pub struct Row {
    pub scene: String,
    pub body: Body,
    pub image_type: ImageType,
}

impl Row {
    /// The name of its group of benchmarks.
    pub fn group(&self) -> String {
        let Self {
            scene,
            body,
            image_type,
        } = self;
        format!("latency/{scene}/{body}/{image_type}")
    }

    /// What was measured of it, in milliseconds, if all of it was since then.
    fn medians(&self, since: SystemTime) -> Option<[f64; COLUMNS.len()]> {
        let folder = results().join(self.group().replace('/', "_"));
        let mut medians = [0.0; COLUMNS.len()];
        for (median, column) in medians.iter_mut().zip(COLUMNS) {
            *median = estimate(&folder.join(column).join("new/estimates.json"), since)?;
        }
        Some(medians)
    }

    /// Its line of the table.
    fn line(&self, since: SystemTime) -> Option<String> {
        let medians = self.medians(since)?;
        let [hash, cut, parse, draw, encode, receive, load, answer] = medians;
        let image = draw + encode;
        let cells = medians.map(|median| format!("{median:.2}")).join(" | ");
        Some(format!(
            "| {} | {} | {} | {cells} | {:.2} | {:.2} |",
            self.scene,
            self.body,
            self.image_type,
            answer / (hash + cut + parse + image),
            answer / (receive + load + image)
        ))
    }
}

/// Prints the rows that were measured whole since then.
pub fn print(rows: &[Row], since: SystemTime) {
    let lines: Vec<_> = rows.iter().filter_map(|row| row.line(since)).collect();
    if lines.is_empty() {
        return;
    }
    println!(
        "| scene | body | image | {} | to floors | to stages |",
        COLUMNS.join(" | ")
    );
    println!("|{}", "---|".repeat(COLUMNS.len() + 5));
    for line in lines {
        println!("{line}");
    }
}

/// Where criterion keeps its results.
fn results() -> PathBuf {
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    env::var_os("CRITERION_HOME").map_or(beside, PathBuf::from)
}

/// The median that criterion estimated, milliseconds, if it did since then.
fn estimate(path: &Path, since: SystemTime) -> Option<f64> {
    let is_new = fs::metadata(path).ok()?.modified().ok()? >= since;
    let estimates: Value = serde_json::from_slice(&fs::read(path).ok()?).unwrap();
    let nanoseconds = estimates["median"]["point_estimate"].as_f64();
    nanoseconds.filter(|_| is_new).map(|median| 1e-6 * median)
}
