//! Tokens to tree: what statements (`stmt`) and expressions (`expr`, `postfix`, `target`) need in common.

mod expr;
mod postfix;
mod stmt;
mod target;

use super::ast::{At, Block, Body, Expr, Kind, Name};
use super::error::{Eval, Fault};
use super::lex::{Lexed, Token};
use std::sync::Arc;

/// Nesting of one expression; Python gives up at about the same depth.
const MAX_DEPTH: u16 = 200;
/// Stack that parsing may use; threads have at least 2 MiB.
const MAX_STACK: usize = 640 << 10;

/// Where the parser stands.
pub(super) struct Parser {
    tokens: Vec<(Token, At)>,
    next: usize,
    blocks: Vec<Arc<Block>>,
    /// Tags that are open, for messages.
    open: Vec<(Name, At)>,
    /// Inside a branch, where an unknown filter is a fault only when it is reached.
    soft: usize,
    /// Names that the innermost macro's body uses.
    used: Vec<Used>,
    base: usize,
}

#[derive(Default)]
struct Used {
    caller: bool,
    varargs: bool,
    kwargs: bool,
}

/// The tree of a template and its blocks.
pub(super) fn parse(tokens: Vec<(Token, At)>) -> Lexed<(Body, Vec<Arc<Block>>)> {
    let mut parser = Parser {
        tokens,
        next: 0,
        blocks: Vec::new(),
        open: Vec::new(),
        soft: 0,
        used: Vec::new(),
        base: stack_address(),
    };
    let (body, _) = parser.body(&[])?;
    Ok((body, parser.blocks))
}

/// About where the stack ends now: the difference of two calls says how much is in use.
#[inline(never)]
pub(super) fn stack_address() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)) as usize
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn ahead(&self, by: usize) -> &Token {
        &self.tokens[(self.next + by).min(self.tokens.len() - 1)].0
    }

    fn here(&self) -> At {
        self.tokens[self.next].1
    }

    /// The place of the token before.
    fn last(&self) -> At {
        self.tokens[self.next.saturating_sub(1)].1
    }

    fn advance(&mut self) -> (Token, At) {
        let (token, at) = &mut self.tokens[self.next];
        // The parser never goes back: what it passes may be moved out, except the end.
        let token = (std::mem::replace(token, Token::Eof), *at);
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
        token
    }

    fn is_op(&self, op: &str) -> bool {
        matches!(self.peek(), Token::Op(o) if *o == op)
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(n) if &**n == name)
    }

    fn skip_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        if found {
            self.advance();
        }
        found
    }

    fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.advance();
        }
        found
    }

    fn expect_op(&mut self, op: &str) -> Lexed<At> {
        if self.is_op(op) { Ok(self.advance().1) } else { self.unexpected(&format!("`{op}`")) }
    }

    fn expect_name(&mut self, name: &str) -> Lexed<At> {
        if self.is_name(name) { Ok(self.advance().1) } else { self.unexpected(&format!("`{name}`")) }
    }

    fn identifier(&mut self, what: &str) -> Lexed<(Name, At)> {
        match self.advance() {
            (Token::Name(name), at) => Ok((name, at)),
            (token, at) => Err((at, Fault::new(format!("expected {what}, got {}", describe(&token))))),
        }
    }

    fn expect(&mut self, token: &Token) -> Lexed<At> {
        if self.peek() == token { Ok(self.advance().1) } else { self.unexpected(&describe(token)) }
    }

    fn unexpected<T>(&self, expected: &str) -> Lexed<T> {
        let message = match self.peek() {
            Token::Eof => format!("unexpected end of template, expected {expected}"),
            other => format!("expected {expected}, got {}", describe(other)),
        };
        Err((self.here(), Fault::new(message)))
    }

    fn fail<T>(&self, at: At, fault: Box<Fault>) -> Lexed<T> {
        Err((at, fault))
    }

    fn check_stack(&self) -> Lexed<()> {
        if self.base.abs_diff(stack_address()) > MAX_STACK {
            return self.fail(self.here(), too_deep());
        }
        Ok(())
    }

    /// An expression, unless it is nested too deep.
    fn make(&self, at: At, kind: Kind) -> Lexed<Expr> {
        let expr = Expr::new(at, kind);
        if expr.depth > MAX_DEPTH {
            return self.fail(at, too_deep());
        }
        Ok(expr)
    }
}

fn too_deep() -> Box<Fault> {
    Fault::new("nested too deep").help("split it with `{% set %}`")
}

/// A token for messages.
fn describe(token: &Token) -> String {
    match token {
        Token::Data(_) => "text".to_owned(),
        Token::VarBegin => "`{{`".to_owned(),
        Token::VarEnd => "`}}`".to_owned(),
        Token::BlockBegin => "`{%`".to_owned(),
        Token::BlockEnd => "`%}`".to_owned(),
        Token::Name(name) => format!("`{name}`"),
        Token::Str(_) => "a quoted text".to_owned(),
        Token::Int(_) | Token::Float(_) => "a number".to_owned(),
        Token::Op(op) => format!("`{op}`"),
        Token::Eof => "the end of the template".to_owned(),
    }
}

/// Attaches a place to a fault of something that has none.
fn placed<T>(result: Eval<T>, at: At) -> Lexed<T> {
    result.map_err(|fault| (at, fault))
}
