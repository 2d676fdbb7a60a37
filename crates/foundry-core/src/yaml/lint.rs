//! Plain scalars that programs read differently: a boolean or a number in YAML 1.1, something else in 1.2.

use super::node::{Kind, Node};
use crate::diag::{Finding, Findings};
use std::collections::HashSet;
use std::sync::Arc;

/// YML-004 for each such scalar in keys and values.
pub fn lint(root: &Arc<Node>) -> Findings {
    let mut findings = Findings::new();
    let mut seen = HashSet::new();
    visit(root, &mut seen, &mut findings);
    findings
}

/// Aliased nodes are one node: each is visited once, whatever the document would grow to.
fn visit(node: &Arc<Node>, seen: &mut HashSet<*const Node>, findings: &mut Findings) {
    // What one place holds is seen once anyway.
    if Arc::strong_count(node) > 1 && !seen.insert(Arc::as_ptr(node)) {
        return;
    }
    match &node.kind {
        Kind::Scalar { text, plain: true } if node.tag.is_none() => {
            if let Some((new, old)) = readings(text) {
                let message = format!("`{text}` is {new} in YAML 1.2 and {old} in YAML 1.1");
                findings.push(
                    Finding::warning("YML-004", &node.span, message).help("quote it, or write it plainly"),
                );
            }
        }
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => items.iter().for_each(|item| visit(item, seen, findings)),
        Kind::Mapping(entries) => {
            for entry in entries {
                visit(&entry.key, seen, findings);
                visit(&entry.value, seen, findings);
            }
        }
    }
}

/// What YAML 1.2 and YAML 1.1 make of a plain scalar, where they differ in a way that is written by accident.
fn readings(text: &str) -> Option<(String, String)> {
    let as_text = || "a text".to_owned();
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some((as_text(), "`true`".to_owned())),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some((as_text(), "`false`".to_owned())),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let octal =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if octal {
        let old = i64::from_str_radix(digits, 8).ok()?;
        let new: i64 = digits.parse().ok()?;
        return (old != new).then(|| (format!("the number {new}"), old.to_string()));
    }
    if digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return Some((as_text(), format!("the number {}", digits.replace('_', ""))));
    }
    sexagesimal(digits).map(|seconds| (as_text(), format!("the number {seconds}")))
}

/// `12:30` as YAML 1.1 reads it: digits to the base 60.
fn sexagesimal(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut value: i64 = parts.next().filter(|first| !first.is_empty())?.parse().ok()?;
    let mut count = 0;
    for part in parts {
        let digit: i64 = part.parse().ok().filter(|d| (0..60).contains(d) && part.len() <= 2)?;
        value = value.checked_mul(60)?.checked_add(digit)?;
        count += 1;
    }
    (count > 0).then_some(value)
}
