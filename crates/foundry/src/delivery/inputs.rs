//! Runtime inputs of an environment: what the tree asks for, what has a value, and the Secret that Flux reads.

use crate::live::{connect_cluster, or_cancelled, run};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use crate::ui::{Answer, Outcome, Table};
use foundry_core::kubernetes::{InputTarget, RUNTIME_INPUTS, Settings, input_targets, written_inputs};
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::Environment;
use foundry_core::plan::cluster::Reference;
use foundry_core::tree::Tree;
use foundry_runtime::engine::kubernetes::InputChange;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::read_tree;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done.
#[derive(Clone, Copy)]
pub enum InputAct {
    /// Fill the Secret.
    Sync {
        /// Do not ask.
        yes: bool,
    },
    /// Say what is missing.
    Check,
    /// Show all.
    Show,
}

/// The inputs of an environment.
struct Inputs<'a> {
    session: &'a Session,
    loaded: &'a Loaded,
    environment: &'a Environment,
    env: ResolvedEnv,
    targets: Vec<InputTarget>,
    /// What goes to the cluster, as it has to be written there.
    written: BTreeMap<String, SecretString>,
    /// Asked for, and without a value.
    missing: BTreeSet<String>,
    /// With a value that does not survive the way.
    lost: BTreeSet<String>,
}

/// Shows, checks or fills runtime inputs.
pub fn runtime_inputs(session: &Session, scope: &EnvScope, act: InputAct, as_json: bool) -> Result<Outcome> {
    let loaded = session.load_valid()?;
    let environment = loaded.environment(scope.name())?;
    let settings = Settings::read(environment);
    if !super::is_delivered(environment) || settings.secrets != "runtime-inputs" || settings.gitops != "flux"
    {
        let message = format!("{} has no runtime inputs", environment.name);
        return Err(Error::new(Kind::Usage, message).hint(
            "choose an environment with `gitops: flux` and `secrets: runtime-inputs`; without a reconciler, deploy fills secrets itself",
        ));
    }
    let targets = input_targets(&Tree::read(&read_tree(&loaded.root)?), &settings);
    let (env, _) = scope.resolve(session, &loaded, &environment.name)?;
    let keys: BTreeSet<&String> = targets.iter().flat_map(|t| &t.keys).collect();
    let value = |key: &str| env.get(key).map(|v| v.value.clone()).filter(|v| !v.expose_secret().is_empty());
    let values = keys.iter().filter_map(|key| Some(((*key).clone(), value(key)?))).collect();
    let (written, lost) = written_inputs(&targets, &values);
    let missing = keys.into_iter().filter(|key| !values.contains_key(*key)).cloned().collect();
    let inputs = Inputs { session, loaded: &loaded, environment, env, targets, written, missing, lost };
    match act {
        InputAct::Show => Ok(inputs.show(as_json)),
        InputAct::Check => Ok(inputs.check(as_json)),
        InputAct::Sync { yes } => inputs.sync(yes, as_json),
    }
}

