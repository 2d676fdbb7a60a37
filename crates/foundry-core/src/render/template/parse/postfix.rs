//! What can follow a value: attributes, indexes, calls, filters and tests.

use super::super::ast::{Args, At, Call, Expr, Kind, Name};
use super::super::error::Fault;
use super::super::lex::{Lexed, Token};
use super::super::{filter, test};
use super::{Parser, placed};

impl Parser {
    pub(super) fn postfix(&mut self, mut node: Expr) -> Lexed<Expr> {
        loop {
            node = match self.peek() {
                Token::Op(".") => {
                    self.advance();
                    match self.advance() {
                        (Token::Name(name), at) => {
                            self.make(node.at.to(at), Kind::Attr(Box::new(node), name))?
                        }
                        (Token::Int(n), at) => {
                            let index = self.make(at, Kind::Int(n))?;
                            self.make(node.at.to(at), Kind::Item(Box::new(node), Box::new(index)))?
                        }
                        (_, at) => return self.fail(at, Fault::new("expected a name or a number after `.`")),
                    }
                }
                Token::Op("[") => self.subscript(node)?,
                Token::Op("(") => self.call(node)?,
                _ => return Ok(node),
            };
        }
    }

    pub(super) fn filtered(&mut self, mut node: Expr) -> Lexed<Expr> {
        loop {
            node = match self.peek() {
                Token::Op("|") => {
                    self.advance();
                    self.filter(Some(node))?
                }
                Token::Name(n) if &**n == "is" => self.test(node)?,
                Token::Op("(") => self.call(node)?,
                _ => return Ok(node),
            };
        }
    }

    fn subscript(&mut self, node: Expr) -> Lexed<Expr> {
        self.advance();
        let start = node.at;
        let mut parts: [Option<Expr>; 3] = [None, None, None];
        let mut colons = 0;
        while !self.is_op("]") {
            if self.is_op(":") && colons < 2 {
                self.advance();
                colons += 1;
            } else if parts[colons].is_none() {
                parts[colons] = Some(self.expression(true)?);
            } else if colons == 0 && self.skip_op(",") {
                let mut items: Vec<Expr> = parts[0].take().into_iter().collect();
                items.extend(self.items("]")?);
                let tuple = self.make(start.to(self.last()), Kind::Tuple(items))?;
                let at = start.to(self.last());
                return self.make(at, Kind::Item(Box::new(node), Box::new(tuple)));
            } else {
                return self.unexpected("`]`");
            }
        }
        let at = start.to(self.advance().1);
        let [first, second, third] = parts;
        match first {
            Some(index) if colons == 0 => self.make(at, Kind::Item(Box::new(node), Box::new(index))),
            None if colons == 0 => self.fail(at, Fault::new("expected an index between `[` and `]`")),
            first => self.make(at, Kind::Slice(Box::new(node), Box::new([first, second, third]))),
        }
    }

    fn call(&mut self, node: Expr) -> Lexed<Expr> {
        let args = self.args()?;
        let at = node.at.to(self.last());
        self.make(at, Kind::Call(Box::new(node), Box::new(args)))
    }

    fn args(&mut self) -> Lexed<Args> {
        self.check_stack()?;
        let open = self.expect_op("(")?;
        let mut args = Args::default();
        let bad = |parser: &Self| parser.fail(open, Fault::new("arguments in an order that no call allows"));
        let mut first = true;
        while !self.is_op(")") {
            if !first {
                self.expect_op(",")?;
                if self.is_op(")") {
                    break;
                }
            }
            first = false;
            if self.skip_op("*") {
                if args.more.is_some() || args.more_named.is_some() {
                    return bad(self);
                }
                args.more = Some(self.expression(true)?);
            } else if self.skip_op("**") {
                if args.more_named.is_some() {
                    return bad(self);
                }
                args.more_named = Some(self.expression(true)?);
            } else if matches!(self.peek(), Token::Name(_)) && *self.ahead(1) == Token::Op("=") {
                let (name, _) = self.identifier("a name")?;
                self.advance();
                args.named.push((name, self.expression(true)?));
            } else {
                if args.more.is_some() || args.more_named.is_some() || !args.named.is_empty() {
                    return bad(self);
                }
                args.positional.push(self.expression(true)?);
            }
        }
        self.expect_op(")")?;
        Ok(args)
    }

    fn dotted(&mut self, what: &str) -> Lexed<(Name, At)> {
        let (mut name, mut at) = self.identifier(what)?;
        while self.skip_op(".") {
            let (more, end) = self.identifier("a name")?;
            name = format!("{name}.{more}").into();
            at = at.to(end);
        }
        Ok((name, at))
    }

    /// A filter after `|`; without a value it filters the text of a block.
    pub(super) fn filter(&mut self, value: Option<Expr>) -> Lexed<Expr> {
        let (name, name_at) = self.dotted("the name of a filter")?;
        if self.soft == 0 {
            placed(filter::find(&name).map(drop), name_at)?;
        }
        let args = if self.is_op("(") { self.args()? } else { Args::default() };
        let start = value.as_ref().map_or(name_at, |v| v.at);
        let at = start.to(self.last());
        self.make(
            at,
            Kind::Filter(Box::new(Call {
                code: filter::find(&name).ok(),
                test: None,
                name,
                name_at,
                value,
                args,
            })),
        )
    }

    /// Filters after `{% filter` or `{% set x |`.
    pub(super) fn block_filters(&mut self) -> Lexed<Expr> {
        let mut node = self.filter(None)?;
        while self.skip_op("|") {
            node = self.filter(Some(node))?;
        }
        Ok(node)
    }

    fn test(&mut self, value: Expr) -> Lexed<Expr> {
        let start = value.at;
        self.advance();
        let negated = self.skip_name("not");
        let (name, name_at) = self.dotted("the name of a test")?;
        if self.soft == 0 {
            placed(test::find(&name).map(drop), name_at)?;
        }
        let mut args = Args::default();
        match self.peek() {
            Token::Op("(") => args = self.args()?,
            Token::Name(n) if matches!(&**n, "else" | "or" | "and") => {}
            Token::Name(n) if &**n == "is" => {
                return self.fail(self.here(), Fault::new("tests cannot follow each other with `is`"));
            }
            Token::Name(_) | Token::Str(_) | Token::Int(_) | Token::Float(_) | Token::Op("[" | "{") => {
                let only = self.primary()?;
                args.positional.push(self.postfix(only)?);
            }
            _ => {}
        }
        let at = start.to(self.last());
        let call = Call { test: test::find(&name).ok(), code: None, name, name_at, value: Some(value), args };
        let node = self.make(at, Kind::Test(Box::new(call)))?;
        if negated { self.make(at, Kind::Not(Box::new(node))) } else { Ok(node) }
    }
}
