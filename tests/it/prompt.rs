//! The prompt, through a pseudo-terminal.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::reader::Options;
use rexpect::session::PtySession;
use tempfile::TempDir;

type Tested = Result<(), Box<dyn Error>>;

/// Longest wait for anything, in milliseconds; only a failing test waits so long.
const PATIENCE: u64 = 60_000;

const PROMPT: &str = "sandbox>";

/// A home of its own, with a state, a history and files.
struct Home {
    folder: TempDir,
}

/// The shell at its prompt.
struct Shell {
    terminal: PtySession,
}

impl Home {
    fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Tested {
        Ok(fs::write(self.path(name), text)?)
    }

    fn history(&self) -> PathBuf {
        self.path("data/odpsh/history")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("USER", "ann")
            .env("TERM", "xterm-256color")
            .env("NO_COLOR", "1");
        command
    }

    /// The shell without colours, at its first prompt.
    fn open(&self) -> Result<Shell, Box<dyn Error>> {
        Shell::spawn(self.command(env!("CARGO_BIN_EXE_odpsh")))
    }
}

impl Shell {
    fn spawn(command: Command) -> Result<Self, Box<dyn Error>> {
        let options = Options::new().timeout_ms(Some(PATIENCE));
        let mut shell = Self { terminal: rexpect::spawn_with_options(command, options)? };
        shell.sees(PROMPT)?;
        Ok(shell)
    }

    /// Waits for a text; gives back what came before it.
    fn sees(&mut self, text: &str) -> Result<String, Box<dyn Error>> {
        Ok(self.terminal.exp_string(text)?)
    }

    /// Types a text.
    fn types(&mut self, text: &str) -> Tested {
        self.terminal.send(text)?;
        Ok(self.terminal.flush()?)
    }

    /// Types a line that ends an input; gives back what is shown up to the next prompt.
    fn says(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        self.types(&format!("{line}\r"))?;
        self.sees(line)?;
        self.sees(PROMPT)
    }

    fn presses_control(&mut self, key: char) -> Tested {
        Ok(self.terminal.send_control(key)?)
    }

    /// The exit code, once it ended.
    fn ends(mut self) -> Result<i32, Box<dyn Error>> {
        self.terminal.exp_eof()?;
        match self.terminal.process().wait()? {
            WaitStatus::Exited(_, code) => Ok(code),
            other => Err(format!("{other:?}").into()),
        }
    }

    fn leaves(mut self) -> Result<i32, Box<dyn Error>> {
        self.presses_control('d')?;
        self.ends()
    }
}

#[test]
fn a_statement_may_take_several_lines() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.types("who")?;
    shell.types("ami -- who is it;\r")?;
    shell.sees("missing semicolon> ")?;
    shell.types(";\r")?;
    shell.sees("Name: ALIYUN$ann")?;
    shell.sees(PROMPT)?;
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn nothing_that_is_pasted_or_typed_ahead_is_lost() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.says("create table pasted (a bigint);")?;
    // As terminals without bracketed paste send it: all lines at once.
    let lines: String = (0..200).map(|number| format!("create role role_{number};\r")).collect();
    shell.types(&lines)?;
    shell.types("list roles;\r")?;
    for number in 0..200 {
        shell.sees(&format!("create role role_{number};"))?;
    }
    shell.sees("role_199")?;
    shell.sees(PROMPT)?;
    // Three statements, typed while the first of them runs.
    shell.types("show version;\rcreate role last_role;\rwhoami;\r")?;
    shell.sees(env!("CARGO_PKG_VERSION"))?;
    shell.sees("Name: ALIYUN$ann")?;
    shell.sees(PROMPT)?;
    let shown = shell.says("list roles;")?;
    for number in 0..200 {
        assert!(shown.contains(&format!("role_{number}\r\n")), "role_{number} is lost: {shown}");
    }
    assert!(shown.contains("last_role"), "{shown}");
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn an_error_ends_its_input_and_nothing_else() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    let shown = shell.says("create table t (a bigint); use nowhere; create table u (a bigint);")?;
    assert!(shown.contains("OK") && shown.contains("FAILED:"), "{shown}");
    assert!(shell.says("create table v (a bigint; whoami;")?.contains("FAILED: ODPS-0130161"));
    let shown = shell.says("show tables;")?;
    assert!(shown.contains(":t") && !shown.contains(":u") && !shown.contains(":v"), "{shown}");
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn control_c_drops_what_was_typed_and_leaves_an_empty_line() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.types("nonsense")?;
    shell.sees("nonsense")?;
    shell.presses_control('c')?;
    shell.sees(PROMPT)?;
    shell.types("create table\r")?;
    shell.sees("missing semicolon> ")?;
    shell.presses_control('c')?;
    shell.sees(PROMPT)?;
    assert!(shell.says("whoami;")?.contains("Name: ALIYUN$ann"));
    shell.presses_control('c')?;
    assert_eq!(shell.ends()?, 0);
    Ok(())
}

