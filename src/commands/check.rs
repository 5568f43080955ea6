//! `check`: would these files be drawn?

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::fault::Fault;
use super::progress::Progress;
use super::{CommandError, scene_file};
use crate::cli::CheckArgs;
use crate::config;
use crate::pipeline;
use crate::scene::{Detail, Limit, Limits, Options, Scene, Selection};

/// Reads all of each file, and says whether it would be drawn and how large it is. Nothing is drawn.
/// Gives whether all would be.
///
/// # Errors
/// If a limit makes no sense, or standard output is closed.
pub fn check(args: &CheckArgs) -> Result<bool, CommandError> {
    let options = options(args)?;
    let mut all = true;
    let mut progress = Progress::new(args.scenes.len(), args.quiet);
    for path in &args.scenes {
        let report = Report::of(path, &options);
        let mut text = if args.json {
            serde_json::to_string(&report).map_err(io::Error::from)?
        } else {
            report.describe()
        };
        text.push('\n');
        progress.clear();
        io::stdout().lock().write_all(text.as_bytes())?;
        all &= report.drawn;
        progress.advance();
    }
    Ok(all)
}

/// How the files are read.
fn options(args: &CheckArgs) -> Result<Options, CommandError> {
    Ok(Options {
        limits: config::scene_limits(&args.limits)?,
        selection: Selection {
            look: args.look,
            ..Selection::default()
        },
        ..Options::new(Detail::Shading)
    })
}

/// What there is to say of a file.
#[derive(Debug, Default, Serialize)]
struct Report {
    file: String,
    /// Whether `render` would draw it.
    drawn: bool,
    /// Why it would not.
    refusal: Option<Fault>,
    /// Why the server would not, although `render` would.
    server_refusal: Option<Fault>,
    ignored_extensions: Vec<String>,
    more_ignored_extensions: usize,
    warnings: Vec<String>,
    /// How much it uses of each limit; nothing of a file that would not be drawn.
    limits: Vec<Share>,
    #[serde(skip)]
    omissions: Vec<String>,
}

/// How much is used of a limit.
#[derive(Debug, Serialize)]
struct Share {
    what: &'static str,
    option: String,
    /// Of a refusal.
    code: &'static str,
    used: u64,
    limit: u64,
    percent: f64,
}

impl Report {
    fn of(path: &Path, options: &Options) -> Self {
        let mut report = match scene_file::load_noting_files(path, options.clone()) {
            Ok((scene, is_apart)) => Self {
                server_refusal: is_apart
                    .or_else(|| pipeline::required_camera_node(&scene, None).err())
                    .map(|refusal| Fault::from(CommandError::from(refusal))),
                ..Self::of_scene(scene, &options.limits)
            },
            Err(error) => Self {
                refusal: Some(error.into()),
                ..Self::default()
            },
        };
        report.file = path.display().to_string();
        report
    }

    fn of_scene(scene: Scene, limits: &Limits) -> Self {
        Self {
            drawn: true,
            omissions: scene.omissions().collect(),
            limits: Limit::ALL
                .map(|limit| Share::new(limit, scene.usage.get(limit), limits.get(limit)))
                .into(),
            ignored_extensions: scene.ignored_extensions,
            more_ignored_extensions: scene.more_ignored_extensions,
            warnings: scene.warnings,
            ..Self::default()
        }
    }

    /// In lines for people.
    fn describe(&self) -> String {
        let file = &self.file;
        if let Some(Fault { code, message }) = &self.refusal {
            return format!("{file}: refused, {code}: {message}");
        }
        let mut text = format!("{file}: drawn");
        // Writing to a string cannot fail.
        if let Some(Fault { code, message }) = &self.server_refusal {
            let _ = write!(text, "\n  the server would refuse it, {code}: {message}");
        }
        for sentence in &self.omissions {
            let _ = write!(text, "\n  {sentence}");
        }
        let widest = self.limits.iter().map(|share| share.what.len()).max();
        let widest = widest.unwrap_or(0);
        for share in &self.limits {
            let what = share.what;
            let [value, limit] = [share.used, share.limit].map(grouped);
            let percent = share.in_percent();
            let _ = write!(
                text,
                "\n  {what:<widest$} {value:>13} {percent:>7} of {limit}"
            );
        }
        text
    }
}

