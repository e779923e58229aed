//! Power loss (SPEC L4): what was not synced may be gone.
//!
//! Two proofs, each of which has a gap that the other closes:
//!
//! - A writer is stopped at random moments, and the files are copied as they are just then (without the shared memory, which a
//!   machine loses). It proves that files are in order at any moment, with no part of ours in how they came about. It does not prove that
//!   they were on the disk: the copy sees what the system has only cached.
//! - A writer's system calls are recorded by `strace`, and replayed upon a model of a disk that keeps nothing but what was synced:
//!   a file's bytes by `fsync` of the file, its name by `fsync` of the folder. Of all else each write, and each 512-byte sector of a write,
//!   is there or not by chance. It proves that every acknowledgement comes after the sync that it needs, in every phase of
//!   the ledger's life. It does not prove that the machine's disk keeps what it says it has synced. Where there is no `strace`,
//!   it says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use creditop::store::Ledger;
use rustix::process::{Pid, Signal, kill_process};

use crate::chance::{choices, runs, skipped};
use crate::child::{Player, command, words};
use crate::kills::prove;
use crate::recording::{Folder, account, bytes, recorded, sound};

/// Whether every thread of a process is stopped.
fn is_stopped(id: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let states = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("stat")).unwrap());
    states.into_iter().all(|stat| stat.rsplit(") ").next().unwrap().starts_with('T'))
}

#[test]
fn l4_the_files_are_in_order_at_any_moment() {
    if !Path::new("/proc/self/task").exists() {
        skipped("no copies of a stopped writer, as there is no /proc that tells when it has stopped");
        return;
    }
    let mut random = choices("stopped writers");
    let folder = Folder::new();
    let mut player = Player::start("append", &folder.data(), "writer");
    let id = Pid::from_raw(i32::try_from(player.id()).unwrap()).unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..runs() {
        acknowledged.extend((0..random.usize(1..8)).filter_map(|_| player.hear()));
        std::thread::sleep(std::time::Duration::from_micros(random.u64(0..1000)));
        kill_process(id, Signal::STOP).unwrap();
        while !is_stopped(player.id()) {
            std::thread::yield_now();
        }
        let copy = Folder::new();
        fs::create_dir(copy.data()).unwrap();
        for (path, content) in bytes(&folder.data()) {
            fs::write(copy.data().join(path.file_name().unwrap()), content).unwrap();
        }
        kill_process(id, Signal::CONT).unwrap();
        // It may have said more before it was stopped than was heard.
        let found = recorded(&sound(&copy.data()), &account("writer"));
        let heard: Vec<&str> = acknowledged.iter().flat_map(|line| line.split(' ')).collect();
        assert!(found.len() >= heard.len() && found[..heard.len()] == heard, "an acknowledged entry is not in the files");
    }
}

/// What a writer did to the files of its folder, and said.
#[derive(Debug)]
enum Call {
    Create(String),
    Write(String, usize, Vec<u8>),
    Resize(String, usize),
    Remove(String),
    Sync(String),
    SyncFolder,
    Say(Vec<u8>),
}

/// Bytes as `strace -xx` writes them: `\x0a\xff`.
fn unescaped(text: &str) -> Vec<u8> {
    let pairs = text.split("\\x").skip(1).map(|rest| rest.split_at(2).0);
    pairs.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

/// A line of the record, where it is about the folder or standard output.
fn call(line: &str, folder: &str) -> Option<Call> {
    assert!(!line.contains("unfinished ..."), "calls overlap: {line}");
    let (name, rest) = line.split_once(' ')?.1.trim_start().split_once('(')?;
    let result = rest.rsplit_once(" = ")?.1;
    if result.starts_with('-') {
        return None;
    }
    let quoted = rest.split('"').nth(1).unwrap_or_default();
    let by_handle = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| unescaped(path));
    let named = if ["openat", "unlink"].contains(&name) { unescaped(quoted) } else { by_handle.unwrap_or_default() };
    let path = String::from_utf8(named).unwrap();
    if name == "write" && rest.starts_with("1<") {
        return Some(Call::Say(unescaped(quoted)));
    }
    if path == folder {
        return (name == "fsync").then_some(Call::SyncFolder);
    }
    let file = path.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
    if file.ends_with("-shm") {
        return None;
    }
    let numbers: Vec<usize> = rest.rsplit_once(')').unwrap().0.split(", ").filter_map(|number| number.parse().ok()).collect();
    Some(match name {
        "openat" if rest.contains("O_CREAT") => Call::Create(file),
        "openat" => return None,
        "pwrite64" => {
            let content = unescaped(quoted);
            assert_eq!(result.parse(), Ok(content.len()), "a write is recorded in part: {line}");
            Call::Write(file, *numbers.last().unwrap(), content)
        }
        "ftruncate" => Call::Resize(file, numbers[0]),
        "unlink" => Call::Remove(file),
        "fsync" | "fdatasync" => Call::Sync(file),
        _ => panic!("the model does not know {line}"),
    })
}

/// A change of a file that is not synced yet.
#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Resize(usize),
}

#[derive(Default)]
struct File {
    kept: Vec<u8>,
    pending: Vec<Change>,
}

/// A disk that keeps only what was synced.
#[derive(Default)]
struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    kept_names: BTreeMap<String, usize>,
    pending_names: Vec<(String, Option<usize>)>,
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Resize(length) => content.resize(*length, 0),
        Change::Write(offset, bytes) => {
            let end = offset + bytes.len();
            content.resize(content.len().max(end), 0);
            content[*offset..end].copy_from_slice(bytes);
        }
    }
}

