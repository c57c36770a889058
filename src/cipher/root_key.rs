use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::aead::{IV, KEY, open, seal};

/// The key that wraps the secrets of a state, and lies outside of it (KEY-2, ENC-1).
#[derive(Clone)]
pub struct RootKey(Zeroizing<[u8; KEY]>);

/// Which root key it is; tells nothing of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootKeyId(String);

/// A secret that a root key has wrapped, as a state keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The ciphertext.
    pub bytes: Vec<u8>,
    /// The key that opens it.
    pub root_key: RootKeyId,
}

impl RootKey {
    /// A key of these bytes, which must be random.
    pub fn new(bytes: [u8; KEY]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads what [`RootKey::text`] writes; blanks around it do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
            text.trim()
                .chars()
                .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
                .collect::<Option<_>>()?,
        );
        let mut bytes = Zeroizing::new([0; KEY]);
        if digits.len() != 2 * KEY {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Which key it is: the beginning of a hash.
    pub fn id(&self) -> RootKeyId {
        let hash = Sha256::new().chain_update("odpsh root key\0").chain_update(self.0.as_slice()).finalize();
        RootKeyId(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Encrypts a secret for the place that it is kept in. The IV must be random.
    pub fn wrap(&self, secret: &[u8], place: &[&str], iv: [u8; IV]) -> Option<Wrapped> {
        let bytes = seal(&self.0, iv, secret, &joined(place))?;
        Some(Wrapped { bytes, root_key: self.id() })
    }

    /// Decrypts what was wrapped for the same place.
    pub fn unwrapped(&self, wrapped: &Wrapped, place: &[&str]) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.0, &wrapped.bytes, &joined(place)).map(Zeroizing::new)
    }
}

/// The parts of a place, each with its length, so that no two places are the same bytes.
pub(super) fn joined(place: &[&str]) -> Vec<u8> {
    place.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat()).collect()
}

impl RootKeyId {
    /// The id that a state keeps.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for RootKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "root key {}", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = RootKey::new(std::array::from_fn(|place| place as u8));
        let text = key.text();
        assert_eq!(text.len(), 64);
        assert_eq!(RootKey::parse(&format!("{}\n", *text)).unwrap().text(), text);
        for wrong in ["", "00", text.get(1..).unwrap(), &format!("{}0", *text), &text.replace('0', "x")] {
            assert!(RootKey::parse(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{key:?}").contains(text.get(..16).unwrap()));
    }

    #[test]
    fn a_secret_opens_in_its_own_place_only() {
        let key = RootKey::new([1; KEY]);
        let wrapped = key.wrap(b"secret", &["access key", "id", "7"], [2; IV]).unwrap();
        assert_eq!(*key.unwrapped(&wrapped, &["access key", "id", "7"]).unwrap(), b"secret");
        for place in [&["access key", "id", "8"][..], &["access key", "id7", ""], &["access keyid", "7"], &[]] {
            assert!(key.unwrapped(&wrapped, place).is_none(), "{place:?}");
        }
        assert!(RootKey::new([2; KEY]).unwrapped(&wrapped, &["access key", "id", "7"]).is_none());
    }
}
