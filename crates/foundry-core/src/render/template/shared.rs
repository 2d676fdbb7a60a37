//! Large values of a shared context, converted once per thread instead of once per render.
//!
//! Values of a render can be changed by a template (`ports.update(…)`). Such a change is for that render only: the
//! first one drops what the thread keeps, when the render ends.

use super::context::Context;
use super::value::{Value, from_json};
use serde_json::Value as Json;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
    static CHANGED: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct Kept {
    /// Whose values they are; a weak reference keeps its address from being used again.
    of: Weak<Context>,
    values: HashMap<String, Value>,
}

/// The value of `name` in `base`, whose JSON is given.
pub(super) fn value(base: &Arc<Context>, name: &str, json: &Json) -> Value {
    KEPT.with_borrow_mut(|kept| {
        if kept.of.as_ptr() != Arc::as_ptr(base) {
            *kept = Kept { of: Arc::downgrade(base), values: HashMap::new() };
        }
        if let Some(value) = kept.values.get(name) {
            return value.clone();
        }
        let value = from_json(json);
        kept.values.insert(name.to_owned(), value.clone());
        value
    })
}

/// Notes that a list or mapping was changed in place.
pub(super) fn changed() {
    CHANGED.set(true);
}

/// Ends a render: what it may have changed is not kept.
pub(super) fn end_render() {
    if CHANGED.replace(false) {
        KEPT.with_borrow_mut(|kept| *kept = Kept::default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Limits, Templates};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn a_change_is_for_one_render_only() {
        let mut base = Context::new();
        base.set("ports", json!({"web": {"http": 80}}));
        let context = Context::over(Arc::new(base));
        let sources = [
            ("change", "{% set _ = ports.web.update({'http': 1}) %}{{ ports.web.http }}"),
            ("read", "{{ ports.web.http }}"),
        ];
        let templates = Templates::new(sources.map(|(name, text)| (name.to_owned(), Arc::from(text))));
        let render = |name| templates.render(name, &context, &Limits::default()).map(|r| r.text);
        for _ in 0..2 {
            assert_eq!(render("read"), Ok("80".to_owned()));
            assert_eq!(render("change"), Ok("1".to_owned()));
        }
        let mut other = Context::new();
        other.set("ports", json!({"web": {"http": 81}}));
        let other = Context::over(Arc::new(other));
        assert_eq!(templates.render("read", &other, &Limits::default()).map(|r| r.text), Ok("81".to_owned()));
    }
}
