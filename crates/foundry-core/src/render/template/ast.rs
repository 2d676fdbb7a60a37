//! The tree of a template: statements and expressions, each with its place.

use super::filter::Filter;
use super::test::Test;
use std::sync::Arc;

/// A range of bytes in the source after its newlines were made `\n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl At {
    /// From the start of `self` to the end of `other`.
    pub(super) fn to(self, other: At) -> At {
        At { start: self.start, end: other.end.max(self.start) }
    }
}

pub(super) type Name = Arc<str>;
pub(super) type Body = Vec<Stmt>;

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) at: At,
    /// How deep the tree under it is; the parser limits it, so that nothing recursive overflows the stack.
    pub(super) depth: u16,
    pub(super) kind: Kind,
}

impl Expr {
    pub(super) fn new(at: At, kind: Kind) -> Expr {
        Expr { at, depth: 1 + kind.depth(), kind }
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Arc<str>),
    Name(Name),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Name),
    Item(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Call(Box<Expr>, Box<Args>),
    Filter(Box<Call>),
    Test(Box<Call>),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Pos(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Concat(Vec<Expr>),
    Compare(Box<Expr>, Vec<(Cmp, Expr)>),
    Cond { test: Box<Expr>, yes: Box<Expr>, no: Option<Box<Expr>> },
}

impl Kind {
    fn depth(&self) -> u16 {
        let most = |items: &[Expr]| items.iter().map(|e| e.depth).max().unwrap_or(0);
        match self {
            Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Str(_) | Kind::Name(_) => 0,
            Kind::Tuple(items) | Kind::List(items) | Kind::Concat(items) => most(items),
            Kind::Dict(items) => items.iter().map(|(k, v)| k.depth.max(v.depth)).max().unwrap_or(0),
            Kind::Attr(inner, _) | Kind::Not(inner) | Kind::Neg(inner) | Kind::Pos(inner) => inner.depth,
            Kind::Item(a, b) | Kind::And(a, b) | Kind::Or(a, b) | Kind::Binary(_, a, b) => {
                a.depth.max(b.depth)
            }
            Kind::Slice(value, parts) => {
                parts.iter().flatten().map(|e| e.depth).max().unwrap_or(0).max(value.depth)
            }
            Kind::Call(callee, args) => callee.depth.max(args.depth()),
            Kind::Filter(call) | Kind::Test(call) => {
                call.value.as_ref().map_or(0, |v| v.depth).max(call.args.depth())
            }
            Kind::Compare(first, rest) => {
                rest.iter().map(|(_, e)| e.depth).max().unwrap_or(0).max(first.depth)
            }
            Kind::Cond { test, yes, no } => test.depth.max(yes.depth).max(no.as_ref().map_or(0, |n| n.depth)),
        }
    }
}

/// A filter or test applied to a value; `None` inside `{% filter %}` means the captured text.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Name,
    pub(super) name_at: At,
    /// The code of a known filter.
    pub(super) code: Option<Filter>,
    /// The code of a known test.
    pub(super) test: Option<Test>,
    pub(super) value: Option<Expr>,
    pub(super) args: Args,
}

#[derive(Debug, Default)]
pub(super) struct Args {
    pub(super) positional: Vec<Expr>,
    pub(super) named: Vec<(Name, Expr)>,
    pub(super) more: Option<Expr>,
    pub(super) more_named: Option<Expr>,
}

impl Args {
    fn depth(&self) -> u16 {
        let named = self.named.iter().map(|(_, e)| e);
        let more = self.more.iter().chain(&self.more_named);
        self.positional.iter().chain(named).chain(more).map(|e| e.depth).max().unwrap_or(0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

impl Op {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::FloorDiv => "//",
            Op::Mod => "%",
            Op::Pow => "**",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// What can stand left of `=`.
#[derive(Debug)]
pub(super) enum Target {
    Name(Name),
    /// `ns.attribute`
    Attr(Name, Name, At),
    Tuple(Vec<Target>, At),
}

#[derive(Debug)]
pub(super) enum Stmt {
    Data(Arc<str>, At),
    Print(Expr),
    Do(Expr),
    If(Vec<(Expr, Body)>, Body),
    For(Arc<For>),
    Set(Target, Expr),
    SetBlock(Target, Option<Expr>, Body),
    With(Vec<(Target, Expr)>, Body),
    Macro(Arc<Macro>),
    CallBlock { call: Expr, caller: Arc<Macro> },
    FilterBlock(Expr, Body),
    Block(Arc<Block>, At),
    Extends(Expr, At),
    Include { name: Expr, ignore_missing: bool, with_context: bool, at: At },
    Import { name: Expr, target: Name, with_context: bool, at: At },
    From { name: Expr, names: Vec<(Name, Name, At)>, with_context: bool, at: At },
    Scope(Body),
    Jump(super::error::Jump, At),
}

#[derive(Debug)]
pub(super) struct For {
    pub(super) target: Target,
    pub(super) iterable: Expr,
    pub(super) test: Option<Expr>,
    pub(super) recursive: bool,
    pub(super) body: Body,
    pub(super) otherwise: Body,
}

#[derive(Debug)]
pub(super) struct Macro {
    pub(super) name: Name,
    pub(super) params: Vec<(Name, Option<Expr>)>,
    pub(super) body: Body,
    /// Whether the body names `caller`, `varargs`, `kwargs`: only then it takes them.
    pub(super) takes_caller: bool,
    pub(super) takes_varargs: bool,
    pub(super) takes_kwargs: bool,
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) name: Name,
    pub(super) scoped: bool,
    pub(super) required: bool,
    pub(super) body: Body,
}
