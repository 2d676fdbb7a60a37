//! `foundry validate`: every finding at once.

use crate::live::{ask_for_images, or_cancelled, run};
use crate::pipeline::{Rendered, prepare, registry_findings, waived};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session, until_exit};
use crate::ui::{Format, Outcome, Sources, summary};
use clap::Args;
use foundry_core::check::{self, images_exist};
use foundry_core::diag::{Findings, Severity};
use foundry_core::load::FileContent;
use foundry_core::tree::{Tree, World};
use foundry_runtime::error::{Kind, Result};
use foundry_runtime::files::read_tree;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The most units of one level that are named in text; JSON names all.
const SHOWN: usize = 20;

/// Check everything that is declared: files, relations and what they render to
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  foundry validate                        the registry, rendered for every environment
  foundry validate --env prod --strict    for CI: warnings count as errors
  foundry validate --format sarif > foundry.sarif
  foundry validate --env prod --online    also ask whether every image exists
  foundry validate --tree ../home-ops     any Flux or Argo CD repository; no registry is needed

Exit code 1 when there is an error (with --strict also a warning).")]
pub struct Validate {
    #[command(flatten)]
    scope: EnvScope,
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Ask the image registries whether every image exists for the engine's architecture (IMG-003).
    #[arg(long)]
    online: bool,
    /// Treat warnings as errors.
    #[arg(long)]
    strict: bool,
    /// Check the Flux or Argo CD repository in DIR instead of a registry.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath,
        conflicts_with = "online")]
    tree: Option<PathBuf>,
}

impl Validate {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Outcome {
        self.check(session).into()
    }

    fn check(self, session: &Session) -> Result<Outcome> {
        let began = Instant::now();
        if let Some(dir) = &self.tree {
            return self.check_tree(session, dir, began);
        }
        let loaded = session.load()?;
        let unread = check::unread(&loaded.registry).is_some();
        let names = match self.scope.name() {
            _ if unread => Vec::new(),
            Some(name) => vec![loaded.environment(Some(name))?.name.clone()],
            None => loaded.registry.environments.iter().map(|e| e.name.clone()).collect(),
        };
        let mut findings = Findings::new();
        let mut sources = Sources::new();
        for name in &names {
            match prepare(session, &loaded, &self.scope, name) {
                Ok(rendered) => {
                    findings.extend(match self.online {
                        true => images_online(&loaded, name, &rendered),
                        false => not_asked(),
                    });
                    if !rendered.findings.is_empty() || !findings.is_empty() {
                        sources.extend(rendered.sources(&loaded));
                    }
                    findings.extend(rendered.findings);
                }
                // Without the vault's password nothing can be rendered: say so, and check the rest.
                Err(error) if error.kind == Kind::Findings => {
                    findings.extend(registry_findings(&loaded, Some(name)));
                    findings.not_checked(format!("rendered files of {name}"), error.message);
                }
                Err(error) => return Err(error),
            }
        }
        if names.is_empty() {
            findings = registry_findings(&loaded, None);
            if !unread {
                findings.not_checked("rendered files", "the registry declares no environment");
            }
        }
        let findings = waived(&loaded, findings);
        sources.extend(loaded.sources());
        let format = self.format();
        session.ui.findings(&findings, &sources, format);
        if format == Format::Text {
            let files = loaded.files.entries.len();
            session.ui.note(format!("{} ({} ms)", summary(&findings, files), began.elapsed().as_millis()));
        }
        until_exit((loaded, sources));
        Ok(self.outcome(&findings))
    }

    /// A repository of manifests: everything is built, followed and checked, and its order is shown.
    fn check_tree(&self, session: &Session, dir: &Path, began: Instant) -> Result<Outcome> {
        let files = read_tree(dir)?;
        let sources = files
            .entries
            .iter()
            .filter_map(|(path, content)| match content {
                FileContent::Text(text) => Some((path.clone(), text.clone())),
                FileContent::Problem(_) => None,
            })
            .collect();
        let world = World::new(Tree::read(&files));
        let findings = check::tree(&world);
        let format = self.format();
        session.ui.findings_and(&findings, &sources, format, "clusters", world.levels_json());
        if format == Format::Text {
            for (cluster, levels) in world.levels() {
                session.ui.print(format!("Order of {}:", if cluster.is_empty() { "." } else { &cluster }));
                for (level, units) in levels.iter().enumerate() {
                    let more = match units.len().saturating_sub(SHOWN) {
                        0 => String::new(),
                        n => format!(", and {n} more"),
                    };
                    let shown = &units[..units.len().min(SHOWN)];
                    session.ui.print(format!("  {level:>2}  {}{more}", shown.join(", ")));
                }
                session.ui.print("");
            }
            let count = world.tree.files.len();
            session.ui.note(format!("{} ({} ms)", summary(&findings, count), began.elapsed().as_millis()));
        }
        Ok(self.outcome(&findings))
    }

    fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    fn outcome(&self, findings: &Findings) -> Outcome {
        let failed = findings.has_errors() || (self.strict && findings.count(Severity::Warning) > 0);
        if failed { Outcome::FINDINGS } else { Outcome::DONE }
    }
}

fn not_asked() -> Findings {
    let mut findings = Findings::new();
    findings.not_checked("IMG-003", "no image registry was asked; say --online to ask");
    findings
}

/// Asks through the environment's own engine: its network and its mirrors are what a pull would use.
fn images_online(loaded: &Loaded, environment: &str, rendered: &Rendered) -> Findings {
    let answers =
        run(async |cancel| or_cancelled(&cancel, ask_for_images(loaded, environment, rendered)).await);
    match answers {
        Ok((answers, architecture)) => images_exist(&rendered.projects, &answers, &architecture),
        Err(error) => {
            let mut findings = Findings::new();
            findings.not_checked("IMG-003", error.message);
            findings
        }
    }
}
