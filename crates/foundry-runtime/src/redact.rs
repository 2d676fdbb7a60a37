//! Takes secret values out of text that comes back from machines, before anybody sees it.

use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret value was.
pub const MASK: &str = "[secret]";

/// Values shorter than this are not looked for: they would blank ordinary words.
const SHORTEST: usize = 4;

/// Knows the secret values of a run; cannot be printed.
#[derive(Clone, Default)]
pub struct Redactor {
    values: std::sync::Arc<Vec<SecretString>>,
}

impl Redactor {
    /// Knows these values, each line of a value of several lines, and nothing shorter than 4 bytes.
    pub fn new(values: impl IntoIterator<Item = SecretString>) -> Self {
        let mut parts: Vec<String> = values
            .into_iter()
            .flat_map(|value| {
                let text = value.expose_secret();
                let lines: Vec<String> = text.lines().map(|line| line.trim().to_string()).collect();
                std::iter::once(text.to_string()).chain(lines)
            })
            .filter(|part| part.len() >= SHORTEST)
            .collect();
        // Longest first, or a value that contains another one would leave its ends readable.
        parts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        parts.dedup();
        Redactor { values: std::sync::Arc::new(parts.into_iter().map(SecretString::from).collect()) }
    }

    /// The text without any of the values.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_string();
        for value in self.values.iter().map(ExposeSecret::expose_secret) {
            if text.contains(value) {
                text = text.replace(value, MASK);
            }
        }
        text
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} values)", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(values: &[&str]) -> Redactor {
        Redactor::new(values.iter().map(|value| SecretString::from(value.to_string())))
    }

    #[test]
    fn values_go_longest_first_and_short_ones_stay() {
        let redactor = redactor(&["pass", "passphrase-9", "abc"]);
        assert_eq!(redactor.text("x=passphrase-9 y=pass z=abc"), "x=[secret] y=[secret] z=abc");
    }

    #[test]
    fn each_line_of_a_key_is_a_secret() {
        let redactor = redactor(&["first-line\nsecond-line\n"]);
        assert_eq!(redactor.text("got second-line"), "got [secret]");
    }

    #[test]
    fn a_redactor_does_not_print_its_values() {
        assert!(!format!("{:?}", redactor(&["hush-hush"])).contains("hush"));
    }
}
