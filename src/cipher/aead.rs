//! AES-256-GCM: IV, ciphertext, tag.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};

/// Bytes of an IV.
pub const IV: usize = 12;
/// Bytes of a key.
pub const KEY: usize = 32;

/// Encrypts. An IV may be used once with a key.
///
/// Source: `sym_encrypt`; the form was found by decrypting the samples of its page.
pub fn seal(key: &[u8; KEY], iv: [u8; IV], plain: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
    let sealed = Aes256Gcm::new(key.into()).encrypt(&iv.into(), Payload { msg: plain, aad: associated }).ok()?;
    Some([&iv, sealed.as_slice()].concat())
}

/// Decrypts; nothing if the key, the associated data or a byte is another one.
pub fn open(key: &[u8; KEY], sealed: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
    let (iv, sealed) = sealed.split_first_chunk::<IV>()?;
    Aes256Gcm::new(key.into()).decrypt(&(*iv).into(), Payload { msg: sealed, aad: associated }).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const SAMPLE: &[u8; KEY] = b"b75585cf321cdcad42451690cdb7bfc4";

    #[test]
    fn the_samples_of_the_page_open() {
        let sealed = STANDARD.decode("frgJZAEAQMeEuHqpS8lK9VxQhgPYpZ317V+oUla/xEc=").unwrap();
        assert_eq!(open(SAMPLE, &sealed, b"").unwrap(), b"0001");
    }

    #[test]
    fn only_what_was_sealed_opens() {
        let sealed = seal(SAMPLE, [7; IV], b"plain", b"row 1").unwrap();
        assert_eq!(sealed.len(), IV + 5 + 16);
        assert_eq!(open(SAMPLE, &sealed, b"row 1").unwrap(), b"plain");
        assert_eq!(open(SAMPLE, &sealed, b"row 2"), None);
        assert_eq!(open(b"b75585cf321cdcad42451690cdb7bfc5", &sealed, b"row 1"), None);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(SAMPLE, &changed, b"row 1"), None);
        }
        for length in 0..sealed.len() {
            assert_eq!(open(SAMPLE, &sealed[..length], b"row 1"), None);
        }
    }
}
