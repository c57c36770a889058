//! The options of `tunnel upload` and `tunnel download`: one table, which reads them, prints them and explains them.

use std::fmt;

use super::Command;
use super::marks::null_is_found;
use super::spelling::{quoted, unescaped};
use crate::error::{Code, Error, Result};
use crate::text::{Span, fold};

/// An option of a tunnel command. Source: odpscmd.
#[derive(Debug)]
pub struct Definition {
    /// Its short name.
    pub short: &'static str,
    /// Its long name.
    pub long: &'static str,
    /// The commands that have it.
    pub commands: &'static [Command],
    /// The form of its value.
    pub value: &'static str,
    /// Its effect and default.
    pub help: &'static str,
}

/// The largest number that an option takes: numbers of rows are 64 bits with a sign.
const MOST: u64 = i64::MAX.unsigned_abs();

/// Most files that the threads of a download write.
const FILES: u64 = 512;

const BOTH: &[Command] = &[Command::Upload, Command::Download];
const UP: &[Command] = &[Command::Upload];
const DOWN: &[Command] = &[Command::Download];

const fn option(
    names: (&'static str, &'static str),
    commands: &'static [Command],
    value: &'static str,
    help: &'static str,
) -> Definition {
    Definition { short: names.0, long: names.1, commands, value, help }
}

/// Every option, by short name.
///
/// Chosen: what has no meaning without a service (`-te`, `-qn`), or that the state decides (`-sd`), is accepted with a warning;
/// `-cp` has no effect on what comes out.
pub(super) const OPTIONS: [Definition; 26] = [
    option(("acp", "auto-create-partition"), UP, "true|false", "create the partition if it does not exist (false)"),
    option(("bs", "block-size"), UP, "<MiB>", "amount of input after which an upload can resume (100)"),
    option(("c", "charset"), BOTH, "<charset>", "charset of the file (ignore: bytes as they are, UTF-8)"),
    option(("cf", "csv-format"), BOTH, "true|false", "fields may be quoted, as in RFC 4180 (false)"),
    option(("ci", "columns-index"), DOWN, "<n>[,<n>]", "only the columns at these positions, counted from 0"),
    option(("cn", "columns-name"), DOWN, "<name>[,<name>]", "only these columns"),
    option(("cp", "compress"), BOTH, "true|false", "no effect: there is no network transfer (true)"),
    option(("dbr", "discard-bad-records"), UP, "true|false", "skip bad records instead of failing (false)"),
    option(("dfp", "date-format-pattern"), BOTH, "<pattern>", "format of DATETIME values (yyyy-MM-dd HH:mm:ss)"),
    option(("e", "exponential"), DOWN, "true|false", "write large and small numbers with an exponent (true)"),
    option(("fd", "field-delimiter"), BOTH, "<text>", "field delimiter (,)"),
    option(("h", "header"), BOTH, "true|false", "the first line is a header of column names (false)"),
    option(("limit", "limit"), DOWN, "<rows>", "maximum number of records"),
    option(("mbr", "max-bad-records"), UP, "<n>", "maximum number of bad records (1000)"),
    option(("ni", "null-indicator"), BOTH, "<text>", "text that represents NULL (empty)"),
    option(("ow", "overwrite"), UP, "true|false", "replace the contents of the table or partition (false)"),
    option(("qn", "quota_name"), BOTH, "<name>", "no effect: transfers use no quota"),
    option(("rd", "record-delimiter"), BOTH, "<text>", "record delimiter (\\n; an upload detects it)"),
    option(("s", "scan"), UP, "true|false|only", "check every record before the upload (true)"),
    option(("sd", "session-dir"), BOTH, "<folder>", "no effect: the state keeps the sessions"),
    option(
        ("ss", "strict-schema"),
        UP,
        "true|false",
        "require as many fields as columns; else missing ones are NULL (true)",
    ),
    option(("t", "threads"), BOTH, "<n>", "number of threads; a download writes as many files (1)"),
    option(("te", "tunnel_endpoint"), BOTH, "<address>", "no effect: the tables are in this state"),
    option(("time", "time"), BOTH, "true|false", "show the elapsed time (false)"),
    option(("tz", "time-zone"), BOTH, "<zone>", "time zone of DATETIME and TIMESTAMP in the file (UTC)"),
    option(("wp", "with-partition"), DOWN, "true|false", "include the partition columns (false)"),
];

