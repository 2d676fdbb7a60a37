//! TOF-001: providers and modules of Terraform and OpenTofu are pinned.

use super::ignore::Ignore;
use super::{Phase, Rule};
use crate::diag::{Finding, Findings, Severity, Span};
use crate::model::{Registry, TextFile};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "TOF-001",
    severity: Severity::Error,
    phase: Phase::Registry,
    title: "every provider and every module has a pinned version",
    why: "Without an upper bound (`>= 5.0`, or nothing at all) the next run on another machine takes whatever was \
          released meanwhile. Pinned are `5.3.0`, `~> 5.3` and ranges with an upper bound; a module from Git has \
          `?ref=`, one from a registry has `version`, one in this repository needs neither. The lock file is not \
          ignored.",
    fix: "write an exact version or `~>`; `?ref=` for modules from Git",
    bad: "\
-- config-registry/env/domains.yml --
domains: []
-- infra/main.tf --
terraform {
  required_providers {
    aws = { source = \"hashicorp/aws\", version = \">= 5.0\" }
#                                               ^^^^^^^^ error TOF-001: version `>= 5.0` of provider `aws` has no upper bound
  }
}
module \"dns\" {
  source = \"git::https://git.example.org/dns.git\"
#          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error TOF-001: module `dns` comes from Git without `?ref=`
}
",
    good: "\
-- config-registry/env/domains.yml --
domains: []
-- infra/main.tf --
terraform {
  required_providers {
    aws = { source = \"hashicorp/aws\", version = \"~> 5.95\" }
  }
}
module \"dns\" {
  source = \"git::https://git.example.org/dns.git?ref=v1.2.0\"
}
",
}];

/// Pins of providers and modules below `infra/`; part of [`super::registry`].
pub fn terraform(registry: &Registry) -> Findings {
    let mut out = Findings::new();
    let mut folders: BTreeMap<&str, Folder<'_>> = BTreeMap::new();
    for file in &registry.terraform {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match hcl_edit::parser::parse_body(&file.text) {
            Ok(body) => folders.entry(folder).or_default().read(file, &body, &mut out),
            Err(error) => {
                let at = error.location().offset();
                let span = Span::in_text(file.path.clone(), &file.text, at, at + 1);
                out.push(
                    Finding::error("TOF-001", &span, format!("cannot be read: {}", error.message()))
                        .help("run `terraform fmt` or `tofu fmt` on it"),
                );
            }
        }
    }
    for folder in folders.values() {
        folder.undeclared(&mut out);
    }
    if let Some(gitignore) = &registry.gitignore {
        let ignore = Ignore::new(gitignore);
        let locks = folders.keys().map(|folder| format!("{folder}/.terraform.lock.hcl"));
        if let Some(line) = locks.into_iter().find_map(|lock| ignore.matches(&lock)) {
            let message = "Git ignores .terraform.lock.hcl, which pins the providers' exact builds";
            out.push(Finding::error("TOF-001", &line, message).help("remove this line, and commit the file"));
        }
    }
    out
}

/// What the files of one folder, which make one module, say together.
#[derive(Default)]
struct Folder<'a> {
    declared: BTreeSet<String>,
    configured: Vec<(String, Range<usize>, Option<&'a TextFile>)>,
}

impl<'a> Folder<'a> {
    fn read(&mut self, file: &'a TextFile, body: &Body, out: &mut Findings) {
        for block in body.blocks() {
            let label = block.labels.first().map(|l| l.as_str().to_owned());
            match (block.ident.as_str(), label) {
                ("terraform", _) => {
                    for required in block.body.get_blocks("required_providers") {
                        self.required(file, required, out);
                    }
                }
                ("provider", Some(name)) => match text(block, "version") {
                    Some((version, range)) => {
                        self.declared.insert(name.clone());
                        version_of(file, "provider", &name, &version, range, out);
                    }
                    None => self.configured.push((name, place(block), Some(file))),
                },
                ("module", Some(name)) => module(file, block, &name, out),
                _ => {}
            }
        }
    }

