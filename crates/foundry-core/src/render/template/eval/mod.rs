//! Walking the tree: what one render knows, and where in it the walk stands.

pub(super) mod args;
mod call;
mod expr;
mod inherit;
mod ops;
mod stmt;
mod trace;

pub(super) use args::Given;
pub(super) use ops::{attribute, binary, contains, item, mapping, position};
pub use trace::Origin;
pub(super) use trace::trace;

use super::ast::{At, Block, For, Name};
use super::compile::Compiled;
use super::error::{Eval, Fault, Place};
use super::limits::{Budget, Limits};
use super::parse::stack_address;
use super::value::{Bound, Missing, ModuleValue, Object, Value};
use super::{Context, Rendered, TemplateError, Templates, function, nearest};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Stack that one render may use; threads have at least 2 MiB.
const MAX_STACK: usize = 1 << 20;

/// Variables of one scope; inner scopes see those of the outer ones.
#[derive(Default)]
pub(super) struct Frame {
    vars: RefCell<Vec<(Name, Value)>>,
    parent: Option<Rc<Frame>>,
    /// The scope of an included template: it sees the names outside, but not `loop`.
    included: bool,
}

impl Frame {
    pub(super) fn inside(parent: &Rc<Frame>) -> Rc<Frame> {
        Rc::new(Frame { vars: RefCell::default(), parent: Some(parent.clone()), included: false })
    }

    fn included(parent: &Rc<Frame>) -> Rc<Frame> {
        Rc::new(Frame { vars: RefCell::default(), parent: Some(parent.clone()), included: true })
    }

    pub(super) fn set(&self, name: &Name, value: Value) {
        let mut vars = self.vars.borrow_mut();
        match vars.iter_mut().find(|(n, _)| n == name) {
            Some(var) => var.1 = value,
            None => vars.push((name.clone(), value)),
        }
    }

    /// A variable of this scope alone.
    pub(super) fn own(&self, name: &str) -> Option<Value> {
        self.vars.borrow().iter().find(|(n, _)| &**n == name).map(|(_, v)| v.clone())
    }

    fn lookup(&self, name: &str) -> Option<Value> {
        let mut frame = self;
        loop {
            if let Some(value) = frame.own(name) {
                return Some(value);
            }
            if frame.included && name == "loop" {
                return None;
            }
            frame = frame.parent.as_ref()?;
        }
    }
}

/// The definitions of a block, the child's first, each with its template.
type Definitions = Vec<(Arc<Compiled>, Arc<Block>)>;

/// One template's run, with the blocks of those it extends.
pub(super) struct Unit {
    root: Rc<Frame>,
    /// Whether the context's names are visible: not in a template imported without context.
    visible: bool,
    blocks: RefCell<HashMap<Name, Definitions>>,
    parent: RefCell<Option<Arc<Compiled>>>,
}

/// What `loop(…)` needs to walk a recursive loop again.
pub(super) struct Again {
    node: Arc<For>,
    template: Arc<Compiled>,
    unit: Rc<Unit>,
    frame: Rc<Frame>,
}

/// Text on its way out; silent after `extends`.
#[derive(Default)]
pub(super) struct Out {
    text: String,
    silent: bool,
    /// Where each piece of the text comes from, when somebody wants to know.
    marks: Option<Vec<trace::Mark>>,
}

/// One render.
pub(super) struct Run<'r> {
    templates: &'r Templates,
    context: &'r Context,
    pub(super) budget: Budget,
    seen: RefCell<HashMap<Name, Option<Value>>>,
    used: RefCell<BTreeSet<String>>,
    missing: RefCell<BTreeSet<String>>,
    secret: Cell<bool>,
    modules: RefCell<HashMap<Name, Rc<Object>>>,
    /// Scopes that macros hold, to be emptied at the end: a macro in its own scope is a cycle.
    captured: RefCell<Vec<Rc<Frame>>>,
    pub(super) patterns: RefCell<HashMap<String, regex::Regex>>,
    base: usize,
}

/// Where the walk stands.
#[derive(Clone, Copy)]
pub(super) struct Cx<'c> {
    pub(super) run: &'c Run<'c>,
    unit: &'c Rc<Unit>,
    template: &'c Arc<Compiled>,
    frame: &'c Rc<Frame>,
    block: Option<&'c Bound>,
}

/// Renders a compiled template.
pub(super) fn render(
    templates: &Templates,
    template: &Arc<Compiled>,
    context: &Context,
    limits: &Limits,
) -> Result<Rendered, TemplateError> {
    walk(templates, template, context, limits, Out::default()).map(|(rendered, _)| rendered)
}

