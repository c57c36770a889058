//! What `tunnel help` prints.

use super::Command;
use super::options::OPTIONS;

/// The commands, or the arguments and options of one of them.
///
/// Source: odpscmd for what there is; the words are ours.
pub fn usage(command: Option<Command>) -> Vec<String> {
    let Some(command) = command else {
        let mut lines = vec!["Usage: tunnel <command> [<options>] [<arguments>]".to_owned(), String::new()];
        for command in Command::ALL {
            let letter = command.name().get(..1).unwrap_or_default();
            lines.push(format!("  {:<8} ({letter})  {}", command.name(), what(command)));
        }
        lines.extend([String::new(), "`tunnel help <command>;` lists its options".to_owned()]);
        return lines;
    };
    let mut lines = vec![format!("Usage: tunnel {} {}", command.name(), arguments(command)).trim_end().to_owned()];
    lines.push(format!("  {}", what(command)));
    let options: Vec<_> = OPTIONS.iter().filter(|option| option.commands.contains(&command)).collect();
    if !options.is_empty() {
        lines.push(String::new());
    }
    for option in options {
        let names = format!("-{},-{} {}", option.short, option.long, option.value);
        lines.push(format!("  {names:<42} {}", option.help));
    }
    lines.push(String::new());
    lines.extend(examples(command).iter().map(|example| format!("  {example};")));
    lines
}

fn what(command: Command) -> &'static str {
    match command {
        Command::Upload => "loads the records of a text file, or of every file in a folder, into a table or partition",
        Command::Download => "writes the rows of a table, partition or view into a text file",
        Command::Resume => "continues an interrupted upload, by default the last one",
        Command::Show => "shows your transfers, the log of one of them, or the records it skipped",
        Command::Purge => "deletes your transfers older than the given number of days, by default 3",
        Command::Help => "lists the commands, or the options of one of them",
    }
}

fn arguments(command: Command) -> &'static str {
    match command {
        Command::Upload => "[<options>] <file or folder> [<project>.]<table>[/<column>=<value>,...]",
        Command::Download => "[<options>] [<project>.]<table>[/<column>=<value>,...] <file>",
        Command::Resume => "[<session id>] [-force]",
        Command::Show => "history [-n <number>] | log [<session id>] | bad [<session id>]",
        Command::Purge => "[<days>]",
        Command::Help => "[<command>]",
    }
}

fn examples(command: Command) -> &'static [&'static str] {
    match command {
        Command::Upload => {
            &["tunnel upload log.txt my_table", "tunnel upload -fd '|' data/ prj.my_table/ds='1',hh='2'"]
        }
        Command::Download => &["tunnel download my_table log.txt", "tunnel download my_table/ds='1' log.csv -cf true"],
        Command::Resume => &["tunnel resume", "tunnel resume -force"],
        Command::Show => &["tunnel show history -n 5", "tunnel show bad"],
        Command::Purge => &["tunnel purge", "tunnel purge 0"],
        Command::Help => &["tunnel help", "tunnel help upload"],
    }
}
