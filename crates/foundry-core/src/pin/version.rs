//! Which of a repository's tags is newer: numbers by value, the same kind of tag only (`16.8-alpine` stays with `-alpine`).

/// Words that mark what comes before a release, in their order.
const BEFORE: [(&str, u8); 15] = [
    ("nightly", 0),
    ("snapshot", 0),
    ("canary", 0),
    ("edge", 0),
    ("test", 0),
    ("dev", 0),
    ("alpha", 1),
    ("a", 1),
    ("beta", 2),
    ("b", 2),
    ("m", 2),
    ("milestone", 2),
    ("preview", 3),
    ("pre", 3),
    ("rc", 4),
];

/// Newer tags of the same kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newer {
    /// The newest with the same first number.
    pub same_major: Option<String>,
    /// The newest of all, when its first number is another one.
    pub other_major: Option<String>,
}

/// What is newer than `current` among `tags`. A tag without a version has nothing newer.
pub fn newer<'t>(current: &str, tags: impl IntoIterator<Item = &'t str>) -> Newer {
    let Some(now) = Version::parse(current) else { return Newer::default() };
    let later =
        tags.into_iter().filter_map(Version::parse).filter(|v| now.is_kind_of(v) && now.key() < v.key());
    let (mut same, mut other): (Option<Version<'_>>, Option<Version<'_>>) = (None, None);
    for version in later {
        let best = if now.same_major(&version) { &mut same } else { &mut other };
        if best.as_ref().is_none_or(|best| best.key() < version.key()) {
            *best = Some(version);
        }
    }
    let tag = |version: Option<Version<'_>>| version.map(|v| v.tag.to_owned());
    Newer { same_major: tag(same), other_major: tag(other) }
}

/// A number by value, of any length: its digits without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number<'t>(&'t str);

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What comes before a release: the rank of its word, and its numbers.
type Before<'t> = Option<(u8, Vec<Number<'t>>)>;

/// What tags of one kind are ordered by.
type Key<'v, 't> = (&'v [Number<'t>], bool, &'v Before<'t>, &'v [Number<'t>]);

/// A tag taken apart.
struct Version<'t> {
    tag: &'t str,
    /// What is not a number, in order, `#` for each number: of the release, and of what follows it.
    kind: (String, String),
    release: Vec<Number<'t>>,
    /// Rank and numbers of what comes before a release; a release has none and comes last.
    before: Before<'t>,
    suffix: Vec<Number<'t>>,
}

impl<'t> Version<'t> {
    fn parse(tag: &'t str) -> Option<Version<'t>> {
        if is_commit(tag) {
            return None;
        }
        let mut version =
            Version { tag, kind: Default::default(), release: Vec::new(), before: None, suffix: Vec::new() };
        let mut pieces = pieces(tag).into_iter().peekable();
        let mut after = false;
        while let Some(piece) = pieces.next() {
            let digits = piece.starts_with(|c: char| c.is_ascii_digit());
            let word = piece.trim_matches(|c: char| !c.is_ascii_alphabetic());
            let rank = BEFORE.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, rank)| *rank);
            match (digits, rank) {
                (true, _) if after => version.add_suffix("#", Some(piece)),
                (true, _) => {
                    version.release.push(number(piece));
                    version.kind.0.push('#');
                }
                (false, Some(rank)) if !version.release.is_empty() && version.before.is_none() => {
                    let mut numbers = Vec::new();
                    while let Some(next) =
                        pieces.next_if(|p| *p == "." || p.starts_with(|c: char| c.is_ascii_digit()))
                    {
                        numbers.extend((next != ".").then(|| number(next)));
                    }
                    version.before = Some((rank, numbers));
                    after = true;
                }
                (false, _) if after => version.add_suffix(piece, None),
                (false, _) => version.kind.0.push_str(piece),
            }
        }
        (!version.release.is_empty()).then_some(version)
    }

    fn add_suffix(&mut self, kind: &str, digits: Option<&'t str>) {
        self.kind.1.push_str(kind);
        self.suffix.extend(digits.map(number));
    }

    fn key(&self) -> Key<'_, 't> {
        (&self.release, self.before.is_none(), &self.before, &self.suffix)
    }

    fn whole_kind(&self) -> String {
        format!("{}{}", self.kind.0, self.kind.1)
    }

    /// Whether `other` is the same kind of tag; what comes before a release is looked at only from one of its own.
    fn is_kind_of(&self, other: &Version<'_>) -> bool {
        let calendar = |v: &Version<'_>| is_calendar(v.release[0].0);
        self.whole_kind() == other.whole_kind()
            && calendar(self) == calendar(other)
            && (other.before.is_none() || self.before.is_some())
    }

    /// Years and dates are no majors.
    fn same_major(&self, other: &Version<'_>) -> bool {
        is_calendar(self.release[0].0) || self.release[0] == other.release[0]
    }
}

