//! `foundry status` on a cluster: each domain as it runs, as its tree is written and committed, and as it is reconciled.

use super::Place;
use crate::delivery::tree_files;
use crate::live::{or_cancelled, run};
use crate::ui::{Outcome, Table};
use foundry_core::kubernetes::TreeFile;
use foundry_core::plan::cluster::{Reference, Row, reconciled, rows};
use foundry_runtime::engine::kubernetes::Cluster;
use foundry_runtime::error::Result;
use foundry_runtime::files::{compare_tree, unpublished};
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// One domain.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    row: Row,
    /// Its files: `written`, how many would change, or how many somebody edited; nothing where none is written.
    tree: Option<String>,
    /// Whether its files are committed; nothing outside Git or where none is written.
    git: Option<String>,
    /// What its reconciler says, for each application environment.
    reconciled: BTreeMap<String, String>,
}

/// Prints how every chosen domain stands.
pub fn status(place: &Place<'_>, as_json: bool) -> Result<Outcome> {
    let (at, rows, mut states) = run(async |cancel| {
        or_cancelled(&cancel, async {
            let cluster = place.connect(None).await?;
            let (desired, _) = place.desired(cluster.place(), false, false);
            let observed = cluster.look(&desired).await?;
            Ok((cluster.place(), rows(&desired, &observed), place.reconcilers(&cluster).await?))
        })
        .await
    })?;
    let files = tree_files(&place.live.loaded, &place.live.environment, &place.live.rendered);
    let lines: Vec<Line> = rows
        .into_iter()
        .map(|row| {
            let own: Vec<&TreeFile> = files.iter().filter(|f| f.domain.as_ref() == Some(&row.name)).collect();
            let (tree, git) = written(place, &own, &files)?;
            Ok(Line { reconciled: states.remove(&row.name).unwrap_or_default(), tree, git, row })
        })
        .collect::<Result<_>>()?;
    match as_json {
        true => place
            .session
            .ui
            .json(&json!({"environment": place.live.environment.name, "place": at, "domains": lines})),
        false => place.session.ui.print(text(&lines)),
    }
    Ok(Outcome::DONE)
}

/// How the files of a domain stand on disk and in Git.
fn written(
    place: &Place<'_>,
    own: &[&TreeFile],
    all: &[TreeFile],
) -> Result<(Option<String>, Option<String>)> {
    let root = &place.live.loaded.root;
    let paths: BTreeSet<&str> = own.iter().map(|f| f.path.as_str()).collect();
    if !paths.iter().any(|path| root.join(path).exists()) {
        return Ok((None, None));
    }
    let wanted: BTreeSet<&str> = all.iter().map(|f| f.path.as_str()).collect();
    let change = compare_tree(root, &place.live.environment.name, own, &wanted, &[])?;
    let tree = match (change.edited.len() + change.foreign.len(), change.write.len()) {
        (0, 0) => "written".to_owned(),
        (0, n) => format!("{n} to write"),
        (n, _) => format!("{n} edited"),
    };
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return Ok((Some(tree), None));
    }
    let git = match unpublished(root, &paths).len() {
        0 => "committed".to_owned(),
        n => format!("{n} uncommitted"),
    };
    Ok((Some(tree), Some(git)))
}

fn text(lines: &[Line]) -> String {
    let reconciled = lines.iter().any(|l| !l.reconciled.is_empty());
    let mut headings = vec!["DOMAIN", "STATE", "VERSION", "HEALTHY", "TREE", "GIT"];
    if reconciled {
        headings.push("RECONCILED");
    }
    let mut table = Table::new(&headings);
    let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    for line in lines {
        let row = &line.row;
        let cells = [
            row.name.clone(),
            row.state.clone(),
            dash(&row.version),
            format!("{} of {}", row.healthy, row.workloads),
            dash(&line.tree),
            dash(&line.git),
        ];
        let words: BTreeSet<&str> = line.reconciled.values().map(String::as_str).collect();
        let said = match words.len() {
            0 => "-".to_owned(),
            1 => words.into_iter().collect(),
            _ => line.reconciled.iter().map(|(k, v)| format!("{k}: {v}")).collect::<Vec<_>>().join("; "),
        };
        table.row(cells.into_iter().chain(reconciled.then_some(said)));
    }
    let mut out = table.text();
    for problem in lines.iter().flat_map(|l| &l.row.problems) {
        out.push_str(&format!("  {problem}\n"));
    }
    out
}

impl Place<'_> {
    /// What the reconciler says of each domain's folders, by domain and application environment.
    async fn reconcilers(&self, cluster: &Cluster) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
        let settings = self.settings();
        let (api, kind, namespace) = match settings.gitops.as_str() {
            "flux" => ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system"),
            "argocd" => ("argoproj.io/v1alpha1", "Application", "argocd"),
            _ => return Ok(BTreeMap::new()),
        };
        let mut out: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        if cluster.kinds().await?.find(api, kind).is_none() {
            return Ok(out);
        }
        for domain in &self.chosen {
            let apps = settings.apps.iter().map(|a| (a.name.clone(), format!("{domain}-{}", a.name)));
            for (app, name) in apps.chain([(String::new(), domain.clone())]) {
                let object = Reference::new(api, kind, Some(namespace), &name);
                if let Some(found) = cluster.get(&object).await? {
                    out.entry(domain.clone()).or_default().insert(app, reconciled(&found));
                }
            }
        }
        Ok(out)
    }
}
