//! `to_yaml`, `to_nice_yaml`, `from_yaml`: YAML laid out as PyYAML on libyaml does it for Ansible.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{count, flag, optional};
use super::super::eval::{Cx, Given};
use super::super::limits::Budget;
use super::super::value::{Key, Map, Object, Value, from_json, order};
use super::yaml_scalar;
use crate::yaml::{Limits, parse};
use std::sync::Arc;

/// Collections as blocks, in flow style, or in flow style only where they hold nothing but scalars.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Never,
    Always,
    Leaves,
}

/// The state of the text so far, as PyYAML's emitter keeps it.
pub(super) struct Writer<'b> {
    pub(super) out: String,
    pub(super) column: usize,
    pub(super) width: usize,
    /// The last thing written was blank.
    pub(super) blank: bool,
    /// Nothing but indentation and indicators stand on this line.
    indention: bool,
    indent: Option<usize>,
    step: usize,
    flow: Flow,
    sort: bool,
    ascii: bool,
    budget: &'b Budget,
}

pub(super) fn to_yaml(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    dump(cx, value, given, Flow::Leaves, 2)
}

pub(super) fn to_nice_yaml(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    dump(cx, value, given, Flow::Never, 4)
}

fn dump(cx: &Cx<'_>, value: &Value, given: Given, flow: Flow, step: usize) -> Eval<Value> {
    let names = ["indent", "sort_keys", "default_flow_style", "width", "allow_unicode", "explicit_start"];
    let [indent, sort, flow_style, width, unicode, start] = given.take(names)?;
    let step = count(optional(indent), step)?;
    let flow = match optional(flow_style) {
        None => flow,
        Some(value) if value.truth()? => Flow::Always,
        Some(_) => Flow::Never,
    };
    let mut writer = Writer {
        out: String::new(),
        column: 0,
        width: count(optional(width), 80)?,
        blank: true,
        indention: true,
        indent: None,
        step: if (2..10).contains(&step) { step } else { 2 },
        flow,
        sort: flag(sort, true)?,
        ascii: !flag(unicode, true)?,
        budget: cx.budget(),
    };
    if flag(start, false)? {
        writer.out.push_str("---");
        (writer.column, writer.blank, writer.indention) = (3, false, false);
    }
    writer.node(value, Place::Root, 0)?;
    writer.out.push('\n');
    cx.budget().make(writer.out.len())?;
    Ok(Value::str(writer.out))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Value,
}

