//! SEC-002, SEC-003 and SEC-005: secrets stay out of process lists and Git, and the engine's socket is a key to the host.

use super::ignore::Ignore;
use super::{Phase, Rendered, Rule};
use crate::compose::Service;
use crate::diag::{Finding, Findings, Severity, Span};
use secrecy::ExposeSecret;

pub(super) const WRITTEN: &[Rule] = &[
    Rule {
        id: "SEC-002",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "no secret stands on a command line",
        why: "Command lines are readable by every user of the host (`ps`), by `docker inspect` and by monitoring. \
              Programs take secrets from a file or from their environment.",
        fix: "give the program a file (`--token-file`, `*_FILE`) or a variable instead",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: tunnel}]
-- config-registry/env/overrides/dev.env --
-- generated/tunnel/compose.yml --
services:
  tunnel:
    image: tunnel:1.2.3
    command: [run, --token, made-up]
#            ^^^^^^^^^^^^^^^^^^^^^^^ error SEC-002: the command line of `tunnel` has a secret behind `--token`
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: tunnel}]
-- config-registry/env/overrides/dev.env --
-- generated/tunnel/compose.yml --
services:
  tunnel:
    image: tunnel:1.2.3
    command: [run, --token-file, /run/token]
",
    },
    Rule {
        id: "SEC-003",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "files that are rendered with a secret are ignored by Git",
        why: "Foundry writes such files with mode 0600, so that only their owner reads them; in Git everybody would. \
              Where the registry has no .gitignore of its own the finding is a warning, since one further up may \
              cover it.",
        fix: "add `/generated/` to .gitignore",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- .gitignore --
/target/
#! error SEC-003: Git does not ignore generated/web/web.conf, which holds a secret
-- generated/web/web.conf --
key secret-value
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- .gitignore --
/generated/
-- generated/web/web.conf --
key secret-value
",
    },
];

pub(super) const SOCKET: &[Rule] = &[
    Rule {
        id: "SEC-005",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "no container has the engine's socket",
        why: "Whoever can talk to the Docker Engine can start a container with the host's disk in it: the socket is the \
              root account of the host, also when it is mounted read-only. Where a service needs it, a waiver says so.",
        fix: "remove the mount, put a filtering proxy before the socket, or waive it with a reason",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- generated/ci/compose.yml --
services:
  runner:
    image: runner:1.2.3
    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]
#             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning SEC-005: `runner` has the engine's socket, and with it the host
",
        good: "\
# run: env=dev today=2026-01-01
-- config-registry/env/domains.yml --
domains:
  - name: ci
    waivers: [{rule: SEC-005, path: compose.yml, reason: starts jobs, expires: 2027-01-01}]
-- config-registry/env/overrides/dev.env --
-- generated/ci/compose.yml --
services:
  runner:
    image: runner:1.2.3
    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]
",
    },
];

/// Options that take a secret as their value.
const OPTIONS: [&str; 12] = [
    "token",
    "password",
    "passwd",
    "pass",
    "secret",
    "api-key",
    "apikey",
    "api_key",
    "auth-key",
    "authkey",
    "secret-key",
    "access-token",
];

/// Sockets of container engines, by the end of their paths.
const SOCKETS: [&str; 4] = ["/docker.sock", "/podman.sock", "/containerd.sock", "/crio.sock"];

/// Shorter values would be found by chance.
const SHORTEST: usize = 5;

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    let secrets = secrets(input);
    for service in input.projects.values().flat_map(|p| p.services.iter().chain(&p.inactive)) {
        command_line(service, &secrets, out);
        for mount in &service.mounts {
            if mount.source.as_deref().is_some_and(|source| SOCKETS.iter().any(|end| source.ends_with(end))) {
                socket(service, &mount.span, out);
            }
        }
        if service.config.json("use_api_socket") == Some("true") {
            socket(service, service.at("use_api_socket"), out);
        }
    }
    not_ignored(input, out);
}

