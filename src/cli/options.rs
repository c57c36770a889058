use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::foreign;
use super::size;
use crate::model::{OutputMode, Principal, Time};
use crate::shell::Head;
use crate::text::Secret;
use crate::transcript::{Format, Mode};

/// MaxCompute's security model in one process: a client shell that enforces it and says why.
///
/// Without -e, -f or a command, statements are read from a prompt, or from standard input if it is no terminal.
#[derive(Debug, Parser)]
#[command(name = "odpsh", version, disable_version_flag = true, after_help = AFTER_HELP)]
pub struct Arguments {
    /// Run these statements and leave
    #[arg(short = 'e', value_name = "TEXT", num_args = 0..=1, allow_hyphen_values = true, conflicts_with = "file")]
    pub text: Option<Option<String>>,

    /// Run the statements of this file and leave
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<String>,

    /// Begin with the N-th statement
    #[arg(short = 'k', value_name = "N", allow_negative_numbers = true, value_parser = whole_number)]
    pub skip: Option<i64>,

    /// Project to begin in
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,

    /// Principal to begin as, such as ALIYUN$bob@aliyun.com
    #[arg(long, value_name = "PRINCIPAL", value_parser = principal, conflicts_with_all = ["access_id", "environment"])]
    pub user: Option<Principal>,

    /// AccessKey ID of the principal to begin as
    #[arg(short = 'u', long = "username", value_name = "ID", requires = "access_key")]
    pub access_id: Option<String>,

    /// AccessKey secret
    #[arg(short = 'p', long = "password", value_name = "SECRET", requires = "access_id", value_parser = secret)]
    pub access_key: Option<Secret>,

    /// Region that the AccessKey signs for: requests are signed in version 4, without it in version 2
    #[arg(long, value_name = "ID", value_parser = region)]
    pub region: Option<String>,

    /// Take the AccessKey from ACCESS_KEY_ID and ACCESS_KEY_SECRET, or the same with ALIBABA_CLOUD_ before
    #[arg(short = 'K', long = "konfig", conflicts_with = "access_id")]
    pub environment: bool,

    /// The client's configuration file: project_name, access_id, access_key and region_id are read
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// State file, or :memory: for a world that ends with the process [default: ODPSH_STATE, or the user's own]
    #[arg(long, value_name = "FILE", global = true)]
    pub state: Option<PathBuf>,

    /// File with the root key, which encrypts the secrets of a state; created when it is first needed [default: ODPSH_ROOT_KEY, or the user's own]
    #[arg(long, value_name = "FILE", global = true)]
    pub root_key: Option<PathBuf>,

    /// Folder in which policy files are looked up first
    #[arg(long, value_name = "DIR", global = true)]
    pub policies: Option<PathBuf>,

    /// How results are written: table, csv, json, ndjson or markdown
    #[arg(long, value_name = "MODE", value_parser = mode)]
    output: Option<OutputMode>,

    /// Machine-readable: the same as --output csv
    #[arg(short = 'M', conflicts_with = "output")]
    csv: bool,

    /// Memory that queries may use, such as 512MB [default: half of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub memory_limit: Option<u64>,

    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: Option<bool>,

    /// What to do instead of running statements.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to say about options that are read over.
    #[arg(skip)]
    pub notes: Vec<String>,
}

/// What to do instead of running statements.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run transcripts: scripts with their expected output
    Test(TestArguments),
    /// Check the state file, its audit, and the data files that belong to it
    Check(CheckArguments),
    /// Read the audit of the state
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// The options of `odpsh check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Compare the audit with what `odpsh audit head` printed earlier: detects an end that was cut off, and an audit that was rewritten
    #[arg(long, value_name = "NUMBER:HASH", value_parser = head)]
    pub head: Option<Head>,
}

/// What `odpsh audit` does.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print number and hash of the last record, to be kept elsewhere
    Head,
    /// Print the records as events of ActionTrail, a JSON object on a line, each with its number and hash
    Export(ExportArguments),
}

