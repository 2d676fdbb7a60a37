//! Secrets that stand in the file itself: out of the text, into a variable, and from there into the vault.

use super::Work;
use super::text::quoted;
use super::variable::names_in;
use crate::check::{is_literal, option_with_literal};
use crate::diag::Span;
use crate::load::env::looks_secret;
use crate::yaml::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was found.
#[derive(Default)]
pub(super) struct Literal {
    /// Variables that stand for literals now, and their values.
    pub values: BTreeMap<String, String>,
    /// Variables whose values are secret, whatever their names say.
    pub secret: BTreeSet<String>,
}

/// One `KEY: value` or `- KEY=value`.
struct Pair {
    key: String,
    raw: String,
    span: Span,
    in_list: bool,
}

impl Work<'_> {
    /// Environment variables, build arguments and labels whose names or values say that they are secret.
    pub(super) fn secrets(&mut self) -> Literal {
        let mut found = Literal::default();
        for (name, service) in self.services() {
            let args = service.get("build").and_then(|b| b.get("args"));
            for list in [service.get("environment"), args, service.get("labels")].into_iter().flatten() {
                for pair in pairs(list) {
                    self.pair(&name, &pair, &mut found);
                }
            }
            for key in ["command", "entrypoint"] {
                self.command(&name, service.get(key), &mut found);
            }
            self.command(&name, service.get("healthcheck").and_then(|h| h.get("test")), &mut found);
        }
        found
    }

    fn pair(&mut self, service: &str, pair: &Pair, found: &mut Literal) {
        let credentials = password_in_url(&pair.raw);
        let names = names_in(&pair.raw);
        let in_url = credentials.is_some_and(|password| password.contains('$'));
        if looks_secret(&pair.key) || in_url {
            let named: Vec<String> = match credentials {
                Some(password) => names_in(password),
                None => names.clone(),
            };
            found.secret.extend(named);
        }
        let Some(value) = crate::compose::interpolated(&pair.raw, self.source.variables) else { return };
        // A default behind `:-` is a literal, too.
        let literal = match credentials {
            Some(password) => !is_reference(password),
            None => looks_secret(&pair.key) && !is_reference(&pair.raw) && is_literal(&value),
        };
        if !literal || self.splices.has(&pair.span) {
            return;
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let key: String = pair.key.chars().map(plain).collect();
        let other = |name: &String, found: &Literal| {
            let known = found.values.get(name).or_else(|| self.source.variables.get(name));
            known.is_some_and(|known| *known != value)
        };
        let mut variable = key.clone();
        if other(&variable, found) || variable.starts_with(|c: char| c.is_ascii_digit()) {
            let owner: String = service.chars().map(plain).collect();
            variable = format!("{}_{key}", owner.to_uppercase());
        }
        while other(&variable, found) || variable.starts_with(|c: char| c.is_ascii_digit()) {
            variable = format!("_{variable}");
        }
        let text = match pair.in_list {
            true => format!("{}=${{{variable}}}", super::text::verbatim(&pair.key)),
            false => format!("${{{variable}}}"),
        };
        self.splices.put(&pair.span, quoted(&text));
        self.note(&pair.span, format!("{} of {service} stands here no more: it is a secret", pair.key));
        found.secret.insert(variable.clone());
        found.values.insert(variable, value);
    }

    /// A secret in a command line is in every process list, so it stays the person's to mend; a variable is not.
    fn command(&mut self, service: &str, node: Option<&Arc<Node>>, found: &mut Literal) {
        let Some(node) = node else { return };
        let words: Vec<String> = match node.text() {
            Some(text) => vec![text.to_owned()],
            None => node.texts().into_iter().map(|t| t.value).collect(),
        };
        if let Some(option) = option_with_literal(&words) {
            let message = format!("the command line of {service} has a secret behind `{option}`");
            let help =
                "write ${NAME} there and NAME=… into .env beside the file; it goes into the vault then";
            self.refuse(&node.span.clone(), message, help);
        }
        let all: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        for pair in all.windows(2) {
            if crate::check::is_secret_option(pair[0]) {
                found.secret.extend(names_in(pair[1]));
            }
        }
    }
}

/// Whether a text is one variable and nothing else: `$NAME`, `${NAME}`, `${NAME:?message}`.
fn is_reference(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$').filter(|rest| !rest.starts_with('$')) else { return false };
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match rest.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        Some(inner) => {
            let end = inner.find([':', '?']).unwrap_or(inner.len());
            plain(&inner[..end])
                && matches!(inner[end..].trim_start_matches(':').chars().next(), None | Some('?'))
        }
        None => plain(rest),
    }
}

fn pairs(list: &Arc<Node>) -> Vec<Pair> {
    let mapping = list.entries().iter().filter_map(|entry| {
        let (key, raw) = (entry.key.text()?.to_owned(), entry.value.text()?.to_owned());
        Some(Pair { key, raw, span: entry.value.span.clone(), in_list: false })
    });
    let items = list.items().iter().filter_map(|item| {
        let (key, raw) = item.text()?.split_once('=')?;
        Some(Pair { key: key.to_owned(), raw: raw.to_owned(), span: item.span.clone(), in_list: true })
    });
    mapping.chain(items).collect()
}

/// The password of `scheme://user:password@host`.
fn password_in_url(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A default of a variable may have a slash or colon of its own.
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    (!password.is_empty()).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::{is_reference, password_in_url};

    #[test]
    fn references_are_one_variable_without_a_default() {
        for yes in ["$A", "${A}", "${A:?set it}", "${A?x}"] {
            assert!(is_reference(yes), "{yes}");
        }
        for no in ["", "a", "$$A", "${A:-x}", "${A-x}", "x${A}", "${A}${B}", "$A b"] {
            assert!(!is_reference(no), "{no}");
        }
    }

    #[test]
    fn passwords_of_addresses() {
        assert_eq!(password_in_url("postgres://app:hush@db:5432/app"), Some("hush"));
        assert_eq!(password_in_url("redis://:hush@cache"), Some("hush"));
        assert_eq!(password_in_url("http://app:${PW}@db"), Some("${PW}"));
        for none in ["http://host:80/", "http://user@host/", "a:b@c", "http://h/x:y@z"] {
            assert_eq!(password_in_url(none), None, "{none}");
        }
    }
}
