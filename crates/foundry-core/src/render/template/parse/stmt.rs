//! Statements: what stands between `{%` and `%}`.

use super::super::ast::{At, Block, Body, Expr, For, Kind, Macro, Name, Stmt, Target};
use super::super::error::{Fault, Jump};
use super::super::lex::{Lexed, Token};
use super::{Parser, Used};
use std::sync::Arc;

const TAGS: [&str; 21] = [
    "if",
    "for",
    "set",
    "with",
    "macro",
    "call",
    "filter",
    "block",
    "extends",
    "include",
    "import",
    "from",
    "raw",
    "do",
    "break",
    "continue",
    "print",
    "autoescape",
    "else",
    "elif",
    "endif",
];

impl Parser {
    /// Statements until one of the tags in `ends`, which is returned with its place.
    pub(super) fn body(&mut self, ends: &[&str]) -> Lexed<(Body, (Name, At))> {
        self.check_stack()?;
        let mut body = Vec::new();
        loop {
            match self.advance() {
                (Token::Data(text), at) => body.push(Stmt::Data(text, at)),
                (Token::VarBegin, _) => {
                    body.push(Stmt::Print(self.tuple(true, &[], false)?));
                    self.expect(&Token::VarEnd)?;
                }
                (Token::BlockBegin, _) => {
                    let (tag, at) = self.identifier("a tag's name")?;
                    if ends.contains(&&*tag) {
                        return Ok((body, (tag, at)));
                    }
                    self.statement(&tag, at, ends, &mut body)?;
                    self.expect(&Token::BlockEnd)?;
                }
                (_, at) if ends.is_empty() => return Ok((body, ("".into(), at))),
                (_, at) => return self.unclosed(at, ends),
            }
        }
    }

    fn unclosed<T>(&self, end: At, ends: &[&str]) -> Lexed<T> {
        let (tag, at) = self.open.last().cloned().unwrap_or(("".into(), end));
        let closing = ends.last().copied().unwrap_or("");
        let fault = Fault::new(format!("`{tag}` is never closed")).help(format!("add {{% {closing} %}}"));
        self.fail(at, fault)
    }

    /// The statement's end, its body, and the tag that closed it.
    fn block(&mut self, ends: &[&str]) -> Lexed<(Body, Name)> {
        self.skip_op(":");
        self.expect(&Token::BlockEnd)?;
        let (body, (end, _)) = self.body(ends)?;
        Ok((body, end))
    }

    fn statement(&mut self, tag: &Name, at: At, ends: &[&str], body: &mut Body) -> Lexed<()> {
        self.open.push((tag.clone(), at));
        let statement = match &**tag {
            "if" => self.if_statement()?,
            "for" => self.for_statement()?,
            "set" => self.set_statement()?,
            "with" => self.with_statement()?,
            "macro" => {
                let (name, _) = self.identifier("the macro's name")?;
                Stmt::Macro(Arc::new(self.macro_definition(name, "endmacro")?))
            }
            "call" => self.call_statement()?,
            "filter" => {
                let filters = self.block_filters()?;
                Stmt::FilterBlock(filters, self.block(&["endfilter"])?.0)
            }
            "block" => self.block_statement(at)?,
            "extends" => Stmt::Extends(self.expression(true)?, at),
            "include" => self.include_statement(at)?,
            "import" => self.import_statement(at)?,
            "from" => self.names_statement(at)?,
            "do" => Stmt::Do(self.tuple(true, &[], false)?),
            "break" => Stmt::Jump(Jump::Break, at),
            "continue" => Stmt::Jump(Jump::Continue, at),
            "print" => {
                while *self.peek() != Token::BlockEnd {
                    body.push(Stmt::Print(self.expression(true)?));
                    self.skip_op(",");
                }
                self.open.pop();
                return Ok(());
            }
            "autoescape" => {
                let value = self.expression(true)?;
                if !matches!(value.kind, Kind::Bool(false)) {
                    let fault = Fault::new("automatic escaping is not supported");
                    return self.fail(value.at, fault.help("apply `| e` where a value needs escaping"));
                }
                Stmt::Scope(self.block(&["endautoescape"])?.0)
            }
            _ => return self.unknown_tag(tag, at, ends),
        };
        body.push(statement);
        self.open.pop();
        Ok(())
    }

