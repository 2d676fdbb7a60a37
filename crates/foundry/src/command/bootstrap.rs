//! `foundry bootstrap`: a bare Debian, Ubuntu or Raspberry Pi OS becomes a machine that runs services.

use crate::live::run;
use crate::session::Session;
use crate::ui::{Answer, Outcome};
use clap::Args;
use foundry_runtime::Cancel;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::host::{Address, Command, Host, Line, SshOptions, Watch};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

include!(concat!(env!("OUT_DIR"), "/bootstrap.rs"));

/// Exit status of the scripts: refused, or something is missing.
const REFUSED: i32 = 1;

/// Set up a machine: packages, Docker Engine, Compose; here or over SSH
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo foundry bootstrap                      this machine, after asking
  foundry bootstrap --host admin@pi.example.org
  foundry bootstrap --env pi                  the host of an environment; its ports have to be free
  foundry bootstrap --host root@pi --check    only look: what is missing, what stands in the way

Debian 12, Ubuntu 22.04, Raspberry Pi OS 12 or newer, on amd64 or arm64. It needs root, or a user whose sudo asks for no
password. What is there already stays as it is: a second run changes nothing. The scripts are those of bootstrap/ in
Foundry's source, and run by themselves, too.")]
pub struct Bootstrap {
    /// Another machine, over SSH.
    #[arg(long, value_name = "[USER@]HOST[:PORT]", conflicts_with = "env")]
    host: Option<String>,
    /// The machine of this environment.
    #[arg(short, long, value_name = "NAME", add = crate::complete::environments())]
    env: Option<String>,
    /// Who may use Docker there (default: the user who logs in).
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A port that has to be free, or be a container's; may be repeated.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Vec<u16>,
    /// Only look; exit code 1 when something is missing or in the way.
    #[arg(long)]
    check: bool,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Print JSON (needs --yes or --check).
    #[arg(long)]
    json: bool,
}

/// What the scripts said.
#[derive(Default)]
struct Said {
    /// State (`ok`, `changed`, …) and text of each line.
    lines: Vec<(String, String)>,
    status: i32,
}

/// Where the scripts run, and how.
struct Place<'a> {
    session: &'a Session,
    host: Host,
    cancel: Cancel,
    folder: PathBuf,
    sudo: bool,
    arguments: Vec<String>,
    silent: bool,
}

