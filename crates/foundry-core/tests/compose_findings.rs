//! What reading a compose file has to say, with places: the cases of `tests/compose/findings.case`.
//! `BLESS=1 cargo test -p foundry-core --test compose_findings` writes what comes out into the file.

use foundry_core::compose;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_finding_names_its_place_and_a_way_out() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose/findings.case");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut out = String::new();
    let mut count = 0;
    for case in text.trim_end().split("\n---\n") {
        let document = case.split("\n=>\n").next().unwrap();
        let variables = BTreeMap::from([("SET".to_owned(), "value".to_owned())]);
        let (_, findings) = compose::read(&"compose.yml".into(), document, &variables, "case");
        if !out.is_empty() {
            out.push_str("---\n");
        }
        out.push_str(&format!("{document}\n=>\n"));
        for f in findings.iter() {
            let place = f.span.as_ref().expect("a place").to_string();
            out.push_str(&format!("{}[{}] {place}: {}\n", f.severity.word(), f.rule, f.message));
            out.push_str(&f.help.as_ref().map_or(String::new(), |h| format!("  = help: {h}\n")));
            count += 1;
        }
    }
    if out != text && std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &out).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(&text, &out);
    assert!(out == text, "{}", diff.unified_diff().header("expected", "result"));
    assert!(count >= 25, "only {count} findings");
}
