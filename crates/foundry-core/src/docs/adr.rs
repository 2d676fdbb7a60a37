//! Records of decisions (`docs/adr/NNNN-title.md`): numbered, and not changed once they are accepted.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The folder of the records, below the registry's root.
pub const FOLDER: &str = "docs/adr";

const STATUS: &str = "- Status: ";
const SEAL: &str = "- Seal: ";

/// One record, as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub number: u32,
    /// Its file below [`FOLDER`].
    pub file: String,
    /// Its title.
    pub title: String,
    /// `proposed`, `accepted`, or `superseded by …`.
    pub status: String,
    /// Day on which it was written.
    pub date: String,
    seal: Option<String>,
    text: String,
}

/// The text of a new record.
pub fn new(number: u32, title: &str, day: &str) -> (String, String) {
    let file = format!("{number:04}-{}.md", slug(title));
    let text = format!(
        "# {number}. {title}\n\n{STATUS}proposed\n- Date: {day}\n\n## Context\n\nWhat makes a decision necessary?\n\n\
         ## Decision\n\nWhat is done, and what is not?\n\n## Consequences\n\nWhat gets easier, what gets harder?\n"
    );
    (file, text)
}

/// Reads a record; `None` when the file is none: its name does not begin with a number.
pub fn read(file: &str, text: &str) -> Option<Record> {
    let (number, _) = file.strip_suffix(".md")?.split_once('-')?;
    if number.len() != 4 {
        return None;
    }
    let number: u32 = number.parse().ok()?;
    let line = |prefix: &str| text.lines().find_map(|l| l.strip_prefix(prefix)).map(|v| v.trim().to_owned());
    let title = line("# ").unwrap_or_default();
    let title = title.split_once(". ").map_or(title.as_str(), |(_, title)| title).to_owned();
    Some(Record {
        number,
        file: file.to_owned(),
        title,
        status: line(STATUS).unwrap_or_default(),
        date: line("- Date: ").unwrap_or_default(),
        seal: line(SEAL),
        text: text.to_owned(),
    })
}

impl Record {
    /// What is wrong with it: a fragment and a way out.
    pub fn wrong(&self) -> Option<(String, String)> {
        let known = ["proposed", "accepted"].contains(&self.status.as_str()) || self.is_superseded();
        let number = self.number;
        if !known {
            let help = "write `- Status: proposed`".to_owned();
            return Some((format!("`{}` is no status", self.status), help));
        }
        match &self.seal {
            None if self.status != "proposed" => {
                let help = format!("seal it: foundry adr accept {number}");
                Some(("it counts as decided, and nothing keeps it as it was".to_owned(), help))
            }
            Some(seal) if *seal != self.digest() => {
                let help = format!(
                    "put it back as Git has it, and write a new one: foundry adr supersede {number} --title TITLE"
                );
                Some(("it was changed after it had been accepted".to_owned(), help))
            }
            _ => None,
        }
    }

    /// Whether a later record took its place.
    pub fn is_superseded(&self) -> bool {
        self.status.starts_with("superseded by ")
    }

    /// Its text with the status `accepted` and a seal over everything else.
    pub fn accepted(&self) -> String {
        self.with_status("accepted")
    }

    /// Its text with a status that names the record that takes its place.
    pub fn superseded_by(&self, other: &Record) -> String {
        self.with_status(&format!("superseded by [{}]({})", other.number, other.file))
    }

    fn with_status(&self, status: &str) -> String {
        let mut out = String::new();
        for line in self.text.lines().filter(|l| !l.starts_with(SEAL)) {
            match line.starts_with(STATUS) {
                true => _ = write!(out, "{STATUS}{status}\n{SEAL}{}\n", self.digest()),
                false => _ = writeln!(out, "{line}"),
            }
        }
        out
    }

    /// Over everything but the status and the seal itself; ends of lines do not count.
    fn digest(&self) -> String {
        let kept = |l: &&str| !l.starts_with(STATUS) && !l.starts_with(SEAL);
        let text: Vec<&str> = self.text.lines().filter(kept).map(str::trim_end).collect();
        Sha256::digest(text.join("\n").trim_end()).iter().take(16).map(|b| format!("{b:02x}")).collect()
    }
}

/// The index of the records.
pub fn index(records: &[Record]) -> String {
    let mut out = String::from("# Decisions\n\n| record | status | date |\n|---|---|---|\n");
    for record in records {
        let title = record.title.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| [{:04} {title}]({}) | {} | {} |",
            record.number, record.file, record.status, record.date
        );
    }
    out
}

/// A title as a part of a file's name.
fn slug(title: &str) -> String {
    let mapped: String =
        title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = mapped.split('-').filter(|w| !w.is_empty()).collect();
    let slug = words.join("-");
    slug.get(..slug.len().min(60)).unwrap_or_default().trim_end_matches('-').to_owned()
}