impl Bootstrap {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.bootstrap(session).into()
    }

    fn bootstrap(&self, session: &Session) -> Result<Outcome> {
        if self.json && !self.yes && !self.check {
            return Err(Error::new(Kind::Usage, "--json asks nothing").hint("say --yes or --check, too"));
        }
        let (address, ports) = self.target(session)?;
        run(async |cancel| {
            let host = match &address {
                Some(address) => Host::connect(&Address::parse(address)?, &SshOptions::from_env()).await?,
                None => Host::Local,
            };
            let sudo = needs_sudo(&host, self.check).await?;
            let folder = unpack(&host).await?;
            let mut arguments: Vec<String> =
                ports.iter().flat_map(|p| ["--port".to_owned(), p.to_string()]).collect();
            arguments.extend(self.user.iter().flat_map(|user| ["--user".to_owned(), user.clone()]));
            let place = Place { session, host, cancel, folder, sudo, arguments, silent: self.json };
            let outcome = self.at(&place).await;
            place.clean_up().await;
            outcome
        })
    }

    /// The machine's address, nothing for this one, and the ports that it is to have free.
    fn target(&self, session: &Session) -> Result<(Option<String>, BTreeSet<u16>)> {
        let mut ports: BTreeSet<u16> = self.port.iter().copied().collect();
        let Some(name) = &self.env else {
            return Ok((self.host.clone(), ports));
        };
        let loaded = session.load_valid()?;
        let environment = loaded.environment(Some(name))?;
        let deployed: Vec<&str> =
            loaded.registry.deployed_in(&environment.name).map(|d| d.name.value.as_str()).collect();
        let own = loaded.registry.ports.iter().filter(|p| deployed.contains(&p.domain.value.as_str()));
        let bindings = own.flat_map(|p| &p.ports).filter_map(|p| p.binding);
        ports.extend(bindings.filter(|b| b.protocol.each().contains(&"tcp")).map(|b| b.port));
        Ok((environment.host.clone(), ports))
    }

    /// Looks first; asks once; installs.
    async fn at(&self, place: &Place<'_>) -> Result<Outcome> {
        let name = place.host.name();
        let ui = &place.session.ui;
        let seen = place.scripts(true, self.check || self.yes && self.json).await?;
        let ready = seen.status == 0;
        if ready || self.check {
            return Ok(self.looked(place, &seen, ready));
        }
        if seen.has("refused") {
            place.show_unless_shown(&seen);
            return Err(self.refused(place, &seen));
        }
        if !self.yes {
            place.show_unless_shown(&seen);
            if ui.confirm(&format!("Install what is missing on {name}?"))? != Answer::Yes {
                ui.note("Nothing was changed.");
                return Ok(Outcome::FINDINGS);
            }
        }
        let done = place.scripts(false, true).await?;
        if self.json {
            ui.json(&report(&name, &done, true));
        }
        match done.status {
            0 => {
                ui.note(format!("{} on {name}; it is ready.", count(done.of("changed"))));
                Ok(Outcome::DONE)
            }
            REFUSED if done.has("refused") => Err(self.refused(place, &done)),
            _ => Err(failed(&name, &done)),
        }
    }

    /// The end of a run that only looked.
    fn looked(&self, place: &Place<'_>, seen: &Said, ready: bool) -> Outcome {
        let name = place.host.name();
        let ui = &place.session.ui;
        if self.json {
            ui.json(&report(&name, seen, false));
        }
        if ready {
            ui.note(format!("Nothing to change: {name} is ready."));
            return Outcome::DONE;
        }
        let lacks = seen.of("missing") + seen.of("refused");
        let how = place.host_option();
        ui.note(format!("{name} is not ready ({lacks}). Next: foundry bootstrap{how}"));
        Outcome::FINDINGS
    }

    fn refused(&self, place: &Place<'_>, said: &Said) -> Error {
        let what: Vec<&str> = said
            .lines
            .iter()
            .filter(|(state, _)| state == "refused")
            .map(|(_, text)| text.as_str())
            .collect();
        Error::new(Kind::Refused, format!("{} cannot be set up: {}", place.host.name(), what.join("; ")))
            .hint("mend it, and run the same command again; nothing was changed")
    }
}

impl Place<'_> {
    /// Runs the scripts and shows their lines as they come, if they are to be shown.
    async fn scripts(&self, check: bool, show: bool) -> Result<Said> {
        let mut words: Vec<String> = if self.sudo { vec!["sudo".into(), "-n".into()] } else { Vec::new() };
        words.extend(["bash".to_owned(), self.folder.join("install.sh").display().to_string()]);
        words.extend(check.then(|| "--check".to_owned()));
        words.extend(self.arguments.iter().cloned());
        let said = Mutex::new(Vec::new());
        let on_line = |line: Line<'_>| {
            let (Line::Out(line) | Line::Err(line)) = line;
            if show && !self.silent {
                self.show(line);
            }
            said.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        };
        let watch = Watch { on_line: Some(&on_line), cancel: Some(&self.cancel), limit: None };
        let output = self.host.run(&Command::new(words), &watch).await?;
        if output.interrupted {
            return Err(Error::new(Kind::Cancelled, "interrupted; run the same command again to go on"));
        }
        let lines = said.into_inner().unwrap_or_else(PoisonError::into_inner);
        let split = |line: &String| match line.split_once(' ') {
            Some((state, text)) => (state.to_owned(), text.trim().to_owned()),
            None => (line.clone(), String::new()),
        };
        Ok(Said { lines: lines.iter().map(split).collect(), status: output.status })
    }

    fn show(&self, line: &str) {
        match line.starts_with("begin ") || line.starts_with("== ") {
            true => self.session.ui.note(line),
            false => self.session.ui.print(line),
        }
    }

    /// Shows what a first look found, which is not shown while it runs when an installation follows.
    fn show_unless_shown(&self, said: &Said) {
        if !self.silent {
            said.lines.iter().for_each(|(state, text)| self.show(&format!("{state:<8} {text}")));
        }
    }

    fn host_option(&self) -> String {
        match &self.host {
            Host::Local => String::new(),
            Host::Ssh(_) => format!(" --host {}", self.host.name().trim_start_matches("ssh://")),
        }
    }

    /// Takes the scripts away; what is left of a broken connection is in the machine's temporary folder.
    async fn clean_up(&self) {
        let words = ["rm", "-rf", "--"].map(str::to_owned).into_iter();
        let command = Command::new(words.chain([self.folder.display().to_string()]));
        let _ = self.host.run(&command, &Watch::default()).await;
    }
}

