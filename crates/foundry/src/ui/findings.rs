//! Findings as drawn text, JSON, SARIF 2.1.0 and GitHub workflow commands.

use super::Ui;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use foundry_core::diag::{Finding, Findings, Severity, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Drawn, for people.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that annotate a pull request on GitHub and Forgejo.
    Github,
}

/// Texts of the files that findings point into: the path as in the span → content.
pub type Sources = BTreeMap<Arc<str>, Arc<str>>;

impl Ui {
    /// Prints findings. The summary line of text goes to standard error.
    pub fn findings(&self, findings: &Findings, sources: &Sources, format: Format) {
        match format {
            Format::Text => {
                for finding in findings.iter() {
                    self.print(drawn(finding, sources));
                    self.print("\n");
                }
            }
            Format::Json => self.json(&to_json(findings)),
            Format::Sarif => self.json(&sarif(findings)),
            Format::Github => findings.iter().for_each(|f| self.print(github(f))),
        }
    }
}

impl Ui {
    /// Prints findings; as JSON with one more field.
    pub fn findings_and(
        &self,
        findings: &Findings,
        sources: &Sources,
        format: Format,
        key: &str,
        more: Value,
    ) {
        match format {
            Format::Json => {
                let mut value = to_json(findings);
                value[key] = more;
                self.json(&value);
            }
            _ => self.findings(findings, sources, format),
        }
    }

    /// Draws findings on standard error, before a failure.
    pub fn complain_findings(&self, findings: &Findings, sources: &Sources) {
        findings.iter().for_each(|f| self.complain(format!("{}\n", drawn(f, sources))));
    }
}

/// `1 error, 0 warnings in 4 files. Not checked: …`.
pub fn summary(findings: &Findings, files: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut text = format!(
        "{}, {} in {}.",
        plural(findings.count(Severity::Error), "error"),
        plural(findings.count(Severity::Warning), "warning"),
        plural(files, "file"),
    );
    for note in findings.unchecked() {
        text.push_str(&format!(" Not checked: {} ({}).", note.rule, note.reason));
    }
    text
}

fn drawn(finding: &Finding, sources: &Sources) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.rule);
    let mut report: Vec<Group<'_>> = Vec::new();
    let mut main = Group::with_title(title);
    let mut spans: Vec<(&Span, &str, bool)> = finding.span.iter().map(|s| (s, "", true)).collect();
    spans.extend(finding.origin.iter().map(|s| (s, "rendered from here", false)));
    spans.extend(finding.labels.iter().map(|(s, note)| (s, note.as_str(), false)));
    let mut files: Vec<&str> = Vec::new();
    for (span, ..) in &spans {
        if !files.contains(&span.file.as_ref()) {
            files.push(span.file.as_ref());
        }
    }
    for file in files {
        let here: Vec<&(&Span, &str, bool)> =
            spans.iter().filter(|(s, ..)| s.file.as_ref() == file).collect();
        if HOLDS_A_SECRET.contains(&finding.rule) {
            main = main.element(path(file, here[0].0));
            continue;
        }
        match sources.get(file).filter(|_| here.iter().any(|(s, ..)| s.line > 0)) {
            Some(text) => main = main.element(snippet(file, text, &here)),
            None => main = main.element(path(file, here[0].0)),
        }
    }
    if let Some(help) = &finding.help {
        main = main.element(Level::HELP.message(help.as_str()));
    }
    report.push(main);
    Renderer::styled().render(&report)
}

/// Rules whose finding lies on a secret's value: its line is not drawn.
const HOLDS_A_SECRET: [&str; 1] = ["SEC-002"];

fn path<'a>(file: &'a str, span: &Span) -> annotate_snippets::Origin<'a> {
    let origin = annotate_snippets::Origin::path(file);
    if span.line == 0 { origin } else { origin.line(span.line as usize).char_column(span.column as usize) }
}

fn snippet<'a>(
    file: &'a str,
    text: &'a str,
    spans: &[&(&'a Span, &'a str, bool)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let shown = || spans.iter().filter(|(s, ..)| s.line > 0);
    // Only the lines that are shown: many findings in one long file would each go through all of it.
    let first = shown().map(|(span, ..)| *span).min_by_key(|span| span.start);
    let (start, line) = first.map_or((0, 1), |span| line_of(text, span));
    let last = shown().map(|(span, ..)| one_line(text, span).start).max().unwrap_or(text.len());
    let end = text[last..].find('\n').map_or(text.len(), |n| last + n);
    let mut snippet = Snippet::source(&text[start..end]).path(file).line_start(line);
    for (span, note, primary) in shown() {
        let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let range = one_line(text, span);
        let mut annotation = kind.span(range.start - start..range.end - start);
        if !note.is_empty() {
            annotation = annotation.label(*note);
        }
        snippet = snippet.annotation(annotation);
    }
    snippet
}