/// The options of `odpsh audit export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Only records of this time or later, such as 2024-01-31 or 2024-01-31T12:00:00Z, on the clock of their session
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Time>,

    /// Wait for further records, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
}

/// The options of `odpsh test`.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// Transcripts, or folders with *.odps files
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Fill in each `-->?`, and each `--? …` without lines; with `all`, also rewrite expected data that differs. Files with other differences, and expected
    /// errors, are not changed
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "empty", value_parser = bless)]
    pub bless: Option<Mode>,

    /// How to report: plain, junit, tap or json
    #[arg(long, value_name = "FORMAT", default_value = "plain", value_parser = format)]
    pub format: Format,
}

const AFTER_HELP: &str = "Use 'help [keywords...]' in the shell to search for more detail.";

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// Wrong options, or that help or the version was asked for.
    pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command().args(foreign::arguments());
        let matches = command.try_get_matches_from_mut(arguments)?;
        let mut parsed = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        let runs = parsed.text.is_some() || parsed.file.is_some() || parsed.skip.is_some();
        if parsed.command.is_some() && runs {
            let why = "-e, -f and -k run statements and cannot be combined with a command";
            return Err(command.error(ErrorKind::ArgumentConflict, why));
        }
        if let Some((option, why)) = parsed.idle() {
            let why = format!("{option} has no effect on {why}");
            return Err(command.error(ErrorKind::ArgumentConflict, why));
        }
        parsed.notes = foreign::judge(&matches).map_err(|why| command.error(ErrorKind::ArgumentConflict, why))?;
        Ok(parsed)
    }

    /// An option that was given and that the command does not use, with the reason.
    fn idle(&self) -> Option<(&'static str, &'static str)> {
        let (why, uses_state, uses_output) = match self.command {
            None => return None,
            Some(Command::Test(_)) => ("`odpsh test`: every file runs in a state of its own", false, false),
            Some(Command::Check(_)) => ("`odpsh check`: it opens no session", true, true),
            Some(Command::Audit(AuditCommand::Head)) => ("`odpsh audit`: it opens no session", true, true),
            Some(Command::Audit(AuditCommand::Export(_))) => {
                ("`odpsh audit export`: it opens no session and writes JSON lines", true, false)
            }
        };
        let given = [
            ("--state", self.state.is_some() && !uses_state),
            ("--root-key", self.root_key.is_some() && !uses_state),
            ("--project", self.project.is_some()),
            ("--user", self.user.is_some()),
            ("-u", self.access_id.is_some()),
            ("--region", self.region.is_some()),
            ("-K", self.environment),
            ("--config", self.config.is_some()),
            ("--output", self.output.is_some() && !uses_output),
            ("-M", self.csv && !uses_output),
            ("--memory-limit", self.memory_limit.is_some()),
        ];
        given.into_iter().find_map(|(option, is_given)| is_given.then_some((option, why)))
    }

    /// The output mode to begin with.
    pub fn mode(&self) -> OutputMode {
        if self.csv { OutputMode::Csv } else { self.output.unwrap_or_default() }
    }
}

/// Source: odpscmd for the text.
fn whole_number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("need int value[{text}]"))
}

fn head(text: &str) -> Result<Head, String> {
    Head::parse(text)
        .ok_or_else(|| "write what `odpsh audit head` printed: <number>:<64 hexadecimal digits>".to_owned())
}

fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

fn region(text: &str) -> Result<String, String> {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(is_letter);
    if fits { Ok(text.to_owned()) } else { Err("write a region such as cn-hangzhou".to_owned()) }
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "write 2024-01-31 or 2024-01-31T12:00:00Z".to_owned())
}

fn principal(text: &str) -> Result<Principal, String> {
    Principal::parse(text)
        .ok_or_else(|| "write ALIYUN$<account>, RAM$<account>:<user> or RAM$<account>:role/<role>".to_owned())
}