/// The option of this name, short or long. Source: odpscmd: in these letters.
pub(super) fn find(name: &str) -> Option<&'static Definition> {
    OPTIONS.iter().find(|option| option.short == name || option.long == name)
}

/// An option that was given.
#[derive(Debug, Clone)]
pub struct Given {
    pub(super) definition: &'static Definition,
    /// What it was given to.
    pub(super) command: Command,
    pub(super) value: String,
    pub(super) span: Span,
}

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        self.definition.short == other.definition.short && self.value == other.value
    }
}

impl Eq for Given {}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = !self.value.is_empty() && self.value.chars().all(|c| c.is_ascii_alphanumeric());
        let value = if plain { self.value.clone() } else { quoted(&self.value) };
        write!(f, "-{} {value}", self.definition.short)
    }
}

/// The options of one statement, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    pub(super) given: Vec<Given>,
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.given.iter().try_for_each(|given| write!(f, " {given}"))
    }
}

/// How the records of a text file look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextOptions {
    /// The charset; none for bytes as they are.
    pub charset: Option<String>,
    /// The field delimiter.
    pub field: String,
    /// What ends a record; an upload without it looks into the file.
    pub record: Option<String>,
    /// How DATETIME is written, in the letters of Java's SimpleDateFormat.
    pub date: String,
    /// The text that represents NULL.
    pub null: String,
    /// The zone of moments.
    pub zone: Option<String>,
    /// Whether the first record names the columns.
    pub header: bool,
    /// Whether fields may stand in quotes.
    pub quoted: bool,
    /// Whether the elapsed time is shown.
    pub timed: bool,
    /// Threads.
    pub threads: u64,
    /// Whether numbers are written with an exponent where they are large or small.
    pub exponential: bool,
    /// What to say of options without an effect.
    pub warnings: Vec<String>,
}

/// When bad records are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// Before anything counts.
    First,
    /// While records are written.
    Never,
    /// And nothing else is done.
    Only,
}

/// How an upload goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadOptions {
    /// The file.
    pub text: TextOptions,
    /// Whether bad records are left out.
    pub discard_bad: bool,
    /// Bad records that are too many.
    pub max_bad: u64,
    /// When bad records are looked for.
    pub scan: Scan,
    /// Bytes of the input that are one block.
    pub block: u64,
    /// Whether a missing partition is created.
    pub create_partition: bool,
    /// Whether a record must have as many fields as the table has columns.
    pub strict: bool,
    /// Whether the old records go.
    pub overwrite: bool,
}

/// Which columns are downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// Every one.
    All,
    /// These, folded.
    Names(Vec<String>),
    /// Those at these places, counted from 0.
    Places(Vec<usize>),
}

/// How a download goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadOptions {
    /// The file.
    pub text: TextOptions,
    /// Which columns.
    pub columns: Chosen,
    /// Most records.
    pub limit: Option<u64>,
    /// Whether partition columns are written too.
    pub with_partition: bool,
}

