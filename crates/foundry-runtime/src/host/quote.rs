//! Words for a POSIX shell: whatever the bytes, the shell reads back exactly them.

/// One word, quoted unless it is plainly harmless.
pub fn word(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    // A leading `=` or `%` means something to some shells; a leading `~` is not harmless above.
    let plain = !text.is_empty() && text.chars().all(harmless) && !text.starts_with(['=', '%']);
    if plain { text.to_string() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A command line of these words.
pub fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One line of shell that sets and exports variables; needs `$n` to hold a newline, because a line has none.
pub(super) fn exports<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from(":");
    for (name, value) in variables {
        let value = value.replace('\'', r"'\''").replace('\n', r#"'"$n"'"#);
        out.push_str(&format!("; export {name}='{value}'"));
    }
    out
}

/// One line of shell that puts options of `env` into `$u` which drop every variable but these. The names come from
/// the shell itself; values never leave it.
pub(super) fn drops(keep: &[String]) -> String {
    let names = r"env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'";
    format!("u=$({names} | grep -vxE '{}' | sed 's/^/-u /')", keep.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: [&str; 12] = [
        "plain/path-1.2",
        "",
        " ",
        "it's",
        "$(touch /tmp/never)",
        "`id`; rm -rf x & | > <",
        "a\nb\n",
        "\\",
        "'\\''",
        "~root",
        "-n",
        "=ls é\u{1f600}\t!",
    ];

    #[test]
    fn a_shell_reads_back_the_very_words() {
        for text in NASTY {
            let script = format!("printf '%s|' {}", line([text, "end"]));
            let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{text}|end|"), "{script}");
        }
    }

    #[test]
    fn a_shell_reads_back_the_very_variables() {
        for text in NASTY {
            let exports = exports([("FOUNDRY_VALUE", text)]);
            assert!(!exports.contains('\n'), "{exports}");
            let script = format!("n='\n'; {exports}; printenv FOUNDRY_VALUE");
            let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{text}\n"));
        }
    }
}
