//! `completions` and `man`: what shells and manuals know of the command line.

use std::fs;
use std::io::{self, Write as _};

use clap_mangen::Man;

use super::CommandError;
use crate::cli::{self, CompletionsArgs, ManArgs};

/// Prints what a shell completes the command line with.
///
/// # Errors
/// If standard output is closed.
pub fn completions(args: CompletionsArgs) -> Result<(), CommandError> {
    let mut command = cli::definition();
    let name = command.get_name().to_owned();
    // The crate panics if it cannot write, as to a pipe that is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    Ok(io::stdout().write_all(&script)?)
}

/// Prints the page of the program, or writes it and those of its commands to a folder.
///
/// # Errors
/// If standard output is closed, or a file cannot be written.
pub fn man(args: &ManArgs) -> Result<(), CommandError> {
    // What only long help says stands in the pages, too.
    let in_full = |option: clap::Arg| option.hide_short_help(false);
    let mut command = cli::definition()
        .disable_help_subcommand(true)
        .mut_subcommands(|command| command.mut_args(in_full));
    command.build();
    let Some(folder) = &args.out else {
        return Ok(Man::new(command).render(&mut io::stdout())?);
    };
    fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
    let program = command.get_name().to_owned();
    let commands: Vec<_> = command.get_subcommands().cloned().collect();
    let pages = commands.into_iter().map(|command| {
        let name = format!("{program}-{}", command.get_name());
        (name.clone(), command.name(name))
    });
    for (name, command) in pages.chain([(program.clone(), command)]) {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page).map_err(CommandError::file(&path))?;
    }
    Ok(())
}
