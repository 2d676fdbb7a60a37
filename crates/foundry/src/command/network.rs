//! `foundry network add|list`: networks that domains share.

use crate::command::port::{How, finish};
use crate::rewrite::{NETWORKS, Rewrite};
use crate::session::Session;
use crate::ui::{Outcome, Table};
use clap::{Args, Subcommand};
use foundry_core::edit::Change;
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::{Map, Value, json};

/// Show and declare networks that domains share
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry network add backend --internal                 without a way out
  foundry network add lan --subnet 10.20.1.0/24 --owner postgres
  foundry network list")]
pub struct Network {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every declared network and who joins it
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Declare a network
    Add {
        /// Its name on the host.
        name: String,
        /// Addresses, such as 10.20.1.0/24 (default: the engine chooses).
        #[arg(long, value_name = "CIDR")]
        subnet: Option<String>,
        /// Without a way out.
        #[arg(long)]
        internal: bool,
        /// The domain whose Compose file defines it (default: Foundry creates it).
        #[arg(long, value_name = "DOMAIN", add = crate::complete::domains())]
        owner: Option<String>,
        #[command(flatten)]
        how: How,
    },
}

impl Network {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::List { json } => list(session, json).into(),
            Action::Add { name, subnet, internal, owner, how } => {
                let mut fields = Map::new();
                fields.extend(owner.map(|o| ("owner".to_owned(), o.into())));
                fields.extend(subnet.map(|s| ("subnet".to_owned(), s.into())));
                if internal {
                    fields.insert("internal".to_owned(), true.into());
                }
                add(session, &name, fields, how).into()
            }
        }
    }
}

fn list(session: &Session, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let registry = &loaded.registry;
    let users = |name: &str| -> Vec<&str> {
        let joins = registry.domains.iter().filter(|d| d.networks.iter().any(|n| n.value == name));
        joins.map(|d| d.name.value.as_str()).collect()
    };
    if as_json {
        let one = |n: &foundry_core::model::Network| {
            json!({
                "name": n.name.value, "owner": n.owner.as_ref().map(|o| &o.value), "internal": n.internal,
                "subnet": n.subnet.as_ref().map(|s| &s.value), "domains": users(&n.name.value),
            })
        };
        session.ui.json(&json!({"networks": registry.networks.iter().map(one).collect::<Vec<Value>>()}));
        return Ok(Outcome::DONE);
    }
    let mut table = Table::new(&["NETWORK", "SUBNET", "WAY OUT", "OWNER", "DOMAINS"]);
    for network in &registry.networks {
        let text = |field: &Option<foundry_core::diag::Spanned<String>>| {
            field.as_ref().map_or("-".to_owned(), |f| f.value.clone())
        };
        let way_out = if network.internal { "no" } else { "yes" }.to_owned();
        let joined = users(&network.name.value).join(", ");
        table.row([network.name.value.clone(), text(&network.subnet), way_out, text(&network.owner), joined]);
    }
    session.ui.print(table.text());
    Ok(Outcome::DONE)
}

fn add(session: &Session, name: &str, fields: Map<String, Value>, how: How) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    if let Some(owner) = fields.get("owner").and_then(Value::as_str) {
        loaded.check_domain(owner)?;
    }
    if let Some(subnet) = fields.get("subnet").and_then(Value::as_str) {
        check_subnet(&loaded.registry.networks, name, subnet)?;
    }
    if let Some(old) = loaded.registry.networks.iter().find(|n| n.name.value == name) {
        let same = old.subnet.as_ref().map(|s| s.value.as_str())
            == fields.get("subnet").and_then(Value::as_str)
            && old.owner.as_ref().map(|o| o.value.as_str()) == fields.get("owner").and_then(Value::as_str)
            && old.internal == fields.contains_key("internal");
        if same {
            session.ui.note(format!("{name} is declared already ({}).", old.span));
            return Ok(Outcome::DONE);
        }
        return Err(Error::new(Kind::Refused, format!("{name} is declared otherwise at {}", old.span))
            .hint(format!("change it there, in {NETWORKS}")));
    }
    let mut rewrite = Rewrite::of(&loaded);
    rewrite.yaml(NETWORKS, &[Change::Set(Change::path(["networks", name]), Value::Object(fields))])?;
    finish(session, &loaded, &rewrite, how, json!({"network": name}))
}

fn check_subnet(networks: &[foundry_core::model::Network], name: &str, subnet: &str) -> Result<()> {
    let Ok(range) = subnet.parse::<ipnet::IpNet>() else {
        return Err(Error::new(Kind::Usage, format!("`{subnet}` is no subnet"))
            .hint("write one such as 10.20.1.0/24"));
    };
    if range.trunc() != range {
        return Err(Error::new(Kind::Usage, format!("`{subnet}` has bits of a host in it"))
            .hint(format!("write {}", range.trunc())));
    }
    let others = networks.iter().filter(|n| n.name.value != name);
    for (other, theirs) in others.filter_map(|n| Some((n, n.subnet.as_ref()?))) {
        let theirs = theirs.value.parse::<ipnet::IpNet>();
        if theirs.is_ok_and(|t| t.contains(&range) || range.contains(&t)) {
            return Err(Error::new(
                Kind::Refused,
                format!("{subnet} overlaps with {} ({})", other.name.value, other.span),
            ));
        }
    }
    Ok(())
}
