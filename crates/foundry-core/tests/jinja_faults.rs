//! Faults of templates: their places, their way out, what they may not show, and what is bounded.

use foundry_core::render::template::{Context, Limits, Rendered, TemplateError, Templates};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

const SECRET: &str = "s3cr3t-value";

fn context() -> Context {
    let mut base = Context::new();
    base.set("DOMAIN", "example.org");
    base.set("FORGEJO_HTTP_PORT", 3000);
    base.set("domain", json!({"name": "base"}));
    base.set_secret("DB_PASSWORD", SecretString::from(SECRET));
    let mut context = Context::over(Arc::new(base));
    context.set("domain", json!({"name": "forgejo", "ports": {"http": 3000}}));
    context
}

fn templates(sources: &[(&str, &str)]) -> Templates {
    Templates::new(sources.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(*text))))
}

fn render(text: &str) -> Result<Rendered, TemplateError> {
    templates(&[("main", text)]).render("main", &context(), &Limits::default())
}

fn fault(text: &str) -> TemplateError {
    render(text).expect_err("this template is wrong")
}

/// `line:column message`, and the source between start and end.
fn place(text: &str) -> (String, String) {
    let error = fault(text);
    (format!("{}:{} {}", error.line, error.column, error.message), text[error.start..error.end].to_owned())
}

#[test]
fn undefined_names_have_an_exact_place() {
    let checks = [
        ("a\nb {{ DOMAN }}", "2:6 `DOMAN` is undefined", "DOMAN"),
        ("{{ domain.nmae }}", "1:4 `domain.nmae` is undefined", "domain.nmae"),
        ("{{ domain['nmae'] }}", "1:4 `domain.nmae` is undefined", "domain['nmae']"),
        ("{{ 'ä' ~ DOMAN }}", "1:10 `DOMAN` is undefined", "DOMAN"),
        ("{% if DOMAN %}{% endif %}", "1:7 `DOMAN` is undefined", "DOMAN"),
        ("{% for x in DOMAN %}{% endfor %}", "1:13 `DOMAN` is undefined", "DOMAN"),
        ("{{ 1 + DOMAN }}", "1:8 `DOMAN` is undefined", "DOMAN"),
        ("{{ DOMAN | upper }}", "1:4 `DOMAN` is undefined", "DOMAN"),
        ("{% set x = DOMAN %}\n\n{{ x }}", "1:12 `DOMAN` is undefined", "DOMAN"),
        ("{{ [1, DOMAN] | join }}", "1:8 `DOMAN` is undefined", "DOMAN"),
        ("x\r\ny\r\n{{ DOMAN }}\r\n", "3:4 `DOMAN` is undefined", "DOMAN"),
        ("{% macro m(a) %}{{ a }}{% endmacro %}\n{{ m() }}", "1:1 parameter `a` was not given", ""),
    ];
    for (text, message, source) in checks {
        let found = place(text);
        if source.is_empty() {
            assert!(found.0.ends_with(&message[4..]), "{found:?}");
        } else {
            assert_eq!(found, (message.to_owned(), source.to_owned()), "{text}");
        }
    }
}

#[test]
fn undefined_names_come_with_the_name_that_was_meant() {
    let error = fault("{{ DOMAN }}");
    assert_eq!(error.undefined.as_deref(), Some("DOMAN"));
    assert_eq!(error.help.as_deref(), Some("write `DOMAIN`"));
    assert_eq!(fault("{{ domain.nmae }}").help.as_deref(), Some("write `domain.name`"));
    assert_eq!(fault("{{ SOMETHING_ELSE }}").help, None);
    assert_eq!(fault("{{ 1 | uper }}").help.as_deref(), Some("write `upper`"));
    assert_eq!(fault("{{ 1 is defned }}").help.as_deref(), Some("write `defined`"));
    assert_eq!(fault("{% fro x in y %}{% endfor %}").help.as_deref(), Some("write `for`"));
}

#[test]
fn syntax_errors_have_an_exact_place() {
    let checks = [
        ("a\n{% if x %}\nb", "2:4 `if` is never closed", "if"),
        ("{{ 1 + }}", "1:8 unexpected `}}`, expected a value", "}}"),
        ("{{ (1 }}", "1:7 unexpected `}`, expected `)`", "}"),
        ("{% if x %}{% endfor %}", "1:14 `endfor` does not close the open `if`", "endfor"),
        ("x\n  {{ 'a }}", "2:6 this text has no closing `'`", "'"),
        ("{{ 1 ! 2 }}", "1:6 unexpected character `!`", "!"),
        ("{# a", "1:1 missing end of comment tag", "{#"),
        ("{{ x", "1:1 this tag has no end: no `}}` follows", "{{"),
        ("{% nope %}", "1:4 unknown tag `nope`", "nope"),
        ("{{ x | nope }}", "1:8 unknown filter `nope`", "nope"),
    ];
    for (text, message, source) in checks {
        assert_eq!(place(text), (message.to_owned(), source.to_owned()), "{text}");
        let compile = templates(&[("main", text)]).compile_error("main").expect("it does not compile");
        assert_eq!(format!("{}:{} {}", compile.line, compile.column, compile.message), message);
    }
    assert_eq!(templates(&[("main", "{{ x }}")]).compile_error("main"), None);
}

