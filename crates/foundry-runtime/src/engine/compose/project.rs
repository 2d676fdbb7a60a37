//! `docker compose` for one project: where the program is, and how it is called.

use super::{Compose, During, Failure};
use crate::error::{Error, Kind, Result};
use crate::host::{Command, Host, Line, Output, Watch};
use std::sync::Mutex;

/// What of the environment Compose sees. Its variables win over a rendered `.env` and fill in `${NAME}`, so only
/// those are kept without which it cannot work: `~`, credential helpers, registries' passwords, builds over SSH.
pub(super) const KEEP: [&str; 6] =
    ["PATH", "HOME", "TMPDIR", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"];

/// Prints the home folder and the engine's socket, then the words that start Compose v2, one per line. The plugin is looked for first:
/// it runs by itself, also where the `docker` command is missing, and starts faster without it.
const FIND: &str = r#"
s=/var/run/docker.sock
for p in "${DOCKER_HOST#unix://}" /var/run/docker.sock "$XDG_RUNTIME_DIR/docker.sock" "/run/user/$(id -u)/docker.sock"; do
  [ -S "$p" ] && { s=$p; break; }
done
printf '%s\n' "$HOME" "$s"
for d in "${DOCKER_CONFIG:-$HOME/.docker}" /usr/local/lib/docker /usr/local/libexec/docker /usr/lib/docker /usr/libexec/docker; do
  p=$d/cli-plugins/docker-compose
  [ -x "$p" ] && { printf '%s\n' "$p"; exit 0; }
done
p=$(command -v docker-compose) && "$p" version --short 2>/dev/null | grep -q '^v\{0,1\}\([2-9]\|[1-9][0-9]\)' && { printf '%s\n' "$p"; exit 0; }
docker compose version >/dev/null 2>&1 && printf 'docker\ncompose\n'
exit 0
"#;

/// What is on a host.
pub(super) struct Found {
    /// The login's home folder.
    pub(super) home: String,
    /// The engine's socket.
    pub(super) socket: String,
    /// The words that start Compose, when it is there.
    pub(super) program: Option<Vec<String>>,
}

/// Looks for the engine's socket and for Compose.
pub(super) async fn find(host: &Host) -> Result<Found> {
    let output = host.run(&Command::new(["sh", "-c", FIND]), &Watch::default()).await?;
    let text = output.text();
    let mut lines = text.lines().map(str::to_string);
    let (Some(home), Some(socket)) = (lines.next(), lines.next()) else {
        return Err(Error::new(
            Kind::Host,
            format!("{} has no usable shell: {}", host.name(), output.last_line()),
        ));
    };
    let program: Vec<String> = lines.collect();
    Ok(Found { home, socket, program: (!program.is_empty()).then_some(program) })
}

/// Compose is not on `host`.
pub(super) fn missing(host: &Host) -> Error {
    Error::new(Kind::Host, format!("docker compose (version 2) is not installed on {}", host.name()))
        .hint("install the package docker-compose-v2, docker-compose-plugin or, from Debian 13 on, docker-compose")
        .hint("or let Foundry install it: foundry bootstrap")
}

impl Compose {
    async fn program(&self) -> Result<&[String]> {
        let words = self
            .program
            .get_or_try_init(|| async { find(&self.host).await?.program.ok_or_else(|| missing(&self.host)) });
        words.await.map(Vec::as_slice)
    }

    /// Runs one Compose command for a project whose files are in the folder of `domain`.
    pub(super) async fn compose(
        &self,
        project: &str,
        domain: &str,
        words: &[&str],
        during: &During<'_>,
    ) -> std::result::Result<(), Failure> {
        let folder = self.layout.path(domain)?;
        let shown = folder
            .to_str()
            .ok_or_else(|| Error::new(Kind::Host, "the generated folder's path is not UTF-8"))?;
        let mut command = Command::new(self.program().await?.iter().cloned())
            .args(["-p", project, "--project-directory", shown])
            .keep_env(&KEEP)
            .env("DOCKER_HOST", self.address.clone())
            .env("COMPOSE_ANSI", "never")
            .env("COMPOSE_PROGRESS", "plain")
            .env("COMPOSE_STATUS_STDOUT", "0")
            .cwd(&folder);
        if let Some(folder) = &self.certificates {
            command =
                command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", folder.display().to_string());
        }
        for file in &self.layout.files {
            command = command.args([
                "-f".to_string(),
                self.layout.path(&format!("{domain}/{file}"))?.display().to_string(),
            ]);
        }
        let command = command.args(words.iter().copied());
        let said = Mutex::new(Vec::new());
        let on_line = |line: Line<'_>| {
            let (Line::Out(line) | Line::Err(line)) = line;
            let line = self.redactor.text(line.trim());
            if !line.is_empty() {
                (during.progress)(line.clone());
                said.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
            }
        };
        let watch = Watch { on_line: Some(&on_line), cancel: Some(during.cancel), limit: None };
        let output = self.host.run(&command, &watch).await?;
        let said = said.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if output.ok() { Ok(()) } else { Err(failed(words[0], &output, said)) }
    }
}

/// The last line tells the reason; those before it are shown as they are.
fn failed(word: &str, output: &Output, mut said: Vec<String>) -> Failure {
    if output.interrupted {
        return Error::new(Kind::Cancelled, format!("docker compose {word} was interrupted")).into();
    }
    let reason = said.pop().unwrap_or_else(|| format!("exit status {}", output.status));
    let reason = reason.strip_prefix("Error response from daemon: ").unwrap_or(&reason);
    let message = format!("docker compose {word}: {}", crate::error::lower(reason));
    let log = said.split_off(said.len().saturating_sub(super::wait::LOG_LINES));
    Failure { error: Error::new(Kind::Step, message), log }
}
