//! One value of a compose file to its normal form, by the kind that the table of keys gives it.

use super::keys::{Kind, keys};
use super::{lists, mounts, ports, units, words};
use crate::diag::{Finding, Findings, Span};
use crate::yaml::Node;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// Reads values and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub findings: Findings,
    pub variables: &'a BTreeMap<String, String>,
}

impl Reader<'_> {
    /// The mapping `node` by the keys of `section`; `None` when it is no mapping.
    pub fn section(&mut self, section: &str, node: &Node) -> Option<Map<String, Value>> {
        self.refuse_tag(node);
        if !matches!(node.kind, crate::yaml::Kind::Mapping(_)) {
            self.wrong(node, &format!("a {section}"), "a mapping");
            return None;
        }
        let mut out = Map::with_capacity(node.entries().len());
        for entry in node.entries() {
            let Some(key) = entry.key.text() else { continue };
            if key.starts_with("x-") {
                out.insert(key.to_owned(), entry.value.to_json());
                continue;
            }
            let Some(kind) = self.kind_of(section, key, &entry.key.span) else { continue };
            if let Some(value) =
                self.value(kind, key, &entry.value).filter(|v| !says_nothing(section, key, v))
            {
                out.insert(key.to_owned(), value);
            }
        }
        Some(out)
    }

    fn kind_of(&mut self, section: &str, key: &str, span: &Span) -> Option<Kind> {
        let table = keys(section);
        match table.iter().find(|(name, _)| *name == key) {
            Some((_, Kind::Refused(instead))) => {
                let message = format!("`{key}` is not supported in a domain's compose file");
                self.findings.push(Finding::error("SVC-005", span, message).help(*instead));
                None
            }
            Some((_, kind)) => Some(*kind),
            None => {
                let finding = Finding::error("SVC-005", span, format!("unknown key `{key}` in a {section}"));
                self.findings.push(match nearest(key, table.iter().map(|(name, _)| *name)) {
                    Some(name) => finding.help(format!("did you mean `{name}`?")),
                    None => finding.help("remove it, or begin it with `x-` if it is a note of your own"),
                });
                None
            }
        }
    }

    /// `node` in its normal form; `None` for null and for what is wrong.
    pub fn value(&mut self, kind: Kind, key: &str, node: &Node) -> Option<Value> {
        self.refuse_tag(node);
        if node.is_null() {
            return None;
        }
        match kind {
            Kind::Any => Some(node.to_json()),
            Kind::Text | Kind::Path | Kind::Int | Kind::Number | Kind::Bool | Kind::Mode => {
                self.scalar(kind, key, node)
            }
            Kind::Duration | Kind::Bytes => self.measure(kind, key, node),
            Kind::Texts | Kind::OneOrMore | Kind::Command | Kind::Test => self.texts(kind, key, node),
            Kind::Pairs | Kind::Environment => lists::pairs(self, kind, key, node),
            Kind::Hosts => lists::hosts(self, key, node),
            Kind::Ports => Some(array(ports::read(self, node).into_iter().map(|(_, v)| v))),
            Kind::Mounts => Some(array(mounts::read(self, node).into_iter().map(|(_, v)| v))),
            Kind::Networks => lists::attachments(self, node),
            Kind::DependsOn => lists::dependencies(self, node),
            Kind::Grants(what) => lists::grants(self, what, node),
            Kind::EnvFiles => lists::env_files(self, node),
            Kind::Build => lists::build(self, node),
            Kind::Ulimits => lists::ulimits(self, key, node),
            Kind::Devices => lists::devices(self, key, node),
            Kind::External => lists::external(self, node),
            Kind::Section(section) => self.section(section, node).map(Value::Object),
            Kind::List(section) => Some(array(
                self.items(key, node).iter().filter_map(|n| self.section(section, n).map(Value::Object)),
            )),
            Kind::Named(section) => Some(self.named(section, key, node)),
            Kind::Apart | Kind::Refused(_) => None,
        }
    }

    fn named(&mut self, section: &str, key: &str, node: &Node) -> Value {
        let mut out = Map::new();
        for entry in self.entries(key, node) {
            let Some(name) = entry.key.text() else { continue };
            let value =
                if entry.value.is_null() { Some(Map::new()) } else { self.section(section, &entry.value) };
            out.insert(name.to_owned(), Value::Object(value.unwrap_or_default()));
        }
        Value::Object(out)
    }

    fn scalar(&mut self, kind: Kind, key: &str, node: &Node) -> Option<Value> {
        let Some(text) = node.text() else {
            self.wrong(node, &format!("`{key}`"), "a single value");
            return None;
        };
        let (value, wanted) = match kind {
            Kind::Int => (units::integer(text).map(Value::from), "an integer"),
            Kind::Number => (number(text), "a number"),
            Kind::Bool => (units::boolean(text).map(Value::from), "true or false"),
            Kind::Mode => (units::integer(text).map(Value::from), "a file mode such as 0440"),
            Kind::Path => (units::text(node).map(|t| Value::from(mounts::clean(&t))), "a path"),
            _ => (units::text(node).map(Value::from), "a text"),
        };
        if value.is_none() {
            self.wrong(node, &format!("`{key}`"), wanted);
        }
        value
    }

    fn measure(&mut self, kind: Kind, key: &str, node: &Node) -> Option<Value> {
        let text = node.text().unwrap_or_default();
        let value = match kind {
            Kind::Duration => units::duration(text).map(units::print_duration),
            _ if text == "-1" => Some(text.to_owned()),
            _ => units::bytes(text).map(|b| b.to_string()),
        };
        if value.is_none() {
            let wanted = if kind == Kind::Duration {
                "a duration such as 30s or 1m30s"
            } else {
                "a size such as 512m"
            };
            self.wrong(node, &format!("`{key}`"), wanted);
        }
        value.map(Value::from)
    }

    fn texts(&mut self, kind: Kind, key: &str, node: &Node) -> Option<Value> {
        if let Some(text) = units::text(node) {
            return match kind {
                Kind::OneOrMore => Some(array([Value::from(text)])),
                Kind::Test => Some(array([Value::from("CMD-SHELL"), Value::from(text)])),
                Kind::Command => self.command(&text, node).map(|w| array(w.into_iter().map(Value::from))),
                _ => {
                    self.wrong(node, &format!("`{key}`"), "a list");
                    None
                }
            };
        }
        let mut out = Vec::new();
        let strict = matches!(kind, Kind::Command | Kind::Test);
        for item in self.items(key, node) {
            match units::text(item).filter(|_| !strict || item.type_word() == "string") {
                Some(text) => out.push(Value::from(text)),
                None if strict && item.text().is_some() => self.findings.push(
                    Finding::error("SVC-005", &item.span, format!("an item of `{key}` that is not text"))
                        .help("put it in quotes"),
                ),
                None => self.wrong(item, &format!("an item of `{key}`"), "a text"),
            }
        }
        Some(Value::Array(out))
    }

    fn command(&mut self, text: &str, node: &Node) -> Option<Vec<String>> {
        let Some((words, cut)) = words::split(text) else {
            self.findings.push(
                Finding::error(
                    "SVC-005",
                    &node.span,
                    "command with a quote or parenthesis that does not close",
                )
                .help("write it as a list: [\"sh\", \"-c\", \"…\"]"),
            );
            return None;
        };
        if let Some(c) = cut {
            let message = format!("Compose cuts this command at `{c}`: there is no shell");
            self.findings.push(
                Finding::error("SVC-005", &node.span, message)
                    .help("write it as a list: [\"sh\", \"-c\", \"…\"]"),
            );
        }
        Some(words)
    }

    /// The items of a list; a finding for anything else.
    pub fn items<'n>(&mut self, key: &str, node: &'n Node) -> &'n [std::sync::Arc<Node>] {
        if !matches!(node.kind, crate::yaml::Kind::Sequence(_)) {
            self.wrong(node, &format!("`{key}`"), "a list");
        }
        node.items()
    }

    /// The entries of a mapping; a finding for anything else.
    pub fn entries<'n>(&mut self, key: &str, node: &'n Node) -> &'n [crate::yaml::Entry] {
        if !matches!(node.kind, crate::yaml::Kind::Mapping(_)) && !node.is_null() {
            self.wrong(node, &format!("`{key}`"), "a mapping");
        }
        node.entries()
    }

    /// Says that `what` takes `wanted` and something else stands there. Never shows the value: it may be secret.
    pub fn wrong(&mut self, node: &Node, what: &str, wanted: &str) {
        let message = format!("{what} takes {wanted}, found {}", article(node.type_word()));
        self.findings.push(Finding::error("SVC-005", &node.span, message));
    }

    fn refuse_tag(&mut self, node: &Node) {
        if let Some(tag) = node.tag.as_deref().filter(|t| *t == "!reset" || *t == "!override") {
            self.findings.push(
                Finding::error("SVC-005", &node.span, format!("the tag `{tag}` is not supported"))
                    .help("write the final value; there is one compose file per domain"),
            );
        }
    }
}

/// `false` where it is the default, so that it makes no difference whether it stands there.
fn says_nothing(section: &str, key: &str, value: &Value) -> bool {
    let default = matches!(section, "service" | "healthcheck" | "network" | "build" | "mounted volume");
    default && value == &Value::Bool(false) && !matches!(key, "init" | "attach" | "enable_ipv4")
}

fn number(text: &str) -> Option<Value> {
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}

fn article(word: &str) -> String {
    match word {
        "nothing" => word.to_owned(),
        "integer" => format!("an {word}"),
        _ => format!("a {word}"),
    }
}

/// A JSON array of `values`.
pub(super) fn array(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(values.into_iter().collect())
}

/// The candidate that `key` was most likely meant to be.
pub(super) fn nearest<'c>(key: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .map(|c| (strsim::damerau_levenshtein(key, c), c))
        .filter(|(distance, _)| distance * 3 <= key.chars().count())
        .min()
        .map(|(_, c)| c)
}
