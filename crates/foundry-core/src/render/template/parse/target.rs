//! What can stand left of `=` or before `in`: names, attributes of a namespace, and tuples of them.

use super::super::ast::Target;
use super::super::error::Fault;
use super::super::lex::{Lexed, Token};
use super::Parser;

impl Parser {
    /// What can stand left of `=` or before `in`.
    pub(super) fn target(&mut self, stops: &[&str], namespaces: bool) -> Lexed<Target> {
        let start = self.here();
        let mut targets = Vec::new();
        let mut tuple = false;
        loop {
            if stops.iter().any(|s| self.is_name(s))
                || self.is_op("=")
                || self.is_op(")")
                || *self.peek() == Token::BlockEnd
            {
                break;
            }
            targets.push(self.single_target(namespaces)?);
            if !self.skip_op(",") {
                break;
            }
            tuple = true;
        }
        match targets.pop() {
            Some(only) if !tuple => Ok(only),
            Some(last) => {
                targets.push(last);
                Ok(Target::Tuple(targets, start.to(self.last())))
            }
            None => self.unexpected("a name"),
        }
    }

    fn single_target(&mut self, namespaces: bool) -> Lexed<Target> {
        if self.is_op("(") {
            self.check_stack()?;
            self.advance();
            let inner = self.target(&[], namespaces)?;
            self.expect_op(")")?;
            return Ok(inner);
        }
        let (name, at) = self.identifier("a name")?;
        if matches!(&*name, "true" | "True" | "false" | "False" | "none" | "None") {
            return self.fail(at, Fault::new(format!("cannot assign to `{name}`")));
        }
        if namespaces && self.skip_op(".") {
            let (attr, end) = self.identifier("a name")?;
            self.note_use(&name);
            return Ok(Target::Attr(name, attr, at.to(end)));
        }
        Ok(Target::Name(name))
    }
}
