//! `foundry render`: templates to files below `generated/`, or to the tree that a cluster reads.

mod tree;

pub use tree::refuse_edited;

use crate::pipeline::{Rendered, generated_path, prepare, set_stale_metadata_aside, waived};
use crate::scope::{DomainScope, EnvScope};
use crate::session::{Loaded, Session, until_exit};
use crate::ui::{Outcome, Table, unified};
use clap::Args;
use foundry_core::model::Engine;
use foundry_core::render::{Artifact, context_keys};
use foundry_runtime::error::Result;
use foundry_runtime::files::{Replaced, replace_tree};
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// Render templates into generated/<domain>/, or a cluster's tree of manifests: all in memory first, then atomically
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry render --all --env dev          write every domain's files
  foundry render grafana --env prod --diff   show what would change, write nothing
  foundry render --all --env home         for Kubernetes: the tree that the cluster reads from Git
  foundry render grafana --env prod --context   what templates can use, and where it comes from")]
pub struct Render {
    #[command(flatten)]
    domains: DomainScope,
    #[command(flatten)]
    scope: EnvScope,
    /// Show the difference to the files on disk and write nothing.
    #[arg(long)]
    diff: bool,
    /// List the names that templates can use and where each comes from; write nothing.
    #[arg(long, conflicts_with = "diff")]
    context: bool,
    /// Replace files of a Kubernetes tree that somebody edited or wrote (TRN-006).
    #[arg(long, conflicts_with = "diff")]
    overwrite: bool,
    /// Folder to render into (default: generated/ in the registry, for Kubernetes the registry itself).
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Render {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.render(session).into()
    }

    fn render(mut self, session: &Session) -> Result<Outcome> {
        self.domains.all_unless_named();
        let loaded = session.load_valid()?;
        let environment = loaded.environment(self.scope.name())?.name.clone();
        let chosen = self.domains.choose(&loaded, &environment)?;
        if self.context {
            return self.show_context(session, &loaded, &environment, &chosen);
        }
        let mut rendered = prepare(session, &loaded, &self.scope, &environment)?;
        rendered.findings = waived(&loaded, std::mem::take(&mut rendered.findings));
        set_stale_metadata_aside(session, &mut rendered.findings);
        if rendered.findings.has_errors() {
            let sources = rendered.sources(&loaded);
            return Err(session.refuse(&sources, &mut rendered.findings));
        }
        if let Some(cluster) =
            loaded.registry.environment(&environment).filter(|e| e.engine == Engine::Kubernetes)
        {
            return tree::render(session, &loaded, cluster, &rendered, &self.options(&chosen));
        }
        let out = self.out.clone().unwrap_or_else(|| loaded.root.join("generated"));
        if self.diff {
            return self.show_diff(session, &rendered, &chosen, &out);
        }
        let replace = |domain: &String| {
            let files: Vec<&Artifact> = rendered.artifacts.of(domain).collect();
            Ok((domain.clone(), replace_tree(&out.join(domain), &files)?))
        };
        let all: Vec<_> = chosen.par_iter().map(replace).collect::<Result<_>>()?;
        self.report(session, &all);
        until_exit((loaded, rendered));
        Ok(Outcome::DONE)
    }

    fn options<'a>(&'a self, chosen: &'a [String]) -> tree::Options<'a> {
        let (all, diff, overwrite, json) = (self.domains.is_all(), self.diff, self.overwrite, self.json);
        tree::Options { chosen, all, diff, overwrite, json, out: self.out.as_deref() }
    }

    fn report(&self, session: &Session, all: &[(String, Replaced)]) {
        if self.json {
            let list: Vec<_> = all
                .iter()
                .map(|(d, r)| json!({"domain": d, "written": r.written, "removed": r.removed, "unchanged": r.unchanged}))
                .collect();
            session.ui.json(&json!({"domains": list}));
            return;
        }
        for (domain, replaced) in all {
            replaced.written.iter().for_each(|f| {
                session.ui.print(format!("{}  written", generated_path(&format!("{domain}/{f}"))))
            });
            replaced.removed.iter().for_each(|f| {
                session.ui.print(format!("{}  removed", generated_path(&format!("{domain}/{f}"))))
            });
        }
        let sum = |count: fn(&Replaced) -> usize| all.iter().map(|(_, r)| count(r)).sum::<usize>();
        session.ui.note(format!(
            "{} written, {} removed, {} unchanged.",
            sum(|r| r.written.len()),
            sum(|r| r.removed.len()),
            sum(|r| r.unchanged)
        ));
    }

    fn show_diff(
        &self,
        session: &Session,
        rendered: &Rendered,
        chosen: &[String],
        out: &std::path::Path,
    ) -> Result<Outcome> {
        let mut changed = 0;
        for artifact in chosen.iter().flat_map(|d| rendered.artifacts.of(d)) {
            let path = generated_path(&artifact.full_path());
            let old = std::fs::read_to_string(out.join(artifact.full_path())).unwrap_or_default();
            if old == artifact.content.expose() {
                continue;
            }
            changed += 1;
            match artifact.secret {
                true => session.ui.print(format!("{path}  differs (holds secrets, not shown)")),
                false => session.ui.print(unified(
                    &path,
                    &format!("{path} (rendered)"),
                    &old,
                    artifact.content.expose(),
                )),
            }
        }
        session.ui.note(format!("{changed} files differ; nothing was written."));
        Ok(Outcome::DONE)
    }

    fn show_context(
        &self,
        session: &Session,
        loaded: &Loaded,
        environment: &str,
        chosen: &[String],
    ) -> Result<Outcome> {
        let (env, _) = self.scope.resolve(session, loaded, environment)?;
        let mut table = Table::new(&["NAME", "KIND", "FROM"]);
        let mut list = Vec::new();
        for domain in chosen {
            for key in context_keys(&loaded.registry, domain, environment, &env) {
                list.push(json!({"domain": domain, "name": key.name, "kind": key.kind, "from": key.origin}));
                table.row([key.name, key.kind.to_owned(), key.origin]);
            }
        }
        match self.json {
            true => session.ui.json(&json!({"context": list})),
            false => session.ui.print(table.text()),
        }
        Ok(Outcome::DONE)
    }
}
