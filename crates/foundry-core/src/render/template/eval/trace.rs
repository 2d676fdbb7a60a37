//! From a place in what was rendered back to the place in the template that made it.

use super::super::ast::{At, Expr, Kind, Name};
use super::super::compile::Compiled;
use super::super::{Context, Limits, TemplateError, Templates};
use super::{Out, walk};
use crate::diag::Span;
use std::ops::Range;
use std::sync::Arc;

/// How a piece of text came about.
pub(super) enum Made {
    /// It stands so in the template.
    Verbatim,
    /// An expression made it; the name, where it shows a single one.
    Computed(Option<Name>),
}

/// Where a piece of the text begins, and what in which template made it.
pub(super) struct Mark {
    from: usize,
    template: Arc<Compiled>,
    at: At,
    made: Made,
}

/// What made a range of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The place; its file is the template's name.
    pub span: Span,
    /// The names whose values stand in the range.
    pub names: Vec<String>,
}

impl Out {
    /// Notes that what follows was made at `at`.
    pub(super) fn mark(&mut self, template: &Arc<Compiled>, at: At, made: Made) {
        if let Some(marks) = &mut self.marks {
            marks.push(Mark { from: self.text.len(), template: template.clone(), at, made });
        }
    }
}

/// The name that an expression shows, filtered or not.
pub(super) fn named(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Filter(call) => named(call.value.as_ref()?),
        _ => None,
    }
}

/// What made each of `ranges` (bytes of the text that the template renders to).
pub(in super::super) fn trace(
    templates: &Templates,
    template: &Arc<Compiled>,
    context: &Context,
    limits: &Limits,
    ranges: &[Range<usize>],
) -> Result<Vec<Option<Origin>>, TemplateError> {
    let out = Out { marks: Some(Vec::new()), ..Out::default() };
    let (_, marks) = walk(templates, template, context, limits, out)?;
    let marks = marks.unwrap_or_default();
    Ok(ranges.iter().map(|range| origin(&marks, range)).collect())
}

fn origin(marks: &[Mark], range: &Range<usize>) -> Option<Origin> {
    let first = marks.partition_point(|m| m.from <= range.start).checked_sub(1)?;
    let end = range.end.max(range.start + 1);
    let behind = marks.partition_point(|m| m.from < end).max(first + 1);
    let (start, last) = (&marks[first], &marks[behind - 1]);
    let from = start.place(range.start).start;
    let to = match Arc::ptr_eq(&start.template, &last.template) {
        true => last.place(end).end.max(from),
        false => start.at.end,
    };
    let names = marks[first..behind].iter().filter_map(|mark| match &mark.made {
        Made::Computed(name) => name.as_ref().map(ToString::to_string),
        Made::Verbatim => None,
    });
    Some(Origin { span: start.template.span(At { start: from, end: to }), names: names.collect() })
}

impl Mark {
    /// The place of one byte of the text: exact in text that stands so, the whole expression elsewhere. The end is
    /// that of what lies before `offset`.
    fn place(&self, offset: usize) -> At {
        match self.made {
            Made::Computed(_) => self.at,
            Made::Verbatim => {
                let here = self.at.start + (offset - self.from) as u32;
                At { start: here.min(self.at.end), end: here.min(self.at.end) }
            }
        }
    }
}
