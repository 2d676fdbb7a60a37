//! `foundry backup run`: one snapshot for each profile of each domain.

use super::open::{Opened, exists, open, own_script, refuse_interrupted};
use crate::carry_out::{CarryOut, Consent, carry_out_on};
use crate::scope::{DomainScope, EnvScope};
use crate::session::Session;
use crate::ui::Outcome;
use clap::Args;
use foundry_core::backup::{Script, Set};
use foundry_core::plan::{Container, ContainerState, Plan, Unit, saving};
use foundry_runtime::backup::{Keeper, Reach};
use foundry_runtime::engine::compose::Scope;
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Save domains: dumps, their own script, volumes and paths, into one snapshot each
///
/// The services keep running. What goes wrong leaves everything as it was; programs of `after` run in any case.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry backup run wiki --env prod
  foundry backup run --all --env prod --yes
  foundry backup run --all --env prod --init   the first time: make the repository")]
pub struct Run {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Make the repository where there is none.
    #[arg(long)]
    init: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Run {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<Outcome> {
        let opened = open(session, &self.scope, &self.domains, false)?;
        let options = CarryOut {
            session,
            live: &opened.live,
            command: "foundry backup run",
            consent: &self.consent,
            question: None,
        };
        carry_out_on(
            &options,
            async |engine| Ok(opened.keeper(engine)),
            async |keeper| self.plan(&opened, keeper).await,
            async |keeper: &Keeper, report| {
                if !report.done.is_empty()
                    && let Err(error) = keeper.refresh().await
                {
                    session.ui.complain(format!("warning: what is saved could not be listed: {error}"));
                }
                Ok(None)
            },
        )
    }

    async fn plan(&self, opened: &Opened, keeper: &Keeper) -> Result<Plan> {
        refuse_interrupted(&opened.live, keeper.engine(), &opened.chosen).await?;
        let mut missing = Vec::new();
        for repository in opened.repositories() {
            if keeper.reach(&repository).await? == Reach::Absent {
                missing.push(repository);
            }
        }
        if let Some(first) = missing.first().filter(|_| !self.init) {
            return Err(Error::new(Kind::Host, format!("there is no repository at {first}"))
                .hint("look whether its disk is mounted and the address is right")
                .hint("make a new one: say --init"));
        }
        let observed = keeper.engine().observe(Scope::Containers).await?;
        let sets = opened.located(keeper.engine()).await?;
        let units: Vec<Unit> =
            sets.into_iter().map(|set| unit(opened, set, &observed.containers)).collect::<Result<_>>()?;
        Ok(saving(&opened.head(&keeper.engine().place()), &units, &missing))
    }
}

fn unit(opened: &Opened, set: Set, containers: &[Container]) -> Result<Unit> {
    let (registry, root) = (&opened.live.loaded.registry, &opened.live.loaded.root);
    let project = opened.live.rendered.projects.get(&set.domain);
    let name = project.map_or(set.domain.as_str(), |p| p.name.as_str());
    let running: BTreeMap<String, String> = containers
        .iter()
        .filter(|c| c.project == name && c.state == ContainerState::Running)
        .map(|c| (c.service.clone(), c.id.clone()))
        .collect();
    let needed: BTreeSet<&str> = set.dumps.iter().map(|d| d.service.as_str()).collect();
    if let Some(service) = needed.into_iter().find(|s| !running.contains_key(*s)) {
        return Err(Error::new(
            Kind::Refused,
            format!("{}/{service} does not run, so its database cannot be dumped", set.domain),
        )
        .hint(format!("start it: foundry deploy {} --env {}", set.domain, opened.live.environment.name)));
    }
    let record = registry.domain(&set.domain).map(|d| &d.record);
    let own = |key: &str| -> Vec<String> {
        let list = record.and_then(|r| r.get("backup")?.get(key)).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(|text| format!("domains/{}/{text}", set.domain)).collect()
    };
    let profile = opened.policy.profiles.iter().find(|p| p.name.value == set.profile);
    let scripts = |of_profile: &[String], own: Vec<String>| -> Result<Vec<Script>> {
        let all = of_profile.iter().cloned().chain(own);
        all.map(|path| exists(root, &path).map(|()| Script { path, profile: set.profile.clone() })).collect()
    };
    let before = scripts(profile.map_or(&[], |p| &p.before), own("before"))?;
    let after = scripts(profile.map_or(&[], |p| &p.after), own("after"))?;
    let script = own_script(root, &set.domain, "backup.sh");
    let files = set.dumps.iter().filter_map(|d| {
        let file = d.file.as_deref()?;
        let source = set.sources.iter().filter(|s| file.starts_with(&format!("{}/", s.target)));
        let source = source.max_by_key(|s| s.target.len())?;
        Some((file.to_owned(), format!("{}{}", source.path, &file[source.target.len()..])))
    });
    let files: BTreeMap<String, String> = files.collect();
    let own = script.map(|path| Script { path, profile: set.profile.clone() });
    let mut set = set;
    for file in files.values() {
        // The dump stands for the file, and for what belongs to it while it is open.
        set.exclude.extend(["", "-wal", "-shm", "-journal"].map(|end| format!("{file}{end}")));
    }
    Ok(Unit { cause: String::new(), set, before, own, after, containers: running, files })
}