    fn required(&mut self, file: &TextFile, block: &Block, out: &mut Findings) {
        for attribute in block.body.attributes() {
            let name = attribute.key.as_str().to_owned();
            let range = attribute.key.span().unwrap_or_default();
            self.declared.insert(name.clone());
            let version = match &attribute.value {
                Expression::String(version) => Some((version.to_string(), attribute.value.span())),
                Expression::Object(object) => object.iter().find_map(|(key, value)| {
                    let named = matches!(key, ObjectKey::Ident(ident) if ident.as_str() == "version")
                        || matches!(key, ObjectKey::Expression(Expression::String(s)) if s.as_str() == "version");
                    let version = value.expr().as_str().filter(|_| named)?;
                    Some((version.to_owned(), value.expr().span()))
                }),
                _ => None,
            };
            match version {
                Some((version, at)) => {
                    version_of(file, "provider", &name, &version, at.unwrap_or(range), out);
                }
                None => no_version(file, "provider", &name, range, out),
            }
        }
    }

    /// Providers that are configured and for which nothing asks for a version.
    fn undeclared(&self, out: &mut Findings) {
        for (name, range, file) in self.configured.iter().filter(|(name, ..)| !self.declared.contains(name)) {
            if let Some(file) = file {
                no_version(file, "provider", name, range.clone(), out);
            }
        }
    }
}

fn module(file: &TextFile, block: &Block, name: &str, out: &mut Findings) {
    let Some((source, range)) = text(block, "source") else { return };
    match origin(&source) {
        Origin::Local | Origin::Archive => {}
        Origin::Git if source.contains("?ref=") || source.contains("&ref=") => {}
        Origin::Git => {
            let message = format!("module `{name}` comes from Git without `?ref=`");
            let span = Span::in_text(file.path.clone(), &file.text, range.start, range.end);
            out.push(Finding::error("TOF-001", &span, message).help("append ?ref= and a tag or commit"));
        }
        Origin::Registry => match text(block, "version") {
            Some((version, at)) => version_of(file, "module", name, &version, at, out),
            None => no_version(file, "module", name, range, out),
        },
    }
}

/// Where a module comes from.
enum Origin {
    Local,
    Git,
    Archive,
    Registry,
}

fn origin(source: &str) -> Origin {
    let path = source.split('?').next().unwrap_or(source);
    let hosted = ["github.com/", "gitlab.com/", "bitbucket.org/", "codeberg.org/"]
        .iter()
        .any(|h| source.starts_with(h));
    if source.starts_with("./") || source.starts_with("../") || source.starts_with('/') {
        Origin::Local
    } else if source.starts_with("git::") || source.starts_with("git@") || hosted || path.ends_with(".git") {
        Origin::Git
    } else if source.contains("://") || source.contains("::") {
        Origin::Archive
    } else {
        Origin::Registry
    }
}

fn version_of(
    file: &TextFile,
    kind: &str,
    name: &str,
    version: &str,
    range: Range<usize>,
    out: &mut Findings,
) {
    let bounded = version.split(',').map(str::trim).any(|part| {
        part.starts_with("~>")
            || part.starts_with('<')
            || part.starts_with(|c: char| c == '=' || c.is_ascii_digit())
    });
    if !bounded {
        let span = Span::in_text(file.path.clone(), &file.text, range.start, range.end);
        let message = format!("version `{version}` of {kind} `{name}` has no upper bound");
        out.push(Finding::error("TOF-001", &span, message).help("write an exact version, or ~>"));
    }
}

fn no_version(file: &TextFile, kind: &str, name: &str, range: Range<usize>, out: &mut Findings) {
    let span = Span::in_text(file.path.clone(), &file.text, range.start, range.end);
    let help = match kind {
        "provider" => "add it to required_providers with an exact version, or ~>",
        _ => "add `version` with an exact version, or ~>",
    };
    out.push(Finding::error("TOF-001", &span, format!("{kind} `{name}` has no version")).help(help));
}

/// A plain text attribute of a block, with its place.
fn text(block: &Block, key: &str) -> Option<(String, Range<usize>)> {
    let attribute = block.body.get_attribute(key)?;
    let text = attribute.value.as_str()?.to_owned();
    Some((text, attribute.value.span().unwrap_or_default()))
}

/// The first line of a block.
fn place(block: &Block) -> Range<usize> {
    let start = block.ident.span().unwrap_or_default().start;
    let end = block.labels.iter().filter_map(|l| match l {
        hcl_edit::structure::BlockLabel::String(s) => s.span(),
        hcl_edit::structure::BlockLabel::Ident(i) => i.span(),
    });
    start..end.map(|r| r.end).max().unwrap_or(start + 1)
}