#[test]
fn a_fault_in_an_include_names_it_and_the_way_there() {
    let set = templates(&[
        ("main", "a\n{% include 'b' %}"),
        ("b", "\n\n{% from 'c' import m %}{{ m() }}"),
        ("c", "{% macro m() %}\n{{ NOPE }}{% endmacro %}"),
        ("broken", "x\r\n\r\n{% include 'syntax' %}"),
        ("syntax", "\r\n\r\n{{ 1 + }}"),
    ]);
    let error = set.render("main", &context(), &Limits::default()).expect_err("undefined");
    assert_eq!((error.template.as_str(), error.line, error.column), ("c", 2, 4));
    assert_eq!(error.via, [("main".to_owned(), 2)]);
    let error = set.render("broken", &context(), &Limits::default()).expect_err("syntax");
    assert_eq!((error.template.as_str(), error.line, error.column), ("syntax", 3, 8));
    assert_eq!(error.via, [("broken".to_owned(), 3)]);
    let error = set.render("mian", &context(), &Limits::default()).expect_err("no such template");
    assert_eq!(error.help.as_deref(), Some("write `main`"));
}

#[test]
fn names_used_are_known_in_includes_filters_and_macros_too() {
    let set = templates(&[
        ("main", "{% include 'b' %}{{ [1] | map('string') | join(DOMAIN) }}{{ OTHER | default('x') }}"),
        ("b", "{{ domain.name }}{% set local = 1 %}{{ local }}"),
    ]);
    let rendered = set.render("main", &context(), &Limits::default()).expect("it renders");
    assert_eq!(rendered.text, "forgejo1".to_owned() + "1x");
    assert_eq!(rendered.used.iter().map(String::as_str).collect::<Vec<_>>(), ["DOMAIN", "domain"]);
    assert_eq!(rendered.missing.iter().map(String::as_str).collect::<Vec<_>>(), ["OTHER"]);
    assert!(!rendered.secret);
    let unused = render("{% if false %}{{ DB_PASSWORD }}{% endif %}").expect("it renders");
    assert!(!unused.secret && unused.used.is_empty());
    let secret = render("{{ DB_PASSWORD | b64encode }}").expect("it renders");
    assert!(secret.secret && secret.used.contains("DB_PASSWORD"));
}

#[test]
fn no_message_shows_a_secret() {
    let wrong = [
        "{{ DB_PASSWORD + 1 }}",
        "{{ DB_PASSWORD.nope }}",
        "{{ DB_PASSWORD() }}",
        "{{ {'a': 1}[DB_PASSWORD] }}",
        "{% include DB_PASSWORD %}",
        "{% include [DB_PASSWORD] %}",
        "{% extends DB_PASSWORD %}",
        "{{ 1 | round(method=DB_PASSWORD) }}",
        "{{ [1] | map(DB_PASSWORD) | list }}",
        "{{ [1] | select(DB_PASSWORD) | list }}",
        "{{ [{'a': 1}] | map(attribute=DB_PASSWORD) | join }}",
        "{{ 'a' | attr(DB_PASSWORD) }}",
        "{{ DB_PASSWORD | int + DB_PASSWORD }}",
        "{{ DB_PASSWORD % 1 }}",
        "{{ DB_PASSWORD.format() ~ ('{' ~ DB_PASSWORD ~ '}').format() }}",
        "{{ ('%(' ~ DB_PASSWORD ~ ')s') % {} }}",
        "{{ DB_PASSWORD | from_json }}",
        "{{ DB_PASSWORD | from_yaml | nope }}",
        "{{ ('[' ~ DB_PASSWORD) | regex_search('(') }}",
        "{{ 'x' | regex_search('[' ~ DB_PASSWORD) }}",
        "{{ dict(**{DB_PASSWORD: 1}) | upper(**{DB_PASSWORD: 1}) }}",
        "{% macro m() %}{% endmacro %}{{ m(**{DB_PASSWORD: 1}) }}",
        "{{ nope | mandatory(msg=DB_PASSWORD) }}",
        "{{ DB_PASSWORD | hash(DB_PASSWORD) }}",
        "{{ '1.1.1.1' | ipaddr(DB_PASSWORD) }}",
        "{{ [1, 2] | sort(attribute=DB_PASSWORD) }}",
        "{{ {'s3cr3t-valu': 1}[DB_PASSWORD] }}",
        "{{ DB_PASSWORD.index('x') }}",
        "{{ ('{0.' ~ DB_PASSWORD ~ '}').format(1) }}",
    ];
    for text in wrong {
        let error = fault(text);
        let shown = format!("{error:?} {error}");
        assert!(!shown.contains(SECRET), "{text}: {shown}");
    }
}

