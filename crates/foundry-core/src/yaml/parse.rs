//! Text to tree: the only file that knows the YAML crate.

use super::node::{Entry, Kind, Node};
use crate::diag::{Finding, Findings, Span};
use granit_parser::{Event, Parser, ScalarStyle, Span as RawSpan};
use std::collections::HashMap;
use std::sync::Arc;

/// What a document may cost; beyond it is a finding, not a crash.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Nesting of collections. PyYAML's users rarely pass 20.
    pub depth: usize,
    /// Nodes after expansion of aliases.
    pub nodes: usize,
    /// Bytes of one file.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 100, nodes: 2_000_000, bytes: 20 << 20 }
    }
}

/// Reads every document of `text`. Syntax errors, duplicate keys and exceeded limits are findings;
/// what was readable until then is returned.
pub fn parse(file: &Arc<str>, text: &str, limits: &Limits) -> (Vec<Arc<Node>>, Findings) {
    let mut builder = Builder::new(file.clone(), limits);
    if text.len() > limits.bytes {
        let (size, most) = (text.len() >> 20, limits.bytes >> 20);
        builder.findings.push(
            Finding::error(
                "YML-003",
                &Span::file(file.clone()),
                format!("{size} MiB of YAML, more than {most} MiB"),
            )
            .help("split the file, or move generated data out of the registry"),
        );
        return (Vec::new(), builder.findings);
    }
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                let (line, column) = (error.marker().line(), error.marker().col());
                let place = point(file, text, line, column);
                let deep = error.info().contains("recursion limit");
                let rule = if deep { "YML-003" } else { "YML-001" };
                Err(Finding::error(rule, &place, explain_syntax(&error.info(), text, line)))
            }
        };
        if let Err(finding) = step {
            builder.findings.push(finding);
            break;
        }
    }
    (builder.documents, builder.findings)
}

/// A tab in the indentation is the most frequent cause of an obscure message: say it.
fn explain_syntax(info: &str, text: &str, line: usize) -> String {
    let suspect = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
    let indent = &suspect[..suspect.len() - suspect.trim_start().len()];
    if indent.contains('\t') {
        return "tab in the indentation; YAML allows only spaces there".to_owned();
    }
    match info.contains("recursion limit") {
        true => "nested too deep".to_owned(),
        false => info.to_owned(),
    }
}

fn point(file: &Arc<str>, text: &str, line: usize, column: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let in_line = text[start.min(text.len())..].char_indices().nth(column).map_or(0, |(i, _)| i);
    Span::in_text(file.clone(), text, start + in_line, start + in_line + 1)
}

struct Open {
    anchor: usize,
    tag: Option<String>,
    span: Span,
    holds: Extent,
    inner: Inner,
}

/// How much a node holds, itself included: nodes, and levels of collections. Aliases count in full.
#[derive(Clone, Copy)]
struct Extent {
    nodes: usize,
    levels: usize,
}

const SCALAR: Extent = Extent { nodes: 1, levels: 0 };

enum Inner {
    Sequence(Vec<Arc<Node>>),
    Mapping { entries: Vec<Entry>, key: Option<Arc<Node>>, known: Known, merges: Vec<Arc<Node>> },
}

/// Finds the first entry of a mapping with some key; where there are many, without comparing with each of them.
#[derive(Default)]
struct Known {
    /// Key → position of its first entry, for the first `covered` entries.
    by_key: HashMap<String, usize>,
    covered: usize,
}

/// How many entries are looked through one by one.
const FEW: usize = 16;

impl Known {
    fn first<'e>(&mut self, entries: &'e [Entry], key: &Node) -> Option<&'e Entry> {
        let key = key.text()?;
        if entries.len() <= FEW {
            return entries.iter().find(|e| e.key.text() == Some(key));
        }
        for (i, entry) in entries.iter().enumerate().skip(self.covered) {
            self.by_key.entry(entry.key.text().unwrap_or_default().to_owned()).or_insert(i);
        }
        self.covered = entries.len();
        self.by_key.get(key).and_then(|i| entries.get(*i))
    }
}

struct Builder<'l> {
    file: Arc<str>,
    limits: &'l Limits,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Arc<Node>, Extent)>,
    total: usize,
    root: Option<Arc<Node>>,
    documents: Vec<Arc<Node>>,
    findings: Findings,
}

impl<'l> Builder<'l> {
    fn new(file: Arc<str>, limits: &'l Limits) -> Self {
        Builder {
            file,
            limits,
            stack: Vec::new(),
            anchors: HashMap::new(),
            total: 0,
            root: None,
            documents: Vec::new(),
            findings: Findings::new(),
        }
    }

    fn span(&self, raw: &RawSpan) -> Span {
        let bytes = raw.byte_range().unwrap_or(0..0);
        Span {
            file: self.file.clone(),
            line: raw.start.line() as u32,
            column: raw.start.col() as u32 + 1,
            start: bytes.start as u32,
            end: bytes.end as u32,
        }
    }

