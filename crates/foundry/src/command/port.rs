//! `foundry port list|assign|set|free`: who has which host port.

use crate::downstream::downstream;
use crate::rewrite::{PORTS, Rewrite};
use crate::session::{Loaded, Session};
use crate::ui::{Outcome, Table};
use clap::{Args, Subcommand};
use foundry_core::edit::{Change, Wish, holder, written};
use foundry_core::load::did_you_mean;
use foundry_core::model::{Binding, Port as Declared};
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::{Value, json};

/// Show and assign host ports
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry port list
  foundry port assign forgejo http            the lowest free port from 3000 on
  foundry port assign forgejo http 3100       this one, if nobody has it
  foundry port set forgejo.http 3200          another one
  foundry port free forgejo.ssh               no longer needed

PORT is a number (TCP, all addresses) or [ADDRESS:]PORT[/tcp|/udp|/tcp+udp]; `auto` in its place finds a free one.")]
pub struct Port {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every assigned port, by number
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give a domain a port under a new name
    Assign {
        /// The domain.
        #[arg(add = crate::complete::domains())]
        domain: String,
        /// The port's name, such as `http`.
        name: String,
        /// The port (default: the lowest free one).
        #[arg(default_value = "auto")]
        port: String,
        #[command(flatten)]
        how: How,
    },
    /// Change an assigned port
    Set {
        /// Which one.
        #[arg(value_name = "DOMAIN.NAME")]
        which: String,
        /// The new port.
        port: String,
        #[command(flatten)]
        how: How,
    },
    /// Take a port away from a domain
    Free {
        /// Which one.
        #[arg(value_name = "DOMAIN.NAME")]
        which: String,
        #[command(flatten)]
        how: How,
    },
}

/// How a change is carried out.
#[derive(Debug, Clone, Copy, Args)]
pub struct How {
    /// Show the change and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Port {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::List { json } => list(session, json).into(),
            Action::Assign { domain, name, port, how } => assign(session, &domain, &name, &port, how).into(),
            Action::Set { which, port, how } => set(session, &which, &port, how).into(),
            Action::Free { which, how } => free(session, &which, how).into(),
        }
    }
}

