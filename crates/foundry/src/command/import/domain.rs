//! The registry as it will be with the imported domain: its files, its vault, and what is accepted for now.

use super::gather::Gathered;
use super::report;
use crate::pipeline::{Rendered, registry_findings, render_all, waived};
use crate::rewrite::{BASE, DOMAINS, PORTS, Rewrite, refused};
use crate::session::{Loaded, Session};
use crate::vault::VaultArgs;
use crate::vault_fill::VaultFill;
use foundry_core::diag::{Finding, Findings, Severity};
use foundry_core::edit::{Change, set_env, written};
use foundry_core::import::{Imported, Source, compose};
use foundry_core::load::env::{parse_env, resolve};
use foundry_core::model::{Environment, LayerKind};
use foundry_core::render::Artifact;
use foundry_runtime::clock::today_utc;
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::replace_tree;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rules of rendered files that a project may break on the day it is imported; everything else has to be mended first.
const ACCEPTED: [&str; 9] =
    ["IMG-001", "IMG-004", "NET-001", "NET-005", "BKP-001", "BKP-002", "BKP-003", "SEC-002", "PORT-001"];

/// A project on its way into the registry.
pub struct Incoming<'a> {
    pub session: &'a Session,
    pub loaded: &'a Loaded,
    pub gathered: &'a Gathered,
    pub name: &'a str,
    pub environment: &'a Environment,
    pub only_there: bool,
    pub profiles: &'a [String],
    pub vault: &'a VaultArgs,
}

/// Everything that is to be written.
pub struct Ready<'a> {
    pub name: &'a str,
    pub environment: &'a Environment,
    pub imported: Imported,
    pub rewrite: Rewrite<'a>,
    pub fill: Option<VaultFill<'a>>,
    /// Rules that are waived for now, and until when.
    pub accepted: Vec<String>,
    pub until: String,
    /// Whether Compose merged the text, so that it has no comments.
    pub merged: bool,
    rendered: Rendered,
    root: &'a std::path::Path,
}

impl Ready<'_> {
    /// The domain's rendered files.
    pub fn artifacts(&self) -> Vec<&Artifact> {
        self.rendered.artifacts.of(self.name).collect()
    }

    /// Writes registry, vault and rendered files: the vault first, for without it nothing could be rendered.
    pub fn write(&self) -> Result<()> {
        self.fill.iter().try_for_each(|fill| fill.write())?;
        self.rewrite.write()?;
        replace_tree(&self.root.join("generated").join(self.name), &self.artifacts())?;
        Ok(())
    }
}

