use rusqlite::ErrorCode;

use crate::error::{Code, Error};

impl From<rusqlite::Error> for Box<Error> {
    fn from(error: rusqlite::Error) -> Self {
        let (message, help) = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                ("state file is busy".to_owned(), "another shell is writing; run the statement again")
            }
            Some(ErrorCode::NotADatabase) => {
                ("the file is no odpsh state".to_owned(), "give another file with `--state <file>`")
            }
            Some(ErrorCode::DatabaseCorrupt) => {
                ("the state file is damaged".to_owned(), "go back to a copy of the state file and its data folder")
            }
            Some(ErrorCode::DiskFull) => {
                ("no space is left for the state file".to_owned(), "make room; nothing was changed")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => (
                "the state file cannot be written".to_owned(),
                "every decision leaves an audit record: give a file that can be written with `--state <file>`",
            ),
            Some(ErrorCode::SystemIoFailure) => {
                ("the state file cannot be read or written".to_owned(), "look at the disk; nothing was changed")
            }
            _ => (format!("the state file refused a change: {error}"), "run `odpsh check`"),
        };
        Error::new(Code::StateFile, message).help(help)
    }
}
