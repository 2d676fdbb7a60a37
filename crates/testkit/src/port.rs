//! Free loopback ports, each given out once among all running tests.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below Linux's ephemeral ports, so that no outgoing connection takes one between choosing and binding.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);
/// Locks on the ports' files, held until this process ends.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port that nothing listens on, for TCP and UDP, and that no other test process was given.
///
/// # Panics
/// When all 12,000 ports are taken, or the temporary directory cannot be written.
#[must_use]
pub fn free_port() -> u16 {
    let folder = std::env::temp_dir().join("foundry-testkit-ports");
    std::fs::create_dir_all(&folder).expect("the temporary directory is writable");
    let start = std::process::id().wrapping_mul(37);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).expect("below 32,000");
        let Ok(file) = File::create(folder.join(port.to_string())) else { continue };
        if file.try_lock().is_err() {
            continue;
        }
        let free = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
            && UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok();
        if free {
            HELD.lock().expect("no test panics while it holds this").push(file);
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}

#[cfg(test)]
mod tests {
    use super::free_port;
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_given_out_once_and_can_be_bound() {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
        for port in ports {
            TcpListener::bind(("127.0.0.1", port)).expect("free");
        }
    }
}