impl Share {
    fn new(limit: Limit, used: u64, most: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "it is said in percent")]
        let percent = 100.0 * used as f64 / most as f64;
        Self {
            what: limit.what(),
            option: format!("--{}", limit.option()),
            code: limit.code(),
            used,
            limit: most,
            percent,
        }
    }

    /// For people: something is never 0 %.
    fn in_percent(&self) -> String {
        match self.percent {
            0.0 => "0 %".to_owned(),
            percent if percent < 0.1 => "<0.1 %".to_owned(),
            percent => format!("{percent:.1} %"),
        }
    }
}

/// A number with a comma between each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Look, Usage};

    fn report() -> Report {
        let scene = Scene {
            ignored_extensions: vec!["KHR_x".into()],
            warnings: vec!["mesh 0, primitive 0: it has no triangles.".into()],
            usage: Usage {
                json_objects: 4_000_000,
                nodes: 3,
                ..Usage::default()
            },
            ..Scene::default()
        };
        Report {
            file: "a/b.glb".into(),
            ..Report::of_scene(scene, &Limits::default())
        }
    }

    #[test]
    fn a_report_has_all_there_is_to_say() {
        let text = report().describe();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + Limit::ALL.len());
        assert_eq!(lines[0], "a/b.glb: drawn");
        let ignored = "  the extension \"KHR_x\" is not supported and was ignored.";
        assert_eq!(lines[1], ignored);
        assert_eq!(lines[2], "  mesh 0, primitive 0: it has no triangles.");
        let row = |what, value, percent, limit| {
            format!("  {what:<49} {value:>13} {percent:>7} of {limit}")
        };
        let objects = row("JSON objects", "4,000,000", "80.0 %", "5,000,000");
        assert_eq!(lines[3], objects);
        assert_eq!(lines[4], row("nodes", "3", "<0.1 %", "1,000,000"));
        assert_eq!(lines[5], row("materials", "0", "0 %", "100,000"));
        // That of the longest words and numbers.
        assert!(lines.iter().all(|line| line.len() <= 90), "{text}");
    }

    #[test]
    fn a_refusal_is_said_with_its_code() {
        let fault = |code| {
            Some(Fault {
                code,
                message: "scene: odd.".into(),
            })
        };
        let refused = Report {
            file: "a.glb".into(),
            refusal: fault("scene_invalid"),
            ..Report::default()
        };
        let expected = "a.glb: refused, scene_invalid: scene: odd.";
        assert_eq!(refused.describe(), expected);
        let drawn = Report {
            server_refusal: fault("scene_external_uri"),
            ..report()
        };
        let second = "  the server would refuse it, scene_external_uri: scene: odd.";
        assert_eq!(drawn.describe().lines().nth(1), Some(second));
    }

    #[test]
    fn machines_read_the_same() {
        let value = serde_json::to_value(report()).unwrap_or_default();
        assert_eq!(value["drawn"], true);
        assert_eq!(value["refusal"], serde_json::Value::Null);
        assert_eq!(value["ignored_extensions"][0], "KHR_x");
        let nodes = serde_json::json!({
            "what": "nodes", "option": "--max-nodes", "code": "too_many_nodes", "used": 3,
            "limit": 1_000_000, "percent": 0.0003
        });
        assert_eq!(value["limits"][1], nodes);
        assert_eq!(
            value["limits"].as_array().map(Vec::len),
            Some(Limit::ALL.len())
        );
    }

    #[test]
    fn what_is_refused_hangs_on_the_look() -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        // RenderEngineVtk passes the extension over, whatever it says.
        let scene = r#"{"asset": {"version": "2.0"}, "extensionsUsed": ["KHR_node_visibility"], "scenes": [{"nodes": [0]}],
            "nodes": [{"extensions": {"KHR_node_visibility": {"visible": 5}}}]}"#;
        file.write_all(scene.as_bytes())?;
        let refused = |look| {
            let args = CheckArgs {
                scenes: Vec::new(),
                look,
                json: false,
                quiet: true,
                limits: crate::cli::SceneLimitArgs::default(),
            };
            let options = options(&args);
            let report = options.map(|options| Report::of(file.path(), &options));
            report.ok().and_then(|report| Some(report.refusal?.code))
        };
        assert_eq!(refused(Look::Auto), Some("scene_invalid"));
        assert_eq!(refused(Look::Gltf), Some("scene_invalid"));
        assert_eq!(refused(Look::Drake), None);
        Ok(())
    }

    #[test]
    fn digits_are_grouped() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