    fn event(&mut self, event: Event<'_>, raw: &RawSpan) -> Result<(), Finding> {
        let span = self.span(raw);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                // A missing value arrives as "~" with an empty span.
                let text = if plain && span.start == span.end { String::new() } else { text.into_owned() };
                let tag = tag.map(|t| t.original());
                let node = Node { span, tag, kind: Kind::Scalar { text, plain } };
                self.add(Arc::new(node), anchor, SCALAR, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor, tag.map(|t| t.original()), span, Inner::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let inner = Inner::Mapping {
                    entries: Vec::new(),
                    key: None,
                    known: Known::default(),
                    merges: Vec::new(),
                };
                self.open(anchor, tag.map(|t| t.original()), span, inner)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(id) => self.alias(id, &span),
            Event::DocumentEnd => {
                let empty = || {
                    let kind = Kind::Scalar { text: String::new(), plain: true };
                    Arc::new(Node { span: span.clone(), tag: None, kind })
                };
                let root = self.root.take().unwrap_or_else(empty);
                self.documents.push(root);
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, anchor: usize, tag: Option<String>, span: Span, inner: Inner) -> Result<(), Finding> {
        if self.stack.len() >= self.limits.depth {
            return Err(self.too_deep(&span));
        }
        self.stack.push(Open { anchor, tag, span, holds: Extent { nodes: 1, levels: 1 }, inner });
        Ok(())
    }

    fn too_deep(&self, span: &Span) -> Finding {
        Finding::error("YML-003", span, format!("nested deeper than {} levels", self.limits.depth))
    }

    fn close(&mut self, end: &Span) -> Result<(), Finding> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let mut span = open.span;
        span.end = end.end.max(span.end);
        let kind = match open.inner {
            Inner::Sequence(items) => Kind::Sequence(items),
            Inner::Mapping { mut entries, mut known, merges, .. } => {
                self.merge(&mut entries, &mut known, merges);
                Kind::Mapping(entries)
            }
        };
        self.add(Arc::new(Node { span, tag: open.tag, kind }), open.anchor, open.holds, 1)
    }

    fn merge(&mut self, entries: &mut Vec<Entry>, known: &mut Known, merges: Vec<Arc<Node>>) {
        for source in merges {
            let maps: Vec<&Arc<Node>> = match &source.kind {
                Kind::Sequence(items) => items.iter().collect(),
                _ => vec![&source],
            };
            for map in maps {
                let Kind::Mapping(inherited) = &map.kind else {
                    let message = format!("merge key takes a mapping, found a {}", map.type_word());
                    self.findings.push(Finding::error("YML-001", &map.span, message));
                    continue;
                };
                for entry in inherited {
                    if entry.key.text().is_some() && known.first(entries, &entry.key).is_none() {
                        entries.push(entry.clone());
                    }
                }
            }
        }
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<(), Finding> {
        let Some((node, holds)) = self.anchors.get(&id).cloned() else {
            return Err(Finding::error("YML-001", span, "alias to itself or to an unknown anchor"));
        };
        if self.stack.len() + holds.levels > self.limits.depth {
            return Err(self.too_deep(span));
        }
        self.add(node, 0, holds, holds.nodes)
    }

    /// `cost` is what the node adds to the budget: for an alias all that it holds, once more.
    fn add(&mut self, node: Arc<Node>, anchor: usize, holds: Extent, cost: usize) -> Result<(), Finding> {
        self.total = self.total.saturating_add(cost);
        if self.total > self.limits.nodes {
            let message = format!("more than {} nodes after expanding aliases", self.limits.nodes);
            return Err(Finding::error("YML-003", &node.span, message));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), holds));
        }
        let Some(top) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        top.holds.nodes = top.holds.nodes.saturating_add(holds.nodes);
        top.holds.levels = top.holds.levels.max(holds.levels + 1);
        match &mut top.inner {
            Inner::Sequence(items) => items.push(node),
            Inner::Mapping { entries, key, known, merges } => match key.take() {
                None => {
                    note_key(&node, entries, known, &mut self.findings);
                    *key = Some(node);
                }
                Some(k) if is_merge(&k) => merges.push(node),
                Some(k) => entries.push(Entry { key: k, value: node }),
            },
        }
        Ok(())
    }
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar { text, plain: true } if text == "<<")
}

fn note_key(node: &Node, entries: &[Entry], known: &mut Known, findings: &mut Findings) {
    let Some(text) = node.text() else {
        findings.push(Finding::error("YML-001", &node.span, "a key must be a plain value, not a collection"));
        return;
    };
    if is_merge(node) {
        return;
    }
    if let Some(first) = known.first(entries, node) {
        findings.push(
            Finding::error("YML-002", &node.span, format!("duplicate key `{text}`"))
                .label(&first.key.span, "first set here")
                .help("remove one of the two; only the last would count"),
        );
    }
}
