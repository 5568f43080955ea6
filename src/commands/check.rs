//! `check`: would these files be drawn?

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use super::{CommandError, scene_file};
use crate::cli::CheckArgs;
use crate::config;
use crate::scene::{Detail, Limit, Limits, Options, Scene};

/// Reads all of each file, and says whether it would be drawn and how large it is. Nothing is drawn.
/// Gives whether all would be.
///
/// # Errors
/// If a limit makes no sense, or standard output is closed.
pub fn check(args: &CheckArgs) -> Result<bool, CommandError> {
    let mut all = true;
    let limits = config::scene_limits(&args.limits)?;
    for path in &args.scenes {
        let (text, is_drawn) = report(path, limits);
        io::stdout().lock().write_all(text.as_bytes())?;
        all &= is_drawn;
    }
    Ok(all)
}

/// What there is to say of a file, and whether it would be drawn.
fn report(path: &Path, limits: Limits) -> (String, bool) {
    let options = Options {
        limits,
        ..Options::new(Detail::Shading)
    };
    match scene_file::load(path, options) {
        Ok(scene) => (describe(path, &scene, &limits), true),
        // Such an error begins with the path.
        Err(error @ CommandError::File { .. }) => (format!("{error}\n"), false),
        Err(error) => (format!("{}: refused: {error}\n", path.display()), false),
    }
}

fn describe(path: &Path, scene: &Scene, limits: &Limits) -> String {
    let mut text = format!("{}: drawn\n", path.display());
    for sentence in scene.omissions() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {sentence}");
    }
    let widest = Limit::ALL.map(|limit| limit.what().len());
    let widest = widest.into_iter().max().unwrap_or(0);
    for limit in Limit::ALL {
        let (what, used, most) = (limit.what(), scene.usage.get(limit), limits.get(limit));
        let _ = writeln!(text, "  {what:<widest$} {used:>11} of {most}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Usage;

    #[test]
    fn a_report_has_all_there_is_to_say() {
        let scene = Scene {
            ignored_extensions: vec!["KHR_x".into()],
            warnings: vec!["mesh 0, primitive 0: it has no triangles.".into()],
            usage: Usage {
                json_objects: 3,
                ..Usage::default()
            },
            ..Scene::default()
        };
        let text = describe(Path::new("a/b.glb"), &scene, &Limits::default());
        let count = format!("  {:<49} {:>11} of 5000000\n", "JSON objects", 3);
        let expected = "a/b.glb: drawn\n  the extension \"KHR_x\" is not supported and was ignored.\
                        \n  mesh 0, primitive 0: it has no triangles.\n";
        let expected = format!("{expected}{count}");
        assert!(text.starts_with(&expected), "{text}");
    }
}
