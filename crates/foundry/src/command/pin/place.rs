//! Finds where an image is set, by trying: a change is right when it has this effect on the rendered files and no other.

use super::images::{Images, User, images_of};
use crate::rewrite::{Rewrite, refused};
use crate::scope::EnvScope;
use crate::session::{Loaded, Session};
use foundry_core::edit::set_env;
use foundry_core::load::env::ResolvedEnv;
use foundry_core::model::LayerKind;
use foundry_core::pin::{Edit, Reference, proposals};
use foundry_runtime::error::Result;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// What a search needs.
pub struct Search<'a> {
    pub session: &'a Session,
    pub loaded: &'a Loaded,
    pub scope: &'a EnvScope,
    /// The merged values of each environment.
    pub values: BTreeMap<String, ResolvedEnv>,
}

/// How an image is to be written.
pub struct Wanted<'a> {
    pub image: &'a Reference,
    pub tag: &'a str,
    pub digest: Option<&'a str>,
}

impl Search<'_> {
    /// Changes every place that makes `wanted.image`. Gives the rewrite and the images after it, or what is in the way.
    pub fn change<'l>(
        &self,
        rewrite: &Rewrite<'l>,
        images: &Images,
        wanted: &Wanted<'_>,
    ) -> Result<std::result::Result<(Rewrite<'l>, Images), String>> {
        let (mut rewrite, mut images) = (rewrite.clone(), images.clone());
        let new = wanted.image.with(wanted.tag, wanted.digest);
        while let Some(user) = first(&images, &wanted.image.written) {
            let mut also = None;
            let mut found = None;
            for edits in self.proposals(&user, wanted) {
                let Some(tried) = self.apply(&rewrite, &user, &edits)? else { continue };
                let names = self.values.keys().cloned();
                let after = images_of(self.session, &tried.outcome(), self.scope, names)?;
                let other = images.iter().find(|(user, image)| {
                    let now = after.get(user);
                    now != Some(image) && !(**image == wanted.image.written && now == Some(&new))
                });
                if after.get(&user) != Some(&new) {
                    continue;
                }
                match other {
                    Some((other, image)) => {
                        also = Some(format!("{}/{} ({image})", other.domain, other.service))
                    }
                    None => {
                        found = Some((tried, after));
                        break;
                    }
                }
            }
            match (found, also) {
                (Some((tried, after)), _) => (rewrite, images) = (tried, after),
                (None, Some(also)) => return Ok(Err(format!("the same value also makes {also}"))),
                (None, None) => {
                    return Ok(Err(format!(
                        "the place that sets it for {}/{} in {} is not found",
                        user.domain, user.service, user.environment
                    )));
                }
            }
        }
        Ok(Ok((rewrite, images)))
    }

    fn proposals(&self, user: &User, wanted: &Wanted<'_>) -> Vec<Vec<Edit>> {
        let Some(env) = self.values.get(&user.environment) else { return Vec::new() };
        let writable = |kind: LayerKind| !matches!(kind, LayerKind::Vault | LayerKind::Extra);
        let open = env.values.iter().filter(|(_, v)| !v.secret && writable(v.layers[0].kind));
        let values: Vec<(&str, &str)> =
            open.map(|(key, v)| (key.as_str(), v.layers[0].raw.expose_secret())).collect();
        proposals(wanted.image, wanted.tag, wanted.digest, &values)
    }

    /// The rewrite with these edits; `None` when one of them finds nothing to change.
    fn apply<'l>(&self, rewrite: &Rewrite<'l>, user: &User, edits: &[Edit]) -> Result<Option<Rewrite<'l>>> {
        let mut tried = rewrite.clone();
        for edit in edits {
            match edit {
                Edit::Env { key, value } => {
                    let layers = self.values.get(&user.environment).and_then(|env| env.get(key));
                    let Some(file) = layers.map(|v| v.layers[0].file.clone()) else { return Ok(None) };
                    let Ok(text) = set_env(&tried.text(&file)?, key, value).map_err(refused) else {
                        return Ok(None);
                    };
                    tried.put(&file, text);
                }
                Edit::Template { old, new } => {
                    let registry = &self.loaded.registry;
                    let own = registry.templates.get(&user.domain).into_iter().flatten();
                    let included = registry.includes.get(&user.domain).into_iter().flatten();
                    let mut any = false;
                    for template in own.chain(included).chain(&registry.machine_templates) {
                        let before = tried.text(&template.path)?;
                        let after = replaced(&before, old, new);
                        any |= before != after;
                        tried.put(&template.path, after);
                    }
                    if !any {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(tried))
    }
}

fn first(images: &Images, image: &str) -> Option<User> {
    images.iter().find(|(_, other)| *other == image).map(|(user, _)| user.clone())
}

/// `old` as a word of its own becomes `new`, except in comments.
fn replaced(text: &str, old: &str, new: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let line = |line: &str| {
        if line.trim_start().starts_with('#') {
            return line.to_owned();
        }
        let (mut out, mut rest) = (String::new(), line);
        while let Some(at) = rest.find(old) {
            let (before, after) = (&rest[..at], &rest[at + old.len()..]);
            // A digest stands behind `@`.
            let begins = old.starts_with("sha256:") || !before.ends_with(part);
            let whole = begins && !after.starts_with(part);
            out.push_str(before);
            out.push_str(if whole { new } else { old });
            rest = after;
        }
        out + rest
    };
    text.split_inclusive('\n').map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_whole_words_and_no_comments() {
        let text = "# db:1.0 is old\n a: db:1.0\n b: \"db:1.0\"\n c: x/db:1.0 db:1.0.1 my-db:1.0 # db:1.0\n";
        let wanted = "# db:1.0 is old\n a: db:2\n b: \"db:2\"\n c: x/db:1.0 db:1.0.1 my-db:1.0 # db:2\n";
        assert_eq!(replaced(text, "db:1.0", "db:2"), wanted);
        assert_eq!(replaced("x@sha256:1", "sha256:1", "sha256:2"), "x@sha256:2");
    }
}
