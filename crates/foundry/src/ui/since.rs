//! Durations as people say them: `3 d`, `5 min`.

/// How long before `now` the time `then` was; both RFC 3339 in UTC. The text itself where it cannot be read.
pub fn since(then: &str, now: &str) -> String {
    let Some(seconds) = seconds_between(then, now) else { return then.to_owned() };
    match seconds {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min", s / 60),
        s @ 3600..86_400 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}

/// Seconds from `then` to `now`, both RFC 3339 in UTC; 0 where `then` is later, `None` where one cannot be read.
pub fn seconds_between(then: &str, now: &str) -> Option<u64> {
    Some(seconds(now)?.saturating_sub(seconds(then)?))
}

/// Seconds since 0000-03-01, good for differences.
fn seconds(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn the_largest_unit_that_fits() {
        for (then, now, text) in [
            ("2026-11-20T18:00:00.123Z", "2026-11-20T18:00:59Z", "59 s"),
            ("2026-11-20T18:00:00Z", "2026-11-20T18:59:00Z", "59 min"),
            ("2026-11-19T19:00:00Z", "2026-11-20T18:59:00Z", "23 h"),
            ("2024-02-28T12:00:00Z", "2024-03-01T12:00:00Z", "2 d"),
            ("never", "2024-03-01T12:00:00Z", "never"),
        ] {
            assert_eq!(since(then, now), text);
        }
    }
}