impl Writer<'_> {
    fn node(&mut self, value: &Value, place: Place, depth: usize) -> Eval<()> {
        self.budget.work(1)?;
        if depth > 100 {
            return Err(Fault::new("nested too deep for YAML"));
        }
        let before = self.out.len();
        match value.defined()? {
            Value::List(items) => self.sequence(&items.0.borrow(), place, depth),
            Value::Tuple(items) => self.sequence(&items.0, place, depth),
            Value::Dict(map) => self.mapping(&map.0.borrow(), place, depth),
            Value::Object(object) => match &**object {
                Object::Group(items) => self.sequence(items, place, depth),
                _ => Err(Fault::new(format!("a {} has no form in YAML", value.type_name()))
                    .help("apply `| list` before it")),
            },
            scalar => {
                self.scalar(scalar, false, false)?;
                self.budget.make(self.out.len() - before)
            }
        }
    }

    fn scalar(&mut self, value: &Value, key: bool, flow: bool) -> Eval<()> {
        let outer = self.deeper(flow, false);
        let result = yaml_scalar::write(self, value, key, flow, self.ascii);
        self.indent = outer;
        result
    }

    /// One level further in; the indentation before is returned, to be put back.
    fn deeper(&mut self, flow: bool, indentless: bool) -> Option<usize> {
        let before = self.indent;
        self.indent = match before {
            None if flow => Some(self.step),
            None => Some(0),
            Some(n) if indentless => Some(n),
            Some(n) => Some(n + self.step),
        };
        before
    }

    /// `[`, `-`, `:` and their kind.
    pub(super) fn indicator(&mut self, text: &str, needs_blank: bool, blank_after: bool, indention: bool) {
        if !self.blank && needs_blank {
            self.out.push(' ');
            self.column += 1;
        }
        self.out.push_str(text);
        self.column += text.len();
        self.blank = blank_after;
        self.indention = self.indention && indention;
    }

    /// Text of a scalar.
    pub(super) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.blank = false;
        self.indention = false;
    }

    pub(super) fn line_break(&mut self) {
        self.out.push('\n');
        (self.column, self.blank, self.indention) = (0, true, true);
    }

    /// A new line unless this one is still only indentation, then spaces up to the indentation.
    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.blank) {
            self.line_break();
        }
        if self.column < indent {
            self.out.extend(std::iter::repeat_n(' ', indent - self.column));
            self.column = indent;
            self.blank = true;
        }
    }

    fn flows(&self, leaf: impl Fn() -> bool) -> bool {
        self.flow == Flow::Always || (self.flow == Flow::Leaves && leaf())
    }

    fn sequence(&mut self, items: &[Value], place: Place, depth: usize) -> Eval<()> {
        if items.is_empty() || self.flows(|| items.iter().all(is_scalar)) {
            return self.flow_sequence(items, depth);
        }
        let indentless = place == Place::Value && !self.indention;
        let before = self.deeper(false, indentless);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Place::Item, depth + 1)?;
        }
        self.indent = before;
        Ok(())
    }

    fn mapping(&mut self, map: &Map, _: Place, depth: usize) -> Eval<()> {
        let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
        if self.sort {
            // PyYAML sorts, and keeps the order where keys cannot be compared.
            let comparable = entries.windows(2).all(|w| order(&w[0].0.0, &w[1].0.0, "<").is_ok());
            if comparable {
                entries.sort_by(|a, b| {
                    order(&a.0.0, &b.0.0, "<").ok().flatten().unwrap_or(std::cmp::Ordering::Equal)
                });
            }
        }
        if entries.is_empty() || self.flows(|| entries.iter().all(|(_, v)| is_scalar(v))) {
            return self.flow_mapping(&entries, depth);
        }
        let before = self.deeper(false, false);
        for (key, value) in entries {
            self.write_indent();
            if yaml_scalar::is_simple_key(&key.0) {
                self.scalar(&key.0, true, false)?;
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(&key.0, Place::Value, depth + 1)?;
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Place::Value, depth + 1)?;
        }
        self.indent = before;
        Ok(())
    }

    fn flow_node(&mut self, value: &Value, depth: usize) -> Eval<()> {
        if depth > 100 {
            return Err(Fault::new("nested too deep for YAML"));
        }
        match value.defined()? {
            Value::List(items) => self.flow_sequence(&items.0.borrow(), depth),
            Value::Tuple(items) => self.flow_sequence(&items.0, depth),
            Value::Dict(map) => {
                let map = map.0.borrow();
                let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
                if self.sort {
                    entries.sort_by(|a, b| {
                        order(&a.0.0, &b.0.0, "<").ok().flatten().unwrap_or(std::cmp::Ordering::Equal)
                    });
                }
                self.flow_mapping(&entries, depth)
            }
            scalar => self.scalar(scalar, false, true),
        }
    }

    fn flow_sequence(&mut self, items: &[Value], depth: usize) -> Eval<()> {
        self.indicator("[", true, true, false);
        let before = self.deeper(true, false);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.width {
                self.write_indent();
            }
            self.flow_node(item, depth + 1)?;
        }
        self.indent = before;
        self.indicator("]", false, false, false);
        Ok(())
    }

    fn flow_mapping(&mut self, entries: &[(&Key, &Value)], depth: usize) -> Eval<()> {
        self.indicator("{", true, true, false);
        let before = self.deeper(true, false);
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.width {
                self.write_indent();
            }
            if yaml_scalar::is_simple_key(&key.0) {
                self.scalar(&key.0, true, true)?;
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, false);
                self.flow_node(&key.0, depth + 1)?;
                if self.column > self.width {
                    self.write_indent();
                }
                self.indicator(":", true, false, false);
            }
            self.flow_node(value, depth + 1)?;
        }
        self.indent = before;
        self.indicator("}", false, false, false);
        Ok(())
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Object(_))
}

pub(super) fn from_yaml(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    given.none()?;
    let text = value.text(cx.budget())?;
    cx.budget().make(text.len() * 8)?;
    let limits = Limits { nodes: 200_000, ..Limits::default() };
    let (documents, findings) = parse(&Arc::from("text"), &text, &limits);
    if findings.iter().next().is_some() {
        return Err(Fault::new("this is not valid YAML"));
    }
    Ok(documents.first().map_or(Value::None, |d| from_json(&d.to_json())))
}
