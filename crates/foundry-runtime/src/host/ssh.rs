//! Another machine over the system's `ssh`: one master connection per run that everything shares.

use super::address::Address;
use super::command::{Command, Output, Watch};
use super::process::{self, Interrupt, RemotePid};
use super::quote;
use crate::error::{Error, Kind, Result};
use rustix::process::Signal;
use secrecy::ExposeSecret;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin};

/// Takes one line of exports, tells its process id, and becomes the program (for `n` and `u` see `quote`).
/// Both outputs begin with a line of ours: what a login script writes before it is none of the program's.
const WRAPPER: &str = r#"IFS= read -r e; n=$(printf "\nx"); n=${n%x}; u=; eval "$e"; unset e n; echo foundry-remote-begin; echo "foundry-remote-pid: $$" >&2; [ -z "$1" ] || cd -- "$1" || exit 126; shift; [ -n "$u" ] || exec "$@"; exec env $u "$@""#;

/// Runs the master and takes its folder away afterwards, also when nobody is left to do it.
const MASTER: &str = r#"ssh "$@"; s=$?; rm -rf -- "$0"; exit "$s""#;

/// What the master's session runs: says that it is there, and ends when our end of the pipe is gone.
const READY: &str = "foundry-ready";

/// No question can be answered, no answer is waited for longer than 15 s, and what the user's configuration says
/// about sharing connections or running commands does not mix with ours.
const SETTINGS: [&str; 7] = [
    "ControlPersist=no",
    "BatchMode=yes",
    "LogLevel=ERROR",
    "RemoteCommand=none",
    "EscapeChar=none",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
];

/// How `ssh` is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshOptions {
    /// A configuration file instead of the user's (`ssh -F`).
    pub config: Option<PathBuf>,
    /// How long the connection may take.
    pub connect_timeout: Duration,
}

impl Default for SshOptions {
    fn default() -> Self {
        SshOptions { config: None, connect_timeout: Duration::from_secs(10) }
    }
}

impl SshOptions {
    /// With the configuration file that `FOUNDRY_SSH_CONFIG` names, if it is set.
    pub fn from_env() -> Self {
        let config =
            std::env::var_os("FOUNDRY_SSH_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        SshOptions { config, ..SshOptions::default() }
    }
}

/// The connection to one machine; ended on drop, and by itself when this process dies.
#[derive(Debug)]
pub struct Ssh {
    address: Address,
    options: SshOptions,
    /// Private folder (mode 0700) of the control socket and of forwarded sockets.
    folder: tempfile::TempDir,
    master: Child,
    /// The master's session reads this pipe; its end is the end of the connection, however we end.
    _alive: ChildStdin,
}

impl Drop for Ssh {
    fn drop(&mut self) {
        process::signal(self.master.id(), Signal::TERM);
    }
}

impl Ssh {
    /// Opens the master connection.
    pub(super) async fn connect(address: &Address, options: &SshOptions) -> Result<Ssh> {
        let folder = private_folder()?;
        let mut command = tokio::process::Command::new("sh");
        command.args(["-c", MASTER]).arg(folder.path());
        command.args(arguments(address, options, folder.path(), &["-M", "-o", "ClearAllForwardings=yes"]));
        command.arg(format!("echo {READY}; exec cat >/dev/null"));
        let mut master = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| not_started(&error))?;
        let (Some(alive), Some(out), Some(mut err)) =
            (master.stdin.take(), master.stdout.take(), master.stderr.take())
        else {
            return Err(Error::new(Kind::Internal, "a pipe to ssh is missing"));
        };
        let mut ssh =
            Ssh { address: address.clone(), options: options.clone(), folder, master, _alive: alive };
        // Name lookup and a slow login are not under ssh's own limit.
        let limit = options.connect_timeout + Duration::from_secs(20);
        let ready = tokio::time::timeout(limit, is_ready(out)).await;
        match ready {
            Ok(true) => {
                // Somebody has to read what the master says later, or it blocks.
                tokio::spawn(async move { tokio::io::copy(&mut err, &mut tokio::io::sink()).await });
                Ok(ssh)
            }
            Ok(false) => {
                let mut said = Vec::new();
                let _ = tokio::time::timeout(Duration::from_secs(2), err.read_to_end(&mut said)).await;
                let said = String::from_utf8_lossy(&said);
                let ended = tokio::time::timeout(Duration::from_secs(2), ssh.master.wait()).await;
                // What the shell answers when there is no such program.
                let no_ssh = matches!(ended, Ok(Ok(status)) if status.code() == Some(127));
                Err(if no_ssh { missing() } else { refused(address, &said) })
            }
            Err(_) => Err(refused(address, "the connection timed out")),
        }
    }