fn walk(
    templates: &Templates,
    template: &Arc<Compiled>,
    context: &Context,
    limits: &Limits,
    mut out: Out,
) -> Result<(Rendered, Option<Vec<trace::Mark>>), TemplateError> {
    let run = Run {
        templates,
        context,
        budget: Budget::new(*limits),
        seen: RefCell::default(),
        used: RefCell::default(),
        missing: RefCell::default(),
        secret: Cell::new(false),
        modules: RefCell::default(),
        captured: RefCell::default(),
        patterns: RefCell::default(),
        base: stack_address(),
    };
    let unit = Unit::new(template, Rc::default(), true);
    let result = inherit::run_template(&run, &unit, template, &mut out);
    for frame in run.captured.take() {
        let vars = frame.vars.take();
        drop(vars);
    }
    result.map_err(|fault| run.masked(fault).publish(template))?;
    let rendered = Rendered {
        text: out.text,
        used: run.used.take(),
        missing: run.missing.take(),
        secret: run.secret.get(),
    };
    Ok((rendered, out.marks))
}

impl Run<'_> {
    /// The fault without the values of secrets: names that a template computed may hold them.
    fn masked(&self, mut fault: Box<Fault>) -> Box<Fault> {
        for name in self.used.borrow().iter().filter(|name| self.context.is_secret(name)) {
            let Some((Value::Str(secret), _)) = self.context.value(name) else { continue };
            let leaks = |text: &str| !secret.is_empty() && text.contains(&*secret);
            if leaks(&fault.message) {
                fault.message = fault.message.replace(&*secret, "***");
            }
            fault.help = fault.help.filter(|help| !leaks(help));
            fault.undefined = fault.undefined.filter(|name| !leaks(name));
        }
        fault
    }
}

impl Unit {
    fn new(template: &Arc<Compiled>, root: Rc<Frame>, visible: bool) -> Rc<Unit> {
        let block = |b: &Arc<Block>| (b.name.clone(), vec![(template.clone(), b.clone())]);
        Rc::new(Unit {
            root,
            visible,
            blocks: RefCell::new(template.blocks.iter().map(block).collect()),
            parent: RefCell::default(),
        })
    }
}

impl<'c> Cx<'c> {
    pub(super) fn budget(&self) -> &'c Budget {
        &self.run.budget
    }

    fn with_frame<'n>(self, frame: &'n Rc<Frame>) -> Cx<'n>
    where
        'c: 'n,
    {
        Cx { frame, ..self }
    }

    /// Whether messages may show texts that the template computed.
    fn may_show(&self) -> bool {
        !self.run.secret.get()
    }

    fn place(&self, at: At) -> Place {
        Place { template: self.template.clone(), at }
    }

    fn check_stack(&self) -> Eval<()> {
        if self.run.base.abs_diff(stack_address()) > MAX_STACK {
            return Err(Fault::new("nested too deep")
                .help("look for a macro or an include that calls itself without an end"));
        }
        Ok(())
    }

    /// The value of a name: scopes, then the context, then the functions that every template has.
    fn lookup(&self, name: &Name, at: At) -> Value {
        if let Some(value) = self.frame.lookup(name) {
            return value;
        }
        match &**name {
            "self" => return Value::object(Object::Blocks(self.unit.clone())),
            "super" => {
                if let Some(bound) = self.block {
                    let next = Bound { level: bound.level + 1, ..bound.clone() };
                    return Value::object(Object::Block(next));
                }
            }
            _ => {}
        }
        if self.unit.visible
            && let Some(value) = self.context_value(name)
        {
            return value;
        }
        if let Some(value) = function::global(name) {
            return value;
        }
        self.undefined_name(name, at)
    }

    fn context_value(&self, name: &Name) -> Option<Value> {
        if let Some(seen) = self.run.seen.borrow().get(name) {
            return seen.clone();
        }
        let found = self.run.context.value(name);
        let value = match found {
            Some((value, secret)) => {
                self.run.used.borrow_mut().insert(name.to_string());
                self.run.secret.set(self.run.secret.get() || secret);
                Some(value)
            }
            None => {
                if function::global(name).is_none() {
                    self.run.missing.borrow_mut().insert(name.to_string());
                }
                None
            }
        };
        self.run.seen.borrow_mut().insert(name.clone(), value.clone());
        value
    }

    fn undefined_name(&self, name: &Name, at: At) -> Value {
        let mut help = None;
        if !self.unit.visible && self.run.context.contains(name) {
            help = Some(
                "add `with context` to the import: without it, a template sees only its own names".to_owned(),
            );
        }
        Value::Undefined(Rc::new(Missing {
            message: format!("`{name}` is undefined"),
            name: Some(name.clone()),
            help,
            place: Some(self.place(at)),
            silent: false,
        }))
    }

    /// Adds to a fault about an undefined name the name that was probably meant.
    fn suggest(&self, mut fault: Box<Fault>) -> Box<Fault> {
        if let (None, Some(name)) = (&fault.help, &fault.undefined) {
            fault.help = nearest(name, self.run.context.names()).map(|near| format!("write `{near}`"));
        }
        fault
    }
}

/// The part of a module that `import` gives away.
fn exported(module: &ModuleValue, name: &str) -> Option<Value> {
    if name.starts_with('_') { None } else { module.frame.own(name) }
}
