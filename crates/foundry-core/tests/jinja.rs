//! Templates against the real Jinja2: the cases of `cases/jinja`, byte for byte.

mod python;

use foundry_core::render::template::{Context, Limits, Rendered, TemplateError, Templates};
use foundry_core::yaml;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Cases where we refuse on purpose what Jinja2 lets through: it prints `[Undefined]`.
const DIFFERENT: [(&str, &str); 1] = [("errors", "undefined in list printed")];

struct Case {
    name: String,
    templates: BTreeMap<String, String>,
    context: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/jinja")
}

fn cases() -> BTreeMap<String, Vec<Case>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).expect("cases/jinja is readable") {
        let path = entry.expect("a readable entry").path();
        if path.extension().is_none_or(|e| e != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a case file is text");
        let (documents, findings) = yaml::parse(&Arc::from("case"), &text, &yaml::Limits::default());
        assert!(findings.iter().next().is_none(), "{} is not valid", path.display());
        let json = documents[0].to_json();
        let cases = json.as_array().expect("a list of cases").iter().map(case).collect();
        files.insert(path.file_stem().expect("a name").to_string_lossy().into_owned(), cases);
    }
    files
}

fn case(json: &Value) -> Case {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut templates: BTreeMap<String, String> = match json.get("templates") {
        Some(Value::Object(map)) => map.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
        _ => BTreeMap::new(),
    };
    templates.insert("main".to_owned(), text(&json["template"]));
    Case { name: text(&json["name"]), templates, context: json.get("context").cloned().unwrap_or_default() }
}

fn render(case: &Case) -> Result<Rendered, TemplateError> {
    let sources = case.templates.iter().map(|(name, text)| (name.clone(), Arc::from(text.as_str())));
    let mut context = Context::new();
    for (name, value) in case.context.as_object().into_iter().flatten() {
        context.set(name.clone(), value.clone());
    }
    Templates::new(sources).render("main", &context, &Limits::default())
}

/// Compares all cases with what Jinja2 gave; every difference is listed.
fn compare(expected: &Value, complete: bool) -> usize {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, cases) in cases() {
        let Some(results) = expected.get(&file) else {
            assert!(!complete, "no expected results for {file}");
            continue;
        };
        for case in cases {
            let expected = &results[&case.name];
            assert!(expected.is_object(), "no expected result for {file}: {}", case.name);
            count += 1;
            let ours = render(&case);
            let same = match (&ours, expected["text"].as_str()) {
                (Ok(rendered), Some(text)) => rendered.text == text,
                (Err(_), None) => true,
                _ => false,
            };
            let allowed = DIFFERENT.contains(&(file.as_str(), case.name.as_str()));
            if !same && !allowed {
                let shown =
                    ours.map_or_else(|e| format!("error {e} ({:?})", e.help), |r| format!("{:?}", r.text));
                wrong.push(format!("{file}: {}\n  jinja2 {expected}\n  ours   {shown}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    count
}

#[test]
fn stored_results_are_ours() {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("expected.json is there");
    let expected: Value = serde_json::from_str(&text).expect("expected.json is JSON");
    assert!(compare(&expected, true) >= 200);
}

#[test]
fn real_jinja2_agrees() {
    let Some(python) = python::python("jinja2") else { return };
    let output = Command::new(python).arg(folder().join("reference.py")).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: Value = serde_json::from_slice(&output.stdout).expect("the reference prints JSON");
    if std::env::var_os("FOUNDRY_BLESS").is_some() {
        std::fs::write(folder().join("expected.json"), &output.stdout).expect("expected.json is writable");
    }
    compare(&expected, false);
}