impl<'a> Incoming<'a> {
    /// The registry as it will be with text `number`.
    pub fn prepare(&self, number: usize) -> Result<Ready<'a>> {
        let imported = self.imported(number)?;
        let mut rewrite = Rewrite::of(self.loaded);
        let mut record = self.record(&imported);
        rewrite.yaml(DOMAINS, &[Change::Append(Change::path(["domains"]), Value::Object(record.clone()))])?;
        let ports: Vec<Change> = imported
            .ports
            .iter()
            .map(|(port, binding)| Change::Set(Change::path([self.name, port]), written(binding)))
            .collect();
        rewrite.yaml(PORTS, &ports)?;
        self.values(&imported, &mut rewrite)?;
        for (path, text) in &imported.templates {
            let path = format!("domains/{}/templates/{path}", self.name);
            // The same text is what an import that was cut off has left.
            if rewrite.exists(&path) && rewrite.text(&path)? != *text {
                return Err(Error::new(
                    Kind::Refused,
                    format!("{path} is there already, and no domain {}", self.name),
                )
                .hint("give the domain another name with --name, or remove the file"));
            }
            rewrite.put(&path, text.clone());
        }
        rewrite.check(self.session)?;
        let fill = self.fill(&imported)?;
        let mut rendered = self.render(&rewrite, fill.as_ref());
        let (accepted, until) = self.accept(&rewrite, &mut rendered)?;
        if !accepted.is_empty() {
            let waivers = waivers(&accepted, &until);
            let place = (self.loaded.registry.domains.len()).to_string();
            record.insert("waivers".to_owned(), waivers.clone());
            rewrite.yaml(DOMAINS, &[Change::Set(Change::path(["domains", &place, "waivers"]), waivers)])?;
        }
        rewrite.follow_metadata();
        let rules: BTreeSet<String> = accepted.iter().map(|f| f.rule.to_owned()).collect();
        Ok(Ready {
            name: self.name,
            environment: self.environment,
            imported,
            rewrite,
            fill,
            accepted: rules.into_iter().collect(),
            until,
            merged: number + 1 == self.gathered.texts.len(),
            rendered,
            root: &self.loaded.root,
        })
    }

    fn imported(&self, number: usize) -> Result<Imported> {
        let (file, text) = &self.gathered.texts[number];
        let registry = &self.loaded.registry;
        let files = registry.base.iter().chain(registry.overrides.values()).chain(&registry.host_env);
        let taken: BTreeMap<String, String> =
            files.flat_map(|f| &f.lines).map(|l| (l.key.clone(), l.value.clone())).collect();
        let mut imported = compose(&Source {
            file,
            text,
            folder: &self.gathered.folder,
            project: &self.gathered.project,
            domain: self.name,
            variables: &self.gathered.variables,
            env_files: &self.gathered.env_files,
            profiles: self.profiles,
            taken: &taken,
        });
        if imported.findings.has_errors() {
            let sources = [(file.to_string().into(), text.as_str().into())].into_iter().collect();
            imported.findings.retain(|f| f.severity == Severity::Error);
            let error = self.session.refuse(&sources, &mut imported.findings);
            let count = error.message.split(' ').next().unwrap_or("1").to_owned();
            let message = format!("{count} places of the project cannot be carried; nothing was changed");
            return Err(Error::new(Kind::Findings, message).hint("mend them, and import again"));
        }
        if !imported.refused.is_empty() {
            report::refused(self.session, &imported.refused);
            let message = format!(
                "{} of the project cannot be carried",
                report::count(imported.refused.len(), "place")
            );
            return Err(
                Error::new(Kind::Refused, message).hint("nothing was changed; mend them, and import again")
            );
        }
        Ok(imported)
    }

    fn record(&self, imported: &Imported) -> Map<String, Value> {
        let mut record = Map::new();
        record.insert("name".to_owned(), self.name.into());
        let description = format!("Compose project {}", self.gathered.project);
        record.insert("description".to_owned(), description.into());
        record.insert("standalone".to_owned(), true.into());
        if !imported.networks.is_empty() {
            record.insert("networks".to_owned(), json!(imported.networks));
        }
        if self.only_there {
            record.insert("environments".to_owned(), json!([self.environment.name]));
        }
        record
    }

    fn values(&self, imported: &Imported, rewrite: &mut Rewrite<'_>) -> Result<()> {
        let plain: Vec<_> = imported.values.iter().filter(|v| !v.secret).collect();
        if plain.is_empty() {
            return Ok(());
        }
        let mut base = rewrite.text(BASE)?;
        let gap = if base.is_empty() { "" } else { "\n" };
        base.push_str(&format!("{gap}# {}: imported from the Compose project\n", self.name));
        for value in plain {
            base = set_env(&base, &value.key, &value.value).map_err(refused)?;
        }
        rewrite.put(BASE, base);
        Ok(())
    }

    /// Secrets go into the vault, never into a file that Git sees.
    fn fill(&self, imported: &Imported) -> Result<Option<VaultFill<'a>>> {
        let secrets: Vec<_> = imported.values.iter().filter(|v| v.secret).collect();
        if secrets.is_empty() {
            return Ok(None);
        }
        let mut fill = VaultFill::begin(self.session, self.vault)?;
        for secret in secrets {
            let value = SecretString::from(secret.value.clone());
            // An import that was cut off has put it there.
            if fill.holds(&secret.key, &value) {
                continue;
            }
            if fill.has(&secret.key) {
                return Err(Error::new(Kind::Refused, format!("{} is in the vault already", secret.key))
                    .hint(format!("remove it with foundry secret remove {}, or say --name", secret.key)));
            }
            fill.put(&secret.key, &value)?;
        }
        fill.seal(self.loaded)?;
        Ok(Some(fill))
    }

    fn render(&self, rewrite: &Rewrite<'_>, fill: Option<&VaultFill<'_>>) -> Rendered {
        let after = rewrite.outcome();
        let vault = fill.map(|f| {
            let name = Arc::from(crate::command::vault::VAULT);
            parse_env(&name, f.text().expose_secret(), LayerKind::Vault).0
        });
        let (env, findings) = resolve(&after.registry, &self.environment.name, vault.as_ref(), &[]);
        let mut all = registry_findings(&after, Some(&self.environment.name));
        all.extend(findings);
        let mut rendered = render_all(&after, &self.environment.name, env, all);
        rendered.findings = waived(&after, std::mem::take(&mut rendered.findings));
        rendered
    }

    /// The errors that the domain brings: those that may wait get a waiver with a last day, others are refused.
    fn accept(&self, rewrite: &Rewrite<'_>, rendered: &mut Rendered) -> Result<(Vec<Finding>, String)> {
        let before = registry_findings(self.loaded, Some(&self.environment.name));
        let known = |f: &Finding| before.iter().any(|b| b.rule == f.rule && b.message == f.message);
        let domain = [format!("generated/{}/", self.name), format!("domains/{}/", self.name)];
        let elsewhere = |f: &Finding| {
            let file = f.span.as_ref().map_or("", |s| s.file.as_ref());
            let other = file.starts_with("generated/") || file.starts_with("domains/");
            other && !domain.iter().any(|folder| file.starts_with(folder))
        };
        let mut accepted = Vec::new();
        let mut fatal = Findings::new();
        for finding in rendered.findings.iter().filter(|f| f.severity == Severity::Error) {
            if known(finding) || elsewhere(finding) || finding.rule == "DRF-001" {
                continue;
            }
            // Whether a key is in the vault can be said only of the new domain's own.
            match ACCEPTED.contains(&finding.rule) {
                true => accepted.push(finding.clone()),
                false => fatal.push(finding.clone()),
            }
        }
        if fatal.has_errors() {
            let sources = rendered.sources(&rewrite.outcome());
            return Err(self.session.refuse(&sources, &mut fatal));
        }
        Ok((accepted, in_three_months()))
    }
}

