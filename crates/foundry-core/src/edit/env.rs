//! `KEY=VALUE` set or removed in the text of an env file.

use super::Refused;
use crate::load::env::parse_env;
use crate::model::{EnvLine, LayerKind};
use std::sync::Arc;

/// The text with `key` set to `value`: where it is set already (the last place, which is the one that counts), or
/// else on a new line at the end. The quotes of the old value stay.
///
/// # Errors
/// When the key is no name, or an env file cannot hold the value.
pub fn set_env(text: &str, key: &str, value: &str) -> Result<String, Refused> {
    let refuse = |reason: String| Refused { reason, by_hand: format!("set {key} by hand") };
    if value.contains(['\n', '\r', '\0']) {
        return Err(refuse(format!("the value of {key} has more than one line; an env file cannot hold it")));
    }
    let lines = read(text);
    if let Some(line) = lines.iter().rfind(|line| line.key == key) {
        if line.value == value {
            return Ok(text.to_owned());
        }
        let (start, end) = (line.value_span.start as usize, line.value_span.end as usize);
        let written = quoted(value, text[start..end].chars().next());
        return checked(format!("{}{written}{}", &text[..start], &text[end..]), &lines, key, value);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    checked(format!("{text}{gap}{key}={}{end}", quoted(value, None)), &lines, key, value)
}

/// The text without the lines that set `key`, and without the comment directly above them.
pub fn remove_env(text: &str, key: &str) -> String {
    let doomed: Vec<usize> =
        read(text).iter().filter(|l| l.key == key).map(|l| l.key_span.line as usize - 1).collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut keep = vec![true; lines.len()];
    for at in doomed {
        keep[at] = false;
        let comments = lines[..at].iter().rev().take_while(|l| l.trim_start().starts_with('#')).count();
        let first = at - comments;
        // A comment that begins the file, or that more lines follow, is about more than this key.
        let alone = lines.get(at + 1).is_none_or(|next| next.trim().is_empty());
        if first > 0 && alone {
            keep[first..at].fill(false);
        }
    }
    lines.iter().zip(keep).filter(|(_, keep)| *keep).map(|(line, _)| *line).collect()
}

fn read(text: &str) -> Vec<EnvLine> {
    parse_env(&Arc::from(""), text, LayerKind::Vault).0.lines
}

/// The value as it is written, with the old quotes, or with some where it needs them.
fn quoted(value: &str, old: Option<char>) -> String {
    let ends = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    let needs = value.trim() != value || value.contains(" #") || ends('"') || ends('\'');
    match old {
        Some(quote @ ('"' | '\'')) => format!("{quote}{value}{quote}"),
        _ if needs && value.contains('"') => format!("'{value}'"),
        _ if needs => format!("\"{value}\""),
        _ => value.to_owned(),
    }
}

/// The new text, if it says what the old one said with this one change.
fn checked(new: String, old: &[EnvLine], key: &str, value: &str) -> Result<String, Refused> {
    let pairs = |lines: &[EnvLine]| -> Vec<(String, String)> {
        lines.iter().map(|l| (l.key.clone(), l.value.clone())).collect()
    };
    let mut expected = pairs(old);
    match expected.iter_mut().rfind(|(k, _)| k == key) {
        Some(pair) => pair.1 = value.to_owned(),
        None => expected.push((key.to_owned(), value.to_owned())),
    }
    if pairs(&read(&new)) == expected {
        return Ok(new);
    }
    Err(Refused {
        reason: format!("`{key}` is not a name of a variable, or its value cannot be written in an env file"),
        by_hand: "use letters, digits and `_`, not beginning with a digit".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# head\nA=1\n\n# about B\nB=\"two words\"  \nEMPTY=\nA=3\n";

    #[track_caller]
    fn set(key: &str, value: &str, expected: &str) {
        let new = set_env(FILE, key, value).expect("it can be set");
        assert_eq!(new, expected);
        assert_eq!(set_env(&new, key, value).as_deref(), Ok(new.as_str()), "the second run does nothing");
    }

    #[test]
    fn the_place_that_counts_is_changed_and_its_quotes_stay() {
        set("A", "9", "# head\nA=1\n\n# about B\nB=\"two words\"  \nEMPTY=\nA=9\n");
        set("B", "x", "# head\nA=1\n\n# about B\nB=\"x\"  \nEMPTY=\nA=3\n");
        set("EMPTY", "full", "# head\nA=1\n\n# about B\nB=\"two words\"  \nEMPTY=full\nA=3\n");
        set("NEW", "a b", &format!("{FILE}NEW=a b\n"));
    }

    #[test]
    fn values_that_need_quotes_get_them() {
        for value in [" x ", "a #b", "\"q\"", "'q'", "\"", "it's", "a=b", "${A}", "\"a\" #'b'", "#", "\\n"] {
            let new = set_env("", "K", value).expect("it can be set");
            assert_eq!(read(&new)[0].value, value, "{new}");
        }
    }

    #[test]
    fn ends_of_lines_are_those_of_the_file() {
        assert_eq!(set_env("A=1\r\nB=2", "C", "3").as_deref(), Ok("A=1\r\nB=2\r\nC=3\r\n"));
        assert_eq!(set_env("A=1\r\nB=2\r\n", "A", "3").as_deref(), Ok("A=3\r\nB=2\r\n"));
    }

    #[test]
    fn what_an_env_file_cannot_hold_is_refused() {
        for (key, value) in [("A", "1\n2"), ("A B", "1"), ("", "1"), ("1A", "1"), ("#A", "1"), ("A=B", "1")] {
            assert!(set_env(FILE, key, value).is_err(), "{key}={value}");
        }
    }

    #[test]
    fn removing_takes_the_comment_with_it() {
        assert_eq!(remove_env("A=1\n\n# about B\nB=2\n", "B"), "A=1\n\n");
        assert_eq!(remove_env(FILE, "A"), "# head\n\n# about B\nB=\"two words\"  \nEMPTY=\n");
        assert_eq!(remove_env(FILE, "NONE"), FILE);
    }
}