/// Where the line begins that the span begins in, and its number.
fn line_of(text: &str, span: &Span) -> (usize, usize) {
    let at = one_line(text, span).start;
    match text[..at].rfind('\n') {
        Some(newline) => (newline + 1, span.line as usize),
        None => (0, 1),
    }
}

/// The span's first line at most: a whole entry underlined helps nobody.
fn one_line(text: &str, span: &Span) -> std::ops::Range<usize> {
    let start = (span.start as usize).min(text.len());
    let end = (span.end as usize).clamp(start, text.len());
    let first = text[start..end].find('\n').map_or(end, |n| start + n);
    start..first.max(start + usize::from(start < text.len() && !text[start..].starts_with('\n')).min(1))
}

fn to_json(findings: &Findings) -> Value {
    let items: Vec<Value> = findings
        .iter()
        .map(|f| {
            let span = f.span.as_ref();
            json!({
                "rule": f.rule,
                "severity": f.severity,
                "message": f.message,
                "file": span.map(|s| s.file.as_ref()),
                "line": span.map(|s| s.line),
                "column": span.map(|s| s.column),
                "origin": f.origin.as_ref().map(place),
                "help": f.help,
                "related": f.labels.iter().map(|(s, note)| json!({
                    "file": s.file.as_ref(), "line": s.line, "column": s.column, "message": note,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"findings": items, "not_checked": findings.unchecked()})
}

fn place(span: &Span) -> Value {
    json!({"file": span.file.as_ref(), "line": span.line, "column": span.column})
}

/// The place in a file that Git knows: no review shows a rendered one.
fn tracked(finding: &Finding) -> Option<&Span> {
    finding.origin.as_ref().or(finding.span.as_ref())
}

/// The message with what its place does not show: the rendered line, and the way out.
fn whole_message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let (Some(_), Some(span)) = (&finding.origin, &finding.span) {
        text.push_str(&format!(" (in {span})"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

fn sarif(findings: &Findings) -> Value {
    let results: Vec<Value> = findings
        .iter()
        .map(|f| {
            let level = if f.severity == Severity::Info { "note" } else { f.severity.word() };
            let mut result = json!({"ruleId": f.rule, "level": level, "message": {"text": whole_message(f)}});
            if let Some(span) = tracked(f) {
                let mut place = json!({"artifactLocation": {"uri": span.file.as_ref()}});
                if span.line > 0 {
                    place["region"] = json!({"startLine": span.line, "startColumn": span.column});
                }
                result["locations"] = json!([{"physicalLocation": place}]);
            }
            result
        })
        .collect();
    let mut ids: Vec<&str> = findings.iter().map(|f| f.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let driver = json!({"name": "foundry", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    })
}

fn github(finding: &Finding) -> String {
    let escape = |s: &str| s.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |s: &str| escape(s).replace(':', "%3A").replace(',', "%2C");
    let command = if finding.severity == Severity::Info { "notice" } else { finding.severity.word() };
    let mut properties = vec![format!("title={}", property(finding.rule))];
    if let Some(span) = tracked(finding) {
        properties.insert(0, format!("file={}", property(&span.file)));
        if span.line > 0 {
            properties.insert(1, format!("line={},col={}", span.line, span.column));
        }
    }
    format!("::{command} {}::{}", properties.join(","), escape(&whole_message(finding)))
}

#[cfg(test)]
mod tests {
    use super::{Sources, drawn};
    use foundry_core::diag::{Finding, Span};
    use std::sync::Arc;

    #[test]
    fn lines_far_down_a_file_have_their_numbers() {
        let text: String = (1..=60).map(|n| format!("läne {n}\n")).collect();
        let place = |word: &str| {
            let at = text.find(word).unwrap();
            Span::in_text("long.yml", &text, at, at + word.len())
        };
        let finding = Finding::error("X-1", &place("läne 43"), "here").label(&place("läne 51"), "and there");
        let sources = Sources::from([(Arc::from("long.yml"), Arc::from(text.as_str()))]);
        let shown = anstream::adapter::strip_str(&drawn(&finding, &sources)).to_string();
        for part in ["long.yml:43:1", "43 | läne 43", "51 | läne 51", "------- and there"] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        assert!(!shown.contains("läne 42") && !shown.contains("läne 52"), "{shown}");
    }
}