impl Options {
    fn given(&self, short: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.definition.short == short)
    }

    fn text(&self, short: &str) -> Option<String> {
        self.given(short).map(|given| given.value.clone())
    }

    fn boolean(&self, short: &str) -> Result<Option<bool>> {
        let Some(given) = self.given(short) else { return Ok(None) };
        match fold(&given.value).as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            // Source: odpscmd.
            _ => Err(given.wrong(format!(
                "Invalid parameter : {} expected 'true' or 'false', found '{}'",
                given.definition.long.replace('-', " "),
                given.value
            ))),
        }
    }

    /// A number from 1 to [`MOST`].
    fn number(&self, short: &str, what: &str) -> Result<Option<u64>> {
        let Some(given) = self.given(short) else { return Ok(None) };
        let is_number = !given.value.is_empty() && given.value.bytes().all(|byte| byte.is_ascii_digit());
        match given.value.parse() {
            Ok(number) if (1..=MOST).contains(&number) => Ok(Some(number)),
            Ok(1..) => Err(given.wrong(format!("{what} argument must be at most {MOST}."))),
            Err(_) if is_number => Err(given.wrong(format!("{what} argument must be at most {MOST}."))),
            // Source: odpscmd.
            _ => Err(given.wrong(format!("{what} argument must > 0."))),
        }
    }

    /// Where the columns of a download are chosen.
    pub fn columns_span(&self) -> Option<Span> {
        self.given("cn").or_else(|| self.given("ci")).map(|given| given.span)
    }

    fn delimiter(&self, short: &str, message: &str) -> Result<Option<String>> {
        let Some(given) = self.given(short) else { return Ok(None) };
        match unescaped(&given.value) {
            text if text.is_empty() => Err(given.wrong(message.to_owned())),
            text => Ok(Some(text)),
        }
    }

    /// Warnings about options that mean something to the service only.
    fn warnings(&self) -> Vec<String> {
        let given = ["te", "qn", "sd"].into_iter().filter_map(|short| self.given(short));
        given.map(|given| format!("warning: -{} has {}", given.definition.long, given.definition.help)).collect()
    }

    fn text_options(&self) -> Result<TextOptions> {
        let field = self.delimiter("fd", "Field delimiter is null.")?.unwrap_or_else(|| ",".to_owned());
        let record = self.delimiter("rd", "Record delimiter is null.")?;
        if let Some(given) = self.given("fd").or_else(|| self.given("rd"))
            && field.contains(record.as_deref().unwrap_or("\n"))
        {
            return Err(given.wrong("Field delimiter can not include record delimiter.".to_owned()));
        }
        let quoted = self.boolean("cf")?.unwrap_or(false);
        if let Some(given) = self.given("fd").or_else(|| self.given("rd")).filter(|_| quoted)
            && (field.contains(['"', '\r', '\n']) || record.as_ref().is_some_and(|record| record.contains('"')))
        {
            return Err(given.wrong("with -cf true, delimiters cannot contain quotes or line ends".to_owned()));
        }
        self.boolean("cp")?;
        let null = unescaped(&self.text("ni").unwrap_or_default());
        let odd = self.given("ni").or_else(|| self.given("rd")).or_else(|| self.given("fd"));
        if let Some(given) = odd
            && (!null_is_found(&null, &field, record.as_deref()) || quoted && null.contains(['"', '\r', '\n']))
        {
            return Err(given.wrong("Null indicator can not include a delimiter.".to_owned()));
        }
        Ok(TextOptions {
            charset: self.text("c").filter(|charset| fold(charset) != "ignore"),
            field,
            record,
            date: self.text("dfp").unwrap_or_else(|| "yyyy-MM-dd HH:mm:ss".to_owned()),
            null,
            zone: self.text("tz"),
            header: self.boolean("h")?.unwrap_or(false),
            quoted,
            timed: self.boolean("time")?.unwrap_or(false),
            threads: self.number("t", "threads")?.unwrap_or(1),
            exponential: self.boolean("e")?.unwrap_or(true),
            warnings: self.warnings(),
        })
    }

    /// The options of an upload.
    ///
    /// # Errors
    /// A value that its option does not take.
    pub fn upload(&self) -> Result<UploadOptions> {
        let scan = match self.given("s") {
            None => Scan::First,
            Some(given) => match fold(&given.value).as_str() {
                "true" => Scan::First,
                "false" => Scan::Never,
                "only" => Scan::Only,
                _ => {
                    let message = format!("-scan, expected:(true|false|only), actual: '{}'", given.value);
                    return Err(given.wrong(message));
                }
            },
        };
        let megabytes = self.number("bs", "block size")?.unwrap_or(100);
        Ok(UploadOptions {
            text: self.text_options()?,
            discard_bad: self.boolean("dbr")?.unwrap_or(false),
            max_bad: self.number("mbr", "max bad records")?.unwrap_or(1000),
            scan,
            block: megabytes.saturating_mul(1 << 20),
            create_partition: self.boolean("acp")?.unwrap_or(false),
            strict: self.boolean("ss")?.unwrap_or(true),
            overwrite: self.boolean("ow")?.unwrap_or(false),
        })
    }

    /// The options of a download.
    ///
    /// # Errors
    /// A value that its option does not take, or two that exclude each other.
    pub fn download(&self) -> Result<DownloadOptions> {
        let text = self.text_options()?;
        if let Some(given) = self.given("t").filter(|_| text.threads > FILES) {
            return Err(given.wrong(format!("threads argument must be at most {FILES}.")));
        }
        if let Some(given) = self.given("t").filter(|_| text.header && text.threads > 1) {
            return Err(given.wrong("Do not support write header in multi-threads.".to_owned()));
        }
        let columns = match (self.given("cn"), self.given("ci")) {
            (Some(given), Some(_)) => {
                return Err(given.wrong(
                    "Invalid parameter, these two params cannot be used together: columns-index and columns-name"
                        .to_owned(),
                ));
            }
            (None, None) => Chosen::All,
            (Some(given), None) => {
                let names: Vec<String> = given.value.split(',').map(|name| fold(name.trim())).collect();
                if names.iter().any(|name| name.is_empty() || name.contains('`')) {
                    return Err(given.wrong(format!("`{}` is not a list of columns", given.value)));
                }
                Chosen::Names(names)
            }
            (None, Some(given)) => {
                let places = given.value.split(',').map(|place| place.trim().parse()).collect::<Result<_, _>>();
                Chosen::Places(places.map_err(|_| given.wrong(format!("`{}` is not a list of numbers", given.value)))?)
            }
        };
        Ok(DownloadOptions {
            text,
            columns,
            limit: self.number("limit", "limit")?,
            with_partition: self.boolean("wp")?.unwrap_or(false),
        })
    }
}

