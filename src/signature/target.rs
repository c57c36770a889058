//! The last line of the text that is signed: path and parameters, which clients decode in two ways.

use std::collections::BTreeMap;

/// How a client decodes what it sends before it signs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// PyODPS decodes the whole, and then the parameters once more as a form, of which the last of a name counts.
    Twice,
    /// The Java SDK decodes the path as a form, and signs the values of parameters as it holds them.
    Once,
}

/// A path with its parameters, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    path: String,
    parameters: BTreeMap<String, String>,
}

impl Target {
    /// Decodes what follows the method in a request; nothing if it decodes to no text, or to a line break: what is signed is lines.
    pub fn decoded(raw: &str, decoding: Decoding) -> Option<Self> {
        let (path, parameters) = match decoding {
            Decoding::Twice => {
                let whole = percent_decoded(raw, false)?;
                let (path, query) = split(&whole);
                (path.to_owned(), parameters(query, |text| percent_decoded(text, true))?)
            }
            Decoding::Once => {
                let (path, query) = split(raw);
                (percent_decoded(path, true)?, parameters(query, |text| percent_decoded(text, false))?)
            }
        };
        let target = Self { path, parameters };
        let is_one_line = !target.to_string().contains(char::is_control);
        (is_one_line && target.path.starts_with('/')).then_some(target)
    }

    /// The parameters that are signed among the headers.
    pub fn among_headers(&self) -> impl Iterator<Item = (&String, &String)> {
        self.parameters.iter().filter(|(name, _)| name.starts_with("x-odps-"))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        for (place, (name, value)) in self.parameters.iter().enumerate() {
            f.write_str(if place == 0 { "?" } else { "&" })?;
            f.write_str(name)?;
            if !value.is_empty() {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

fn split(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

fn parameters(query: &str, decode: impl Fn(&str) -> Option<String>) -> Option<BTreeMap<String, String>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// `%41` is `A`; in a form, `+` is a blank. Nothing if the bytes are no text.
fn percent_decoded(text: &str, is_form: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        match (first, behind) {
            (b'%', [high, low, behind @ ..]) if digit(*high).is_some() && digit(*low).is_some() => {
                let value = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low)?;
                bytes.push(u8::try_from(value).ok()?);
                rest = behind;
            }
            (b'+', _) if is_form => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}