impl Inputs<'_> {
    /// Key by key: whether it has a value, what sets it, and who needs it.
    fn rows(&self) -> Vec<(String, &'static str, String, Vec<&InputTarget>)> {
        let keys: BTreeSet<&String> = self.targets.iter().flat_map(|t| &t.keys).collect();
        let row = |key: &String| {
            let needed: Vec<&InputTarget> = self.targets.iter().filter(|t| t.keys.contains(key)).collect();
            let state = match (self.missing.contains(key), self.lost.contains(key)) {
                (true, _) => "missing",
                (_, true) => "unusable",
                _ => "set",
            };
            let from = self.env.get(key).and_then(|v| v.layers.first()).filter(|_| state != "missing");
            let from = from.map_or("-".to_owned(), |layer| layer.span.file.to_string());
            (key.clone(), state, from, needed)
        };
        keys.into_iter().map(row).collect()
    }

    fn show(&self, as_json: bool) -> Outcome {
        let rows = self.rows();
        if as_json {
            self.session.ui.json(&json!({"secret": self.secret().to_string(), "keys": rows_json(&rows)}));
            return Outcome::DONE;
        }
        if rows.is_empty() {
            self.say_none();
            return Outcome::DONE;
        }
        let mut table = Table::new(&["KEY", "VALUE", "SET BY", "LAYER", "NEEDED BY"]);
        for (key, state, from, needed) in rows {
            let files: Vec<&str> = needed.iter().map(|t| t.file.as_str()).collect();
            let layers: BTreeSet<&str> = needed.iter().map(|t| t.layer).collect();
            let layers = layers.into_iter().collect::<Vec<_>>().join(", ");
            let state = if state == "set" { "••••" } else { state };
            table.row([key, state.to_owned(), from, layers, files.join(", ")]);
        }
        self.session.ui.print(table.text());
        Outcome::DONE
    }

    fn check(&self, as_json: bool) -> Outcome {
        let rows: Vec<_> = self.rows().into_iter().filter(|(_, state, ..)| *state != "set").collect();
        match as_json {
            true => self.session.ui.json(&json!({"problems": rows_json(&rows)})),
            false if self.targets.is_empty() => self.say_none(),
            false => self.complain(),
        }
        if rows.is_empty() { Outcome::DONE } else { Outcome::FINDINGS }
    }

    fn say_none(&self) {
        let name = &self.environment.name;
        self.session.ui.note(format!(
            "No Secret of the tree asks for a value. If it should: foundry render --all --env {name}."
        ));
    }

    /// What has no value, who waits for it, and what does not.
    fn complain(&self) {
        let ui = &self.session.ui;
        let mut layers: BTreeSet<&str> = BTreeSet::new();
        for (key, state, _, needed) in self.rows().into_iter().filter(|(_, state, ..)| *state != "set") {
            layers.extend(needed.iter().map(|t| t.layer));
            let files: Vec<&str> = needed.iter().map(|t| t.file.as_str()).collect();
            match state {
                "missing" => {
                    ui.print(format!("{key} has no value; needed by {}", files.join(", ")));
                    ui.print(format!("  = help: foundry secret set {key}"));
                }
                _ => {
                    ui.print(format!(
                        "{key} has a value that Flux would change on the way into YAML; needed by {}",
                        files.join(", ")
                    ));
                    ui.print(format!(
                        "  = help: choose letters, digits and `-`: foundry secret rotate {key}"
                    ));
                }
            }
        }
        match layers.contains("infrastructure") {
            _ if layers.is_empty() => ui.note(format!("All {} keys have values.", self.written.len())),
            false => ui.note("Infrastructure needs none of these."),
            true => {}
        }
    }

    fn secret(&self) -> Reference {
        Reference::new("v1", "Secret", Some("flux-system"), RUNTIME_INPUTS)
    }

    fn sync(&self, yes: bool, as_json: bool) -> Result<Outcome> {
        let (ui, secret) = (&self.session.ui, self.secret());
        if self.targets.is_empty() {
            self.say_none();
        }
        let done: Option<InputChange> = run(async |cancel| {
            or_cancelled(&cancel, async {
                let cluster = connect_cluster(self.loaded, self.environment, &self.env, None).await?;
                let change = cluster.compare_inputs(&secret, &self.written).await?;
                if change.is_empty() {
                    return Ok(Some(change));
                }
                if !as_json {
                    ui.print(format!("Plan for {secret} on {}:", cluster.place()));
                    let lines =
                        [("create", &change.create), ("update", &change.update), ("remove", &change.remove)];
                    for (word, keys) in lines {
                        keys.iter().for_each(|key| ui.print(format!("  {word}  {key}")));
                    }
                }
                if !yes && ui.confirm("Carry it out?")? != Answer::Yes {
                    return Ok(None);
                }
                cluster.fill_inputs(&secret, &self.written).await?;
                Ok(Some(change))
            })
            .await
        })?;
        let Some(change) = done else {
            ui.note("Nothing was changed.");
            return Ok(Outcome::FINDINGS);
        };
        let complete = self.missing.is_empty() && self.lost.is_empty();
        if as_json {
            let missing: Vec<&String> = self.missing.iter().chain(&self.lost).collect();
            ui.json(&json!({"secret": secret.to_string(), "change": change, "missing": missing}));
        } else {
            match change.is_empty() {
                true => ui.print(format!("{secret} is as it should be: {} keys.", change.unchanged)),
                false => ui.note(format!("{secret} holds {} keys.", self.written.len())),
            }
            if !complete {
                self.complain();
            }
        }
        Ok(if complete { Outcome::DONE } else { Outcome::Code(Kind::Partial.exit_code()) })
    }
}

fn rows_json(rows: &[(String, &'static str, String, Vec<&InputTarget>)]) -> Value {
    let row = |(key, state, from, needed): &(String, &'static str, String, Vec<&InputTarget>)| {
        let needed: Vec<Value> =
            needed.iter().map(|t| json!({"file": t.file, "secret": t.name, "layer": t.layer})).collect();
        json!({"key": key, "state": state, "set_by": from, "needed_by": needed})
    };
    rows.iter().map(row).collect()
}