impl Disk {
    fn perform(&mut self, call: Call) {
        match call {
            Call::Say(_) => {}
            Call::Create(name) if self.names.contains_key(&name) => {}
            Call::Create(name) => {
                self.files.push(File::default());
                self.names.insert(name.clone(), self.files.len() - 1);
                self.pending_names.push((name, Some(self.files.len() - 1)));
            }
            Call::Remove(name) => {
                self.names.remove(&name).unwrap();
                self.pending_names.push((name, None));
            }
            Call::Write(name, offset, bytes) => self.file(&name).pending.push(Change::Write(offset, bytes)),
            Call::Resize(name, length) => self.file(&name).pending.push(Change::Resize(length)),
            Call::Sync(name) => {
                let file = self.file(&name);
                for change in std::mem::take(&mut file.pending) {
                    apply(&mut file.kept, &change);
                }
            }
            Call::SyncFolder => {
                self.kept_names = self.names.clone();
                self.pending_names.clear();
            }
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        &mut self.files[self.names[name]]
    }

    /// What is there after the power was cut: everything that was synced, and by chance some of the rest.
    fn after_power_loss(&self, random: &mut fastrand::Rng) -> Folder {
        let folder = Folder::new();
        fs::create_dir(folder.data()).unwrap();
        let mut names = self.kept_names.clone();
        for (name, file) in &self.pending_names {
            match file {
                _ if random.bool() => {}
                Some(file) => _ = names.insert(name.clone(), *file),
                None => _ = names.remove(name),
            }
        }
        for (name, file) in names {
            fs::write(folder.data().join(name), self.files[file].after_power_loss(random)).unwrap();
        }
        folder
    }
}

impl File {
    fn after_power_loss(&self, random: &mut fastrand::Rng) -> Vec<u8> {
        let mut content = self.kept.clone();
        // Nothing of it, all of it, whole writes, or sectors of writes.
        let how = random.u8(0..4);
        for change in &self.pending {
            match change {
                _ if how == 0 || how == 2 && random.bool() => {}
                Change::Write(offset, bytes) if how == 3 => {
                    for (number, sector) in bytes.chunks(512).enumerate().filter(|_| random.bool()) {
                        apply(&mut content, &Change::Write(offset + number * 512, sector.to_vec()));
                    }
                }
                change => apply(&mut content, change),
            }
        }
        content
    }
}

/// A writer's calls; `None` where they can't be recorded. They are recorded once for all tests.
fn recorded_calls() -> Option<Vec<Call>> {
    static RECORD: LazyLock<Option<(String, String)>> = LazyLock::new(record);
    let (record, folder) = RECORD.as_ref()?;
    Some(record.lines().filter_map(|line| call(line, folder)).collect())
}

/// The record of a writer's calls with its folder; `None`, and a word on standard error, where they can't be recorded.
fn record() -> Option<(String, String)> {
    let folder = Folder::new();
    // Its own name is made before: that it lasts is the folder's business above.
    fs::create_dir(folder.data()).unwrap();
    let player = command("append a while", &folder.data(), "writer");
    let record = folder.path("record");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", "signal=none", "-o"])
        .arg(&record)
        .args([
            "-e",
            "trace=openat,pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat2",
        ])
        .arg(player.get_program())
        .args(player.get_args())
        .envs(player.get_envs().filter_map(|(name, value)| Some((name, value?))));
    match strace.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            skipped(&format!("no power cuts, as strace fails here: {}", String::from_utf8_lossy(&output.stderr)));
            return None;
        }
        Err(error) => {
            skipped(&format!("no power cuts, as strace can't be run: {error}"));
            return None;
        }
    }
    Some((fs::read_to_string(record).unwrap(), folder.data().display().to_string()))
}

/// Cuts the power at random calls; hands out what is there then, and what was acknowledged by then.
fn cut_power(calls: Vec<Call>, cuts: usize, random: &mut fastrand::Rng, mut check: impl FnMut(&Folder, &[String])) {
    let mut disk = Disk::default();
    let mut said = Vec::new();
    let count = calls.len();
    for call in calls {
        if let Call::Say(words) = &call {
            said.extend_from_slice(words);
        }
        disk.perform(call);
        if random.usize(0..count) < cuts {
            check(&disk.after_power_loss(random), &words(&said));
        }
    }
}

#[test]
fn l4_what_was_acknowledged_survives_the_loss_of_all_that_was_not_synced() {
    let mut random = choices("power cuts");
    let Some(calls) = recorded_calls() else { return };
    let syncs = calls.iter().filter(|call| matches!(call, Call::Sync(name) if name.ends_with("-wal"))).count();
    assert!(syncs > 60, "the record holds the writer's work: {syncs} syncs of the log");
    let mut cuts = 0;
    cut_power(calls, 6 * usize::try_from(runs()).unwrap(), &mut random, |folder, acknowledged| {
        prove(&sound(&folder.data()), "writer", acknowledged);
        cuts += 1;
    });
    assert!(cuts > 20);
    eprintln!("{cuts} power cuts");
}

#[test]
fn the_model_of_a_disk_would_notice_a_sync_too_few() {
    let mut random = choices("power cuts without syncs");
    let Some(mut calls) = recorded_calls() else { return };
    // As under synchronous=NORMAL, where the log is not synced before an acknowledgement.
    calls.retain(|call| !matches!(call, Call::Sync(name) if name.ends_with("-wal")));
    let mut lost = 0;
    cut_power(calls, 100, &mut random, |folder, acknowledged| {
        let found = Ledger::open(&folder.data()).and_then(|store| store.entries(&account("writer")));
        let count = acknowledged.iter().flat_map(|line| line.split(' ')).count();
        lost += u32::from(found.map_or(true, |found| found.len() < count));
    });
    assert!(lost > 10, "{lost}");
}
