//! `wordwrap`: text broken into lines as Python's textwrap does it.

use super::super::error::Eval;
use super::super::eval::args::{count, flag, optional};
use super::super::eval::{Cx, Given};
use super::super::method;
use super::super::value::Value;

struct Wrap {
    width: usize,
    long_words: bool,
    hyphens: bool,
}

pub(super) fn wordwrap(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, long_words, wrapstring, hyphens] = given.take(names)?;
    let text = value.text(cx.budget())?;
    let wrapstring = cx.text_of(optional(wrapstring), "\n")?;
    let wrap = Wrap {
        width: count(width, 79)?.max(1),
        long_words: flag(long_words, true)?,
        hyphens: flag(hyphens, true)?,
    };
    cx.budget().make(text.len().saturating_mul(2 + wrapstring.len()))?;
    cx.budget().work(text.len())?;
    let paragraphs: Vec<String> =
        method::lines(&text).into_iter().map(|line| wrap.lines(line).join(&*wrapstring)).collect();
    Ok(Value::str(paragraphs.join(&*wrapstring)))
}

impl Wrap {
    fn lines(&self, paragraph: &str) -> Vec<String> {
        let mut chunks = self.chunks(paragraph);
        chunks.reverse();
        let mut lines = Vec::new();
        while !chunks.is_empty() {
            if !lines.is_empty() && chunks.last().is_some_and(|c| blank(c)) {
                chunks.pop();
            }
            let mut line: Vec<String> = Vec::new();
            let mut length = 0;
            while let Some(chunk) = chunks.pop_if(|c| length + c.chars().count() <= self.width) {
                length += chunk.chars().count();
                line.push(chunk);
            }
            if chunks.last().is_some_and(|c| c.chars().count() > self.width) {
                self.long_word(&mut chunks, &mut line, length);
            }
            if line.last().is_some_and(|c| blank(c)) {
                line.pop();
            }
            if !line.is_empty() {
                lines.push(line.concat());
            }
        }
        lines
    }

    fn long_word(&self, chunks: &mut Vec<String>, line: &mut Vec<String>, length: usize) {
        let space = self.width.saturating_sub(length).max(usize::from(length == 0));
        if self.long_words {
            let Some(chunk) = chunks.pop() else { return };
            let chars: Vec<char> = chunk.chars().collect();
            let mut end = space;
            if self.hyphens && chars.len() > space {
                let hyphen = chars[..space].iter().rposition(|c| *c == '-');
                if let Some(at) = hyphen.filter(|at| chars[..*at].iter().any(|c| *c != '-')) {
                    end = at + 1;
                }
            }
            line.push(chars[..end].iter().collect());
            chunks.push(chars[end..].iter().collect());
        } else if line.is_empty() {
            line.extend(chunks.pop());
        }
    }

    /// Words, the blanks between them, and the parts of hyphenated words.
    fn chunks(&self, text: &str) -> Vec<String> {
        let mut chunks: Vec<String> = Vec::new();
        let mut last_blank = None;
        for c in text.chars() {
            let blank = space(c);
            match chunks.last_mut() {
                Some(chunk) if last_blank == Some(blank) => chunk.push(c),
                _ => chunks.push(c.into()),
            }
            last_blank = Some(blank);
        }
        if !self.hyphens {
            return chunks;
        }
        chunks.into_iter().flat_map(|chunk| hyphenated(&chunk)).collect()
    }
}

fn space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ')
}

fn blank(chunk: &str) -> bool {
    chunk.chars().all(space)
}

/// `well-known` breaks after its hyphen: letters on both sides, at least two word characters each.
fn hyphenated(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let is_word = |i: usize| chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let letter = |i: usize| chars.get(i).is_some_and(|c| c.is_alphabetic() || *c == '_');
    let mut parts = Vec::new();
    let mut start = 0;
    for i in 2..chars.len() {
        let before = letter(i - 1) && is_word(i - 2) && i - 2 >= start;
        let mut end = i + 1;
        while is_word(end) {
            end += 1;
        }
        let after = (i + 2..end).any(letter);
        if chars[i] == '-' && before && after {
            parts.push(chars[start..=i].iter().collect());
            start = i + 1;
        }
    }
    parts.push(chars[start..].iter().collect());
    parts
}