/// The registry's domains as they are, rendered with the vault open.
pub fn as_it_is(
    session: &Session,
    loaded: &Loaded,
    environment: &str,
    vault: &VaultArgs,
) -> Result<Rendered> {
    let opened = match &loaded.registry.vault {
        Some(file) => {
            let fill = VaultFill::begin(session, vault)?;
            Some(parse_env(&file.path, fill.text().expose_secret(), LayerKind::Vault).0)
        }
        None => None,
    };
    let (env, findings) = resolve(&loaded.registry, environment, opened.as_ref(), &[]);
    Ok(render_all(loaded, environment, env, findings))
}

fn waivers(accepted: &[Finding], until: &str) -> Value {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for finding in accepted {
        let file = finding.span.as_ref().map_or("", |s| s.file.as_ref());
        let path =
            file.strip_prefix("generated/").and_then(|rest| rest.split_once('/')).map(|(_, path)| path);
        if seen.insert((finding.rule, path)) {
            let mut waiver = Map::new();
            waiver.insert("rule".to_owned(), finding.rule.into());
            waiver.extend(path.map(|path| ("path".to_owned(), path.into())));
            waiver.insert("reason".to_owned(), "imported as it was".into());
            waiver.insert("expires".to_owned(), until.into());
            out.push(Value::Object(waiver));
        }
    }
    Value::Array(out)
}

fn in_three_months() -> String {
    let (year, month, day) = today_utc();
    let (year, month) = if month > 9 { (year + 1, month - 9) } else { (year, month + 3) };
    format!("{year:04}-{month:02}-{:02}", day.min(28))
}
