//! Mutated inputs for what reads users' files: nothing panics, hangs or grows without bound. See `fuzz/README.md`.

use foundry_core::load::env::parse_env;
use foundry_core::model::LayerKind;
use foundry_core::render::template::{Context, Limits, Templates};
use foundry_core::yaml::{self, emit, parse};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pieces that mean something to one of the three readers.
const PIECES: [&str; 60] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-%}",
    "{%-",
    "|",
    " | ",
    "if ",
    "for x in ",
    "endfor",
    "set ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "~",
    "**",
    "//",
    "%",
    "'",
    "\"",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "  ",
    ":",
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "!t ",
    "|-\n",
    ">+2\n",
    "---\n",
    "...\n",
    "#",
    " #",
    "$",
    "${",
    "${A",
    ":-",
    "=",
    "export ",
    "0x",
    "1e9",
    "\u{feff}",
    "\u{85}",
    "\0",
    "ä",
    "😀",
    "loop.",
    "range(9)",
];

/// A seeded generator (xorshift): a failure is found again by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// A copy of `seed` with some pieces removed, doubled, swapped with another seed's, or put in.
    fn mutate(&mut self, seed: &str, other: &str) -> String {
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..=self.roll(8) {
            let at = self.roll(text.len() + 1);
            let end = (at + self.roll(12)).min(text.len());
            match self.roll(5) {
                0 => drop(text.drain(at..end)),
                1 => {
                    let copy = text[at..end].to_vec();
                    let copies: Vec<char> = std::iter::repeat_n(copy, 1 + self.roll(40)).flatten().collect();
                    drop(text.splice(at..at, copies));
                }
                2 => {
                    let other: Vec<char> = other.chars().collect();
                    let from = self.roll(other.len());
                    let to = (from + self.roll(60)).min(other.len());
                    drop(text.splice(at..end, other[from..to].iter().copied()));
                }
                _ => drop(text.splice(at..end, PIECES[self.roll(PIECES.len())].chars())),
            }
        }
        text.into_iter().collect()
    }
}

fn seeds(name: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("seeds").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|f| std::fs::read_to_string(f).expect("a seed is text")).collect()
}

/// Runs `target` on mutated seeds: 2,000 of them, or as many as `FOUNDRY_FUZZ` says, from seed `FOUNDRY_FUZZ_SEED`.
fn fuzz(name: &str, target: impl Fn(&str) + std::panic::RefUnwindSafe) {
    let number =
        |key: &str, default: u64| std::env::var(key).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    let seeds = seeds(name);
    let first = number("FOUNDRY_FUZZ_SEED", 1);
    for round in first..first + number("FOUNDRY_FUZZ", 2000) {
        let mut dice = Dice(round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (a, b) = (dice.roll(seeds.len()), dice.roll(seeds.len()));
        let text = dice.mutate(&seeds[a], &seeds[b]);
        let result = std::panic::catch_unwind(|| target(&text));
        assert!(result.is_ok(), "FOUNDRY_FUZZ_SEED={round} FOUNDRY_FUZZ=1 fails on {name}:\n{text:?}");
    }
}

#[test]
fn yaml_reads_anything_and_its_own_writing() {
    fuzz("yaml", |text| {
        let (documents, findings) = parse(&Arc::from("f"), text, &yaml::Limits::default());
        for finding in findings.iter() {
            let span = finding.span.as_ref().expect("a finding of the reader has a place");
            assert!(span.start as usize <= text.len() && span.end as usize <= text.len());
        }
        for document in documents {
            let json = document.to_json();
            let (again, findings) = parse(&Arc::from("f"), &emit(&json), &yaml::Limits::default());
            assert!(findings.iter().next().is_none(), "our writing has findings");
            assert_eq!(again[0].to_json(), json);
        }
    });
}

#[test]
fn env_files_of_any_content() {
    fuzz("env", |text| {
        parse_env(&Arc::from("f.env"), text, LayerKind::Base);
    });
}

#[test]
fn templates_of_any_content() {
    let mut context = Context::new();
    context.set("d", serde_json::json!({"a": 1, "b": [1, 2], "name": "x"}));
    context.set("domain", serde_json::json!({"name": "x", "ports": {"http": 1}}));
    let limits =
        Limits { fuel: 200_000, memory: 16 << 20, value: 1 << 20, output: 1 << 20, ..Limits::default() };
    fuzz("template", |text| {
        let set = Templates::new([("t".to_owned(), Arc::from(text))]);
        if let Err(error) = set.render("t", &context, &limits) {
            assert!(error.start <= error.end && error.end <= text.len(), "{error:?}");
            assert!(text.is_char_boundary(error.start) && text.is_char_boundary(error.end), "{error:?}");
            assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
        }
    });
}
