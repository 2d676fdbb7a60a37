//! Short local commands whose whole output is wanted at once.

use crate::error::{Error, Kind, Result, lower};
use std::path::Path;
use std::process::{Command, Stdio};

/// What `program` printed on standard output when run in `folder`; an error when it is missing or fails.
pub fn output_of(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    output_with(folder, program, arguments, &[])
}

/// The same with more variables, which name paths.
pub fn output_with(
    folder: &Path,
    program: &str,
    arguments: &[&str],
    variables: &[(&str, &Path)],
) -> Result<String> {
    let ended = ended(folder, program, arguments, variables)?;
    match ended.success {
        true => Ok(ended.stdout),
        false => Err(Error::new(Kind::Host, format!("{program} failed: {}", ended.stderr.trim()))),
    }
}

/// How a short program ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Whether it succeeded.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

/// Runs `program` in `folder` to its end, whichever it is; an error only when it cannot be started.
pub fn ended(folder: &Path, program: &str, arguments: &[&str], variables: &[(&str, &Path)]) -> Result<Ended> {
    let output = Command::new(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Error::new(Kind::Host, format!("starting {program}: {}", lower(&e.to_string()))))?;
    Ok(Ended {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
