//! The list of all filters.

use super::super::eval::args::{count, required, text};
use super::super::method;
use super::super::value::Value;
use super::{
    Filter, escape, json, map, net, number, path, pretty, regex, sequence, set, text as words, wrap, yaml,
};

/// Names and code, Jinja2's first.
pub(super) const FILTERS: &[(&str, Filter)] = &[
    ("abs", number::abs),
    ("attr", map::attr),
    ("batch", sequence::batch),
    ("capitalize", |cx, v, g| words::plain(cx, v, g, method::capitalize)),
    ("center", |cx, v, g| {
        let [width] = g.take(["width"])?;
        method::pad(cx, &v.text(cx.budget())?, count(width, 80)?, " ", "center")
    }),
    ("count", sequence::length),
    ("d", map::default),
    ("default", map::default),
    ("dictsort", map::dictsort),
    ("e", escape::html),
    ("escape", escape::html),
    ("filesizeformat", number::filesizeformat),
    ("first", sequence::first),
    ("float", number::float),
    ("forceescape", escape::html),
    ("format", words::format),
    ("groupby", map::groupby),
    ("indent", words::indent),
    ("int", number::int),
    ("items", map::items),
    ("join", sequence::join),
    ("last", sequence::last),
    ("length", sequence::length),
    ("list", |cx, v, g| g.none().and_then(|()| Ok(Value::list(v.elements(cx.budget())?)))),
    ("lower", |cx, v, g| words::plain(cx, v, g, str::to_lowercase)),
    ("map", map::map),
    ("max", |cx, v, g| sequence::extreme(cx, v, g, std::cmp::Ordering::Greater)),
    ("min", |cx, v, g| sequence::extreme(cx, v, g, std::cmp::Ordering::Less)),
    ("pprint", pretty::pprint),
    ("reject", |cx, v, g| map::select(cx, v, g, false, false)),
    ("rejectattr", |cx, v, g| map::select(cx, v, g, false, true)),
    ("replace", words::replace),
    ("reverse", sequence::reverse),
    ("round", number::round),
    ("safe", words::string),
    ("select", |cx, v, g| map::select(cx, v, g, true, false)),
    ("selectattr", |cx, v, g| map::select(cx, v, g, true, true)),
    ("slice", sequence::slice),
    ("sort", sequence::sort),
    ("string", words::string),
    ("striptags", escape::striptags),
    ("sum", sequence::sum),
    ("title", |cx, v, g| words::plain(cx, v, g, words::title)),
    ("tojson", json::tojson),
    ("trim", words::trim),
    ("truncate", words::truncate),
    ("unique", sequence::unique),
    ("upper", |cx, v, g| words::plain(cx, v, g, str::to_uppercase)),
    ("urlencode", escape::urlencode),
    ("wordcount", words::wordcount),
    ("wordwrap", wrap::wordwrap),
    ("xmlattr", escape::xmlattr),
    // Ansible's.
    ("b64decode", escape::b64decode),
    ("b64encode", escape::b64encode),
    ("basename", |cx, v, g| path::of(cx, v, g, path::basename)),
    ("bool", number::bool),
    ("checksum", |cx, v, _| escape::digest(cx, v, "sha1")),
    ("combine", set::combine),
    ("dict2items", set::dict2items),
    ("difference", |cx, v, g| set::combined(cx, v, g, set::Kind::Difference)),
    ("dirname", |cx, v, g| path::of(cx, v, g, path::dirname)),
    ("flatten", sequence::flatten),
    ("from_json", json::from_json),
    ("from_yaml", yaml::from_yaml),
    ("hash", |cx, v, g| {
        let [kind] = g.take(["hashtype"])?;
        escape::digest(cx, v, &text(kind, "sha1")?)
    }),
    ("intersect", |cx, v, g| set::combined(cx, v, g, set::Kind::Intersection)),
    ("ipaddr", |cx, v, g| net::ipaddr(cx, v, g, None)),
    ("ipmath", net::ipmath),
    ("ipv4", |cx, v, g| net::ipaddr(cx, v, g, Some(4))),
    ("ipv6", |cx, v, g| net::ipaddr(cx, v, g, Some(6))),
    ("items2dict", set::items2dict),
    ("mandatory", map::mandatory),
    ("md5", |cx, v, _| escape::digest(cx, v, "md5")),
    ("nthhost", net::nthhost),
    ("path_join", path::join),
    ("quote", escape::quote),
    ("regex_escape", regex::escape),
    ("regex_findall", regex::findall),
    ("regex_replace", regex::replace),
    ("regex_search", regex::search),
    ("sha1", |cx, v, _| escape::digest(cx, v, "sha1")),
    ("split", |cx, v, g| method::call(cx, &Value::Str(v.text(cx.budget())?), "split", g)),
    ("splitext", |cx, v, g| path::splitext(cx, v, g)),
    ("symmetric_difference", |cx, v, g| set::combined(cx, v, g, set::Kind::SymmetricDifference)),
    ("ternary", |_, v, g| {
        let [yes, no, none] = g.take(["true_val", "false_val", "none_val"])?;
        let truth = v.truth()?;
        let chosen = match (v, none) {
            (Value::None, Some(none)) => Some(none),
            (_, _) if truth => yes,
            _ => no,
        };
        required(chosen, "false_val")
    }),
    ("to_json", json::to_json),
    ("to_nice_json", json::to_nice_json),
    ("to_nice_yaml", yaml::to_nice_yaml),
    ("to_yaml", yaml::to_yaml),
    ("type_debug", |_, v, g| g.none().map(|()| Value::str(v.type_name()))),
    ("union", |cx, v, g| set::combined(cx, v, g, set::Kind::Union)),
    ("zip", sequence::zip),
];

/// Filters that people know and that cannot be had here, each with the way out.
pub(super) const UNSUPPORTED: &[(&str, &str)] = &[
    ("random", "set the value in an env file: a render must give the same bytes every time"),
    ("shuffle", "use `| sort`: a render must give the same bytes every time"),
    ("urlize", "write the link's HTML in the template"),
    ("password_hash", "store the hash as a secret and use that"),
    ("vault", "use foundry vault encrypt"),
    ("unvault", "put the file's values in secrets.env.vault; they are decrypted for the render"),
    ("json_query", "use selectattr and map instead"),
    ("strftime", "set the date in an env file: a render must give the same bytes every time"),
    ("to_uuid", "set the value in an env file"),
    ("expanduser", "write the whole path"),
    ("realpath", "write the whole path"),
];
