//! `.gitignore`: does Git ignore a path, and which line says so.

use crate::diag::Span;
use crate::model::TextFile;
use regex::Regex;

/// The patterns of one file, in order; the last that matches decides.
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
}

struct Pattern {
    regex: Regex,
    span: Span,
    negated: bool,
}

impl Ignore {
    /// Reads the file at the registry's root.
    pub(super) fn new(file: &TextFile) -> Ignore {
        let mut start = 0;
        let mut patterns = Vec::new();
        for raw in file.text.split_inclusive('\n') {
            let line = raw.trim_end_matches(['\n', '\r']).trim_end();
            let span = Span::in_text(file.path.clone(), &file.text, start, start + line.len());
            start += raw.len();
            let (negated, glob) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            if glob.is_empty() || glob.starts_with('#') {
                continue;
            }
            if let Ok(regex) = Regex::new(&expression(glob)) {
                patterns.push(Pattern { regex, span, negated });
            }
        }
        Ignore { patterns }
    }

    /// The line that makes Git ignore `path` (a file, relative to the root).
    pub(super) fn matches(&self, path: &str) -> Option<Span> {
        let decides = self.patterns.iter().rev().find(|p| p.regex.is_match(path))?;
        (!decides.negated).then(|| decides.span.clone())
    }
}

/// A pattern as a regular expression on whole paths: a folder's pattern matches what is in it.
fn expression(glob: &str) -> String {
    let (glob, folder_only) = glob.strip_suffix('/').map_or((glob, false), |g| (g, true));
    let anchored = glob.contains('/');
    let glob = glob.strip_prefix('/').unwrap_or(glob);
    let mut out = String::from(if anchored { "^" } else { "^(?:.*/)?" });
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let (piece, length) = match c {
            _ if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
            _ if rest.starts_with("**") => (".*".to_owned(), 2),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            '[' if rest[1..].contains(']') => {
                let end = rest[1..].find(']').unwrap_or_default() + 1;
                (rest[..=end].replacen("[!", "[^", 1), end + 1)
            }
            '\\' if rest.len() > 1 => {
                let escaped = rest[1..].chars().next().map_or(String::new(), |c| c.to_string());
                (regex::escape(&escaped), 1 + escaped.len())
            }
            c => (regex::escape(&c.to_string()), c.len_utf8()),
        };
        out.push_str(&piece);
        rest = &rest[length..];
    }
    out.push_str(if folder_only { "/.*$" } else { "(?:/.*)?$" });
    out
}