#[test]
fn bytes_that_are_no_text_are_dropped_and_the_prompt_stays() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    assert!(shell.says("set odps.sql.hive.compatible=true;")?.contains("OK"));
    shell.terminal.process().get_file_handle()?.write_all(b"select \xff")?;
    shell.sees("The input is not UTF-8")?;
    shell.sees(PROMPT)?;
    assert!(shell.says("show flags;")?.contains("odps.sql.hive.compatible=true"));
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn control_c_stops_a_script_that_runs() -> Tested {
    let home = Home::new()?;
    home.write("long.odps", &format!("set a=b;\n{}", "show version;\n".repeat(50_000)))?;
    let mut shell = home.open()?;
    shell.says(".output rows.txt")?;
    shell.types(".read long.odps\r")?;
    // The first statement tells that the script runs.
    shell.sees("OK")?;
    shell.presses_control('c')?;
    shell.sees("stopped by the user")?;
    shell.sees(PROMPT)?;
    shell.says(".output stdout")?;
    assert!(shell.says("whoami;")?.contains("Name: ALIYUN$ann"));
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn quit_leaves_with_zero_even_behind_errors() -> Tested {
    for word in ["quit;", "Q;"] {
        let home = Home::new()?;
        let mut shell = home.open()?;
        shell.says("nonsense;")?;
        shell.types(&format!("{word}\r"))?;
        assert_eq!(shell.ends()?, 0, "{word}");
    }
    Ok(())
}

#[test]
fn tab_completes_keywords_tables_columns_and_files() -> Tested {
    let home = Home::new()?;
    home.write("setup.odps", "show version;")?;
    let mut shell = home.open()?;
    shell.says("create table phones (number string);")?;
    shell.types("whoa\t")?;
    shell.sees("whoami ")?;
    shell.types(";\r")?;
    shell.sees("Name:")?;
    shell.sees(PROMPT)?;
    shell.types("desc PHO\t")?;
    shell.sees("desc phones")?;
    shell.types(";\r")?;
    shell.sees("number")?;
    shell.sees("OK")?;
    shell.sees(PROMPT)?;
    shell.types("select phones.num\t")?;
    shell.presses_control('c')?;
    shell.sees(PROMPT)?;
    shell.types("select p.num from phones p")?;
    shell.types(&format!("{}\t", "\x1b[D".repeat(" from phones p".len())))?;
    shell.sees("select p.number from phones p")?;
    shell.presses_control('c')?;
    shell.sees(PROMPT)?;
    shell.types(".read se\t")?;
    shell.sees(".read setup.odps")?;
    shell.types("\r")?;
    shell.sees(env!("CARGO_PKG_VERSION"))?;
    shell.sees(PROMPT)?;
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn inputs_are_remembered_but_no_secrets() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.types("show\r")?;
    shell.sees("missing semicolon> ")?;
    shell.types("version;\r")?;
    shell.sees(env!("CARGO_PKG_VERSION"))?;
    shell.sees(PROMPT)?;
    shell.says("set my.secret.key=hush;")?;
    assert_eq!(shell.leaves()?, 0);

    let kept = fs::read_to_string(home.history())?;
    assert!(kept.contains("show\\nversion;") && !kept.contains("hush"), "{kept}");
    assert_eq!(fs::metadata(home.history())?.permissions().mode() & 0o777, 0o600);

    let mut shell = home.open()?;
    shell.types("\x1b[A")?;
    shell.sees("version;")?;
    shell.types("\r")?;
    shell.sees(env!("CARGO_PKG_VERSION"))?;
    shell.sees(PROMPT)?;
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn what_takes_something_away_is_confirmed() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.says("create table t (a bigint);")?;
    let question = "Confirm to \"drop table t\" (yes/no)? ";
    shell.types("drop table t; create table u (a bigint);\r")?;
    shell.sees(question)?;
    shell.types("maybe\r")?;
    shell.sees(question)?;
    shell.types("No\r")?;
    shell.sees(PROMPT)?;
    let shown = shell.says("show tables;")?;
    assert!(shown.contains(":t") && !shown.contains(":u"), "{shown}");
    for refusal in ['c', 'd'] {
        shell.types("drop table t;\r")?;
        shell.sees(question)?;
        shell.presses_control(refusal)?;
        shell.sees(PROMPT)?;
    }
    assert!(shell.says("show tables;")?.contains(":t"));
    shell.types("drop table t;\r")?;
    shell.sees(question)?;
    shell.types("yes\r")?;
    shell.sees("OK")?;
    shell.sees(PROMPT)?;
    assert!(!shell.says("show tables;")?.contains(":t"));
    assert_eq!(shell.leaves()?, 0);
    assert!(!fs::read_to_string(home.history())?.contains("maybe"));
    Ok(())
}

#[test]
fn use_tells_where_the_session_is() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    shell.says(".project create other")?;
    shell.types("use other;\r")?;
    shell.sees("Endpoint: ")?;
    shell.sees("Project: other")?;
    shell.sees("Timezone: default")?;
    shell.sees("other>")?;
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn scripts_are_read_to_their_first_error() -> Tested {
    let home = Home::new()?;
    home.write("outer.odps", "create table a (x bigint);\n.read inner.odps\ncreate table c (x bigint);\n")?;
    home.write("inner.odps", "create table b (x bigint);\n  desc nowhere;")?;
    home.write("half.odps", "create table d (x bigint);\nselec 1;")?;
    home.write("loop.odps", ".read loop.odps")?;
    let mut shell = home.open()?;
    let shown = shell.says(".read outer.odps")?;
    assert!(shown.contains("In `inner.odps`:") && shown.contains("2 |   desc nowhere"), "{shown}");
    let shown = shell.says(".read half.odps")?;
    assert!(shown.contains("In `half.odps`:") && shown.contains("[2,1]"), "{shown}");
    assert!(shell.says(".read loop.odps")?.contains("more than 10 deep"));
    assert!(shell.says(".read nowhere.odps")?.contains("File not exist: `nowhere.odps`"));
    let shown = shell.says("show tables;")?;
    assert!(shown.contains(":a") && shown.contains(":b"), "{shown}");
    assert!(!shown.contains(":c") && !shown.contains(":d"), "{shown}");
    assert_eq!(shell.leaves()?, 0);

    let out = home.command(env!("CARGO_BIN_EXE_odpsh")).args(["-e", ".read outer.odps"]).output()?;
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("In `outer.odps`:"));
    Ok(())
}

