//! A machine with nothing but its own loopback, and the count of attempts to leave it.
//!
//! In a fresh network namespace no address but 127.0.0.1 and ::1 has a route, and the kernel counts every
//! packet, connection and name lookup that asks for one (`OutNoRoutes` in /proc/net/snmp and snmp6). So an
//! attempt to leave can neither succeed nor go unseen.

use std::env;
use std::fs;
use std::process::Command;

const INSIDE: &str = "VIVA_TEST_WITHOUT_NETWORK";

/// How often something here asked for a way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptsToLeave {
    /// Over IPv4, name lookups among them.
    pub v4: u64,
    /// Over IPv6.
    pub v6: u64,
}

impl AttemptsToLeave {
    /// What the kernel has counted in this namespace.
    pub fn so_far() -> Self {
        Self { v4: v4_without_route(), v6: v6_without_route() }
    }
}

/// Runs `story` with the network cut to loopback: starts this test's own binary again, for this one test, in a
/// namespace of its own. `test` is the test's path as the test runner knows it.
///
/// Where the machine does not allow a namespace, the test says so and does nothing.
///
/// # Panics
/// When the story fails in there.
pub fn cut_to_loopback(test: &str, story: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        story();
        return;
    }
    let Some(unshare) = allowed_form() else {
        crate::skipped(test, "this machine allows no network namespace (unshare --net)");
        return;
    };
    let this_binary = env::current_exe().expect("a running test has a path");
    let status = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(this_binary)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare was there a moment ago");
    let stdout = String::from_utf8_lossy(&status.stdout);
    let stderr = String::from_utf8_lossy(&status.stderr);
    assert!(status.status.success(), "without a network:\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "no test is called {test}:\n{stdout}\n{stderr}");
}

/// Root may make a namespace; others may where the kernel lets them map themselves to root.
fn allowed_form() -> Option<&'static [&'static str]> {
    let forms: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
    forms.into_iter().find(|form| {
        let tried = Command::new("unshare").args(*form).args(["ip", "link", "set", "lo", "up"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

/// /proc/net/snmp: a line of names and a line of values for each protocol.
fn v4_without_route() -> u64 {
    let table = fs::read_to_string("/proc/self/net/snmp").expect("Linux counts its packets");
    let mut ip = table.lines().filter_map(|line| line.strip_prefix("Ip: "));
    let names = ip.next().expect("the names come first").split(' ');
    let values = ip.next().expect("the values come second").split(' ');
    let value = names.zip(values).find(|(name, _)| *name == "OutNoRoutes").expect("OutNoRoutes is there").1;
    value.parse().expect("a counter is a number")
}

/// /proc/net/snmp6: a name and a value a line; the file is missing where IPv6 is off.
fn v6_without_route() -> u64 {
    let table = fs::read_to_string("/proc/self/net/snmp6").unwrap_or_default();
    let line = table.lines().find_map(|line| line.strip_prefix("Ip6OutNoRoutes"));
    line.map_or(0, |value| value.trim().parse().expect("a counter is a number"))
}