#[test]
fn memory_and_time_are_bounded() {
    let limits =
        Limits { memory: 32 << 20, value: 8 << 20, output: 4 << 20, fuel: 2_000_000, ..Limits::default() };
    let wrong = [
        "{% set ns = namespace(x='0123456789') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x * 2 %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] | join %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = '{0}{0}'.format(ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='aa') %}{% for i in range(40) %}{% set ns.x = ns.x | regex_replace('a', ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='<') %}{% for i in range(40) %}{% set ns.x = ns.x | e | replace('l', '<<') %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | to_yaml }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | flatten }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x | list }}{{ [ns.x] | pprint }}",
        "{% set l = [1] %}{% for i in range(40) %}{% set _ = l.extend(l) %}{% endfor %}",
        "{{ range(10 ** 12) | list }}",
        "{% for i in range(10 ** 12) %}{% endfor %}",
        "{{ range(10 ** 12) | sum }}",
        "{{ 5 in range(10 ** 30) }}",
        "{{ 'a'.ljust(10 ** 12) }}",
        "{{ 'a'.zfill(10 ** 12) }}",
        "{{ '\t'.expandtabs(10 ** 12) }}",
        "{{ '%1000000000000d' % 1 }}",
        "{{ '%.1000000000000f' % 1.0 }}",
        "{{ '%*d' % (10 ** 12, 1) }}",
        "{{ '{:1000000000000}'.format(1) }}",
        "{{ '{:.1000000000000f}'.format(1.0) }}",
        "{{ 'a' | center(10 ** 12) }}",
        "{{ 'a' | indent(10 ** 12, true) }}",
        "{{ [1] | batch(10 ** 12, 0) | list }}",
        "{{ [1] | slice(10 ** 12) | list }}",
        "{{ {'a': {'b': 1}} | tojson(indent=10 ** 12) }}",
        "{{ 'x' * 10 ** 12 }}",
        "{{ [1] * 10 ** 12 }}",
        "{{ 2 ** (10 ** 9) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) ~ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% include 'main' %}",
        "{% extends 'main' %}",
        "{% import 'main' as m %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% block a %}{{ self.a() }}{% endblock %}",
        "{% set l = [] %}{% set _ = l.append(l) %}",
        "{% set d = {} %}{% set _ = d.update(a=[d]) %}",
        "{% set ns = namespace() %}{% set ns.x = [ns] %}",
        "{% for a in range(2000) %}{% for b in range(2000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
    ];
    for text in wrong {
        let set = templates(&[("main", text)]);
        let result = set.render("main", &context(), &limits);
        assert!(result.is_err(), "{text} renders {} bytes", result.map_or(0, |r| r.text.len()));
    }
}