    fn unknown_tag(&mut self, tag: &str, at: At, ends: &[&str]) -> Lexed<()> {
        self.open.pop();
        let mut fault = Fault::new(format!("unknown tag `{tag}`"));
        let closes = tag.starts_with("end") || matches!(tag, "else" | "elif");
        if let (true, Some((open, _))) = (closes, self.open.last()) {
            let expected = ends.last().copied().unwrap_or("");
            fault = Fault::new(format!("`{tag}` does not close the open `{open}`"))
                .help(format!("close `{open}` with {{% {expected} %}} first"));
        } else if closes {
            fault = Fault::new(format!("`{tag}` without a tag that it could close"));
        } else if let Some(near) = super::super::nearest(tag, TAGS.iter().copied()) {
            fault = fault.help(format!("write `{near}`"));
        }
        self.fail(at, fault)
    }

    fn if_statement(&mut self) -> Lexed<Stmt> {
        self.soft += 1;
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let ends = ["elif", "else", "endif"];
        let mut test = self.tuple(false, &[], false)?;
        loop {
            let (body, end) = self.block(&ends)?;
            branches.push((test, body));
            match &*end {
                "elif" => test = self.tuple(false, &[], false)?,
                "else" => {
                    otherwise = self.block(&["endif"])?.0;
                    break;
                }
                _ => break,
            }
        }
        self.soft -= 1;
        Ok(Stmt::If(branches, otherwise))
    }

    fn for_statement(&mut self) -> Lexed<Stmt> {
        let target = self.target(&["in"], false)?;
        self.expect_name("in")?;
        let iterable = self.tuple(false, &["recursive"], false)?;
        let test = if self.skip_name("if") { Some(self.expression(true)?) } else { None };
        let recursive = self.skip_name("recursive");
        let (body, end) = self.block(&["else", "endfor"])?;
        let otherwise = if &*end == "else" { self.block(&["endfor"])?.0 } else { Vec::new() };
        Ok(Stmt::For(Arc::new(For { target, iterable, test, recursive, body, otherwise })))
    }

    fn set_statement(&mut self) -> Lexed<Stmt> {
        let target = self.target(&[], true)?;
        if self.skip_op("=") {
            return Ok(Stmt::Set(target, self.tuple(true, &[], false)?));
        }
        let filters = if self.skip_op("|") { Some(self.block_filters()?) } else { None };
        Ok(Stmt::SetBlock(target, filters, self.block(&["endset"])?.0))
    }

    fn with_statement(&mut self) -> Lexed<Stmt> {
        let mut values = Vec::new();
        while *self.peek() != Token::BlockEnd && !self.is_op(":") {
            if !values.is_empty() {
                self.expect_op(",")?;
            }
            let target = self.single(&[])?;
            self.expect_op("=")?;
            values.push((target, self.expression(true)?));
        }
        Ok(Stmt::With(values, self.block(&["endwith"])?.0))
    }

    fn single(&mut self, stops: &[&str]) -> Lexed<Target> {
        self.target(stops, false)
    }

    fn macro_definition(&mut self, name: Name, end: &str) -> Lexed<Macro> {
        self.used.push(Used::default());
        let params = self.signature()?;
        self.macro_body(name, params, end)
    }

    fn signature(&mut self) -> Lexed<Vec<(Name, Option<Expr>)>> {
        self.expect_op("(")?;
        let mut params: Vec<(Name, Option<Expr>)> = Vec::new();
        while !self.is_op(")") {
            if !params.is_empty() {
                self.expect_op(",")?;
                if self.is_op(")") {
                    break;
                }
            }
            let (name, at) = self.identifier("a parameter's name")?;
            let default = if self.skip_op("=") { Some(self.expression(true)?) } else { None };
            if default.is_none() && params.last().is_some_and(|(_, d)| d.is_some()) {
                return self.fail(at, Fault::new("a parameter without a default follows one with a default"));
            }
            params.push((name, default));
        }
        self.expect_op(")")?;
        Ok(params)
    }

