//! The person's editor, on the terminal.

use crate::error::{Error, Kind, Result, lower};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// Opens `file` in `$VISUAL`, else `$EDITOR`, else `vi`, and waits until it is closed. Ctrl-C belongs to the editor
/// meanwhile.
///
/// # Errors
/// `Host` when the editor cannot be started or does not end with 0.
pub fn edit_file(file: &Path) -> Result<()> {
    let chosen =
        ["VISUAL", "EDITOR"].iter().find_map(|v| std::env::var(v).ok().filter(|e| !e.trim().is_empty()));
    let editor = chosen.unwrap_or_else(|| "vi".to_owned());
    let failed = |why: String| {
        Error::new(Kind::Host, format!("the editor `{editor}` {why}; nothing was changed"))
            .hint("choose an editor with EDITOR=nano foundry …")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| failed(format!("cannot be waited for ({})", lower(&e.to_string()))))?;
    let status = runtime.block_on(async {
        // A listener takes the place of the default, which would end us and not the editor.
        let _interrupts = signal(SignalKind::interrupt())?;
        let _quits = signal(SignalKind::quit())?;
        let mut command = tokio::process::Command::new("sh");
        // The variable may hold arguments (`code --wait`), as with Git.
        command.arg("-c").arg(format!("exec {editor} \"$1\"")).arg("sh").arg(file);
        command.status().await
    });
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("ended with {status}"))),
        Err(e) => Err(failed(format!("does not start ({})", lower(&e.to_string())))),
    }
}
