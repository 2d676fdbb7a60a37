//! Expressions, in the order of precedence from loose to tight.

use super::super::ast::{At, Cmp, Expr, Kind, Op};
use super::super::error::Fault;
use super::super::lex::{Lexed, Token};
use super::{Parser, describe};

impl Parser {
    /// An expression; `cond` allows `a if b else c`.
    pub(super) fn expression(&mut self, cond: bool) -> Lexed<Expr> {
        self.check_stack()?;
        let mut expr = self.or()?;
        while cond && self.skip_name("if") {
            self.soft += 1;
            let test = self.or()?;
            let no = if self.skip_name("else") { Some(Box::new(self.expression(true)?)) } else { None };
            self.soft -= 1;
            let at = expr.at.to(self.last());
            expr = self.make(at, Kind::Cond { test: Box::new(test), yes: Box::new(expr), no })?;
        }
        Ok(expr)
    }

    fn or(&mut self) -> Lexed<Expr> {
        let mut left = self.and()?;
        while self.skip_name("or") {
            let right = self.and()?;
            let at = left.at.to(right.at);
            left = self.make(at, Kind::Or(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Lexed<Expr> {
        let mut left = self.not()?;
        while self.skip_name("and") {
            let right = self.not()?;
            let at = left.at.to(right.at);
            left = self.make(at, Kind::And(Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Lexed<Expr> {
        if self.is_name("not") {
            self.check_stack()?;
            let at = self.advance().1;
            let inner = self.not()?;
            return self.make(at.to(inner.at), Kind::Not(Box::new(inner)));
        }
        self.compare()
    }

    fn compare(&mut self) -> Lexed<Expr> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let cmp = match self.peek() {
                Token::Op("==") => Cmp::Eq,
                Token::Op("!=") => Cmp::Ne,
                Token::Op("<") => Cmp::Lt,
                Token::Op("<=") => Cmp::Le,
                Token::Op(">") => Cmp::Gt,
                Token::Op(">=") => Cmp::Ge,
                Token::Name(n) if &**n == "in" => Cmp::In,
                Token::Name(n)
                    if &**n == "not" && matches!(self.ahead(1), Token::Name(n) if &**n == "in") =>
                {
                    self.advance();
                    Cmp::NotIn
                }
                _ => break,
            };
            self.advance();
            rest.push((cmp, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let at = first.at.to(self.last());
        self.make(at, Kind::Compare(Box::new(first), rest))
    }

    fn binary(&mut self, ops: &[(&str, Op)], next: fn(&mut Self) -> Lexed<Expr>) -> Lexed<Expr> {
        let mut left = next(self)?;
        loop {
            let Some((_, op)) = ops.iter().find(|(symbol, _)| self.is_op(symbol)) else { return Ok(left) };
            self.advance();
            let right = next(self)?;
            let at = left.at.to(right.at);
            left = self.make(at, Kind::Binary(*op, Box::new(left), Box::new(right)))?;
        }
    }

    fn sum(&mut self) -> Lexed<Expr> {
        self.binary(&[("+", Op::Add), ("-", Op::Sub)], Self::concat)
    }

    fn concat(&mut self) -> Lexed<Expr> {
        let first = self.product()?;
        if !self.is_op("~") {
            return Ok(first);
        }
        let at = first.at;
        let mut parts = vec![first];
        while self.skip_op("~") {
            parts.push(self.product()?);
        }
        self.make(at.to(self.last()), Kind::Concat(parts))
    }

    fn product(&mut self) -> Lexed<Expr> {
        let ops = [("*", Op::Mul), ("/", Op::Div), ("//", Op::FloorDiv), ("%", Op::Mod)];
        self.binary(&ops, Self::power)
    }

    fn power(&mut self) -> Lexed<Expr> {
        self.binary(&[("**", Op::Pow)], |p| p.unary(true))
    }

    fn unary(&mut self, filters: bool) -> Lexed<Expr> {
        let sign = self.here();
        let node = if self.is_op("-") || self.is_op("+") {
            self.check_stack()?;
            let negative = self.is_op("-");
            self.advance();
            let inner = Box::new(self.unary(false)?);
            let at = sign.to(inner.at);
            self.make(at, if negative { Kind::Neg(inner) } else { Kind::Pos(inner) })?
        } else {
            self.primary()?
        };
        let node = self.postfix(node)?;
        if filters { self.filtered(node) } else { Ok(node) }
    }

    pub(super) fn primary(&mut self) -> Lexed<Expr> {
        let (token, at) = self.advance();
        let kind = match token {
            Token::Name(name) => match &*name {
                "true" | "True" => Kind::Bool(true),
                "false" | "False" => Kind::Bool(false),
                "none" | "None" => Kind::None,
                _ => {
                    self.note_use(&name);
                    Kind::Name(name)
                }
            },
            Token::Str(text) => {
                let mut text = text;
                while let Token::Str(more) = self.peek() {
                    text = [&*text, &**more].concat().into();
                    self.advance();
                }
                return self.make(at.to(self.last()), Kind::Str(text));
            }
            Token::Int(n) => Kind::Int(n),
            Token::Float(n) => Kind::Float(n),
            Token::Op("(") => {
                self.check_stack()?;
                let inner = self.tuple(true, &[], true)?;
                let end = self.expect_op(")")?;
                return Ok(Expr { at: at.to(end), ..inner });
            }
            Token::Op("[") => {
                let items = self.items("]")?;
                return self.make(at.to(self.last()), Kind::List(items));
            }
            Token::Op("{") => return self.dict(at),
            other => {
                return self
                    .fail(at, Fault::new(format!("unexpected {}, expected a value", describe(&other))));
            }
        };
        self.make(at, kind)
    }

    pub(super) fn note_use(&mut self, name: &str) {
        if let Some(used) = self.used.last_mut() {
            match name {
                "caller" => used.caller = true,
                "varargs" => used.varargs = true,
                "kwargs" => used.kwargs = true,
                _ => {}
            }
        }
    }

    pub(super) fn items(&mut self, close: &str) -> Lexed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.is_op(close) {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.is_op(close) {
                break;
            }
            items.push(self.expression(true)?);
        }
        self.advance();
        Ok(items)
    }

    fn dict(&mut self, start: At) -> Lexed<Expr> {
        let mut items = Vec::new();
        while !self.is_op("}") {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.is_op("}") {
                break;
            }
            let key = self.expression(true)?;
            self.expect_op(":")?;
            items.push((key, self.expression(true)?));
        }
        let end = self.advance().1;
        self.make(start.to(end), Kind::Dict(items))
    }

    /// One expression, or several with commas as a tuple; ends before `stops`.
    pub(super) fn tuple(&mut self, cond: bool, stops: &[&str], parens: bool) -> Lexed<Expr> {
        let start = self.here();
        let mut items = Vec::new();
        let mut tuple = false;
        loop {
            let end = matches!(self.peek(), Token::VarEnd | Token::BlockEnd | Token::Op(")"))
                || stops.iter().any(|s| self.is_name(s));
            if end {
                break;
            }
            items.push(self.expression(cond)?);
            if !self.skip_op(",") {
                break;
            }
            tuple = true;
        }
        if !tuple {
            match items.pop() {
                Some(only) => return Ok(only),
                None if !parens => return self.unexpected("an expression"),
                None => {}
            }
        }
        self.make(start.to(self.last()), Kind::Tuple(items))
    }
}
