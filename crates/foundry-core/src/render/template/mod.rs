//! Jinja2 templates as Jinja2 3.1 renders them, with places, limits and secrets.
//!
//! The dialect is the seed's: `trim_blocks`, `lstrip_blocks`, strict undefined, no automatic escaping, one final
//! newline dropped, newlines made `\n`. `{% do %}`, `{% break %}`, `{% continue %}` and the common filters of
//! Ansible work as well. Rendering is a tree walk over values that behave like Python's.

mod ast;
mod compile;
mod context;
mod error;
mod eval;
mod filter;
mod format;
mod function;
mod lex;
mod limits;
mod literal;
mod method;
mod parse;
mod shared;
mod test;
mod value;

pub use context::Context;
pub use error::TemplateError;
pub use eval::Origin;
pub use limits::Limits;

use compile::Compiled;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The templates that see each other: those of one domain, over a set that several domains share.
///
/// Each is compiled once, when it is first needed. `Send` and `Sync`: render from as many threads as you like.
#[derive(Default)]
pub struct Templates {
    base: Option<Arc<Templates>>,
    sources: HashMap<Arc<str>, Source>,
}

struct Source {
    text: Arc<str>,
    compiled: Slot,
}

/// Compiled templates by name and text, for sets of which many hold the same: a catalogue's, or copies of each other.
#[derive(Default)]
pub struct Equal(Mutex<HashMap<(String, Arc<str>), Slot>>);

impl Equal {
    fn slot(&self, name: &str, text: &Arc<str>) -> Slot {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry((name.to_owned(), text.clone())).or_default().clone()
    }
}

/// Where a template is compiled, once for all that share it.
type Slot = Arc<OnceLock<Compilation>>;

/// A template and why it does not compile, with the place of that in the normalised source.
type Compilation = (Arc<Compiled>, Option<(ast::At, TemplateError)>);

/// What a template became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The output.
    pub text: String,
    /// The names of the context that were looked up and found, in includes too.
    pub used: BTreeSet<String>,
    /// The names that were asked for and are not in the context (`is defined`, `default`).
    pub missing: BTreeSet<String>,
    /// Whether one of the names used is a secret.
    pub secret: bool,
}

impl Templates {
    /// A set of templates by name. Errors show when one is rendered, or by [`Templates::compile_error`].
    pub fn new(sources: impl IntoIterator<Item = (String, Arc<str>)>) -> Templates {
        Templates { base: None, sources: collect(sources, |_, _| Arc::default()) }
    }

    /// A set that also sees the templates of `base`; its own cover those of the same name.
    pub fn over(base: Arc<Templates>, sources: impl IntoIterator<Item = (String, Arc<str>)>) -> Templates {
        Templates { base: Some(base), sources: collect(sources, |_, _| Arc::default()) }
    }

    /// Like [`Templates::over`]; a template that `equal` knows by name and text is not compiled again.
    pub fn over_known(
        base: Arc<Templates>,
        sources: impl IntoIterator<Item = (String, Arc<str>)>,
        equal: &Equal,
    ) -> Templates {
        Templates { base: Some(base), sources: collect(sources, |name, text| equal.slot(name, text)) }
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = self.base.as_ref().map(|b| b.names()).unwrap_or_default();
        names.extend(self.sources.keys().map(|k| &**k));
        names
    }

    /// Why `name` does not compile; nothing when it does or does not exist.
    pub fn compile_error(&self, name: &str) -> Option<TemplateError> {
        self.find(name)?.1.as_ref().map(|(_, error)| error.clone())
    }

    /// Renders one template. `limits` bound its time and memory; see [`Limits`].
    pub fn render(&self, name: &str, context: &Context, limits: &Limits) -> Result<Rendered, TemplateError> {
        match self.find(name) {
            Some((_, Some((_, error)))) => Err(error.clone()),
            Some((template, None)) => {
                let rendered = eval::render(self, template, context, limits);
                shared::end_render();
                rendered
            }
            None => Err(TemplateError {
                template: name.to_owned(),
                line: 1,
                column: 1,
                start: 0,
                end: 0,
                message: format!("no template `{name}`"),
                undefined: None,
                help: nearest(name, self.names().into_iter()).map(|near| format!("write `{near}`")),
                via: Vec::new(),
            }),
        }
    }

    /// What made each of `ranges`, in bytes of the text that `name` renders to; `None` for what nothing made.
    ///
    /// # Errors
    /// Those of [`Templates::render`].
    pub fn trace(
        &self,
        name: &str,
        context: &Context,
        limits: &Limits,
        ranges: &[Range<usize>],
    ) -> Result<Vec<Option<Origin>>, TemplateError> {
        match self.find(name) {
            Some((template, None)) => {
                let traced = eval::trace(self, template, context, limits, ranges);
                shared::end_render();
                traced
            }
            _ => Ok(vec![None; ranges.len()]),
        }
    }

    fn find(&self, name: &str) -> Option<&Compilation> {
        let Some((name, source)) = self.sources.get_key_value(name) else {
            return self.base.as_ref()?.find(name);
        };
        Some(source.compiled.get_or_init(|| {
            let (compiled, fault) = Compiled::new(name.clone(), source.text.clone());
            let error = fault.map(|f| (f.place_or_start(), f.publish(&compiled)));
            (compiled, error)
        }))
    }
}

fn collect(
    sources: impl IntoIterator<Item = (String, Arc<str>)>,
    slot: impl Fn(&str, &Arc<str>) -> Arc<OnceLock<Compilation>>,
) -> HashMap<Arc<str>, Source> {
    let source = |(name, text): (String, Arc<str>)| {
        let compiled = slot(&name, &text);
        (name.into(), Source { text, compiled })
    };
    sources.into_iter().map(source).collect()
}

/// The name most like `wanted`, if one is near enough to be a slip.
fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    crate::load::did_you_mean(wanted, names).map(str::to_owned)
}
