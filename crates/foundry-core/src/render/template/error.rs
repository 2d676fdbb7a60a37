//! What went wrong in a template, and where in its source.

use super::ast::At;
use super::compile::Compiled;
use crate::diag::Span;
use std::sync::Arc;

/// Why a template does not compile or render. No message contains a value of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The template in whose source the fault stands (an include may differ from the one rendered).
    pub template: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// Byte offset of the start in that template's source.
    pub start: usize,
    /// Byte offset after the end.
    pub end: usize,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// The name that is undefined, where that is the fault.
    pub undefined: Option<String>,
    /// A way out.
    pub help: Option<String>,
    /// The templates and lines that led there through includes, imports and macros, innermost first.
    pub via: Vec<(String, u32)>,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}", self.template, self.line, self.column, self.message)
    }
}

impl std::error::Error for TemplateError {}

/// The result of evaluating something.
pub(super) type Eval<T> = Result<T, Box<Fault>>;

/// A fault on its way up; the first expression that sees it gives it its place.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) undefined: Option<Arc<str>>,
    pub(super) help: Option<String>,
    pub(super) place: Option<Place>,
    pub(super) via: Vec<(String, u32)>,
    /// Not a fault but `break` or `continue` on its way to the loop.
    pub(super) jump: Option<Jump>,
}

/// The two ways out of a loop's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    Break,
    Continue,
}

/// A place in a compiled template.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) template: Arc<Compiled>,
    pub(super) at: At,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault {
            message: message.into(),
            undefined: None,
            help: None,
            place: None,
            via: Vec::new(),
            jump: None,
        })
    }

    pub(super) fn jump(jump: Jump) -> Box<Fault> {
        let mut fault = Fault::new("break or continue outside of a loop");
        fault.jump = Some(jump);
        fault
    }

    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    /// Gives the fault its place unless a more exact one is known.
    pub(super) fn at(mut self: Box<Self>, template: &Arc<Compiled>, at: At) -> Box<Self> {
        if self.place.is_none() {
            self.place = Some(Place { template: template.clone(), at });
        }
        self
    }

    /// Notes that the fault came through the place `at`.
    pub(super) fn through(mut self: Box<Self>, template: &Arc<Compiled>, at: At) -> Box<Self> {
        if self.jump.is_none() && self.via.len() < 16 {
            self.via.push((template.name.to_string(), template.span(at).line));
        }
        self
    }

    /// Where it stands, or the very start.
    pub(super) fn place_or_start(&self) -> At {
        self.place.as_ref().map_or(At { start: 0, end: 0 }, |p| p.at)
    }

    /// The public form; a fault without a place stands at the start of `fallback`.
    pub(super) fn publish(self, fallback: &Arc<Compiled>) -> TemplateError {
        let place = self.place.unwrap_or(Place { template: fallback.clone(), at: At { start: 0, end: 0 } });
        let span = place.template.span(place.at);
        let Span { line, column, start, end, .. } = span;
        TemplateError {
            template: place.template.name.to_string(),
            line,
            column,
            start: start as usize,
            end: end as usize,
            message: self.message,
            undefined: self.undefined.map(|n| n.to_string()),
            help: self.help,
            via: self.via,
        }
    }
}
