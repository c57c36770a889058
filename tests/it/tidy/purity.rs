//! Invariant 2, and what each room alone may name.

use super::source::{files, lines_with};
use super::{assert_none, room};

/// What decides, parses or prints must give the same answer everywhere.
const PURE: [&str; 10] =
    ["text", "error", "model", "cipher", "signature", "policy", "syntax", "security", "analysis", "render"];

/// Clock, disk, environment, terminal, network, processes, chance, database.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::time",
    "std::process",
    "std::thread",
    "std::os",
    "std::{",
    "std::net::{",
    "SystemTime",
    "Instant",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "File::open",
    "File::create",
    "OpenOptions",
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "stdin(",
    "stdout(",
    "stderr(",
    "IsTerminal",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
    "Utc::now",
    "Local::now",
    "rusqlite",
    "rustyline",
    "clap",
    "ctrlc",
    "directories",
    "getrandom",
    "sysinfo",
    "tokio",
];

/// Crates that one room alone names.
const OWNED: &[(&str, &str)] = &[
    ("datafusion", "data"),
    ("datafusion_spark", "data"),
    ("datafusion_common", "data"),
    ("datafusion_expr", "data"),
    ("arrow", "data"),
    ("arrow_array", "data"),
    ("arrow_schema", "data"),
    ("parquet", "data"),
    ("sqlparser", "data"),
    ("tokio", "data"),
    ("rusqlite", "store"),
    ("rustyline", "repl"),
    ("clap", "cli"),
];

#[test]
fn what_decides_parses_and_prints_touches_no_clock_disk_terminal_or_database() {
    let mut found = Vec::new();
    for source in files("src", "rs") {
        if !room(&source).is_some_and(|room| PURE.contains(&room)) {
            continue;
        }
        let code = source.shipped_code();
        for impure in IMPURE {
            for line in lines_with(&code, impure) {
                found.push(format!("{}:{line}: {impure}", source.path));
            }
        }
    }
    assert_none(
        &found,
        "text, error, model, cipher, signature, policy, syntax, security, analysis and render are pure: time, source address and files are arguments (World), so that a decision can be made again, explained and tested.",
    );
}

#[test]
fn each_engine_is_named_in_one_room_only() {
    let mut found = Vec::new();
    for source in files("src", "rs") {
        for (name, owner) in OWNED {
            if room(&source) == Some(*owner) {
                continue;
            }
            for path in [format!("{name}::"), format!("use {name}"), format!("extern crate {name}")] {
                for line in lines_with(&source.shipped_code(), &path) {
                    found.push(format!("{}:{line}: `{name}` belongs to `{owner}`", source.path));
                }
            }
        }
    }
    assert_none(
        &found,
        "Only data names the query engine and only store the database: nothing reads rows or state around a decision, and starting the shell never touches the engine.",
    );
}
