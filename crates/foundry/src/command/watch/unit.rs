//! The systemd unit that runs `foundry watch` as it was typed, with nothing but what it needs.

use super::Watch;
use crate::session::Session;
use crate::ui::Outcome;
use foundry_runtime::error::{Error, Kind, Result};
use std::fmt::Write as _;

impl Watch {
    /// Prints the unit.
    pub(super) fn show_unit(&self, session: &Session) -> Result<Outcome> {
        let loaded = session.load()?;
        let environment = loaded.environment(self.scope.name())?.name.clone();
        let program = std::env::current_exe()
            .map_err(|error| Error::new(Kind::Host, format!("finding this program: {error}")))?;
        let root = loaded.root.display().to_string();
        let mut words = vec![program.display().to_string(), "watch".to_owned()];
        for (option, value) in [
            ("--registry", Some(root.clone())),
            ("--env", Some(environment.clone())),
            ("--metrics", self.metrics.map(|address| address.to_string())),
            ("--settle", (self.settle != 2_000).then(|| self.settle.to_string())),
        ] {
            words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        }
        words.push("--json".to_owned());
        words.extend(self.domains.names().iter().cloned());
        let command: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        session.ui.print(unit(&environment, &command.join(" "), &root, self.webhook.is_some()));
        Ok(Outcome::DONE)
    }
}

fn unit(environment: &str, command: &str, root: &str, webhook: bool) -> String {
    let mut out = format!(
        "# Made by foundry watch --print-unit.\n\
         [Unit]\n\
         Description=Foundry looks on for drift in {environment}\n\
         Wants=network-online.target\n\
         After=network-online.target docker.service\n\n\
         [Service]\n\
         Type=exec\n\
         ExecStart={command}\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         Restart=on-failure\n\
         RestartSec=10\n"
    );
    if webhook {
        // The URL may be a secret, and a unit is readable by everybody.
        out.push_str("# FOUNDRY_WEBHOOK=http://… goes into this file, readable by root alone:\n");
        out.push_str("EnvironmentFile=/etc/foundry-watch.env\n");
    }
    out.push_str(
        "# It only reads; remove what stands in the way of your vault's password program or of ssh.\n",
    );
    for line in [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectControlGroups=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
        "MemoryMax=512M",
    ] {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "ReadOnlyPaths={}\n\n[Install]\nWantedBy=multi-user.target", quoted(root));
    out
}

/// A word as systemd reads it in a command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:[]@".contains(c);
    let escaped = word.replace('%', "%%").replace('$', "$$");
    match !word.is_empty() && word.chars().all(plain) {
        true => escaped,
        false => format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
