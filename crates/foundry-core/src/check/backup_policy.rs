//! `backup/policy.yml`: what is saved, and what need not be.

use crate::diag::{Findings, Span, Spanned};
use crate::load::env::ResolvedEnv;
use crate::model::TextFile;
use crate::yaml::{Limits, Node, parse};
use secrecy::ExposeSecret;
use std::collections::{BTreeSet, HashMap};

/// A policy in one environment.
#[derive(Default)]
pub(super) struct Policy {
    /// Names of the profiles.
    pub(super) profiles: BTreeSet<String>,
    /// Paths and volumes that are saved, values filled in.
    pub(super) include: Vec<Included>,
    /// The same by path.
    pub(super) saved: Paths,
    /// Paths and volumes that need not be saved.
    pub(super) ephemeral: Paths,
}

/// Paths, and which of them stands above or below another one.
#[derive(Default)]
pub(super) struct Paths {
    exact: HashMap<String, usize>,
    above: HashMap<String, usize>,
}

impl Paths {
    /// Adds a path under a number.
    pub(super) fn add(&mut self, path: &str, number: usize) {
        for ancestor in ancestors(path) {
            self.above.entry(ancestor.to_owned()).or_insert(number);
        }
        self.exact.entry(path.trim_end_matches('/').to_owned()).or_insert(number);
    }

    /// Number of the path that is `path` or stands above it.
    pub(super) fn covering(&self, path: &str) -> Option<usize> {
        ancestors(path).find_map(|ancestor| self.exact.get(ancestor).copied())
    }

    /// Number of a path that is `path` or stands below it.
    pub(super) fn below(&self, path: &str) -> Option<usize> {
        self.above.get(path.trim_end_matches('/')).copied()
    }
}

/// The path itself, its folder, and so on up.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path.trim_end_matches('/')), |p| p.rsplit_once('/').map(|(folder, _)| folder))
}

/// One line of a profile's `include`.
pub(super) struct Included {
    /// The path with values filled in.
    pub(super) path: String,
    /// Where it is written.
    pub(super) span: Span,
    /// What follows the last `${…}` as written: how a template would spell the end of the path.
    pub(super) tail: String,
    /// Whether the profile says how databases are dumped first.
    pub(super) dumps: bool,
}

/// Keys of a profile that say how databases are dumped before they are saved.
const HOOKS: [&str; 5] = ["before", "dump", "dumps", "tmp_dumps", "hooks"];

/// Reads the policy; what is wrong with its YAML is a finding.
pub(super) fn read(file: &TextFile, env: &ResolvedEnv, out: &mut Findings) -> Policy {
    let (documents, findings) = parse(&file.path, &file.text, &Limits::default());
    out.extend(findings);
    let mut policy = Policy::default();
    let Some(root) = documents.first() else { return policy };
    for profile in root.get("backups").map(|n| n.entries()).unwrap_or_default() {
        policy.profiles.extend(profile.key.text().map(str::to_owned));
        let filled =
            |key: &str| profile.value.get(key).is_some_and(|n| !n.is_null() && n.bool() != Some(false));
        let dumps = HOOKS.iter().any(|key| filled(key));
        for key in ["include", "volumes"] {
            for text in texts(profile.value.get(key).map(AsRef::as_ref)) {
                policy.include.push(Included {
                    path: expand(&text.value, env),
                    tail: text.value.rsplit('}').next().unwrap_or_default().to_owned(),
                    span: text.span,
                    dumps,
                });
            }
        }
    }
    for (number, included) in policy.include.iter().enumerate() {
        policy.saved.add(named(&included.path), number);
    }
    for text in texts(root.get("ephemeral").map(AsRef::as_ref)) {
        policy.ephemeral.add(named(&expand(&text.value, env)), 0);
    }
    policy
}

/// A path, or the name of a volume without `volume:` or Docker's folder before it.
pub(super) fn named(path: &str) -> &str {
    let volume = path.strip_prefix("volume:").or_else(|| path.strip_prefix("/var/lib/docker/volumes/"));
    volume.map_or(path, |name| name.split('/').next().unwrap_or(name))
}

/// The texts of a list; of a mapping in it, its `path` or `volume`.
fn texts(list: Option<&Node>) -> Vec<Spanned<String>> {
    let items = list.map(|n| n.items()).unwrap_or_default();
    let text = |node: &Node| node.get("path").or_else(|| node.get("volume")).and_then(|n| n.spanned());
    items.iter().filter_map(|node| node.spanned().or_else(|| text(node))).collect()
}

/// `${NAME}` with the environment's values; secrets and unknown names stay as they are.
fn expand(text: &str, env: &ResolvedEnv) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('}').map(|i| i + start) else { break };
        match env.get(&rest[start + 2..end]).filter(|v| !v.secret) {
            Some(value) => out.push_str(value.value.expose_secret()),
            None => out.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}
