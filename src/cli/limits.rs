//! The options that say how large things may be.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::scene::{Limit, Limits};

/// Under which the options are listed; they are many, and only long help has them.
pub(super) const LIMITS: &str = "Limits";
/// Under which those are listed that bound what is kept.
pub(super) const MEMORY: &str = "Memory";

/// An option for each [`Limit`] of a scene.
#[derive(Clone, Debug, Default)]
pub struct SceneLimitArgs([Option<String>; Limit::ALL.len()]);

impl SceneLimitArgs {
    /// What is given, as text.
    pub fn given(&self) -> impl Iterator<Item = (Limit, Option<&String>)> {
        Limit::ALL
            .into_iter()
            .zip(self.0.iter().map(Option::as_ref))
    }

    /// The same with another text for a limit.
    #[cfg(test)]
    #[must_use]
    pub fn with(mut self, limit: Limit, text: &str) -> Self {
        self.0[limit as usize] = Some(text.to_owned());
        self
    }
}

impl FromArgMatches for SceneLimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |limit: Limit| matches.get_one::<String>(limit.option()).cloned();
        Ok(Self(Limit::ALL.map(given)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SceneLimitArgs {
    fn augment_args(command: Command) -> Command {
        Limit::ALL
            .into_iter()
            .map(argument)
            .fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(limit: Limit) -> Arg {
    let default = Limits::default().get(limit);
    let default = if limit.is_size() {
        format!("{}GiB", default >> 30)
    } else {
        default.to_string()
    };
    // The help ends like those that are comments.
    let help = limit.help().trim_end_matches('.');
    let value = match limit {
        _ if limit.is_size() => "SIZE",
        Limit::TextureSide => "PIXELS",
        _ => "N",
    };
    Arg::new(limit.option())
        .long(limit.option())
        .env(variable(limit))
        .value_name(value)
        .help_heading(LIMITS)
        .hide_short_help(true)
        .help(format!("{help} [default: {default}]"))
}

/// The environment variable of a limit.
fn variable(limit: Limit) -> String {
    let name = limit.option().to_ascii_uppercase().replace('-', "_");
    format!("GLTF_RENDER_SERVER_{name}")
}

/// The other limits of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeLimitArgs {
    /// Scenes that are kept as they arrived, and as many as they were loaded [default: 4096].
    ///
    /// All are within --cache-size. One scene can be kept several times: for color images, for the
    /// others, and for when its nodes move.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_CACHE_SCENES",
        value_name = "N",
        help_heading = MEMORY
    )]
    pub cache_scenes: Option<String>,

    /// Memory on the GPU for scenes and images, of all workers together [default: 4GiB for each worker].
    ///
    /// Counted are meshes, textures, materials, and the images that are drawn. Each worker has an equal
    /// part, and a scene that needs more than that is refused before what would be too much is made. Not
    /// counted is what the driver takes for itself, such as pipelines and copies on their way to the GPU.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_GPU_MEMORY",
        value_name = "SIZE",
        help_heading = MEMORY
    )]
    pub gpu_memory: Option<String>,

    /// Bytes of a request [default: 512MiB].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_MAX_BODY",
        value_name = "SIZE",
        help_heading = LIMITS,
        hide_short_help = true
    )]
    pub max_body: Option<String>,

    /// Columns of an image [default: 8192, which is the most].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_MAX_WIDTH",
        value_name = "PIXELS",
        help_heading = LIMITS,
        hide_short_help = true
    )]
    pub max_width: Option<String>,

    /// Rows of an image [default: 8192, which is the most].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_MAX_HEIGHT",
        value_name = "PIXELS",
        help_heading = LIMITS,
        hide_short_help = true
    )]
    pub max_height: Option<String>,

    /// Pixels of an image [default: 67108864, which is the most].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_MAX_PIXELS",
        value_name = "N",
        help_heading = LIMITS,
        hide_short_help = true
    )]
    pub max_pixels: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn each_limit_is_an_option_and_a_variable() {
        let command = SceneLimitArgs::augment_args(Command::new("x"));
        for limit in Limit::ALL {
            let flag = format!("--{}", limit.option());
            let matches = command.clone().get_matches_from(["x", &flag, "7"]);
            let args = SceneLimitArgs::from_arg_matches(&matches).unwrap();
            for (other, text) in args.given() {
                assert_eq!(text.is_some(), other == limit, "{flag}");
            }
            assert_eq!(limit.option(), limit.option().to_ascii_lowercase());
        }
        let depth = variable(Limit::NodeDepth);
        assert_eq!(depth, "GLTF_RENDER_SERVER_MAX_DEPTH");
    }
}
