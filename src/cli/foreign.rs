//! Options of the real client that have no meaning here.
//!
//! An option that would change what happens is refused, with what to do instead; one that only says how a service is
//! reached is read over, so that a command line needs no change.
//!
//! | refused | read over |
//! | --- | --- |
//! | `-I`, `-Y`, `-y`, `--dryrun`, `-N`, `-j`, `-J`, `-s`, `--account-provider`, `--access-id`, `--access-key`, `--sts-token`, `--app-id`, `--app-key`, `--keep-session-variables` | `--endpoint`, `--instance-priority`, `--enablehook`, `--lite`, `--quota-name`, `--quota-region-id`, `--fallback_quotaname`, `--interactive_auto_fallback`, `--interactive-mode`, `-r` |

use clap::{Arg, ArgAction, ArgMatches};

/// One option of the real client.
struct Foreign {
    names: &'static [&'static str],
    takes: Takes,
    answer: Answer,
}

enum Takes {
    Nothing,
    Value,
}

enum Answer {
    /// Exit code 2, and why.
    Refused(&'static str),
    /// A note, and on it goes.
    ReadOver,
}

const fn refused(names: &'static [&'static str], takes: Takes, why: &'static str) -> Foreign {
    Foreign { names, takes, answer: Answer::Refused(why) }
}

const fn read_over(names: &'static [&'static str], takes: Takes) -> Foreign {
    Foreign { names, takes, answer: Answer::ReadOver }
}

const LOGIN: &str = "use -u and -p for an AccessKey, --user for a principal";
const APPLICATION: &str = "application identities are not supported";

const OPTIONS: [Foreign; 21] = [
    refused(&["-I"], Takes::Value, "it belongs to the client's launcher"),
    refused(&["-Y", "-y", "--dryrun"], Takes::Nothing, "`explain` shows a plan, `.why` decides without running"),
    refused(&["-N"], Takes::Nothing, "statements end before the next one starts"),
    refused(&["-j", "-J"], Takes::Nothing, "`--output json` writes JSON for every statement"),
    refused(&["-s"], Takes::Value, "`-f` runs a file, statement by statement"),
    refused(&["--account-provider"], Takes::Value, LOGIN),
    refused(&["--access-id"], Takes::Value, LOGIN),
    refused(&["--access-key"], Takes::Value, LOGIN),
    refused(&["--sts-token"], Takes::Value, LOGIN),
    refused(&["--app-id"], Takes::Value, APPLICATION),
    refused(&["--app-key"], Takes::Value, APPLICATION),
    refused(&["--keep-session-variables"], Takes::Nothing, "`use` drops the session's flags"),
    read_over(&["--endpoint"], Takes::Value),
    read_over(&["--instance-priority"], Takes::Value),
    read_over(&["--enablehook"], Takes::Value),
    read_over(&["--lite"], Takes::Nothing),
    read_over(&["--quota-name"], Takes::Value),
    read_over(&["--quota-region-id"], Takes::Value),
    read_over(&["--fallback_quotaname", "--interactive_auto_fallback"], Takes::Value),
    read_over(&["--interactive-mode"], Takes::Value),
    read_over(&["-r"], Takes::Value),
];

/// The options as clap reads them; none is shown in the help.
pub fn arguments() -> impl Iterator<Item = Arg> {
    OPTIONS.iter().flat_map(|option| {
        option.names.iter().map(move |name| {
            let arg = match option.takes {
                Takes::Nothing => Arg::new(*name).action(ArgAction::SetTrue),
                Takes::Value => Arg::new(*name).action(ArgAction::Set),
            };
            let arg = arg.hide(true);
            match (name.strip_prefix("--"), name.chars().nth(1)) {
                (None, Some(short)) => arg.short(short),
                (long, _) => arg.long(long.unwrap_or(name)),
            }
        })
    })
}

/// Notes about options that are read over, or the refusal of the first that is not.
pub fn judge(matches: &ArgMatches) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    for option in &OPTIONS {
        for name in option.names {
            let given = matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
            match option.answer {
                Answer::Refused(why) if given => return Err(format!("`{name}` is not supported: {why}")),
                Answer::ReadOver if given => {
                    notes.push(format!("{name} is ignored: odpsh works on its state file, not on a service"));
                }
                Answer::Refused(_) | Answer::ReadOver => {}
            }
        }
    }
    Ok(notes)
}
