//! Reading YAML: what is wrong is a finding with its place; hostile input is one too. Writing: what we write reads back.

mod python;

use foundry_core::diag::{Finding, Findings, Span};
use foundry_core::yaml::{Limits, Node, emit, parse};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

fn read(text: &str) -> (Vec<Arc<Node>>, Findings) {
    parse(&Arc::from("f.yml"), text, &Limits::default())
}

fn value(text: &str) -> Value {
    let (documents, findings) = read(text);
    assert!(shown(&findings).is_empty(), "{:?}", shown(&findings));
    documents[0].to_json()
}

/// Findings as `line:column RULE message`.
fn shown(findings: &Findings) -> Vec<String> {
    let place = |span: &Option<Span>| span.as_ref().map_or((0, 0), |s| (s.line, s.column));
    let line = |f: &Finding| format!("{}:{} {} {}", place(&f.span).0, place(&f.span).1, f.rule, f.message);
    findings.iter().map(line).collect()
}

fn found(text: &str) -> Vec<String> {
    shown(&read(text).1)
}

#[test]
fn duplicate_keys_name_both_places() {
    let (_, findings) = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(shown(&findings), ["3:1 YML-002 duplicate key `a`"]);
    let labels = &findings.iter().next().expect("a finding").labels;
    assert_eq!((labels[0].0.line, labels[0].0.column), (1, 1));
    assert_eq!(found("- {x: 1, x: 2}\n- {x: 1}\n"), ["1:10 YML-002 duplicate key `x`"]);
    assert_eq!(found("a: 1\nb: {a: 2}\n"), [""; 0]);
}

#[test]
fn a_tab_in_the_indentation_is_named() {
    let findings = found("a:\n\tb: 1\n");
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("2:") && findings[0].contains("tab in the indentation"), "{findings:?}");
}

#[test]
fn anchors_and_merge_keys() {
    let text =
        "base: &base {a: 1, b: 2}\nx:\n  <<: *base\n  b: 3\ny: {<<: [{b: 9, c: 4}, *base], d: 5}\nz: *base\n";
    let expected = json!({
        "base": {"a": 1, "b": 2}, "x": {"b": 3, "a": 1},
        "y": {"d": 5, "b": 9, "c": 4, "a": 1}, "z": {"a": 1, "b": 2}
    });
    assert_eq!(value(text), expected);
    assert_eq!(value("\"<<\": 1\n"), json!({"<<": 1}), "a quoted << is an ordinary key");
    assert!(found("a: 1\n<<: text\n")[0].contains("merge key takes a mapping"));
    assert!(!found("a: *nowhere\n").is_empty());
    assert!(!found("a: &a [*a]\n").is_empty());
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let all = vec![format!("*a{}", i - 1); 9].join(", ");
        writeln!(text, "a{i}: &a{i} [{all}]").expect("a text grows");
    }
    let findings = found(&text);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].contains("YML-003 more than 2000000 nodes"), "{findings:?}");
}

#[test]
fn nesting_through_aliases_counts_as_nesting() {
    let mut text = String::from("a0: &a0 [x]\n");
    for i in 1..1500 {
        writeln!(text, "a{i}: &a{i} [*a{}]", i - 1).expect("a text grows");
    }
    let findings = found(&text);
    assert!(findings.len() == 1 && findings[0].contains("nested deeper than 100 levels"), "{findings:?}");
}

#[test]
fn deep_nesting_is_refused_whatever_its_form() {
    let deep = 10_000;
    let forms = [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep) + "x",
        "? ".repeat(deep) + "x",
        "[{a: ".repeat(deep),
        "- ? ".repeat(deep) + "x",
        (0..deep).fold(String::new(), |text, i| text + &" ".repeat(i % 2000) + "a:\n"),
        "&a ".repeat(deep),
        "!t ".repeat(deep),
    ];
    for text in forms {
        let findings = found(&text);
        assert!(!findings.is_empty(), "{}… is accepted", &text[..20]);
        assert!(findings.len() < 10_001, "{}", findings.len());
    }
    assert_eq!(found(&format!("{}x{}", "[".repeat(90), "]".repeat(90))), [""; 0]);
}

#[test]
fn byte_order_mark_and_crlf() {
    assert_eq!(value("\u{feff}a: 1\r\nb:\r\n  - c\r\n"), json!({"a": 1, "b": ["c"]}));
    assert_eq!(value("a: |\r\n  one\r\n  two\r\n"), json!({"a": "one\ntwo\n"}));
    let (documents, _) = read("\u{feff}a: 1\r\nbb: [x]\r\n");
    let node = documents[0].get("bb").expect("the key");
    assert_eq!((node.span.line, node.span.column), (2, 5));
}

#[test]
fn places_are_in_characters_and_bytes() {
    let text = "ä: {ö: [1, ü]}\n";
    let (documents, _) = read(text);
    let node = &documents[0].get("ä").and_then(|n| n.get("ö")).expect("the list").items()[1];
    assert_eq!((node.span.line, node.span.column), (1, 12));
    assert_eq!(&text[node.span.start as usize..node.span.end as usize], "ü");
}

