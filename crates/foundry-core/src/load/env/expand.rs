//! `${VAR}` inside values, with cycles found and unknown names left as they are.

use std::collections::HashMap;

/// What is wrong with a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The keys that refer to each other, the first one repeated at the end.
    Cycle(Vec<String>),
    /// A name that nothing sets.
    Unknown(String),
    /// The expanded value is larger than a megabyte.
    TooLong,
}

/// The most bytes that one expanded value may have.
const LONGEST: usize = 1 << 20;

/// Expands every value; problems are given with the key they were met in.
pub(super) fn expand(raw: &HashMap<&str, &str>) -> (HashMap<String, String>, Vec<(String, Problem)>) {
    let mut expander = Expander { raw, done: HashMap::new(), path: Vec::new(), problems: Vec::new() };
    let mut keys: Vec<&str> = raw.keys().copied().collect();
    keys.sort_unstable();
    for key in keys {
        expander.value(key);
    }
    (expander.done, expander.problems)
}

struct Expander<'a> {
    raw: &'a HashMap<&'a str, &'a str>,
    done: HashMap<String, String>,
    path: Vec<String>,
    problems: Vec<(String, Problem)>,
}

impl Expander<'_> {
    fn value(&mut self, key: &str) -> String {
        if let Some(done) = self.done.get(key) {
            return done.clone();
        }
        let text = self.raw.get(key).copied().unwrap_or_default();
        if !text.contains("${") {
            self.done.insert(key.to_owned(), text.to_owned());
            return text.to_owned();
        }
        self.path.push(key.to_owned());
        let expanded = self.text(key, text);
        self.path.pop();
        self.done.insert(key.to_owned(), expanded.clone());
        expanded
    }

    fn text(&mut self, key: &str, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let Some(length) = rest[start..].find('}') else { break };
            let whole = &rest[start..=start + length];
            out.push_str(&self.reference(key, &whole[2..whole.len() - 1], whole));
            rest = &rest[start + length + 1..];
            if out.len() > LONGEST {
                self.problems.push((key.to_owned(), Problem::TooLong));
                return text.to_owned();
            }
        }
        out.push_str(rest);
        out
    }

    /// The value for `${name}`; `whole` itself where there is none.
    fn reference(&mut self, key: &str, name: &str, whole: &str) -> String {
        let identifier = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !identifier {
            return whole.to_owned(); // `${VAR:-x}` and the like belong to Compose
        }
        if let Some(at) = self.path.iter().position(|k| k == name) {
            let mut cycle = self.path[at..].to_vec();
            cycle.push(name.to_owned());
            self.problems.push((key.to_owned(), Problem::Cycle(cycle)));
            return whole.to_owned();
        }
        if !self.raw.contains_key(name) {
            self.problems.push((key.to_owned(), Problem::Unknown(name.to_owned())));
            return whole.to_owned();
        }
        self.value(name)
    }
}
