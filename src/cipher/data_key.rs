use std::fmt;

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::aead::KEY;
use super::root_key::joined;
use crate::model::FileKey;

/// A key that encrypts the data of a project, or wraps the keys of projects (ENC-1).
///
/// Small values are encrypted with AES-SIV, by a key of their own that follows from it: deterministic, so that a value is found by its
/// ciphertext, and safe without a nonce, whatever copy of a state goes on. The place that a value is kept in is its associated data, so that a ciphertext
/// opens nowhere else. Each data file has a key that follows from its name.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY]>);

/// What is put before the bytes from which keys follow, so that no two uses have the same key.
const FILE: &str = "odpsh file";
const VALUE: &str = "odpsh value";
const SEVERAL: &str = "odpsh several projects";

impl DataKey {
    /// A key of these bytes, which must be random.
    pub fn new(bytes: [u8; KEY]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of these bytes, if they are as many as a key has.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// The bytes, to be wrapped.
    pub fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// The key that takes all of these to make, whose order counts; nothing of none.
    pub fn of_several(keys: &[Self]) -> Option<Self> {
        match keys {
            [] => None,
            [key] => Some(key.clone()),
            [first, rest @ ..] => {
                let rest = Self::of_several(rest)?;
                Some(Self(first.derived(&[SEVERAL.as_bytes(), rest.0.as_slice()])?))
            }
        }
    }

    /// The key of a data file.
    pub fn file_key(&self, name: &str) -> Option<FileKey> {
        self.derived(&[FILE.as_bytes(), name.as_bytes()]).map(FileKey::new)
    }

    /// Encrypts a value for the place that it is kept in.
    pub fn seal(&self, place: &[&str], plain: &[u8]) -> Option<Vec<u8>> {
        self.siv()?.encrypt([joined(place)], plain).ok()
    }

    /// Decrypts what was encrypted for the same place.
    pub fn open(&self, place: &[&str], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.siv()?.decrypt([joined(place)], sealed).ok().map(Zeroizing::new)
    }

    fn siv(&self) -> Option<Aes256Siv> {
        let mut key = Zeroizing::new([0; 2 * KEY]);
        let halves = [self.derived(&[VALUE.as_bytes(), &[1]])?, self.derived(&[VALUE.as_bytes(), &[2]])?];
        for (byte, half) in key.iter_mut().zip(halves.iter().flat_map(|half| half.iter())) {
            *byte = *half;
        }
        Aes256Siv::new_from_slice(key.as_slice()).ok()
    }

    fn derived(&self, parts: &[&[u8]]) -> Option<Zeroizing<[u8; KEY]>> {
        let mut hash = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.0.as_slice()).ok()?;
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Some(Zeroizing::new(hash.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_in_its_own_place_with_its_own_key_only() {
        let (key, other) = (DataKey::new([1; KEY]), DataKey::new([2; KEY]));
        let sealed = key.seal(&["partition", "7"], b"ds=20240101").unwrap();
        assert_eq!(**key.open(&["partition", "7"], &sealed).unwrap(), *b"ds=20240101");
        assert_eq!(key.seal(&["partition", "7"], b"ds=20240101").unwrap(), sealed);
        for place in [&["partition", "8"][..], &["partition7"], &["partition", "7", ""], &[]] {
            assert!(key.open(place, &sealed).is_none(), "{place:?}");
        }
        assert!(other.open(&["partition", "7"], &sealed).is_none());
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&["partition", "7"], &changed).is_none());
        }
        for length in 0..sealed.len() {
            assert!(key.open(&["partition", "7"], &sealed[..length]).is_none());
        }
    }

    #[test]
    fn every_file_and_every_set_of_projects_has_a_key_of_its_own() {
        let (one, two) = (DataKey::new([1; KEY]), DataKey::new([2; KEY]));
        let both = DataKey::of_several(&[one.clone(), two.clone()]).unwrap();
        let keys = [&one, &two, &both, &DataKey::of_several(&[two.clone(), one.clone()]).unwrap()]
            .map(|key| [key.file_key("a").unwrap(), key.file_key("b").unwrap()])
            .concat();
        for (place, key) in keys.iter().enumerate() {
            assert_eq!(keys.iter().position(|other| other == key), Some(place));
        }
        assert_eq!(DataKey::of_several(std::slice::from_ref(&one)).unwrap().file_key("a"), one.file_key("a"));
        assert!(DataKey::of_several(&[]).is_none());
        assert_eq!(format!("{one:?}{:?}", one.file_key("a")), "***Some(***)");
    }
}
