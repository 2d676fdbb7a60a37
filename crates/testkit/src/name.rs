//! Names that no other test, process or run uses, and that tell who made them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A name such as `fdt4711x2`: short enough for a network interface, valid as a host, container or bucket name.
#[must_use]
pub fn unique() -> String {
    format!("fdt{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Whether a name was made by [`unique`] in a process that has ended without cleaning up.
pub(crate) fn is_abandoned(name: &str) -> bool {
    let Some((process, rest)) = name.strip_prefix("fdt").and_then(|rest| rest.split_once('x')) else {
        return false;
    };
    let numbered = rest.chars().next().is_some_and(|first| first.is_ascii_digit());
    numbered && process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::{is_abandoned, unique};

    #[test]
    fn names_differ_and_this_process_is_alive() {
        let (first, second) = (unique(), unique());
        assert_ne!(first, second);
        assert!(first.len() <= 15, "{first} is too long for an interface");
        assert!(!is_abandoned(&first));
    }

    #[test]
    fn only_names_of_ended_processes_are_abandoned() {
        assert!(is_abandoned("fdt4294967294x0-web"));
        assert!(!is_abandoned("postgres"));
        assert!(!is_abandoned("fdtax0"));
        assert!(!is_abandoned("fdt4294967294"));
    }
}