#[test]
fn broken_input_has_a_place_and_what_came_before_it() {
    for text in [
        "a: [1, 2",
        "a: {b: 1",
        "a: \"x",
        "a: 'x",
        "a: b: c",
        "- a\nb",
        "a: @x",
        "a: `x`",
        "}",
        "a: %x\n%",
        "%YAML 3\n",
    ] {
        let findings = found(text);
        assert!(!findings.is_empty(), "{text:?} is accepted");
        assert!(findings[0].contains("YML-001"), "{findings:?}");
        assert!(!findings[0].starts_with("0:"), "{findings:?}");
    }
    let (documents, findings) = read("a: 1\n---\nb: [");
    assert_eq!(documents.len(), 1);
    assert_eq!(shown(&findings).len(), 1);
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let text = "- a line of text\n".repeat(70_000);
    let (documents, findings) = parse(&Arc::from("f.yml"), &text, &limits);
    assert!(documents.is_empty());
    assert!(shown(&findings)[0].contains("YML-003"), "{:?}", shown(&findings));
    let (documents, findings) = parse(&Arc::from("f.yml"), &text[..17 * 10_000], &limits);
    assert!(shown(&findings).is_empty());
    assert_eq!(documents[0].items().len(), 10_000);
}

#[test]
fn the_limit_is_twenty_mebibytes_and_two_million_nodes() {
    let long = format!("a: \"{}\"\n", "x".repeat(21 << 20));
    assert!(found(&long)[0].contains("more than 20 MiB"));
    let many = format!("- &a [{}]\n{}", "x, ".repeat(2000), "- *a\n".repeat(1000));
    assert!(found(&many)[0].contains("more than 2000000 nodes"));
}

#[test]
fn scalars_by_the_core_schema() {
    let text = "[1, -1, +2, 0x1f, 0o17, 017, 1.5, 1e3, .5, 1., ~, null, true, False, yes, on, 1_000, 12:30, .inf, '1', !!str 1, 18446744073709551615, 99999999999999999999, 0xffffffffffffffffff]";
    let expected = json!([
        1,
        -1,
        2,
        31,
        15,
        17,
        1.5,
        1000.0,
        0.5,
        1.0,
        null,
        null,
        true,
        false,
        "yes",
        "on",
        "1_000",
        "12:30",
        ".inf",
        "1",
        "1",
        18446744073709551615_u64,
        "99999999999999999999",
        "0xffffffffffffffffff"
    ]);
    assert_eq!(value(text), expected);
}

/// A seeded generator (xorshift): the same texts in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 52] = [
            "a", "b", " ", "  ", "\n", "\n\n", "\t", ":", ": ", "#", " #", "-", "- ", "?", "? ", "'", "\"",
            "\\", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "`", "=", "~", "0", "1", ".",
            "e", "x", "_", "+", "é", "日", "😀", "\r", "\u{85}", "\u{2028}", "\u{feff}", "\0", "\u{7f}",
            "yes", "null", "---",
        ];
        (0..self.roll(8)).map(|_| PARTS[self.roll(PARTS.len())]).collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => Value::Bool(self.roll(2) == 0),
            2 => json!(self.roll(1_000_000) as i64 - 500_000),
            3 => json!((self.roll(2_000_001) as f64 - 1e6) * 10_f64.powi(self.roll(60) as i32 - 30)),
            4 | 5 => Value::String(self.text()),
            6 | 7 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object((0..self.roll(4)).map(|_| (self.text(), self.value(depth - 1))).collect()),
        }
    }
}

fn samples() -> Vec<Value> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut samples: Vec<Value> = (0..3000).map(|_| dice.value(3)).collect();
    samples.push(json!({"k".repeat(2000): 1, "l": "v".repeat(3000)}));
    samples.push(json!([1e20, 1e-7, 1.0, -0.0, 1e300, 123456789.123, 5e-324]));
    samples.push(json!({"a": {"b": [[], {}, [[1]], [{"c": null}]]}}));
    samples
}

#[test]
fn what_we_write_reads_back() {
    for sample in samples() {
        let text = emit(&sample);
        let (documents, findings) = read(&text);
        assert!(shown(&findings).is_empty(), "{:?}\n{text}", shown(&findings));
        assert_eq!(documents.len(), 1, "{text}");
        assert_eq!(documents[0].to_json(), sample, "{text}");
    }
}

#[test]
fn pyyaml_reads_what_we_write() {
    let Some(python) = python::python("pyyaml") else { return };
    let script = "import sys, json, yaml\nfor line in sys.stdin:\n  text, want = json.loads(line)\n  try: got = yaml.safe_load(text)\n  except Exception as e: got = repr(e)\n  if got != want or repr(got) != repr(want): print(json.dumps([text, want, repr(got)]))";
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines: String = samples().iter().map(|s| format!("{}\n", json!([emit(s), s]))).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("the writer ends").expect("python reads all");
    assert!(output.status.success());
    let wrong = String::from_utf8_lossy(&output.stdout);
    assert!(
        wrong.is_empty(),
        "{} texts differ:\n{}",
        wrong.lines().count(),
        wrong.lines().take(5).collect::<Vec<_>>().join("\n")
    );
}
