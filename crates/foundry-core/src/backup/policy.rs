//! `backup/policy.yml`: where backups go, what is saved and how long it is kept, and what need not be saved.

use super::dump::{Dump, dumps};
use super::retention::Keep;
use crate::diag::{Span, Spanned};
use crate::load::env::ResolvedEnv;
use crate::model::TextFile;
use crate::yaml::{Limits, Node, parse};
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::sync::Arc;

/// How old the last backup may be where the policy does not say.
const SAVED_WITHIN: u64 = 2 * 86_400;
/// How old the last proved restore may be where the policy does not say.
const VERIFIED_WITHIN: u64 = 35 * 86_400;

/// A policy in one environment.
pub struct Policy {
    /// Its file.
    pub file: Arc<str>,
    /// Where backups go unless a profile says otherwise, in restic's words; secrets are still `${NAME}`.
    pub repository: Option<Spanned<String>>,
    /// Name of the value that is the repository's password.
    pub password: String,
    /// Names of values that restic gets as variables, such as the keys of an object store.
    pub variables: Vec<Spanned<String>>,
    /// How old the last backup of a domain may be, in seconds.
    pub saved_within: u64,
    /// How old the last proved restore of a domain may be, in seconds.
    pub verified_within: u64,
    /// When a timer runs, in systemd's words.
    pub schedule: Option<String>,
    /// Services that `verify` starts, by domain; none: only its files are compared.
    pub verify: HashMap<String, Vec<String>>,
    /// The profiles in file order.
    pub profiles: Vec<Profile>,
    /// Paths and volumes that are saved, values filled in.
    pub include: Vec<Included>,
    /// The same by path.
    pub saved: Paths,
    /// Paths and volumes that need not be saved, values filled in.
    pub ephemeral: Vec<String>,
    /// The same by path.
    pub not_saved: Paths,
}

/// A profile: what belongs together in one snapshot of a domain.
pub struct Profile {
    /// Its name and where it stands.
    pub name: Spanned<String>,
    /// A repository of its own.
    pub repository: Option<Spanned<String>>,
    /// How long its snapshots are kept.
    pub keep: Keep,
    /// Databases that are dumped first.
    pub dumps: Vec<Dump>,
    /// Programs that run before, paths below the registry.
    pub before: Vec<String>,
    /// Programs that run after, whether it went well or not.
    pub after: Vec<String>,
    /// Patterns of restic that are left out.
    pub exclude: Vec<String>,
}

/// Paths, and which of them stands above or below another one.
#[derive(Default)]
pub struct Paths {
    exact: HashMap<String, usize>,
    above: HashMap<String, usize>,
}

impl Paths {
    /// Adds a path under a number.
    pub fn add(&mut self, path: &str, number: usize) {
        for ancestor in ancestors(path) {
            self.above.entry(ancestor.to_owned()).or_insert(number);
        }
        self.exact.entry(path.trim_end_matches('/').to_owned()).or_insert(number);
    }

    /// Number of the path that is `path` or stands above it.
    pub fn covering(&self, path: &str) -> Option<usize> {
        ancestors(path).find_map(|ancestor| self.exact.get(ancestor).copied())
    }

    /// Number of a path that is `path` or stands below it.
    pub fn below(&self, path: &str) -> Option<usize> {
        self.above.get(path.trim_end_matches('/')).copied()
    }
}

/// The path itself, its folder, and so on up.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path.trim_end_matches('/')), |p| p.rsplit_once('/').map(|(folder, _)| folder))
}

/// One line of a profile's `include`.
pub struct Included {
    /// The path with values filled in.
    pub path: String,
    /// Where it is written.
    pub span: Span,
    /// What follows the last `${…}` as written: how a template would spell the end of the path.
    pub tail: String,
    /// Number of its profile.
    pub profile: usize,
    /// Whether the profile says how databases are dumped first, for any domain.
    pub dumps: bool,
}

/// Keys of a profile that say how databases are dumped before they are saved; `dumps` of ours names the domain.
const HOOKS: [&str; 4] = ["before", "dump", "tmp_dumps", "hooks"];

impl Policy {
    /// Number of the profile called `name`.
    pub fn profile(&self, name: &str) -> Option<usize> {
        self.profiles.iter().position(|p| p.name.value == name)
    }

