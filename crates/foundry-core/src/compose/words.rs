//! A command line written as one text, split into words the way Compose does it: without a shell.

#[derive(Default)]
struct Splitter {
    words: Vec<String>,
    word: String,
    begun: bool,
    single: bool,
    double: bool,
    back: bool,
    dollar: bool,
}

/// The words of `line`, and the operator at which Compose silently stops reading it.
/// `None`: quotes or parentheses that do not close.
pub(super) fn split(line: &str) -> Option<(Vec<String>, Option<char>)> {
    let mut s = Splitter::default();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !s.single => s.push(chars.next()?),
            c if c.is_whitespace() && !s.quoted() => s.end_word(),
            c if c.is_whitespace() => s.word.push(c),
            '"' if !s.single && !s.dollar => {
                s.begun |= s.double;
                s.double = !s.double;
            }
            '\'' if !s.double && !s.dollar => {
                s.begun |= s.single;
                s.single = !s.single;
            }
            ';' | '&' | '|' | '<' | '>' if !s.quoted() => {
                if c == '>' && s.word.starts_with(|c: char| c.is_ascii_digit()) {
                    s.begun = false;
                }
                s.end_word();
                return Some((s.words, Some(c)));
            }
            '(' if !s.single && !s.double && !s.back => {
                if s.dollar || !s.word.ends_with('$') {
                    return None;
                }
                s.dollar = true;
                s.word.push(c);
            }
            c => {
                match c {
                    ')' if !s.single && !s.double && !s.back => s.dollar = !s.dollar,
                    '`' if !s.single && !s.double && !s.dollar => s.back = !s.back,
                    _ => {}
                }
                s.push(c);
            }
        }
    }
    let open = s.quoted();
    s.end_word();
    (!open).then_some((s.words, None))
}

impl Splitter {
    fn quoted(&self) -> bool {
        self.single || self.double || self.back || self.dollar
    }

    fn push(&mut self, c: char) {
        self.word.push(c);
        self.begun = true;
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if std::mem::take(&mut self.begun) {
            self.words.push(word);
        }
    }
}