#[test]
fn deep_things_are_refused_or_work_but_never_overflow() {
    let open = |n: usize, a: &str, b: &str| format!("{{{{ {}1{} }}}}", a.repeat(n), b.repeat(n));
    let chain = |op: &str| format!("{{{{ 1{} }}}}", format!(" {op} 1").repeat(50_000));
    let texts = [
        open(100_000, "(", ")"),
        open(100_000, "[", "]"),
        open(100_000, "{1:", "}"),
        open(100_000, "not ", ""),
        open(100_000, "-", ""),
        open(10_000, "1 if 1 else ", ""),
        chain("+"),
        chain("and"),
        chain("if 1 else"),
        format!("{{{{ 1{} }}}}", " | string".repeat(50_000)),
        format!("{{{{ x{} }}}}", ".x".repeat(50_000)),
        format!("{{{{ x{} }}}}", "()".repeat(50_000)),
        format!("{{{{ x{} }}}}", "[0]".repeat(50_000)),
        format!("{}{}", "{% if 1 %}".repeat(10_000), "{% endif %}".repeat(10_000)),
        format!("{}{}", "{% for x in [1] %}".repeat(10_000), "{% endfor %}".repeat(10_000)),
        format!("{{% set {}a{} = 1 %}}", "(".repeat(10_000), ")".repeat(10_000)),
    ];
    for text in &texts {
        assert!(render(text).is_err(), "{}…", &text[..40]);
    }
    let fine = [
        "{% set ns = namespace(x=[]) %}{% for i in range(2500) %}{% set ns.x = [ns.x] %}{% endfor %}ok",
        "{% set ns = namespace(x=()) %}{% for i in range(2500) %}{% set ns.x = (ns.x,) %}{% endfor %}ok",
        "{% set ns = namespace(x={}) %}{% for i in range(2500) %}{% set ns.x = {'a': ns.x} %}{% endfor %}ok",
        "{% set ns = namespace(x=1) %}{% for i in range(2500) %}{% set ns.x = namespace(a=ns.x) %}{% endfor %}ok",
        "{% set l = [] %}{% set ns = namespace(x=l) %}{% for i in range(1000) %}{% set n = [] %}{% set _ = ns.x.append(n) %}{% set ns.x = n %}{% endfor %}ok",
    ];
    let limits = Limits { fuel: u64::MAX, memory: u64::MAX, ..Limits::default() };
    for text in fine {
        let result = templates(&[("main", text)]).render("main", &context(), &limits);
        assert_eq!(result.map(|r| r.text), Ok("ok".to_owned()), "{text}");
    }
    for text in [
        "{{ x }}",
        "{{ x | tojson }}",
        "{{ x == y }}",
        "{{ x | to_yaml }}",
        "{{ x | pprint }}",
        "{{ x | flatten }}",
    ] {
        let build = "{% set ns = namespace(x=[], y=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{% set x = ns.x %}{% set y = ns.y %}";
        let _ = templates(&[("main", &format!("{build}{text}"))]).render("main", &context(), &limits);
    }
}

#[test]
fn sets_share_their_base_and_threads_share_sets() {
    let base = Arc::new(templates(&[("macros", "{% macro m() %}m{% endmacro %}"), ("page", "base")]));
    let over =
        Templates::over(base, [("page".to_owned(), Arc::from("{% import 'macros' as x %}{{ x.m() }}"))]);
    assert_eq!(over.names().into_iter().collect::<Vec<_>>(), ["macros", "page"]);
    let context = context();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let rendered = over.render("page", &context, &Limits::default()).expect("it renders");
                    assert_eq!(rendered.text, "m");
                }
            });
        }
    });
}

#[test]
fn our_own_tags_and_filters() {
    let checks = [
        (
            "{% for x in [1, 2, 3, 4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}",
            "13",
        ),
        ("{% set l = [] %}{% do l.append(1) %}{{ l }}", "[1]"),
        (
            "{{ '192.168.1.5/24' | ipaddr('network') }} {{ '192.168.1.5/24' | ipaddr('netmask') }} {{ '192.168.1.5/24' | ipaddr('prefix') }}",
            "192.168.1.0 255.255.255.0 24",
        ),
        (
            "{{ '192.168.1.5/24' | ipaddr('broadcast') }} {{ '192.168.1.5/24' | ipaddr('subnet') }} {{ '192.168.1.5/24' | ipaddr('address') }}",
            "192.168.1.255 192.168.1.0/24 192.168.1.5",
        ),
        (
            "{{ '192.168.1.0/24' | ipaddr(1) }} {{ '192.168.1.0/24' | ipaddr(-2) }} {{ '10.0.0.0/30' | ipaddr('size') }}",
            "192.168.1.1/24 192.168.1.254/24 4",
        ),
        (
            "{{ 'nonsense' | ipaddr }} {{ '::1' | ipv4 }} {{ '::1' | ipv6 }} {{ ['1.1.1.1', 'x', '::1'] | ipv4 }}",
            "False False ::1 ['1.1.1.1']",
        ),
        (
            "{{ '10.0.0.1' | ipmath(5) }} {{ 'fd00::/64' | nthhost(3) }} {{ '10.0.0.0/255.255.0.0' | ipaddr('prefix') }}",
            "10.0.0.6 fd00::3 16",
        ),
        (
            "{{ '10.1.2.3' | ipaddr('10.0.0.0/8') }} {{ '10.1.2.3' | ipaddr('private') }} {{ '8.8.8.8' | ipaddr('private') }}",
            "10.1.2.3 10.1.2.3 False",
        ),
    ];
    for (text, expected) in checks {
        assert_eq!(render(text).map(|r| r.text), Ok(expected.to_owned()), "{text}");
    }
    assert!(fault("{{ [1, 2] | random }}").help.expect("a way out").contains("same bytes"));
    assert!(fault("{{ 'x' | password_hash }}").help.is_some());
    assert!(fault("{% autoescape true %}x{% endautoescape %}").help.is_some());
}