impl Said {
    fn of(&self, state: &str) -> usize {
        self.lines.iter().filter(|(s, _)| s == state).count()
    }

    fn has(&self, state: &str) -> bool {
        self.of(state) > 0
    }
}

/// Whether root's part needs sudo; an error where neither is to be had.
async fn needs_sudo(host: &Host, only_look: bool) -> Result<bool> {
    let look = r#"[ "$(id -u)" = 0 ] && echo root && exit; command -v sudo >/dev/null && sudo -n true 2>/dev/null && echo sudo"#;
    let output = host.run(&Command::new(["sh", "-c", look]), &Watch::default()).await?;
    match output.text().trim() {
        "root" => Ok(false),
        "sudo" => Ok(true),
        _ if only_look => Ok(false),
        _ => {
            let error = Error::new(Kind::Refused, format!("setting up {} needs root", host.name()));
            Err(match host {
                Host::Local => error.hint("run it as root: sudo foundry bootstrap"),
                Host::Ssh(_) => error.hint("log in as root, or as a user whose sudo asks for no password"),
            })
        }
    }
}

/// The scripts in a folder of the machine.
async fn unpack(host: &Host) -> Result<PathBuf> {
    let command = Command::new(["sh", "-c", "mktemp -d \"${TMPDIR:-/tmp}/foundry-bootstrap-XXXXXX\""]);
    let output = host.run(&command, &Watch::default()).await?;
    if !output.ok() {
        let message = format!("making a folder on {}: {}", host.name(), output.last_line());
        return Err(Error::new(Kind::Host, message));
    }
    let folder = PathBuf::from(output.text().trim());
    for (path, text) in &BOOTSTRAP {
        host.write(&folder.join(Path::new(path)), text.as_bytes(), 0o755).await?;
    }
    Ok(folder)
}

fn failed(name: &str, said: &Said) -> Error {
    let reason =
        |state: &str| said.lines.iter().rev().find(|(s, _)| s == state).map(|(_, text)| text.as_str());
    let last =
        said.lines.iter().rev().map(|(state, text)| format!("{state} {text}")).find(|l| !l.trim().is_empty());
    let reason =
        reason("error").or_else(|| reason("missing")).map(str::to_owned).or(last).unwrap_or_default();
    Error::new(Kind::Host, format!("setting up {name} failed: {reason}"))
        .hint("mend it, and run the same command again; what is done stays")
}

fn count(changes: usize) -> String {
    match changes {
        0 => "Nothing was changed".to_owned(),
        1 => "1 change".to_owned(),
        n => format!("{n} changes"),
    }
}

fn report(name: &str, said: &Said, installed: bool) -> Value {
    let known = ["ok", "changed", "missing", "refused", "error"];
    let one = |(state, text): &(String, String)| json!({"state": state, "text": text});
    let lines = said.lines.iter().filter(|(state, _)| known.contains(&state.as_str()));
    json!({
        "place": name,
        "ready": said.status == 0,
        "installed": installed,
        "changed": said.of("changed"),
        "lines": lines.map(one).collect::<Vec<_>>(),
    })
}
