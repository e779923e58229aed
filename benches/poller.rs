//! How a dashboard fares that polls very many accounts of one host, some of which hang: by when each healthy one was asked, and what
//! that costs in processor time and memory.
//!
//! `cargo bench --bench poller [-- ACCOUNTS MINUTES HANGING_PERCENT LATENCY_MS INTERVAL]` writes a configuration of 10,000 accounts (5 % of
//! which hang), answers them on loopback after 250 ms, and opens the real dashboard in a pseudo-terminal for 6 minutes at an interval
//! of 5 minutes. `CREDITOP` names another program to measure, as an earlier release.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark whose fixture is wrong should stop, and it tells what it finds"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path as PathOf, State};
use axum::routing::get;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const ANSWER: &str = r#"{"type":"STARTER","creditsQuota":1600,"credits":1600,"creditsExtra":1000,"expiredAt":"2030-10-07T14:30:00.000Z","email":"x@example.com"}"#;

/// What is measured.
#[derive(Debug, Clone, Copy)]
struct Setting {
    accounts: usize,
    minutes: u64,
    hanging_percent: usize,
    latency: Duration,
    interval: Duration,
}

impl Setting {
    /// Whether an account hangs; they are spread evenly.
    fn hangs(self, account: usize) -> bool {
        (account * self.hanging_percent) % 100 < self.hanging_percent
    }
}

/// When each account was asked.
struct TailQuery {
    setting: Setting,
    start: Instant,
    times: Mutex<Vec<Vec<Duration>>>,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |place: usize, default: u64| args.get(place).map_or(default, |arg| arg.parse().expect("a number"));
    let setting = Setting {
        accounts: usize::try_from(number(0, 10_000)).expect("a number of accounts"),
        minutes: number(1, 6),
        hanging_percent: usize::try_from(number(2, 5)).expect("a percentage"),
        latency: Duration::from_millis(number(3, 250)),
        interval: args.get(4).map_or(Duration::from_mins(5), |arg| humantime::parse_duration(arg).expect("a span of time")),
    };
    let asked = Arc::new(TailQuery { setting, start: Instant::now(), times: Mutex::new(vec![Vec::new(); setting.accounts]) });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/{account}/api/v1/subscription/account-info", get(answer)).with_state(Arc::clone(&asked));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().expect("a folder");
    write_configuration(folder.path(), setting, &format!("http://{address}"));
    measure(folder.path(), &asked);
}

/// Answers as `ImaginePro` does, or never.
async fn answer(State(asked): State<Arc<TailQuery>>, PathOf(account): PathOf<usize>) -> &'static str {
    if let Some(times) = asked.times.lock().unwrap_or_else(PoisonError::into_inner).get_mut(account) {
        times.push(asked.start.elapsed());
    }
    if asked.setting.hangs(account) {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(asked.setting.latency).await;
    ANSWER
}

fn write_configuration(folder: &Path, setting: Setting, base: &str) {
    let mut text = format!("interval = \"{}\"\n", humantime::format_duration(setting.interval));
    for n in 0..setting.accounts {
        let key = "key = { env = \"BENCH_KEY\" }";
        writeln!(text, "[[account]]\nid = \"a{n}\"\nprovider = \"imaginepro\"\n{key}\nbase_url = \"{base}/{n}\"")
            .expect("text grows");
    }
    fs::write(folder.join("config.toml"), text).expect("a configuration");
}

/// Runs the dashboard for a while, and tells what was seen.
fn measure(folder: &Path, asked: &TailQuery) {
    let program = std::env::var("CREDITOP").unwrap_or_else(|_| env!("CARGO_BIN_EXE_creditop").to_owned());
    let mut command = CommandBuilder::new(program);
    command.arg("--config");
    command.arg(folder.join("config.toml"));
    command.arg("--data-dir");
    command.arg(folder.join("data"));
    command.env("BENCH_KEY", "bench-key-that-opens-nothing");
    command.env("TERM", "xterm-256color");
    let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).expect("a terminal");
    let mut child = pty.slave.spawn_command(command).expect("the dashboard");
    let mut reader = pty.master.try_clone_reader().expect("its screen");
    std::thread::spawn(move || {
        let mut buffer = [0; 8_192];
        while reader.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    let process = child.process_id().expect("a process");
    let begun = asked.start.elapsed();
    for minute in 1..=asked.setting.minutes {
        std::thread::sleep(Duration::from_mins(1));
        tell(minute, process, begun, asked);
    }
    child.kill().expect("an end");
    sum_up(begun, asked);
}

fn tell(minute: u64, process: u32, begun: Duration, asked: &TailQuery) {
    let times = asked.times.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = |place: &usize| !asked.setting.hangs(*place);
    let all = (0..asked.setting.accounts).filter(healthy).count();
    let reached = times.iter().enumerate().filter(|(place, times)| healthy(place) && times.iter().any(|at| *at >= begun)).count();
    let requests: usize = times.iter().map(Vec::len).sum();
    let (seconds, memory) = spent(process);
    println!(
        "{minute:>3} min  {reached:>6} of {all} healthy asked  {requests:>7} requests  {seconds:>6.1} s processor  {memory:>5} MiB"
    );
}

/// Seconds of processor time and MiB of memory that a process has taken, by Linux.
fn spent(process: u32) -> (f64, u64) {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let ticks: u32 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<u32>().ok())
        .sum();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    (f64::from(ticks) / 100.0, kib / 1024)
}

/// By when healthy accounts were first asked, and how long they waited from one time to the next; the end counts as one.
fn sum_up(begun: Duration, asked: &TailQuery) {
    let end = asked.start.elapsed();
    let times = asked.times.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = times.iter().enumerate().filter(|(place, _)| !asked.setting.hangs(*place)).map(|(_, times)| times);
    let mut firsts = Vec::new();
    let mut gaps = Vec::new();
    for times in healthy {
        let first = times.first().copied().unwrap_or(end);
        firsts.push(first.saturating_sub(begun));
        gaps.extend(times.windows(2).filter_map(|pair| Some(pair.get(1)?.saturating_sub(*pair.first()?))));
        gaps.push(end.saturating_sub(times.last().copied().unwrap_or(begun)));
    }
    for (what, mut spans) in [("first asked after", firsts), ("from one time to the next", gaps)] {
        spans.sort();
        let at = |part: usize| spans.get((spans.len().saturating_sub(1)) * part / 100).map_or(0.0, Duration::as_secs_f64);
        println!("{what:<26} half {:>7.1} s   99 % {:>7.1} s   the last {:>7.1} s", at(50), at(99), at(100));
    }
}