    /// Where a profile's snapshots go.
    pub fn repository_of<'a>(&'a self, profile: &'a Profile) -> Option<&'a Spanned<String>> {
        profile.repository.as_ref().or(self.repository.as_ref())
    }
}

/// Reads the policy; what is wrong with its form was found when it was loaded.
pub fn read(file: &TextFile, env: &ResolvedEnv) -> Policy {
    let (documents, _) = parse(&file.path, &file.text, &Limits::default());
    let root = documents.first().map(AsRef::as_ref);
    let get = |key: &str| root.and_then(|r| r.get(key)).map(AsRef::as_ref);
    let text = |key: &str| get(key).and_then(Node::text).map(str::to_owned);
    let location = |node: &Node| node.spanned().map(|s| Spanned::new(expand(&s.value, env), s.span));
    let mut policy = Policy {
        file: file.path.clone(),
        repository: get("repository").and_then(location),
        password: text("password").unwrap_or_else(|| "RESTIC_PASSWORD".to_owned()),
        variables: get("environment").map(Node::texts).unwrap_or_default(),
        saved_within: text("saved_within").and_then(|t| seconds(&t)).unwrap_or(SAVED_WITHIN),
        verified_within: text("verified_within").and_then(|t| seconds(&t)).unwrap_or(VERIFIED_WITHIN),
        schedule: text("schedule"),
        verify: verify(get("verify")),
        profiles: Vec::new(),
        include: Vec::new(),
        saved: Paths::default(),
        ephemeral: Vec::new(),
        not_saved: Paths::default(),
    };
    for entry in get("backups").map(Node::entries).unwrap_or_default() {
        let Some(name) = entry.key.spanned() else { continue };
        policy.add(name, &entry.value, env);
    }
    for (number, included) in policy.include.iter().enumerate() {
        policy.saved.add(named(&included.path), number);
    }
    for text in texts(get("ephemeral")) {
        let path = named(&expand(&text.value, env)).to_owned();
        policy.not_saved.add(&path, 0);
        policy.ephemeral.push(path);
    }
    policy
}

impl Policy {
    fn add(&mut self, name: Spanned<String>, node: &Node, env: &ResolvedEnv) {
        let filled = |key: &str| node.get(key).is_some_and(|n| !n.is_null() && n.bool() != Some(false));
        let list = |key: &str| -> Vec<String> {
            let texts = node.get(key).map(|n| n.texts()).unwrap_or_default();
            texts.into_iter().map(|t| expand(&t.value, env)).collect()
        };
        for key in ["include", "volumes"] {
            for text in texts(node.get(key).map(AsRef::as_ref)) {
                self.include.push(Included {
                    path: expand(&text.value, env),
                    tail: text.value.rsplit('}').next().unwrap_or_default().to_owned(),
                    span: text.span,
                    profile: self.profiles.len(),
                    dumps: HOOKS.iter().any(|key| filled(key)),
                });
            }
        }
        let repository = node.get("repository").and_then(|n| n.spanned());
        self.profiles.push(Profile {
            name,
            repository: repository.map(|r| Spanned::new(expand(&r.value, env), r.span)),
            keep: Keep::read(node.get("keep").map(AsRef::as_ref)),
            dumps: dumps(node.get("dumps").map(AsRef::as_ref)),
            before: list("before"),
            after: list("after"),
            exclude: list("exclude"),
        });
    }
}

fn verify(node: Option<&Node>) -> HashMap<String, Vec<String>> {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    let services = |n: &Node| n.texts().into_iter().map(|t| t.value).collect();
    entries.filter_map(|e| Some((e.key.text()?.to_owned(), services(&e.value)))).collect()
}

/// `36h`, `30d`, `6w` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// A path, or the name of a volume without `volume:` or Docker's folder before it.
pub fn named(path: &str) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_units() {
        let given = ["90m", "36h", "2d", "6w", "2", "d", "", "1y", "é"];
        let read = given.map(seconds);
        let want = [Some(5400), Some(129_600), Some(172_800), Some(3_628_800), None, None, None, None, None];
        assert_eq!(read, want);
    }
}
