//! Files of another machine, by small shell scripts over its SSH connection.

use super::command::{Command, Output, Watch};
use super::ssh::Ssh;
use crate::error::{Error, Kind, Result, lower};
use foundry_core::plan::FileStat;
use std::collections::BTreeMap;
use std::path::Path;

/// Exit status of a script for "there is no such file".
const ABSENT: i32 = 44;

const READ: &str = r#"[ -e "$1" ] || exit 44; exec cat -- "$1""#;

/// The count guards against a connection that ends in the middle: `cat` cannot tell that from the end.
const WRITE: &str = r#"
umask 022; mkdir -p -- "$1" || exit 1
t=$(mktemp -- "$1/.foundry-XXXXXX") || exit 1
trap 'rm -f -- "$t"' EXIT
cat >"$t" && [ "$(wc -c <"$t")" -eq "$3" ] || { echo "the content arrived incomplete" >&2; exit 1; }
chmod "$4" "$t" && mv -f -- "$t" "$2"
"#;

const HASHES: &str = r#"[ -d "$1" ] || exit 0; cd -- "$1" && exec find . -type f -exec sha256sum {} +"#;

const STATS: &str =
    r#"[ -d "$1" ] || exit 0; cd -- "$1" && exec find . -type f -exec stat -c '%a %Y %n' {} +"#;

const REMOVE: &str = r#"
rm -f -- "$1" || exit 1
d=$(dirname -- "$1")
while [ "$d" != "$2" ] && [ "${d#"$2"/}" != "$d" ] && rmdir -- "$d" 2>/dev/null; do d=$(dirname -- "$d"); done
exit 0
"#;

async fn script(ssh: &Ssh, script: &str, args: &[&str], input: &[u8]) -> Result<Output> {
    let command =
        Command::new(["sh", "-c", script, "foundry"]).args(args.iter().copied()).stdin(input.to_vec());
    ssh.run(&command, &Watch::default()).await
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::new(Kind::Host, format!("the path {} is not UTF-8", path.display())))
}

fn failed(ssh: &Ssh, action: &str, path: &str, output: &Output) -> Error {
    Error::new(Kind::Host, format!("{action} {path} on {}: {}", ssh.address(), lower(&output.last_line())))
}

pub(super) async fn read(ssh: &Ssh, path: &Path) -> Result<Option<Vec<u8>>> {
    let path = text(path)?;
    let output = script(ssh, READ, &[path], &[]).await?;
    match output.status {
        0 => Ok(Some(output.stdout)),
        ABSENT => Ok(None),
        _ => Err(failed(ssh, "reading", path, &output)),
    }
}

pub(super) async fn write(ssh: &Ssh, path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let folder = text(path.parent().unwrap_or(Path::new(".")))?;
    let (path, mode, size) = (text(path)?, format!("{mode:o}"), bytes.len().to_string());
    let output = script(ssh, WRITE, &[folder, path, &size, &mode], bytes).await?;
    if output.ok() { Ok(()) } else { Err(failed(ssh, "writing", path, &output)) }
}

pub(super) async fn hashes(ssh: &Ssh, folder: &Path) -> Result<BTreeMap<String, String>> {
    let folder = text(folder)?;
    let output = script(ssh, HASHES, &[folder], &[]).await?;
    if !output.ok() {
        return Err(failed(ssh, "reading the files below", folder, &output));
    }
    Ok(output.text().lines().filter_map(hash_line).collect())
}

pub(super) async fn stats(ssh: &Ssh, folder: &Path) -> Result<BTreeMap<String, FileStat>> {
    let folder = text(folder)?;
    let output = script(ssh, STATS, &[folder], &[]).await?;
    if !output.ok() {
        return Err(failed(ssh, "reading the files below", folder, &output));
    }
    Ok(output.text().lines().filter_map(stat_line).collect())
}

/// `<mode> <seconds> ./<path>`.
fn stat_line(line: &str) -> Option<(String, FileStat)> {
    let mut parts = line.splitn(3, ' ');
    let mode = u32::from_str_radix(parts.next()?, 8).ok()?;
    let modified = parts.next()?.parse().ok()?;
    let path = parts.next()?.strip_prefix("./")?;
    Some((path.to_string(), FileStat { mode, modified }))
}

/// `<hash>  ./<path>`; a leading backslash says that the path is escaped.
fn hash_line(line: &str) -> Option<(String, String)> {
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (hash, path) = line.split_once(' ')?;
    let path = path.get(1..)?.strip_prefix("./")?;
    let path = if escaped { path.replace("\\n", "\n").replace("\\\\", "\\") } else { path.to_string() };
    Some((path, hash.to_string()))
}

pub(super) async fn remove(ssh: &Ssh, path: &Path, above: &Path) -> Result<()> {
    let path = text(path)?;
    let output = script(ssh, REMOVE, &[path, text(above)?], &[]).await?;
    if output.ok() { Ok(()) } else { Err(failed(ssh, "removing", path, &output)) }
}
