//! What is said to who is not signed in, or no longer.

use crate::error::{Code, Error};
use crate::model::{AccessKeyId, Principal};

pub fn unknown(principal: &Principal) -> Box<Error> {
    Error::new(Code::AccessDenied, format!("Invalid credentials - {principal} does not exist"))
}

pub fn dropped(account: &Principal) -> Box<Error> {
    Error::new(Code::AccessDenied, format!("Invalid credentials - {account} was dropped after this session signed in"))
        .help("sign in again with `.user <principal>`")
}

/// Source: DX. Every request to the service is signed, so that one after the end of its key has this answer.
pub fn key_ended(key: &AccessKeyId) -> Box<Error> {
    Error::new(Code::Credentials, "accessKeyId not found")
        .help(format!("AccessKey {key} of this session was disabled or deleted; sign in with another one"))
}