fn socket(service: &Service, span: &Span, out: &mut Findings) {
    let message = format!("`{}` has the engine's socket, and with it the host", service.name);
    out.push(
        Finding::warning("SEC-005", span, message).help("remove the mount, or add a waiver with a reason"),
    );
}

/// Keys and values of secrets that are long enough to be recognised.
fn secrets<'a>(input: &Rendered<'a>) -> Vec<(&'a str, &'a str)> {
    let all = input.env.values.iter().filter(|(_, v)| v.secret);
    let with_values = all.map(|(key, v)| (key.as_str(), v.value.expose_secret()));
    with_values.filter(|(_, value)| value.len() >= SHORTEST).collect()
}

fn command_line(service: &Service, secrets: &[(&str, &str)], out: &mut Findings) {
    let test = service.healthcheck.as_ref().map(|h| (&h.test, &h.span));
    let lines = [&service.entrypoint, &service.command].into_iter().flatten().map(|c| (&c.value, &c.span));
    for (words, span) in lines.chain(test) {
        let known = secrets.iter().find(|(_, value)| words.iter().any(|word| word.contains(value)));
        let what = match known {
            Some((key, _)) => Some(format!("the value of `{key}`")),
            None => option_with_literal(words).map(|option| format!("a secret behind `{option}`")),
        };
        if let Some(what) = what {
            let message = format!("the command line of `{}` has {what}", service.name);
            let help = "let the program read it from a file or from a variable of its environment";
            out.push(Finding::error("SEC-002", span, message).help(help));
        }
    }
}

/// Whether an option of a command line takes a secret as its value.
pub(crate) fn is_secret_option(option: &str) -> bool {
    let name = option.trim_start_matches('-');
    let is_option = option.starts_with("--") || (option.starts_with('-') && name.len() > 1);
    is_option && OPTIONS.contains(&name.to_ascii_lowercase().as_str())
}

/// The option of a command line that is followed by a literal secret.
pub(crate) fn option_with_literal(words: &[String]) -> Option<&str> {
    // One word may be a whole line for a shell.
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    for (i, word) in words.iter().enumerate() {
        let (option, inline) = word.split_once('=').map_or((*word, None), |(o, v)| (o, Some(v)));
        if !is_secret_option(option) {
            continue;
        }
        let value = inline.or_else(|| words.get(i + 1).copied()).unwrap_or_default();
        if is_literal(value) {
            return Some(option);
        }
    }
    None
}

/// A text of its own: no variable, file, further option or nothing.
fn is_literal(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    !value.is_empty() && !value.starts_with(['$', '/', '-', '.', '@']) && !value.contains("$(")
}

/// SEC-003, once for all files.
fn not_ignored(input: &Rendered<'_>, out: &mut Findings) {
    let registry = input.registry;
    let paths =
        input.artifacts.files.iter().filter(|f| f.secret).map(|f| format!("generated/{}", f.full_path()));
    let help = "add /generated/ to .gitignore";
    match &registry.gitignore {
        Some(file) => {
            let ignore = Ignore::new(file);
            let open: Vec<String> = paths.filter(|path| ignore.matches(path).is_none()).collect();
            if let Some(first) = open.first() {
                let more =
                    if open.len() == 1 { String::new() } else { format!(" and {} more", open.len() - 1) };
                let verb = if open.len() == 1 { "holds" } else { "hold" };
                let message = format!("Git does not ignore {first}{more}, which {verb} a secret");
                out.push(Finding::error("SEC-003", &Span::file(file.path.clone()), message).help(help));
            }
        }
        None if registry.tracked.is_some() => {
            if let Some(first) = paths.into_iter().next() {
                let message =
                    format!("no .gitignore beside the registry covers {first}, which holds a secret");
                out.push(Finding::warning("SEC-003", &Span::file(".gitignore"), message).help(help));
            }
        }
        None => {}
    }
}