fn mode(text: &str) -> Result<OutputMode, String> {
    OutputMode::parse(text).ok_or_else(|| one_of(OutputMode::ALL.map(OutputMode::name)))
}

fn format(text: &str) -> Result<Format, String> {
    Format::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| one_of(Format::ALL.map(Format::name)))
}

fn bless(text: &str) -> Result<Mode, String> {
    match text {
        "empty" => Ok(Mode::Fill),
        "all" => Ok(Mode::Rewrite),
        _ => Err(one_of(["empty", "all"])),
    }
}

fn one_of<const N: usize>(names: [&str; N]) -> String {
    format!("expected one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::read(["odpsh"].iter().chain(words).map(OsString::from))
    }

    #[test]
    fn the_options_do_not_contradict_each_other() {
        Arguments::command().args(foreign::arguments()).debug_assert();
    }

    #[test]
    fn text_may_stick_to_its_option_and_begin_with_a_comment() {
        for words in [&["-ewhoami;"][..], &["-e", "whoami;"], &["-e=whoami;"]] {
            assert_eq!(read(words).unwrap().text.unwrap().unwrap(), "whoami;");
        }
        assert_eq!(read(&["-e", "-- x\nq"]).unwrap().text.unwrap().unwrap(), "-- x\nq");
        assert_eq!(read(&["-e"]).unwrap().text, Some(None));
        assert_eq!(read(&["-k", "-1", "-f", "a;"]).unwrap().skip, Some(-1));
        assert_eq!(read(&["-M"]).unwrap().mode(), OutputMode::Csv);
        assert_eq!(read(&["--output", "JSON"]).unwrap().mode(), OutputMode::Json);
    }

    #[test]
    fn wrong_options_are_usage_errors() {
        for words in [
            &["--nope"][..],
            &["-k", "x"],
            &["-u", "id"],
            &["-p", "key"],
            &["-e", "a", "-f", "b"],
            &["-e", "a", "-e", "b"],
            &["--user", "bob"],
            &["--output", "xml"],
            &["--memory-limit", "much"],
            &["-Y"],
            &["-s", "x"],
            &["--account-provider", "sts"],
            &["--user", "ALIYUN$a", "-K"],
            &["nonsense"],
            &["test"],
            &["-e", "q", "test", "a"],
            &["-k", "2", "check"],
            &["--user", "ALIYUN$a", "check"],
            &["audit"],
            &["--output", "csv", "audit", "export"],
            &["--project", "p", "audit", "head"],
            &["audit", "head", "--since", "2024-01-01"],
            &["test", "a", "--format", "x"],
            &["test", "a", "--bless=some"],
            &["test", "a", "--state", "x"],
            &["--state", "x", "test", "a"],
            &["-M", "test", "a"],
        ] {
            assert_eq!(read(words).unwrap_err().exit_code(), 2, "{words:?}");
        }
        for words in [&["-h"][..], &["--help"], &["-v"], &["--version"]] {
            assert_eq!(read(words).unwrap_err().exit_code(), 0, "{words:?}");
        }
    }

    #[test]
    fn options_that_say_how_a_service_is_reached_are_noted() {
        let notes = read(&["--endpoint=http://x", "-r", "3", "--lite", "-e", "q"]).unwrap().notes;
        assert_eq!(notes.len(), 3, "{notes:?}");
    }

    #[test]
    fn commands_take_the_state_and_the_policies() {
        let test = read(&["test", "a", "b", "--bless", "--policies", "p"]).unwrap();
        assert_eq!(test.policies, Some("p".into()));
        assert!(
            matches!(test.command, Some(Command::Test(test)) if test.paths.len() == 2 && test.bless == Some(Mode::Fill))
        );
        let test = read(&["test", "a", "--bless=all"]).unwrap();
        assert!(matches!(test.command, Some(Command::Test(test)) if test.bless == Some(Mode::Rewrite)));
        assert!(matches!(read(&["check", "--state", "x"]).unwrap().command, Some(Command::Check(_))));
    }
}