fn list(session: &Session, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let mut all: Vec<(&str, &Declared, &Binding)> = Vec::new();
    for domain in &loaded.registry.ports {
        let bound =
            domain.ports.iter().filter_map(|p| Some((domain.domain.value.as_str(), p, p.binding.as_ref()?)));
        all.extend(bound);
    }
    all.sort_by_key(|(domain, port, binding)| (binding.port, *domain, port.name.value.as_str()));
    if as_json {
        let one = |(domain, port, b): &(&str, &Declared, &Binding)| {
            let address = b.address.map(|a| a.to_string());
            json!({"domain": domain, "name": port.name.value, "port": b.port, "address": address, "protocols": b.protocol.each()})
        };
        session.ui.json(&json!({"ports": all.iter().map(one).collect::<Vec<Value>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["PORT", "DOMAIN", "NAME", "BINDS", "AT"]);
    for (domain, port, binding) in all {
        let address = binding.address.map_or("all addresses".to_owned(), |a| a.to_string());
        let binds = format!("{} on {address}", binding.protocol.each().join("+"));
        let cells = [&binding.port.to_string(), domain, &port.name.value, &binds, &port.span.to_string()];
        table.row(cells.map(ToOwned::to_owned));
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

fn assign(session: &Session, domain: &str, name: &str, port: &str, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    loaded.check_domain(domain)?;
    let wish = wish(port)?;
    if let Some(old) = find(&loaded, domain, name) {
        let same = wish.port.is_none() || old.binding.is_some_and(|b| Some(b.port) == wish.port);
        if same {
            session.ui.note(format!("{domain}.{name} is {} already ({}).", old.text, old.span));
            return Ok(Outcome::DONE);
        }
        return Err(Error::new(Kind::Refused, format!("{domain}.{name} is {} ({})", old.text, old.span))
            .hint(format!("change it: foundry port set {domain}.{name} {port}")));
    }
    let binding = grant(&loaded, wish, None)?;
    let change = Change::Set(Change::path([domain, name]), written(&binding));
    carry_out(session, &loaded, &[change], how)
}

fn set(session: &Session, which: &str, port: &str, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let (domain, name, old) = named(&loaded, which)?;
    let mut wish = wish(port)?;
    // A bare number keeps address and protocol.
    if let (Some(binding), true) = (old.binding, port.bytes().all(|b| b.is_ascii_digit()) || port == "auto") {
        (wish.address, wish.protocol) = (binding.address, binding.protocol);
    }
    let binding = grant(&loaded, wish, Some((domain, name)))?;
    let change = Change::Set(Change::path([domain, name]), written(&binding));
    carry_out(session, &loaded, &[change], how)
}

fn free(session: &Session, which: &str, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let Ok((domain, name, _)) = named(&loaded, which) else {
        named_parts(which)?;
        session.ui.note(format!("{which} has no port."));
        return Ok(Outcome::DONE);
    };
    let only = loaded.registry.ports_of(domain).is_some_and(|p| p.ports.len() == 1);
    let path = if only { Change::path([domain]) } else { Change::path([domain, name]) };
    carry_out(session, &loaded, &[Change::Remove(path)], how)
}

fn carry_out(session: &Session, loaded: &Loaded, changes: &[Change], how: How) -> Result<Outcome> {
    let mut rewrite = Rewrite::of(loaded);
    rewrite.yaml(PORTS, changes)?;
    finish(session, loaded, &rewrite, how, json!({}))
}

/// Shows a rewrite and what follows from it, and writes it.
pub fn finish(
    session: &Session,
    loaded: &Loaded,
    rewrite: &Rewrite<'_>,
    how: How,
    mut report: Value,
) -> Result<Outcome> {
    rewrite.check(session)?;
    let follows = downstream(loaded, &rewrite.outcome());
    if how.json {
        report["files"] = rewrite.json();
        report["downstream"] = follows.files.clone().into();
        report["written"] = (!how.dry_run).into();
        session.ui.json(&report);
    } else if rewrite.changed().is_empty() {
        session.ui.note("Nothing to change.");
    } else {
        session.ui.print(rewrite.diff());
        follows.say(session);
    }
    if !how.dry_run {
        rewrite.write()?;
    }
    Ok(Outcome::DONE)
}

fn wish(text: &str) -> Result<Wish> {
    Wish::parse(text).map_err(|why| {
        Error::new(Kind::Usage, why)
            .hint("write a number from 1 to 65535, or [ADDRESS:]PORT[/tcp|/udp|/tcp+udp], or auto")
    })
}

/// The binding that a wish gets; `own` is the port that makes room for it.
fn grant(loaded: &Loaded, wish: Wish, own: Option<(&str, &str)>) -> Result<Binding> {
    let mut taken = loaded.registry.ports.clone();
    for domain in &mut taken {
        domain.ports.retain(|p| Some((domain.domain.value.as_str(), p.name.value.as_str())) != own);
    }
    if let Some(port) = wish.port {
        let wanted = Binding { address: wish.address, port, protocol: wish.protocol };
        if let Some((domain, name)) = holder(&taken, &wanted) {
            return Err(Error::new(Kind::Refused, format!("port {port} is taken by {domain}.{name}"))
                .hint("let one be found: say `auto` for the port"));
        }
    }
    wish.grant(&taken).ok_or_else(|| Error::new(Kind::Refused, "no port from 3000 to 65535 is free"))
}

fn find<'a>(loaded: &'a Loaded, domain: &str, name: &str) -> Option<&'a Declared> {
    loaded.registry.ports_of(domain)?.ports.iter().find(|p| p.name.value == name)
}

fn named_parts(which: &str) -> Result<(&str, &str)> {
    which.split_once('.').ok_or_else(|| {
        Error::new(Kind::Usage, format!("`{which}` names no port"))
            .hint("write DOMAIN.NAME, such as forgejo.http")
    })
}

fn named<'a>(loaded: &'a Loaded, which: &'a str) -> Result<(&'a str, &'a str, &'a Declared)> {
    let (domain, name) = named_parts(which)?;
    if let Some(port) = find(loaded, domain, name) {
        return Ok((domain, name, port));
    }
    let all: Vec<String> = loaded
        .registry
        .ports
        .iter()
        .flat_map(|d| d.ports.iter().map(|p| format!("{}.{}", d.domain.value, p.name.value)))
        .collect();
    let error = Error::new(Kind::Usage, format!("there is no port `{which}`"));
    Err(match did_you_mean(which, all.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("write {near}, if that is what you mean")),
        None => error.hint(format!("assign it: foundry port assign {domain} {name}")),
    })
}
