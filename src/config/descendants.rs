//! Finds and stops all that a key command started, also in sessions and groups of their own.
//!
//! Where the system tells of its processes in `/proc`, as Linux does, they are found by their parents, and by a variable that each
//! inherits where its parent has ended. Elsewhere nothing is found here, and what left the command's group runs on.

use std::collections::{HashMap, HashSet};

/// The variable by which what a key command started is known; its value is new for each run.
pub(super) const MARK: &str = "CREDITOP_KEY_COMMAND";

/// So often it is looked for what was started meanwhile; each look takes milliseconds.
const LOOKS: usize = 50;

/// Stops the process `first` and all that descends from it, and what carries the mark. What can't be stopped, since it runs as another
/// user now, is left.
pub(super) fn stop_all(first: u32, mark: &str) {
    let mut tried = HashSet::new();
    for _ in 0..LOOKS {
        let processes = Processes::read();
        // All of them are found before the first one ends: its children have another parent then.
        let found: Vec<u32> = processes.ids().filter(|id| processes.descends(*id, first) || is_marked(*id, mark)).collect();
        let new: Vec<u32> = found.into_iter().filter(|id| tried.insert(*id)).collect();
        if new.is_empty() {
            return;
        }
        for id in new {
            if let Some(then) = processes.0.get(&id) {
                kill(id, *then);
            }
        }
    }
}

/// Kills a process, unless another one has got its number meanwhile.
#[cfg(target_os = "linux")]
fn kill(id: u32, then: State) {
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    let process = i32::try_from(id).ok().and_then(Pid::from_raw).and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok());
    // From here on the handle keeps it apart from others.
    if let Some(process) = process
        && state(id).is_some_and(|now| now.began == then.began)
    {
        // It may have ended, or be another user's.
        let _ = pidfd_send_signal(process, Signal::KILL);
    }
}

#[cfg(not(target_os = "linux"))]
fn kill(_id: u32, _then: State) {}

/// What `/proc` tells of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    parent: u32,
    /// When it began, in ticks since the machine's start.
    began: u64,
}

/// The processes that run, by their numbers.
struct Processes(HashMap<u32, State>);

impl Processes {
    fn read() -> Self {
        let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        Self(ids.filter_map(|id| Some((id, state(id)?))).collect())
    }

    fn ids(&self) -> impl Iterator<Item = u32> {
        self.0.keys().copied()
    }

    /// Whether a process is `first`, or was started by it or by one that was.
    fn descends(&self, id: u32, first: u32) -> bool {
        let mut id = id;
        // A table that was read while it changed could lead around in a circle.
        for _ in 0..=self.0.len() {
            if id == first {
                return true;
            }
            match self.0.get(&id) {
                Some(state) => id = state.parent,
                None => return false,
            }
        }
        false
    }
}

/// What is known of a process; `None` where it has ended, also where nobody has taken note of that yet.
fn state(id: u32) -> Option<State> {
    parsed(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// Reads `stat`: the name, in parentheses, may hold anything.
fn parsed(stat: &str) -> Option<State> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let (state, parent, began) = (fields.first()?, fields.get(1)?, fields.get(19)?);
    (!matches!(*state, "Z" | "X")).then_some(State { parent: parent.parse().ok()?, began: began.parse().ok()? })
}

/// Whether a process was started with the mark.
fn is_marked(id: u32, mark: &str) -> bool {
    let wanted = format!("{MARK}={mark}");
    std::fs::read(format!("/proc/{id}/environ"))
        .is_ok_and(|variables| variables.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_a_process_is_known_by_its_parent_whatever_its_name_is() {
        let stat = "7 (a) Z 1 (b)) S 3 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        assert_eq!(parsed(stat), Some(State { parent: 3, began: 4711 }));
        assert_eq!(parsed(&stat.replace(") S", ") Z")), None, "it has ended");
        assert_eq!(parsed("7 (a"), None);
    }

    #[test]
    fn s10_a_table_that_leads_around_in_a_circle_is_left() {
        let state = |parent| State { parent, began: 0 };
        let processes = Processes(HashMap::from([(2, state(3)), (3, state(2)), (5, state(4)), (4, state(1))]));
        assert!(processes.descends(5, 4) && processes.descends(5, 1) && processes.descends(4, 4));
        assert!(!processes.descends(2, 4) && !processes.descends(9, 4));
    }
}
