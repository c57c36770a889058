use rusqlite::ErrorCode;
use rusqlite::types::Type;

use crate::error::{Code, Error};

/// The error of a row that holds what this program never writes.
pub(super) fn damaged(what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, format!("{what} cannot be read").into())
}

/// What a row holds that it cannot, if that is the error.
fn damage(error: &rusqlite::Error) -> Option<String> {
    match error {
        rusqlite::Error::FromSqlConversionFailure(_, _, cause) => Some(cause.to_string()),
        rusqlite::Error::InvalidColumnType(_, column, _) => Some(format!("`{column}` has the wrong type")),
        rusqlite::Error::IntegralValueOutOfRange(..) => Some("a number is out of range".to_owned()),
        rusqlite::Error::Utf8Error(..) => Some("a string is not valid UTF-8".to_owned()),
        _ => None,
    }
}

impl From<rusqlite::Error> for Box<Error> {
    fn from(error: rusqlite::Error) -> Self {
        if let Some(what) = damage(&error) {
            return Error::new(Code::StateFile, format!("the state is damaged: {what}"))
                .help("run `odpsh check`; restore a backup of the state file and its data folder");
        }
        let (message, help) = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                ("state file is busy".to_owned(), "another shell is writing; run the statement again")
            }
            Some(ErrorCode::NotADatabase) => {
                ("the file is not an odpsh state".to_owned(), "give another file with `--state <file>`")
            }
            Some(ErrorCode::DatabaseCorrupt) => {
                ("the state file is damaged".to_owned(), "restore a backup of the state file and its data folder")
            }
            Some(ErrorCode::DiskFull) => {
                ("no space is left for the state file".to_owned(), "free some space; nothing was changed")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => (
                "the state file cannot be written".to_owned(),
                "every decision writes an audit record: name a writable file with `--state <file>`",
            ),
            Some(ErrorCode::SystemIoFailure) => {
                ("the state file cannot be read or written".to_owned(), "check the disk; nothing was changed")
            }
            _ => (format!("the state file rejected a change: {error}"), "run `odpsh check`"),
        };
        Error::new(Code::StateFile, message).help(help)
    }
}
