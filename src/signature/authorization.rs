use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;

use super::hash::keyed;
use super::refusal::Refusal;
use crate::text::Secret;

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// With the secret itself.
    V2,
    /// With a key made of it for one day and one region.
    V4 {
        /// The day in UTC: `20240131`.
        day: String,
        /// The region.
        region: String,
        /// What the names in the key begin with: `aliyun_v4`, unless the client is configured otherwise.
        corporation: String,
    },
}

impl Scheme {
    /// v4 with the names that clients use.
    pub fn v4(day: &str, region: &str) -> Self {
        Self::V4 { day: day.to_owned(), region: region.to_owned(), corporation: "aliyun_v4".to_owned() }
    }
}

/// The value of the header `Authorization`: `ODPS <id>:<signature>`, or with day and region behind the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The AccessKey ID.
    pub id: String,
    /// How it is signed.
    pub scheme: Scheme,
    pub(super) signature: Vec<u8>,
}

impl Authorization {
    /// Reads the value of the header.
    ///
    /// # Errors
    /// It has another form.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(text).ok_or(Refusal::Malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let (credential, signature) = text.strip_prefix("ODPS ")?.rsplit_once(':')?;
        let parts: Vec<&str> = credential.split('/').collect();
        let (id, scheme) = match parts.as_slice() {
            [id] => (*id, Scheme::V2),
            [id, day, region, "odps", request] => {
                let is_day = day.len() == 8 && day.bytes().all(|digit| digit.is_ascii_digit());
                let corporation = request.strip_suffix("_request").filter(|name| !name.is_empty() && is_word(name))?;
                (
                    *id,
                    (is_day && is_word(region)).then(|| Scheme::V4 {
                        day: (*day).to_owned(),
                        region: (*region).to_owned(),
                        corporation: corporation.to_owned(),
                    })?,
                )
            }
            _ => return None,
        };
        let signature = STANDARD.decode(signature).ok()?;
        (!id.is_empty() && is_word(id)).then(|| Self { id: id.to_owned(), scheme, signature })
    }

    /// Signs a text.
    pub(super) fn signed(id: &str, scheme: Scheme, secret: &Secret, text: &str) -> Self {
        let signature = keyed(secret, &scheme, text).map(|hash| hash.finalize().into_bytes().to_vec());
        Self { id: id.to_owned(), scheme, signature: signature.unwrap_or_default() }
    }

    /// Whether this is the signature of a text with a secret, in a time that depends on neither.
    pub(super) fn fits(&self, secret: &Secret, text: &str) -> bool {
        keyed(secret, &self.scheme, text).is_some_and(|hash| hash.verify_slice(&self.signature).is_ok())
    }
}

/// Letters, digits and the marks that ids and regions have.
fn is_word(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter))
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ODPS {}", self.id)?;
        if let Scheme::V4 { day, region, corporation } = &self.scheme {
            write!(f, "/{day}/{region}/odps/{corporation}_request")?;
        }
        write!(f, ":{}", STANDARD.encode(&self.signature))
    }
}
