//! Asks the reconciler for a commit and waits until all of it is there and healthy, or says what blocks whom.

use crate::live::{connect_cluster, or_cancelled, run};
use crate::session::{Loaded, Session};
use foundry_core::kubernetes::{Reconciled, Standing, standing};
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::Environment;
use foundry_core::plan::cluster::Reference;

use foundry_runtime::clock::now_utc;
use foundry_runtime::engine::kubernetes::{Cluster, MANAGER};
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How often the cluster is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How often it is said that nothing happens.
const SAY: Duration = Duration::from_secs(10);

/// How long nothing but failures may be seen: a reconciler tries again by itself.
const STUCK: Duration = Duration::from_secs(20);

/// What is waited for.
pub struct Awaited<'a> {
    /// Where to print.
    pub session: &'a Session,
    /// The registry.
    pub loaded: &'a Loaded,
    /// The environment.
    pub environment: &'a Environment,
    /// What the reconciler applies.
    pub units: Vec<Reconciled>,
    /// The commit.
    pub commit: String,
    /// The longest wait.
    pub limit: Duration,
}

/// Where each unit stands, by name.
type Standings = BTreeMap<String, Standing>;

impl Awaited<'_> {
    /// Waits. What was reconciled, as JSON.
    pub fn wait(&self) -> Result<Value> {
        run(async |cancel| {
            or_cancelled(&cancel, self.until_done())
                .await
                .map_err(|e| e.hint("look at it later: the commit is pushed, and the reconciler goes on"))
        })
    }

    async fn until_done(&self) -> Result<Value> {
        let cluster = connect_cluster(self.loaded, self.environment, &ResolvedEnv::default(), None).await?;
        let (began, ui) = (Instant::now(), &self.session.ui);
        let short = self.commit.get(..10).unwrap_or(&self.commit);
        ui.note(format!("Waiting for {short} on {} (at most {} s).", cluster.place(), self.limit.as_secs()));
        self.ask_source(&cluster).await?;
        let (mut asked, mut told, mut said) = (BTreeSet::new(), BTreeSet::new(), Instant::now());
        let mut stuck: Option<Instant> = None;
        loop {
            let now = self.look(&cluster).await?;
            for name in now.iter().filter(|(_, s)| **s == Standing::Done).map(|(name, _)| name) {
                if told.insert(name.clone()) {
                    ui.note(format!("  ✓ {name}"));
                    said = Instant::now();
                }
            }
            if told.len() == self.units.len() && now.values().all(|s| *s == Standing::Done) {
                ui.note(format!("{} has {short}: all {} reconciled.", self.environment.name, now.len()));
                return Ok(json!({"revision": self.commit, "reconciled": now.len()}));
            }
            self.ask_units(&cluster, &now, &mut asked).await?;
            stuck = if self.is_stuck(&now) { stuck.or_else(|| Some(Instant::now())) } else { None };
            if stuck.is_some_and(|since| since.elapsed() >= STUCK) || began.elapsed() >= self.limit {
                return Err(self.failed(&now, began.elapsed() >= self.limit));
            }
            if said.elapsed() >= SAY {
                self.say(&now);
                said = Instant::now();
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn reference(unit: &Reconciled) -> Reference {
        Reference::new(&unit.api_version, &unit.kind, Some(&unit.namespace), &unit.name)
    }

    async fn look(&self, cluster: &Cluster) -> Result<Standings> {
        let mut all = Standings::new();
        for unit in &self.units {
            let found = cluster.get(&Self::reference(unit)).await?;
            let there = match found {
                Some(object) => standing(&object, &self.commit),
                None => Standing::Waiting("it is not in the cluster yet".to_owned()),
            };
            all.insert(unit.name.clone(), there);
        }
        Ok(all)
    }

    /// Flux fetches the commit at once, where it knows the repository.
    async fn ask_source(&self, cluster: &Cluster) -> Result<()> {
        let Some(unit) = self.units.iter().find(|u| u.kind == "Kustomization") else { return Ok(()) };
        let source = Reference::new(
            "source.toolkit.fluxcd.io/v1",
            "GitRepository",
            Some(&unit.namespace),
            "flux-system",
        );
        if cluster.get(&source).await?.is_none() {
            let message = format!("{source} is not in the cluster");
            return Err(Error::new(Kind::Refused, message)
                .hint(format!("give the tree to Flux once: kubectl apply -k {}", self.bootstrap())));
        }
        self.ask(cluster, &source, "reconcile.fluxcd.io/requestedAt", &now_utc()).await
    }

    /// Each unit is asked once, when nothing that it waits for is left: asked earlier, it would only wait again.
    async fn ask_units(
        &self,
        cluster: &Cluster,
        now: &Standings,
        asked: &mut BTreeSet<String>,
    ) -> Result<()> {
        for unit in &self.units {
            let free = unit.before.iter().all(|b| now.get(b).is_none_or(|s| *s == Standing::Done));
            let open = matches!(&now[&unit.name], Standing::Waiting(_));
            if !free || !open || asked.contains(&unit.name) {
                continue;
            }
            let reference = Self::reference(unit);
            if cluster.get(&reference).await?.is_none() {
                continue;
            }
            match unit.kind.as_str() {
                "Application" => {
                    self.ask(cluster, &reference, "argocd.argoproj.io/refresh", "normal").await?
                }
                _ => self.ask(cluster, &reference, "reconcile.fluxcd.io/requestedAt", &now_utc()).await?,
            }
            asked.insert(unit.name.clone());
        }
        Ok(())
    }

    async fn ask(&self, cluster: &Cluster, object: &Reference, key: &str, value: &str) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {key: value}}});
        cluster.merge(object, &patch, MANAGER).await.map(|_| ())
    }

    fn bootstrap(&self) -> String {
        let settings = foundry_core::kubernetes::Settings::read(self.environment);
        let home = format!("{}/{}", settings.layout.clusters, settings.cluster);
        let folder = if settings.gitops == "flux" { "flux-system" } else { "bootstrap" };
        match settings.path.trim_matches('/') {
            "." | "" => format!("{home}/{folder}"),
            path => format!("{path}/{home}/{folder}"),
        }
    }

    /// What of `unit`'s predecessors is not done.
    fn blockers<'u>(unit: &'u Reconciled, now: &Standings) -> Vec<&'u str> {
        let open = |name: &&String| now.get(*name).is_some_and(|s| *s != Standing::Done);
        unit.before.iter().filter(open).map(String::as_str).collect()
    }

    /// Whether nothing but failures is left, and what waits for them.
    fn is_stuck(&self, now: &Standings) -> bool {
        let failed = now.values().any(|s| matches!(s, Standing::Failed(_)));
        let free = self.units.iter().filter(|unit| Self::blockers(unit, now).is_empty());
        // The root of Argo CD waits for all others.
        let moving = |unit: &Reconciled| {
            matches!(&now[&unit.name], Standing::Waiting(_))
                && !(unit.kind == "Application" && unit.name == "root")
        };
        failed && !free.into_iter().any(moving)
    }

    fn say(&self, now: &Standings) {
        let done = now.values().filter(|s| **s == Standing::Done).count();
        let open =
            self.units.iter().find(|u| now[&u.name] != Standing::Done && Self::blockers(u, now).is_empty());
        let why = open.map(|unit| match &now[&unit.name] {
            Standing::Waiting(why) | Standing::Failed(why) => format!("; {}: {why}", unit.name),
            Standing::Done => String::new(),
        });
        self.session.ui.note(format!("  {done} of {} reconciled{}", now.len(), why.unwrap_or_default()));
    }

    /// Who failed, who waits for whom, and the error that stands for it.
    fn failed(&self, now: &Standings, late: bool) -> Error {
        let ui = &self.session.ui;
        for unit in self.units.iter().filter(|u| now[&u.name] != Standing::Done) {
            let blockers = Self::blockers(unit, now);
            match &now[&unit.name] {
                Standing::Failed(why) => ui.complain(format!("  ✗ {}  {why}", unit.name)),
                _ if !blockers.is_empty() => {
                    ui.complain(format!("  - {}  waits for {}", unit.name, blockers.join(", ")));
                }
                Standing::Waiting(why) => ui.complain(format!("  … {}  {why}", unit.name)),
                Standing::Done => {}
            }
        }
        let done = now.values().filter(|s| **s == Standing::Done).count();
        let kind = if done == 0 { Kind::Engine } else { Kind::Partial };
        let why = if late { "the time is up" } else { "what is left has failed, or waits for what has" };
        let error = Error::new(kind, format!("{done} of {} reconciled: {why}", now.len()));
        let missing = self
            .units
            .iter()
            .all(|u| matches!(&now[&u.name], Standing::Waiting(w) if w.contains("not in the cluster")));
        match missing {
            true => error.hint(format!(
                "give the tree to the reconciler once: kubectl apply --server-side -k {}",
                self.bootstrap()
            )),
            false => error.hint("mend what is said above and run the same command again; nothing was undone"),
        }
    }
}
