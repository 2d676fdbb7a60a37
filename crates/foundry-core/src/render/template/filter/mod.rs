//! The filters after `|`: those of Jinja2, and the common ones of Ansible.

mod escape;
mod json;
mod map;
mod net;
mod number;
mod path;
mod pretty;
mod regex;
mod sequence;
mod set;
mod table;
mod text;
mod wrap;
mod yaml;
mod yaml_scalar;

pub(super) use regex::with_pattern;
pub(super) use sequence::sort_values;

use super::error::{Eval, Fault};
use super::eval::{Cx, Given};
use super::nearest;
use super::value::Value;

/// The code of a filter.
pub(super) type Filter = for<'a, 'b, 'c> fn(&'a Cx<'b>, &'c Value, Given) -> Eval<Value>;

/// The filter of a name.
pub(super) fn find(name: &str) -> Eval<Filter> {
    let short =
        name.strip_prefix("ansible.builtin.").or_else(|| name.strip_prefix("ansible.utils.")).unwrap_or(name);
    if let Some((_, filter)) = table::FILTERS.iter().find(|(n, _)| *n == short) {
        return Ok(*filter);
    }
    let fault = Fault::new(format!("unknown filter `{name}`"));
    Err(match (table::UNSUPPORTED.iter().find(|(n, _)| *n == short), known_near(name)) {
        (Some((_, way_out)), _) => Fault::new(format!("filter `{name}` is not supported")).help(*way_out),
        (None, Some(near)) => fault.help(format!("write `{near}`")),
        (None, None) => fault,
    })
}

fn known_near(name: &str) -> Option<String> {
    nearest(name, table::FILTERS.iter().map(|(n, _)| *n))
}
