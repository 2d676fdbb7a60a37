//! Waiting for real systems: until something is true, with a limit that only a broken system reaches.

use std::thread;
use std::time::{Duration, Instant};

/// Tries again until it works.
///
/// # Panics
/// When it has not worked within the limit.
#[track_caller]
pub fn until(what: &str, seconds: u64, mut ready: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !ready() {
        assert!(Instant::now() < end, "{what} not within {seconds} s");
        thread::sleep(Duration::from_millis(100));
    }
}