    fn macro_body(&mut self, name: Name, params: Vec<(Name, Option<Expr>)>, end: &str) -> Lexed<Macro> {
        let (body, _) = self.block(&[end])?;
        let used = self.used.pop().unwrap_or_default();
        if let Some(outer) = self.used.last_mut() {
            outer.caller |= used.caller;
            outer.varargs |= used.varargs;
            outer.kwargs |= used.kwargs;
        }
        let explicit = |n: &str| params.iter().any(|(p, _)| &**p == n);
        Ok(Macro {
            takes_caller: used.caller && !explicit("caller"),
            takes_varargs: used.varargs && !explicit("varargs"),
            takes_kwargs: used.kwargs && !explicit("kwargs"),
            name,
            params,
            body,
        })
    }

    fn call_statement(&mut self) -> Lexed<Stmt> {
        self.used.push(Used::default());
        let params = if self.is_op("(") { self.signature()? } else { Vec::new() };
        let outer = self.used.pop().unwrap_or_default();
        let call = self.expression(true)?;
        if !matches!(call.kind, Kind::Call(..)) {
            return self.fail(call.at, Fault::new("expected a call such as `name()`"));
        }
        self.used.push(outer);
        let caller = Arc::new(self.macro_body("caller".into(), params, "endcall")?);
        Ok(Stmt::CallBlock { call, caller })
    }

    fn block_statement(&mut self, at: At) -> Lexed<Stmt> {
        let (name, name_at) = self.identifier("the block's name")?;
        if self.is_op("-") {
            let fault = Fault::new("a block's name cannot contain `-`");
            return self.fail(self.here(), fault.help("use an underscore instead"));
        }
        let scoped = self.skip_name("scoped");
        let required = self.skip_name("required");
        // A block's body does not belong to the macro around it.
        let used = std::mem::take(&mut self.used);
        let (body, _) = self.block(&["endblock"])?;
        self.used = used;
        self.skip_name(&name);
        let blank = |s: &Stmt| matches!(s, Stmt::Data(t, _) if t.trim().is_empty());
        if required && !body.iter().all(blank) {
            return self
                .fail(name_at, Fault::new("a required block may contain only comments or whitespace"));
        }
        if self.blocks.iter().any(|b| b.name == name) {
            return self.fail(name_at, Fault::new(format!("block `{name}` is defined twice")));
        }
        let block = Arc::new(Block { name, scoped, required, body });
        self.blocks.push(block.clone());
        Ok(Stmt::Block(block, at))
    }

    fn import_context(&mut self, default: bool) -> bool {
        let with = self.is_name("with");
        if (with || self.is_name("without")) && matches!(self.ahead(1), Token::Name(n) if &**n == "context") {
            self.advance();
            self.advance();
            return with;
        }
        default
    }

    fn include_statement(&mut self, at: At) -> Lexed<Stmt> {
        let name = self.expression(true)?;
        let ignore = self.is_name("ignore") && matches!(self.ahead(1), Token::Name(n) if &**n == "missing");
        if ignore {
            self.advance();
            self.advance();
        }
        let with_context = self.import_context(true);
        Ok(Stmt::Include { at: at.to(name.at), name, ignore_missing: ignore, with_context })
    }

    fn import_statement(&mut self, at: At) -> Lexed<Stmt> {
        let name = self.expression(true)?;
        self.expect_name("as")?;
        let (target, _) = self.identifier("a name")?;
        let with_context = self.import_context(false);
        Ok(Stmt::Import { at: at.to(name.at), name, target, with_context })
    }

    fn names_statement(&mut self, at: At) -> Lexed<Stmt> {
        let name = self.expression(true)?;
        self.expect_name("import")?;
        let mut names = Vec::new();
        let mut with_context = None;
        loop {
            let context = matches!(self.ahead(1), Token::Name(n) if &**n == "context");
            if context && (self.is_name("with") || self.is_name("without")) {
                with_context = Some(self.import_context(false));
                break;
            }
            let (import, import_at) = self.identifier("a name to import")?;
            if import.starts_with('_') {
                let fault = Fault::new("names that start with an underscore cannot be imported");
                return self.fail(import_at, fault);
            }
            let alias = if self.skip_name("as") { self.identifier("a name")?.0 } else { import.clone() };
            names.push((import, alias, import_at));
            if !self.skip_op(",") {
                break;
            }
            if *self.peek() == Token::BlockEnd {
                break;
            }
        }
        let with_context = with_context.unwrap_or_else(|| self.import_context(false));
        Ok(Stmt::From { at: at.to(name.at), name, names, with_context })
    }
}