#[test]
fn time_is_told_when_asked_for() -> Tested {
    let home = Home::new()?;
    let mut shell = home.open()?;
    assert!(!shell.says("show version;")?.contains("Time taken"));
    shell.says(".timing on")?;
    assert!(shell.says("show version;")?.contains("Time taken: 0."));
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn colours_are_for_terminals_that_want_them() -> Tested {
    let home = Home::new()?;
    let mut plain = home.open()?;
    plain.types("whoami;\r")?;
    let shown = plain.sees("End_Point")?;
    assert!(!shown.contains("\x1b[1;3") && shown.contains("whoami;"), "{shown:?}");
    plain.sees(PROMPT)?;
    assert_eq!(plain.leaves()?, 0);

    let mut command = home.command(env!("CARGO_BIN_EXE_odpsh"));
    command.env_remove("NO_COLOR");
    let mut coloured = Shell::spawn(command)?;
    coloured.types("show 'x' 12")?;
    coloured.sees("\x1b[1;32msandbox>\x1b[0m")?;
    coloured.sees("\x1b[1;35mshow\x1b[0m \x1b[32m'x'\x1b[0m \x1b[36m12\x1b[0m")?;
    coloured.presses_control('c')?;
    coloured.sees(PROMPT)?;
    // The end of the last input that began so.
    coloured.types("who")?;
    coloured.sees("\x1b[2mami;\x1b[0m")?;
    coloured.presses_control('c')?;
    coloured.sees(PROMPT)?;
    assert_eq!(coloured.leaves()?, 0);
    Ok(())
}

#[test]
fn results_may_go_elsewhere_while_the_prompt_stays() -> Tested {
    let home = Home::new()?;
    let mut command = home.command("sh");
    command.args(["-c", &format!("'{}' > rows.txt", env!("CARGO_BIN_EXE_odpsh"))]);
    let mut shell = Shell::spawn(command)?;
    assert!(!shell.says("whoami;")?.contains("Name:"));
    assert_eq!(shell.leaves()?, 0);
    let rows = fs::read_to_string(home.path("rows.txt"))?;
    assert!(rows.starts_with("Name: ALIYUN$ann") && !rows.contains(PROMPT), "{rows}");
    Ok(())
}

#[test]
fn a_dumb_terminal_is_enough() -> Tested {
    let home = Home::new()?;
    let mut command = home.command(env!("CARGO_BIN_EXE_odpsh"));
    command.env("TERM", "dumb").env_remove("NO_COLOR");
    let mut shell = Shell::spawn(command)?;
    shell.terminal.send_line("whoami;")?;
    let shown = shell.sees("Name: ALIYUN$ann")?;
    assert!(!shown.contains('\x1b'), "{shown:?}");
    shell.sees(PROMPT)?;
    assert_eq!(shell.leaves()?, 0);
    Ok(())
}

#[test]
fn a_history_that_cannot_be_used_is_told_and_left_alone() -> Tested {
    let home = Home::new()?;
    fs::create_dir_all(home.history())?;
    let mut shell = home.open()?;
    assert!(shell.says("whoami;")?.contains("Name: ALIYUN$ann"));
    assert_eq!(shell.leaves()?, 0);
    assert!(Path::new(&home.history()).is_dir());
    Ok(())
}