impl Given {
    fn wrong(&self, message: String) -> Box<Error> {
        Error::new(Code::Setting, message).at(self.span).help(format!(
            "write `-{} {}`; `tunnel help {}` explains it",
            self.definition.short,
            self.definition.value,
            self.command.name()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::grammar;
    use crate::syntax::{Statement, parse_statement, tunnel};

    /// A value that the option takes.
    fn value(option: &Definition) -> &'static str {
        match option.value {
            "true|false" | "true|false|only" => "true",
            "<text>" => "'\\t|'",
            "<charset>" => "gbk",
            "<pattern>" => "'yyyy MM'",
            "<zone>" => "UTC",
            _ => "1",
        }
    }

    #[test]
    fn every_option_is_known_by_both_names_to_parser_grammar_and_help() {
        for option in &OPTIONS {
            for command in option.commands {
                let arguments = if *command == Command::Upload { "a.csv t" } else { "t a.csv" };
                for name in [option.short, option.long] {
                    let text = format!("tunnel {} -{name} {} {arguments}", command.name(), value(option));
                    let statement = parse_statement(&text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
                    assert_eq!(parse_statement(&statement.to_string()).unwrap(), statement, "{text}");
                    let production = grammar::productions().iter().find(|p| p.name == statement.production()).unwrap();
                    assert!(grammar::accepts(production, &text), "{text}");
                }
                let lines = tunnel::usage(Some(*command)).join("\n");
                assert!(lines.contains(&format!("-{},-{}", option.short, option.long)), "{lines}");
            }
        }
    }

    #[test]
    fn an_equals_sign_may_stand_between_an_option_and_its_value() {
        for (blank, equals) in [
            (r"-fd || -rd \r\n -c gbk", r"-fd=|| -rd=\r\n -charset='gbk'"),
            ("-ni '' -tz GMT+6", "-ni= -tz=GMT+6"),
            ("-dfp 'yyyy-MM-dd HH:mm' -te http://a.b/c", "-dfp=\"yyyy-MM-dd HH:mm\" -tunnel_endpoint=http://a.b/c"),
        ] {
            let [one, other] = [blank, equals].map(|options| {
                parse_statement(&format!("tunnel upload a.csv t {options}")).unwrap_or_else(|error| panic!("{error:?}"))
            });
            assert_eq!(one, other, "{equals}");
            assert_eq!(parse_statement(&other.to_string()).unwrap(), other, "{other}");
        }
    }

    #[test]
    fn values_mean_what_the_client_takes_them_for() {
        let text = r#"tunnel upload a.csv t -fd \t -rd "\u0001\r\n" -ni '\N' -bs 2 -s only -h TRUE"#;
        let Statement::Tunnel(tunnel::Statement::Upload { options, .. }) = parse_statement(text).unwrap() else {
            panic!("no upload")
        };
        let options = options.upload().unwrap();
        assert_eq!((options.text.field.as_str(), options.text.record.as_deref()), ("\t", Some("\u{1}\r\n")));
        assert_eq!((options.text.null.as_str(), options.block, options.scan), (r"\N", 2 << 20, Scan::Only));
        assert!(options.text.header && options.strict && !options.discard_bad);
    }

    #[test]
    fn values_that_make_no_sense_are_refused_in_the_clients_words() {
        for (options, message) in [
            ("-dbr 1", "Invalid parameter : discard bad records expected 'true' or 'false', found '1'"),
            ("-s no", "-scan, expected:(true|false|only), actual: 'no'"),
            ("-fd ''", "Field delimiter is null."),
            ("-rd ''", "Record delimiter is null."),
            ("-fd 'a\nb'", "Field delimiter can not include record delimiter."),
            ("-t 0", "threads argument must > 0."),
            ("-ni a,b", "Null indicator can not include a delimiter."),
            ("-fd '::' -ni 'a:'", "Null indicator can not include a delimiter."),
            ("-bs 99999999999999999999", "block size argument must be at most 9223372036854775807."),
            ("-cf true -fd '\"'", "with -cf true, delimiters cannot contain quotes or line ends"),
            ("-xx http", "Unrecognized command: there is no option `-xx`"),
            ("-xx=http", "Unrecognized command: there is no option `-xx`"),
            ("-Fd ,", "Unrecognized command: there is no option `-Fd`"),
            ("-fd=", "Field delimiter is null."),
            ("-scan=no", "-scan, expected:(true|false|only), actual: 'no'"),
            ("-h true -h=false", "`-h` is given twice"),
        ] {
            let error = parse_statement(&format!("tunnel upload a.csv t {options}")).unwrap_err();
            assert_eq!(error.message, message, "{options}");
            assert!(error.span.is_some() && error.help.is_some(), "{options}");
        }
        for (options, message) in [
            ("-limit 0", "limit argument must > 0."),
            ("-limit x", "limit argument must > 0."),
            ("-limit 9223372036854775808", "limit argument must be at most 9223372036854775807."),
            ("-limit 99999999999999999999", "limit argument must be at most 9223372036854775807."),
            ("-t 2 -h true", "Do not support write header in multi-threads."),
            ("-threads=513", "threads argument must be at most 512."),
            (
                "-cn a -ci 1",
                "Invalid parameter, these two params cannot be used together: columns-index and columns-name",
            ),
            ("-ci x", "`x` is not a list of numbers"),
        ] {
            let error = parse_statement(&format!("tunnel download t a.csv {options}")).unwrap_err();
            assert_eq!(error.message, message, "{options}");
            assert!(error.help.unwrap().ends_with("`tunnel help download` explains it"), "{options}");
        }
    }
}
