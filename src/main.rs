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
    let serve = || Command::Serve(Box::new(cli.serve));
    match run(cli.command.unwrap_or_else(serve)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gltf-render-server: {error:#}");
            exit_code(&error)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        // Its arguments say how it logs.
        Command::Serve(_) => {}
        // What it says of a file says it all.
        Command::Check(_) => log_to_stderr("error", LogFormat::Text),
        _ => log_to_stderr("warn", LogFormat::Text),
    }
    let code = match command {
        Command::Serve(args) => serve(&args).map(|()| ExitCode::SUCCESS)?,
        Command::Render(args) => render(&args)?,
        Command::Check(args) => if_all(commands::check(&args)?, ExitCode::FAILURE),
        Command::Compare(args) => {
            let is_within = commands::compare(&args).map_err(CommandError::from)?;
            if_all(is_within, ExitCode::FAILURE)
        }
        Command::Adapters(args) => commands::adapters(&args).map(|()| ExitCode::SUCCESS)?,
        Command::Completions(args) => commands::completions(args).map(|()| ExitCode::SUCCESS)?,
        Command::Man(args) => commands::man(&args).map(|()| ExitCode::SUCCESS)?,
    };
    Ok(code)
}

fn render(args: &RenderArgs) -> Result<ExitCode, CommandError> {
    match &args.report {
        None => commands::render(args).map(|()| ExitCode::SUCCESS),
        Some(sheet) => commands::folder(args, sheet)
            .map(|all_drawn| if_all(all_drawn, ExitCode::from(NOT_ALL_DRAWN))),
    }
}

/// Success if all is as it should be, else `code`.
fn if_all(is_good: bool, code: ExitCode) -> ExitCode {
    if is_good { ExitCode::SUCCESS } else { code }
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
