//! Looks for drift at an environment's place: what `foundry drift` prints and `foundry watch` follows.

use crate::live::{Live, redactor};
use foundry_core::compose;
use foundry_core::drift::{self, Input, Item, Kind, Report, Since, Source};
use foundry_core::load::env::parse_env;
use foundry_core::model::LayerKind;
use foundry_core::plan::{Desired, Domain, Observed, Origins};
use foundry_runtime::engine::compose::{Compose, Scope};
use foundry_runtime::error::Result;
use foundry_runtime::{MASK, clock, files};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What differs at the place, about `chosen` domains.
pub async fn look(live: &Live, engine: &Compose, chosen: &[String], explain: bool) -> Result<Report> {
    let observed = engine.observe(Scope::All).await?;
    let desired = live.desired(&engine.place(), chosen, false);
    let rendered = as_rendered(engine, &desired, &observed).await?;
    let input = Input {
        registry: &live.loaded.registry,
        desired: &desired,
        rendered: &rendered,
        observed: &observed,
        now: &clock::now_utc(),
    };
    let mut report = drift::drift(&input);
    if explain {
        self::explain(live, engine, &input, &mut report.drift).await?;
    }
    Ok(report)
}

/// The desired state that the files at the place describe, whatever the registry says now.
async fn as_rendered(engine: &Compose, desired: &Desired, observed: &Observed) -> Result<Desired> {
    let mut out = desired.clone();
    for domain in &mut out.domains {
        let own = |path: &String| path.strip_prefix(&domain.name).is_some_and(|rest| rest.starts_with('/'));
        let files: BTreeMap<String, String> = observed
            .files
            .iter()
            .filter(|(path, _)| own(path))
            .map(|(path, digest)| (path.clone(), digest.clone()))
            .collect();
        // Where the file is gone, what is wanted now is all there is to compare with.
        if files == domain.files || !files.contains_key(&format!("{}/compose.yml", domain.name)) {
            continue;
        }
        let decides = |name: &str| format!("{}/{name}", domain.name);
        let same = |path: &String| files.get(path) == domain.files.get(path);
        if !["compose.yml", ".env"].iter().all(|name| same(&decides(name))) {
            domain.project = read_project(engine, domain).await?;
        }
        domain.files = files;
        // The lines that the registry has now say nothing about what was rendered earlier.
        domain.origins = Origins::default();
    }
    Ok(out)
}

/// The Compose project as the place has it; `None` where there is none, or none that can be read.
async fn read_project(engine: &Compose, domain: &Domain) -> Result<Option<compose::Project>> {
    let read = async |name: &str| -> Result<Option<String>> {
        let path = engine.layout().path(&format!("{}/{name}", domain.name))?;
        let bytes = engine.host().read(&path).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let Some(text) = read("compose.yml").await? else { return Ok(None) };
    let variables = read(".env").await?.unwrap_or_default();
    let (env, _) = parse_env(&Arc::from(".env"), &variables, LayerKind::Extra);
    let variables = env.lines.into_iter().map(|line| (line.key, line.value)).collect();
    let path = Arc::from(crate::pipeline::generated_path(&format!("{}/compose.yml", domain.name)));
    Ok(compose::read(&path, text, &variables, &domain.name).0)
}

async fn explain(live: &Live, engine: &Compose, input: &Input<'_>, items: &mut [Item]) -> Result<()> {
    let named = |name: &String| items.iter().any(|item| item.containers.contains(name));
    let ids = input.observed.containers.iter().filter(|c| named(&c.name)).map(|c| c.id.as_str());
    let seen = engine.variables(ids).await?;
    let redactor = redactor(&live.rendered.env);
    drift::values(items, input, &seen, &|value| redactor.text(value) != value);
    let events = engine.happened().await?;
    for item in items.iter_mut() {
        for text in item.causes.iter_mut().chain(&mut item.accept) {
            *text = redactor.text(text);
        }
        for value in item.fields.iter_mut().flat_map(|f| f.found.iter_mut().chain(&mut f.wanted)) {
            *value = if redactor.text(value) == *value { value.clone() } else { MASK.to_owned() };
        }
        item.since = drift::since(item, input, &events, &clock::at);
        let by_git = item.kind == Kind::Metadata || item.causes.iter().any(|c| c.starts_with("older"));
        if by_git && let Some(since) = since_source(live, item) {
            item.since = Some(since);
        }
    }
    Ok(())
}

/// When the place in the registry was changed which says otherwise, by Git where it knows.
fn since_source(live: &Live, item: &Item) -> Option<Since> {
    let source = match item.kind {
        Kind::Metadata => item.source.clone()?,
        _ => Source { file: newest_source(live, item)?, line: 0 },
    };
    let change = files::last_change(&live.loaded.root, &source.file, source.line);
    let place = match source.line {
        0 => source.file.clone(),
        line => format!("{}:{line}", source.file),
    };
    let committed = change.as_ref().filter(|change| !change.commit.is_empty());
    let Some(change) = committed else {
        let how = if change.is_some() { "changed, not committed yet" } else { "last written" };
        let seconds = written(live, &source.file)?.duration_since(UNIX_EPOCH).ok()?.as_secs();
        return Some(Since { time: clock::at(seconds), what: format!("{place} was {how}") });
    };
    Some(Since { time: change.time.clone(), what: format!("commit {} changed {place}", change.commit) })
}

/// Of the files that a rendered one may come from, the one that was written last.
fn newest_source(live: &Live, item: &Item) -> Option<String> {
    let overrides = format!("config-registry/env/overrides/{}.env", live.environment.name);
    let shared = ["domains.yml", "ports.yml", "networks.yml", "base.env"];
    let shared = shared.iter().map(|name| format!("config-registry/env/{name}"));
    let own = item.source.iter().map(|source| source.file.clone());
    own.chain(shared)
        .chain([overrides])
        .filter_map(|file| Some((written(live, &file)?, file)))
        .max()
        .map(|(_, file)| file)
}

fn written(live: &Live, file: &str) -> Option<SystemTime> {
    std::fs::metadata(live.loaded.root.join(file)).and_then(|meta| meta.modified()).ok()
}
