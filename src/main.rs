//! The program: arguments in, exit code out. The commands are in [`gltf_render_server::commands`].

mod memory;

use std::process::ExitCode;

use gltf_render_server::cli::{Cli, Command, LogFormat, RenderArgs, ServeArgs};
use gltf_render_server::commands::{self, CommandError};
use gltf_render_server::config::{ConfigError, ServeConfig};
use gltf_render_server::logging;
use gltf_render_server::scene::log_panics_of_codecs;

/// The arguments make no sense; clap ends with the same code.
const BAD_USAGE: u8 = 2;

/// There is nothing to draw with; the message names the package to install.
const NO_ADAPTER: u8 = 3;

/// All files of a folder were gone through, and some were not drawn.
const NOT_ALL_DRAWN: u8 = 4;

fn main() -> ExitCode {
    let cli = Cli::parse_from_arguments(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let result = match cli.command {
        None => serve(&cli.serve).map(|()| ExitCode::SUCCESS),
        Some(Command::Serve(args)) => serve(&args).map(|()| ExitCode::SUCCESS),
        Some(Command::Render(args)) => {
            log_to_stderr("warn", LogFormat::Text);
            render(&args).map_err(Into::into)
        }
        Some(Command::Check(args)) => {
            log_to_stderr("error", LogFormat::Text);
            let checked = commands::check(&args).map_err(Into::into);
            checked.map(|all_drawn| if_all(all_drawn, ExitCode::FAILURE))
        }
        Some(Command::Adapters) => {
            log_to_stderr("warn", LogFormat::Text);
            let listed = commands::adapters().map_err(Into::into);
            listed.map(|()| ExitCode::SUCCESS)
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gltf-render-server: {error:#}");
            exit_code(&error)
        }
    }
}

fn render(args: &RenderArgs) -> Result<ExitCode, CommandError> {
    match &args.report {
        None => commands::render(args).map(|()| ExitCode::SUCCESS),
        Some(sheet) => commands::folder(args, sheet)
            .map(|all_drawn| if_all(all_drawn, ExitCode::from(NOT_ALL_DRAWN))),
    }
}

/// Success if all files are drawn, else `code`.
fn if_all(all_drawn: bool, code: ExitCode) -> ExitCode {
    if all_drawn { ExitCode::SUCCESS } else { code }
}

fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let config = ServeConfig::resolve(args)?;
    let filter = if config.debug {
        "info,gltf_render_server=debug"
    } else {
        "info"
    };
    logging::log_panics();
    log_to_stderr(filter, config.log_format);
    memory::keep_freed();
    Ok(commands::serve(config)?)
}

/// The GPU library says a lot at level info, and the HTTP library what signals.rs says better; besides, it
/// calls it an error of the server when a client sends what is not HTTP.
const QUIET: &str = "wgpu_core=warn,wgpu_hal=warn,naga=warn,actix_server=warn,actix_http=off";

/// Starts the log; the variable `RUST_LOG` overrides `filter`.
fn log_to_stderr(filter: &str, format: LogFormat) {
    logging::start(QUIET, filter, format);
    log_panics_of_codecs();
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    if (error.downcast_ref::<CommandError>()).is_some_and(CommandError::is_no_adapter) {
        return ExitCode::from(NO_ADAPTER);
    }
    let is_bad_usage = |error: &CommandError| error.is_bad_usage();
    if error.is::<ConfigError>() || error.downcast_ref().is_some_and(is_bad_usage) {
        return ExitCode::from(BAD_USAGE);
    }
    ExitCode::FAILURE
}
