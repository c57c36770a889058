//! Keysets: several keys in one value, of which one encrypts and all decrypt.
//!
//! Source: the pages of the functions; the binary form was found from their samples.

mod json;
mod message;
#[cfg(test)]
mod tests;

use aes_gcm::KeyInit;
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::aead::{self, IV};

/// Bytes before the ciphertext, the same for everything that a key encrypts.
const PREFIX: usize = 32;
/// Bytes of a key id before they are written in base64.
pub const ID: usize = 12;
/// Most bytes that a new key takes: its id and the longest key.
const LONGEST: usize = 64;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// AES-GCM with 256 bits: the same text is encrypted to another one each time.
    Gcm256,
    /// AES-SIV with two keys of 128 bits: the same text is encrypted to the same.
    Siv128,
    /// AES-SIV with two keys of 256 bits.
    Siv256,
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// It was given.
    External,
    /// It was made here.
    Made,
}

#[derive(Clone, PartialEq, Eq)]
struct Key {
    id: String,
    algorithm: Algorithm,
    value: Zeroizing<Vec<u8>>,
    origin: KeyOrigin,
    enabled: bool,
    description: String,
}

/// Several keys; the primary one encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyset {
    primary: String,
    keys: Vec<Key>,
}

/// Why a value cannot be used as a keyset, in words; never with the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAKeyset(pub &'static str);

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Gcm256, Self::Siv128, Self::Siv256];

    /// The name of the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcm256 => "AES-GCM-256",
            Self::Siv128 => "AES-SIV-CMAC-128",
            Self::Siv256 => "AES-SIV-CMAC-256",
        }
    }

    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of a key.
    pub fn key_length(self) -> usize {
        match self {
            Self::Gcm256 | Self::Siv128 => 32,
            Self::Siv256 => 64,
        }
    }
}

impl Keyset {
    /// Random bytes that a new key is made of, at most.
    pub const RANDOM: usize = ID + LONGEST;

    /// A keyset of one new key.
    pub fn new(algorithm: Algorithm, description: &str, random: &[u8; Self::RANDOM]) -> Self {
        let mut made = Self { primary: String::new(), keys: Vec::new() };
        made.rotate(algorithm, description, random);
        made
    }

    /// Adds a new key and makes it the primary one.
    pub fn rotate(&mut self, algorithm: Algorithm, description: &str, random: &[u8; Self::RANDOM]) {
        let (id, value) = random.split_at(ID);
        let value = value.get(..algorithm.key_length()).unwrap_or(value).to_vec();
        self.put(id_of(id), algorithm, value, KeyOrigin::Made, description);
    }

    /// Adds a key that was given and makes it the primary one; `random` is for its id.
    ///
    /// # Errors
    /// The algorithm has keys of another length.
    pub fn add(
        &mut self,
        algorithm: Algorithm,
        value: &[u8],
        description: &str,
        random: &[u8; ID],
    ) -> Result<(), NotAKeyset> {
        if value.len() != algorithm.key_length() {
            return Err(NotAKeyset(match algorithm.key_length() {
                64 => "a key of this type has 512 bits",
                _ => "a key of this type has 256 bits",
            }));
        }
        self.put(id_of(random), algorithm, value.to_vec(), KeyOrigin::External, description);
        Ok(())
    }

    fn put(&mut self, id: String, algorithm: Algorithm, value: Vec<u8>, origin: KeyOrigin, description: &str) {
        self.primary.clone_from(&id);
        let (value, description) = (Zeroizing::new(value), description.to_owned());
        self.keys.push(Key { id, algorithm, value, origin, enabled: true, description });
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// It is none, or cannot be used.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAKeyset> {
        message::read(bytes).ok_or(NotAKeyset("the value is not a keyset"))?.checked()
    }

    /// The binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        message::write(self)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// It is none, or cannot be used.
    pub fn from_json(text: &str) -> Result<Self, NotAKeyset> {
        json::read(text).ok_or(NotAKeyset("the text is not a keyset in JSON"))?.checked()
    }

    /// The JSON form, as the page shows it.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    fn checked(self) -> Result<Self, NotAKeyset> {
        if self.keys.iter().any(|key| key.value.len() != key.algorithm.key_length()) {
            return Err(NotAKeyset("a key of the keyset has a length that its type does not have"));
        }
        if self
            .keys
            .iter()
            .enumerate()
            .any(|(place, key)| self.keys.iter().skip(place + 1).any(|other| other.id == key.id))
        {
            return Err(NotAKeyset("two keys of the keyset have one id"));
        }
        self.primary()?;
        Ok(self)
    }

    fn primary(&self) -> Result<&Key, NotAKeyset> {
        let primary = self.keys.iter().find(|key| key.id == self.primary);
        primary.filter(|key| key.enabled).ok_or(NotAKeyset("the primary key of the keyset is missing or disabled"))
    }

    /// Encrypts with the primary key. `iv` must be random; AES-SIV needs none.
    ///
    /// # Errors
    /// The keyset has no key to encrypt with.
    pub fn encrypt(&self, plain: &[u8], associated: &[u8], iv: [u8; IV]) -> Result<Vec<u8>, NotAKeyset> {
        let key = self.primary()?;
        let sealed = key.seal(plain, associated, iv).ok_or(NotAKeyset("the value is too long to be encrypted"))?;
        Ok([key.prefix().as_slice(), &sealed].concat())
    }

    /// Decrypts with the key that encrypted; nothing if it is none of these, or if a byte or the associated data is another one.
    ///
    /// How the service makes the prefix is not known, so that it does not say which key it was: what a key opens was encrypted with it.
    pub fn decrypt(&self, sealed: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
        let (_, sealed) = sealed.split_first_chunk::<PREFIX>()?;
        self.keys.iter().filter(|key| key.enabled).find_map(|key| key.open(sealed, associated))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "key {} of {}", self.id, self.algorithm.name())
    }
}

impl Key {
    fn seal(&self, plain: &[u8], associated: &[u8], iv: [u8; IV]) -> Option<Vec<u8>> {
        match self.algorithm {
            Algorithm::Gcm256 => aead::seal(self.value.as_slice().try_into().ok()?, iv, plain, associated),
            Algorithm::Siv128 => Aes128Siv::new_from_slice(&self.value).ok()?.encrypt([associated], plain).ok(),
            Algorithm::Siv256 => Aes256Siv::new_from_slice(&self.value).ok()?.encrypt([associated], plain).ok(),
        }
    }

    fn open(&self, sealed: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
        match self.algorithm {
            Algorithm::Gcm256 => aead::open(self.value.as_slice().try_into().ok()?, sealed, associated),
            Algorithm::Siv128 => Aes128Siv::new_from_slice(&self.value).ok()?.decrypt([associated], sealed).ok(),
            Algorithm::Siv256 => Aes256Siv::new_from_slice(&self.value).ok()?.decrypt([associated], sealed).ok(),
        }
    }

    /// What is before everything that the key encrypts. Chosen: how the service derives it is not known.
    fn prefix(&self) -> [u8; PREFIX] {
        let mut hash = match Hmac::<Sha256>::new_from_slice(&self.value) {
            Ok(hash) => hash,
            Err(_) => return [0; PREFIX],
        };
        hash.update(b"odpsh keyset prefix\0");
        hash.update(self.id.as_bytes());
        hash.finalize().into_bytes().into()
    }
}

/// 16 characters: random bytes in base64. In the ids of the samples they begin with a time. Chosen: nothing needs it.
fn id_of(random: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(random)
}