    /// Where the machine is reached.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// A path in the private folder of this connection.
    pub(crate) fn private(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a program on the machine.
    pub(super) async fn run(&self, command: &Command, watch: &Watch<'_>) -> Result<Output> {
        let mut client = self.session();
        let cwd = command.cwd.as_deref().map_or(Some(""), Path::to_str);
        let Some(cwd) = cwd else {
            return Err(Error::new(Kind::Host, "the working folder's path is not UTF-8"));
        };
        let words = ["sh", "-c", WRAPPER, "foundry", cwd];
        client.arg(quote::line(words.into_iter().chain(command.argv.iter().map(String::as_str))));
        let env = command.env.iter().map(|(name, value)| (name.as_str(), value.expose_secret()));
        let drops = command.keep.as_deref().map_or_else(|| ":".to_string(), quote::drops);
        let mut input = format!("{drops}; {}\n", quote::exports(env)).into_bytes();
        input.extend_from_slice(command.stdin.as_ref().map_or(&[][..], |bytes| bytes.expose_secret()));
        let told = RemotePid::default();
        let output = process::run(client, &input, watch, Interrupt::Remote(self, told.clone()))
            .await
            .map_err(|error| not_started(&error))?;
        let began = process::with(&told, |told| told.is_some());
        match output.status {
            255 if !began || !self.alive().await => Err(refused(&self.address, &output.stderr)),
            126 | 127 if began && command.program() != "sh" && output.stdout.is_empty() => Err(Error::new(
                Kind::Host,
                format!("{} cannot be run on {}: {}", command.program(), self.address, output.last_line()),
            )
            .hint(format!("install {} on {}", command.program(), self.address))),
            _ => Ok(output),
        }
    }

    /// Makes a socket of that machine reachable through a socket on this one.
    ///
    /// # Errors
    /// `Unreachable` when the other side does not allow forwarding or the connection is gone.
    pub(crate) async fn forward(&self, local: &Path, remote: &str) -> Result<()> {
        let pair = format!("{}:{remote}", local.display());
        let output = self.control(&["-O", "forward", "-L", &pair]).await?;
        if output.ok() { Ok(()) } else { Err(refused(&self.address, &output.stderr)) }
    }

    /// Interrupts a program that `run` started.
    pub(super) async fn interrupt(&self, pid: u32) {
        let mut client = self.session();
        client.arg(format!("kill -INT {pid}"));
        // A program that has ended cannot be interrupted; the caller awaits it in either case.
        let _ = client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    }

    async fn alive(&self) -> bool {
        self.control(&["-O", "check"]).await.is_ok_and(|output| output.ok())
    }

    async fn control(&self, args: &[&str]) -> Result<Output> {
        let client = client(&self.address, &self.options, self.folder.path(), args);
        process::run(client, &[], &Watch::default(), Interrupt::Group)
            .await
            .map_err(|error| not_started(&error))
    }

    fn session(&self) -> tokio::process::Command {
        client(&self.address, &self.options, self.folder.path(), &["-o", "ControlMaster=no"])
    }
}

/// `ssh` with what every call has.
fn client(address: &Address, options: &SshOptions, folder: &Path, more: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("ssh");
    command.args(arguments(address, options, folder, more));
    command
}

/// The arguments that every call has; the host is the last one before the command line.
fn arguments(address: &Address, options: &SshOptions, folder: &Path, more: &[&str]) -> Vec<OsString> {
    let mut out: Vec<OsString> = Vec::new();
    if let Some(config) = &options.config {
        out.extend(["-F".into(), config.into()]);
    }
    out.extend(["-T".into(), "-S".into(), folder.join("c").into()]);
    let timeout = format!("ConnectTimeout={}", options.connect_timeout.as_secs().max(1));
    for option in SETTINGS.into_iter().chain([timeout.as_str()]) {
        out.extend(["-o".into(), option.into()]);
    }
    out.extend(more.iter().map(OsString::from));
    if let Some(user) = &address.user {
        out.extend(["-l".into(), user.into()]);
    }
    if let Some(port) = address.port {
        out.extend(["-p".into(), port.to_string().into()]);
    }
    out.extend(["--".into(), (&address.host).into()]);
    out
}

/// Reads until the session says that it is there; what a login script prints before is passed over.
async fn is_ready(out: tokio::process::ChildStdout) -> bool {
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.trim_end() == READY {
            return true;
        }
    }
    false
}

/// A socket's path may have about 100 bytes, so a long temporary folder is no place for it.
fn private_folder() -> Result<tempfile::TempDir> {
    let base = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
    let base = base.unwrap_or_else(std::env::temp_dir);
    let base = if base.as_os_str().len() > 60 { PathBuf::from("/tmp") } else { base };
    tempfile::Builder::new()
        .prefix("foundry-")
        .tempdir_in(&base)
        .map_err(|error| Error::io("making a folder in", base.display(), &error))
}

fn not_started(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => missing(),
        _ => Error::io("starting", "ssh", error),
    }
}

fn missing() -> Error {
    Error::new(Kind::Host, "ssh is not installed on this machine").hint("install openssh-client")
}

/// Turns what `ssh` said into a message and the way out that fits.
fn refused(address: &Address, said: &str) -> Error {
    let shown = |reason: String| Error::new(Kind::Unreachable, format!("{address} {reason}"));
    let host = &address.host;
    let port = address.port.map(|port| format!("-p {port} ")).unwrap_or_default();
    let login = address.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    if said.contains("IDENTIFICATION HAS CHANGED") {
        return shown("has another host key than known_hosts says".into()).hint(format!(
            "find out why the key changed; if the machine was set up anew, run ssh-keygen -R {host}"
        ));
    }
    if said.contains("Host key verification failed") || said.contains("host key is known for") {
        return shown("has a host key that known_hosts does not list".into())
            .hint(format!("run ssh {port}{login}{host} once and compare the key's fingerprint"));
    }
    if said.contains("Permission denied") || said.contains("Too many authentication failures") {
        return shown("refuses the login: no key or agent identity fits".into())
            .hint(format!("run ssh-copy-id {port}{login}{host}"))
            .hint("run ssh-add to load a key that has a passphrase");
    }
    let last = said
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("the connection was closed");
    shown(format!("does not answer: {}", crate::error::lower(last.trim_start_matches("ssh: "))))
        .hint(format!("check that the machine is up and that ssh {port}{login}{host} works"))
}
