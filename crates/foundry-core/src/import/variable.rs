//! `${VAR}` of a Compose file: which names it speaks of, and the rendered `.env` that says what they are.

use super::text::verbatim;
use super::{Value, Work, secret};
use crate::load::env::looks_secret;
use crate::yaml::{Kind, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Set by Compose itself.
const OWN: &str = "COMPOSE_PROJECT_NAME";

/// Names of all variables that the texts of a Compose file speak of, those without value under `environment` included.
pub fn names_used(root: &Node) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(root, &mut names);
    for service in root.get("services").map(|n| n.entries()).unwrap_or_default() {
        let build = service.value.get("build").and_then(|b| b.get("args"));
        for list in [service.value.get("environment"), build].into_iter().flatten() {
            let empty = list.entries().iter().filter(|e| e.value.is_null()).filter_map(|e| e.key.text());
            let bare = list.items().iter().filter_map(|n| n.text()).filter(|text| !text.contains(['=', '$']));
            names.extend(empty.chain(bare).map(str::to_owned));
        }
    }
    names.remove(OWN);
    names
}

fn walk(node: &Node, names: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Scalar { text, .. } => names.extend(names_in(text)),
        Kind::Sequence(items) => items.iter().for_each(|item| walk(item, names)),
        Kind::Mapping(entries) => entries.iter().for_each(|entry| walk(&entry.value, names)),
    }
}

/// The names behind `$` and `${` in one text, in defaults too; `$$` is a dollar.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let tail = &rest[at + 1..];
        if let Some(after) = tail.strip_prefix('$') {
            rest = after;
            continue;
        }
        let tail = tail.strip_prefix('{').unwrap_or(tail);
        let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
        if tail.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            names.push(tail[..end].to_owned());
            rest = &tail[end..];
        } else {
            rest = tail;
        }
    }
    names
}

impl Work<'_> {
    /// The template of `.env`: each variable from its key in the registry. Empty when no variable is used and set.
    pub(super) fn dotenv(&mut self, names: &BTreeSet<String>, literal: &secret::Literal) -> String {
        let mut set: BTreeMap<&String, &String> = BTreeMap::new();
        for name in names {
            let value = literal.values.get(name).or_else(|| self.source.variables.get(name));
            if let Some(value) = value {
                set.insert(name, value);
            }
        }
        let mut out = String::new();
        for (name, value) in set {
            let secret = literal.secret.contains(name) || looks_secret(name);
            let line = self.line(name, value, secret);
            out.push_str(&line);
        }
        if out.is_empty() {
            return out;
        }
        format!("# What Compose puts in place of the variables of compose.yml.\n{out}")
    }

    /// `NAME='{{ KEY }}'`, with its value put aside for the registry; a finding for what no env file can hold.
    pub(super) fn line(&mut self, name: &str, value: &str, secret: bool) -> String {
        if value.is_empty() {
            return format!("{name}=\n");
        }
        let quote = match value {
            v if v.contains(['\n', '\r', '\0']) => None,
            v if v.contains("${") || v.trim() != v => None,
            v if !v.contains('\'') => Some('\''),
            v if !v.contains(['"', '$', '\\', '`']) => Some('"'),
            _ => None,
        };
        let Some(quote) = quote else {
            let span = crate::diag::Span::file(self.source.file.clone());
            let message = format!(
                "the value of {name} has several lines, blanks at an end, both kinds of quotes, or `${{`: no env file can hold it"
            );
            self.refuse(&span, message, format!("put {name} into a file that the service mounts"));
            return String::new();
        };
        let key = self.key(name, value, secret);
        let mut line = String::new();
        let _ = writeln!(line, "{}={quote}{{{{ {key} }}}}{quote}", verbatim(name));
        line
    }

    /// The key in the registry for `name`: it begins with the domain's name, and nobody else has it.
    fn key(&mut self, name: &str, value: &str, secret: bool) -> String {
        let prefix = format!("{}_", self.source.domain.replace('-', "_").to_uppercase());
        let prefix =
            if prefix.starts_with(|c: char| c.is_ascii_digit()) { format!("_{prefix}") } else { prefix };
        let name_up = name.to_uppercase();
        let wanted = if name_up.starts_with(&prefix) { name_up } else { format!("{prefix}{name_up}") };
        let mut key = wanted.clone();
        let mut number = 1;
        loop {
            match self.out.values.iter().find(|v| v.key == key) {
                Some(same) if same.value == value && same.secret == secret => return key,
                None if self.source.taken.get(&key).is_none_or(|held| !secret && held == value) => break,
                _ => {
                    number += 1;
                    key = format!("{wanted}_{number}");
                }
            }
        }
        self.out.values.push(Value {
            key: key.clone(),
            was: name.to_owned(),
            value: value.to_owned(),
            secret,
        });
        key
    }
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn names_stand_behind_dollars_and_in_defaults() {
        assert_eq!(names_in("a $B ${C:-${D?x $E}} $$F ${_g} $1 $"), ["B", "C", "D", "E", "_g"]);
    }
}
