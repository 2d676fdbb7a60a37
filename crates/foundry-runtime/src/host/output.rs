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
    let output = Command::new(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Error::new(Kind::Host, format!("starting {program}: {}", lower(&e.to_string()))))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(Kind::Host, format!("{program} failed: {}", message.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
