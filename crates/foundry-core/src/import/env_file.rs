//! Files of variables: templates beside the Compose file, with their secrets from the vault.

use super::Work;
use super::text::{quoted, verbatim};
use super::variable::names_in;
use crate::check::is_literal;
use crate::compose::{clean_path, interpolated};
use crate::load::env::looks_secret;
use crate::yaml::{Kind, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A file of variables on its way into the domain.
pub(super) struct Carried {
    /// Name beside the Compose file.
    pub name: String,
    /// Its template.
    pub template: String,
    /// Variables that it speaks of itself.
    pub names: BTreeSet<String>,
}

impl Work<'_> {
    /// Every file of variables that a service reads; the template points to ours.
    pub(super) fn env_files(&mut self) -> Vec<Carried> {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut carried = Vec::new();
        for (_, service) in self.services() {
            let Some(list) = service.get("env_file").filter(|n| !n.is_null()) else { continue };
            let all = if list.text().is_some() { vec![list.clone()] } else { list.items().to_vec() };
            for item in all {
                self.one(&item, &mut names, &mut carried);
            }
        }
        carried
    }

    fn one(&mut self, item: &Arc<Node>, names: &mut BTreeMap<String, String>, carried: &mut Vec<Carried>) {
        let path = if let Kind::Mapping(_) = item.kind { item.get("path") } else { Some(item) };
        let Some(path) = path.filter(|p| p.text().is_some()) else { return };
        let written = path.text().unwrap_or_default();
        let full = match interpolated(written, self.source.variables) {
            Some(text) if text.starts_with('/') => clean_path(&text),
            Some(text) => clean_path(&format!("{}/{text}", self.source.folder)),
            None => return,
        };
        let raw = item.get("format").and_then(|n| n.text()) == Some("raw");
        let Some((text, values)) = self.source.env_files.get(&full).filter(|_| !raw) else {
            let new = self.absolute(written);
            self.splices.put(&path.span, quoted(&new));
            self.note(
                &path.span,
                format!("{written} stays where it is: it is missing, or of the format raw"),
            );
            return;
        };
        if let Some(name) = names.get(&full) {
            self.splices.put(&path.span, quoted(&format!("./{name}")));
            return;
        }
        let base = full.rsplit('/').next().unwrap_or("variables.env");
        let base = if base.is_empty() || base == ".env" { "variables.env" } else { base };
        let base = base.trim_start_matches('.').to_owned();
        let taken = |name: &str| names.values().any(|other| other == name) || name.starts_with("compose.");
        let mut name = base.clone();
        let mut number = 1;
        while taken(&name) {
            number += 1;
            name = format!("{number}-{base}");
        }
        let (template, used) = self.template(text, values);
        self.splices.put(&path.span, quoted(&format!("./{}", verbatim(&name))));
        self.note(&path.span, format!("{written} becomes a template of the domain: {name}.j2"));
        names.insert(full, name.clone());
        carried.push(Carried { name, template, names: used });
    }

    /// The text with secrets taken out, line by line; from its values alone where a line is not a plain one.
    fn template(&mut self, text: &str, values: &BTreeMap<String, String>) -> (String, BTreeSet<String>) {
        let mut out = String::new();
        let mut used = BTreeSet::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for line in text.lines() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                out.push_str(&verbatim(line));
                out.push('\n');
                continue;
            }
            let assignment = content.strip_prefix("export ").unwrap_or(content);
            let (key, raw) = assignment.split_once('=').unwrap_or((assignment, ""));
            let (key, raw) = (key.trim(), raw.trim());
            let Some(value) = values.get(key) else {
                if assignment.contains('=') {
                    return (self.rewritten(values), BTreeSet::new());
                }
                // A name alone is passed on from outside, or not at all.
                out.push_str(&format!("{}\n", verbatim(line)));
                continue;
            };
            seen.insert(key);
            let whole = raw == value || raw == format!("'{value}'") || raw == format!("\"{value}\"");
            let names = names_in(raw);
            if looks_secret(key) && is_literal(value) {
                out.push_str(&self.line(key, value, true));
            } else if whole || !names.is_empty() && !raw.starts_with('\'') {
                used.extend(names);
                out.push_str(&format!("{}\n", verbatim(line)));
            } else {
                out.push_str(&literal_line(key, value));
            }
        }
        if values.keys().any(|key| !seen.contains(key.as_str())) {
            return (self.rewritten(values), BTreeSet::new());
        }
        (out, used)
    }

    fn rewritten(&mut self, values: &BTreeMap<String, String>) -> String {
        let mut out = String::new();
        for (key, value) in values {
            match looks_secret(key) && is_literal(value) {
                true => out.push_str(&self.line(key, value, true)),
                false => out.push_str(&literal_line(key, value)),
            }
        }
        out
    }
}

/// `KEY='value'`, so that Compose reads exactly that.
fn literal_line(key: &str, value: &str) -> String {
    let text = match value.contains('\'') {
        false => format!("'{value}'"),
        true => {
            let escaped =
                value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
            format!("\"{escaped}\"")
        }
    };
    format!("{}={}\n", verbatim(key), verbatim(&text))
}
