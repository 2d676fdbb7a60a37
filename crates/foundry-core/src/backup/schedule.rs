//! A systemd service and timer that run the backups of an environment.

/// What the units are about.
pub struct Timer<'a> {
    /// The program, an absolute path.
    pub program: &'a str,
    /// The registry's folder, an absolute path.
    pub registry: &'a str,
    /// The registry's name.
    pub name: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// Who runs it; root where nothing is said.
    pub user: Option<&'a str>,
    /// When, in systemd's words.
    pub when: &'a str,
    /// Whether a restore is proved each time, too.
    pub verify: bool,
    /// Options that say where the vault's password is.
    pub options: &'a [String],
}

/// Name and text of the service and of the timer.
pub fn units(timer: &Timer<'_>) -> [(String, String); 2] {
    let Timer { program, registry, name, environment, user, when, verify, options } = timer;
    let unit = format!("foundry-backup-{name}-{environment}");
    let user = user.map(|u| format!("User={u}\n")).unwrap_or_default();
    let line = |words: &[&str]| {
        let all = words.iter().copied().chain(options.iter().map(String::as_str));
        std::iter::once((*program).to_owned())
            .chain(["--registry".to_owned(), quoted(registry)])
            .chain(all.map(quoted))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let env = environment;
    let wait = ["--yes", "--lock-timeout", "3600"];
    let save = line(&[&["backup", "run", "--all", "--env", env], &wait[..]].concat());
    let prune = line(&[&["backup", "prune", "--all", "--env", env], &wait[..]].concat());
    let proof = line(&[&["backup", "verify", "--all", "--env", env], &wait[..]].concat());
    let proof = if *verify { format!("ExecStart={proof}\n") } else { String::new() };
    let service = format!(
        "# Written by `foundry backup schedule`.\n[Unit]\nDescription=Backups of {name} ({env})\nWants=network-online.target\nAfter=network-online.target docker.service\n\n[Service]\nType=oneshot\n{user}ExecStart={save}\nExecStart={prune}\n{proof}Nice=10\nIOSchedulingClass=idle\n"
    );
    let timer = format!(
        "# Written by `foundry backup schedule`.\n[Unit]\nDescription=Backups of {name} ({env})\n\n[Timer]\nOnCalendar={when}\nRandomizedDelaySec=5min\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    );
    [(format!("{unit}.service"), service), (format!("{unit}.timer"), timer)]
}

/// A word of a unit's command line: `%` and `$` mean something there.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%").replace('$', "$$");
    let plain = !word.is_empty() && !word.contains([' ', '\t', '"', '\'', '\\', ';']);
    if plain { word } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
}
