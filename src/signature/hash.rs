//! Keyed hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::authorization::Scheme;
use crate::text::Secret;

/// What a text is hashed with, before the hash is taken or compared.
pub fn keyed(secret: &Secret, scheme: &Scheme, text: &str) -> Option<Hmac<Sha1>> {
    let key = match scheme {
        Scheme::V2 => Zeroizing::new(secret.reveal().as_bytes().to_vec()),
        Scheme::V4 { day, region, corporation } => {
            let first = Zeroizing::new(format!("{corporation}{}", secret.reveal()).into_bytes());
            let last = format!("{corporation}_request");
            [day.as_str(), region, "odps", &last].into_iter().try_fold(first, |key, part| chained(&key, part))?
        }
    };
    let mut hash = Hmac::<Sha1>::new_from_slice(&key).ok()?;
    hash.update(text.as_bytes());
    Some(hash)
}

fn chained(key: &[u8], part: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).ok()?;
    hash.update(part.as_bytes());
    Some(Zeroizing::new(hash.finalize().into_bytes().to_vec()))
}