fn number(digits: &str) -> Number<'_> {
    let trimmed = digits.trim_start_matches('0');
    Number(if trimmed.is_empty() { "0" } else { trimmed })
}

/// `2025` and `20250401`.
fn is_calendar(digits: &str) -> bool {
    digits.len() >= 4
        && (digits.starts_with("19") || digits.starts_with("20"))
        && matches!(digits.len(), 4 | 6 | 8 | 12 | 14)
}

/// Seven or more hexadecimal digits with a letter and a number among them name a commit: they have no order.
fn is_commit(tag: &str) -> bool {
    tag.split(['-', '_', '.', '+']).any(|part| {
        part.len() >= 7
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

/// Runs of digits and runs of anything else.
fn pieces(tag: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let bytes = tag.as_bytes();
    for at in 1..bytes.len() {
        if bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
            out.push(&tag[start..at]);
            start = at;
        }
    }
    out.push(&tag[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::{Newer, newer};

    #[track_caller]
    fn check(current: &str, tags: &[&str], same: Option<&str>, other: Option<&str>) {
        let wanted = Newer { same_major: same.map(str::to_owned), other_major: other.map(str::to_owned) };
        assert_eq!(newer(current, tags.iter().copied()), wanted, "{current} in {tags:?}");
    }

    #[test]
    fn numbers_count_by_value_and_a_major_is_not_crossed() {
        check("1.9.3", &["1.9.3", "1.10.0", "1.9.20", "2.0.0", "latest"], Some("1.10.0"), Some("2.0.0"));
        check("v0.9.0", &["v0.10.0", "0.11.0", "v1.0.0"], Some("v0.10.0"), Some("v1.0.0"));
        check("1.0.0", &["0.9.9", "1.0.0", "1.0"], None, None);
        check(
            "1.0.99999999999999999998",
            &["1.0.99999999999999999999"],
            Some("1.0.99999999999999999999"),
            None,
        );
        check("1.01.0", &["1.1.0"], None, None);
    }

    #[test]
    fn a_tag_stays_with_its_kind() {
        let tags = [
            "16.9",
            "16.9-alpine",
            "16.10-alpine",
            "16.9-bookworm",
            "17.2-alpine",
            "16-alpine",
            "16.9.1-alpine",
        ];
        check("16.8-alpine", &tags, Some("16.10-alpine"), Some("17.2-alpine"));
        check("16.8", &tags, Some("16.9"), None);
        check("16-alpine", &tags, None, None);
        check("16.8-alpine3.20", &["16.8-alpine3.21", "16.9-alpine3.20"], Some("16.9-alpine3.20"), None);
        check("17.11.1-ce.0", &["17.11.2-ce.0", "17.11.3-ee.0"], Some("17.11.2-ce.0"), None);
        check("alpine-v17.1.0", &["alpine-v17.2.0", "v17.3.0"], Some("alpine-v17.2.0"), None);
    }

    #[test]
    fn what_comes_before_a_release_is_no_release() {
        let tags =
            ["1.1.0-rc.1", "1.1.0rc1", "1.1.0-beta2", "1.1.0-nightly", "1.0.1", "1.1.0-dev", "2.0.0-alpha.1"];
        check("1.0.0", &tags, Some("1.0.1"), None);
        check("1.1.0-beta1", &["1.1.0-beta2", "1.1.0-beta10", "1.0.9"], Some("1.1.0-beta10"), None);
        check("1.1.0-rc.1", &["1.1.0-rc.2", "1.1.0", "1.1.0-beta.9"], Some("1.1.0"), None);
        check("3.13.0b1-slim", &["3.13.0-slim", "3.14.0", "3.13.0b2-slim"], Some("3.13.0-slim"), None);
    }

    #[test]
    fn dates_have_no_majors_and_commits_no_order() {
        check("2025.12.1", &["2026.1.0", "3.0.0"], Some("2026.1.0"), None);
        check("1.2.3", &["2024.01.01"], None, None);
        check("20240115", &["20250101", "1"], Some("20250101"), None);
        check(
            "RELEASE.2024-05-01T01-11-10Z",
            &["RELEASE.2025-04-22T22-12-26Z"],
            Some("RELEASE.2025-04-22T22-12-26Z"),
            None,
        );
        check("b4567", &["b4600"], None, Some("b4600"));
        for tag in ["sha-3f2a9bc", "latest", "bookworm", "", "3f2a9bc1"] {
            check(tag, &["sha-4f3a9bc", "trixie", "9f2a9bc1", "1.0.0"], None, None);
        }
    }
}
