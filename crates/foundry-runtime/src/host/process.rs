//! One child process: feeds it, reads it line by line, interrupts it, and always awaits its end.

use super::command::{Line, Output, Watch};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Child;

/// How much of the standard error is kept.
const KEPT: usize = 64 * 1024;
/// How long an interrupted program may take to end, before it is told more firmly.
const GRACE: Duration = Duration::from_secs(20);
/// How long output may still come after the end: a background process could hold the pipe for ever.
const AFTER_END: Duration = Duration::from_secs(2);
/// The first line that our wrapper on another machine writes to its standard output.
const REMOTE_BEGIN: &str = "foundry-remote-begin";
/// Before the process id on the first line that it writes to its standard error.
pub(super) const REMOTE_PID: &str = "foundry-remote-pid: ";

/// The process id that the wrapper on the other machine told, once it has.
pub(super) type RemotePid = Arc<Mutex<Option<u32>>>;

/// How a running program is interrupted.
pub(super) enum Interrupt<'a> {
    /// A signal to its process group.
    Group,
    /// A signal through another session on the machine where it runs.
    Remote(&'a super::Ssh, RemotePid),
}

/// Runs `command` to its end with `input` on its standard input.
pub(super) async fn run(
    mut command: tokio::process::Command,
    input: &[u8],
    watch: &Watch<'_>,
    interrupt: Interrupt<'_>,
) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let pid = child.id();
    let (Some(mut stdin), Some(out), Some(err)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("a pipe is missing"));
    };
    let told = match &interrupt {
        Interrupt::Remote(_, pid) => Some(pid.clone()),
        Interrupt::Group => None,
    };
    // Kept outside the futures: what was read stays when a reader is given up.
    let (stdout, stderr) = (Mutex::new(Vec::new()), Mutex::new(String::new()));
    let feeder = async move {
        // A program that does not read all of its input closes the pipe; that is its own affair.
        let _ = stdin.write_all(input).await;
        let _ = stdin.shutdown().await;
    };
    let mut begun = told.is_none();
    let out = read_lines(out, |bytes, line| {
        if !begun {
            begun = line == REMOTE_BEGIN;
            return;
        }
        with(&stdout, |all: &mut Vec<u8>| all.extend_from_slice(bytes));
        watch.on_line.iter().for_each(|on_line| on_line(Line::Out(line)));
    });
    let err = read_lines(err, |_, line| {
        // What came before the program began is kept only for the case that it never begins.
        if let Some(told) = told.as_ref().filter(|told| with(told, |told| told.is_none())) {
            match line.strip_prefix(REMOTE_PID) {
                Some(pid) => {
                    with(told, |told| *told = pid.trim().parse().ok());
                    with(&stderr, String::clear);
                }
                None => with(&stderr, |all| keep_tail(all, line)),
            }
            return;
        }
        with(&stderr, |all| keep_tail(all, line));
        watch.on_line.iter().for_each(|on_line| on_line(Line::Err(line)));
    });
    let mut io = std::pin::pin!(async { tokio::join!(feeder, out, err) });
    let ended = end_of(&mut child, watch, pid, &interrupt);
    let mut ended = std::pin::pin!(ended);
    let (status, interrupted) = tokio::select! {
        ended = &mut ended => {
            let _ = tokio::time::timeout(AFTER_END, io).await;
            ended?
        }
        _ = &mut io => ended.await?,
    };
    let status = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
    let (stdout, stderr) = (with(&stdout, std::mem::take), with(&stderr, std::mem::take));
    Ok(Output { status, stdout, stderr, interrupted })
}

/// Awaits the end; interrupts when the caller wants it or the time is up.
async fn end_of(
    child: &mut Child,
    watch: &Watch<'_>,
    pid: Option<u32>,
    interrupt: &Interrupt<'_>,
) -> io::Result<(std::process::ExitStatus, bool)> {
    let wanted = async {
        match watch.cancel {
            Some(cancel) => cancel.cancelled().await,
            None => std::future::pending().await,
        }
    };
    let late = async {
        match watch.limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        status = child.wait() => return Ok((status?, false)),
        () = wanted => {}
        () = late => {}
    }
    match interrupt {
        Interrupt::Group => signal(pid, Signal::INT),
        Interrupt::Remote(ssh, told) => tokio::select! {
            status = child.wait() => return Ok((status?, true)),
            there = wait_for_pid(told) => match there {
                Some(there) => ssh.interrupt(there).await,
                None => signal(pid, Signal::INT),
            },
        },
    }
    for firmer in [Signal::TERM, Signal::KILL] {
        if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
            return Ok((status?, true));
        }
        signal(pid, firmer);
    }
    Ok((child.wait().await?, true))
}

/// The wrapper tells its process id as the first thing that it does; this is only for an interrupt right at the start.
async fn wait_for_pid(told: &RemotePid) -> Option<u32> {
    for _ in 0..250 {
        let there = with(told, |told| *told);
        if there.is_some() {
            return there;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

/// Signals a process group that we made; one that has ended is none of our business.
pub(super) fn signal(pid: Option<u32>, signal: Signal) {
    if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal);
    }
}

async fn read_lines(from: impl AsyncRead + Unpin, mut each: impl FnMut(&[u8], &str)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    // An unreadable pipe is an ended one: the exit status tells the rest.
    while let Ok(1..) = from.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        each(&line, text.trim_end_matches(['\n', '\r']));
        line.clear();
    }
}

fn keep_tail(all: &mut String, line: &str) {
    all.push_str(line);
    all.push('\n');
    if all.len() > 2 * KEPT {
        let cut = (all.len() - KEPT..).find(|at| all.is_char_boundary(*at)).unwrap_or(0);
        all.drain(..cut);
    }
}

pub(super) fn with<T, R>(mutex: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> R {
    act(&mut mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}
