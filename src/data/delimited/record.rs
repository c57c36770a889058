use std::ops::Range;

use memchr::{memchr, memchr2};

/// Fields of a record that are told: more than any table has columns. What lies behind them is passed over.
pub const MOST_FIELDS: usize = 10_000;

/// Where a field of a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    start: usize,
    end: usize,
    /// It stood in quotes: it is never NULL.
    pub quoted: bool,
    /// There are doubled quotes in it.
    pub doubled: bool,
}

impl Field {
    /// Where it stands, its quotes included.
    pub fn outer(&self) -> (usize, usize) {
        let quotes = usize::from(self.quoted);
        (self.start - quotes, self.end + quotes)
    }

    /// Its bytes, doubled quotes still doubled.
    pub fn of<'c>(&self, text: &'c [u8]) -> &'c [u8] {
        text.get(Range { start: self.start, end: self.end }).unwrap_or_default()
    }
}

/// What is wrong with the quotes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    Fine,
    /// There is text behind a closing quote.
    Behind,
    /// One is not closed.
    Open,
}

/// How records and fields are told apart.
#[derive(Debug, Clone)]
pub struct Delimiters {
    pub field: Vec<u8>,
    pub record: Vec<u8>,
    pub quoted: bool,
    /// The end of records is what ends the first one: it was not said.
    pub guessed: bool,
}

/// A record that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where the next record starts.
    pub next: usize,
    /// Whether its delimiter was there; else it goes to the end of the text.
    pub ended: bool,
    pub quotes: Quotes,
}

impl Delimiters {
    /// Finds the fields of the record that starts at `from`, at most [`MOST_FIELDS`] of them.
    pub fn record(&self, text: &[u8], from: usize, fields: &mut Vec<Field>) -> Found {
        fields.clear();
        let mut quotes = Quotes::Fine;
        let mut start = from;
        loop {
            let mut field = Field { start, end: text.len(), quoted: false, doubled: false };
            let mut search = start;
            if self.quoted && text.get(start) == Some(&b'"') {
                field.quoted = true;
                field.start = start + 1;
                match closing(text, field.start) {
                    Some((end, doubled)) => {
                        (field.end, field.doubled) = (end, doubled);
                        search = end + 1;
                    }
                    None => {
                        fields.push(field);
                        return Found { next: text.len(), ended: false, quotes: Quotes::Open };
                    }
                }
            }
            let (end, mark) = self.mark(text, search);
            if !field.quoted {
                field.end = end;
            } else if end != search {
                quotes = Quotes::Behind;
            }
            // A text of nothing but delimiters has a field for each byte.
            if fields.len() < MOST_FIELDS {
                fields.push(field);
            }
            match mark {
                Mark::Field => start = end + self.field.len(),
                Mark::Record => return Found { next: end + self.record.len(), ended: true, quotes },
                Mark::End => return Found { next: text.len(), ended: false, quotes },
            }
        }
    }

    /// The next delimiter.
    fn mark(&self, text: &[u8], from: usize) -> (usize, Mark) {
        let (Some(field), Some(record)) = (self.field.first(), self.record.first()) else {
            return (text.len(), Mark::End);
        };
        let mut at = from;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let Some(found) = memchr2(*field, *record, rest) else { return (text.len(), Mark::End) };
            at += found;
            let here = rest.get(found..).unwrap_or_default();
            if here.starts_with(&self.record) {
                return (at, Mark::Record);
            }
            if here.starts_with(&self.field) {
                return (at, Mark::Field);
            }
            at += 1;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Field,
    Record,
    End,
}

/// The quote that closes a field, and whether others are doubled before it.
fn closing(text: &[u8], from: usize) -> Option<(usize, bool)> {
    let (mut at, mut doubled) = (from, false);
    loop {
        at += memchr(b'"', text.get(at..)?)?;
        if text.get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        (at, doubled) = (at + 2, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, field: &str, record: &str, quoted: bool) -> Vec<Vec<String>> {
        let delimiters = Delimiters { field: field.into(), record: record.into(), quoted, guessed: false };
        let (mut at, mut records, mut fields) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            let found = delimiters.record(text.as_bytes(), at, &mut fields);
            let shown = |field: &Field| {
                let text = String::from_utf8(field.of(text.as_bytes()).to_vec()).unwrap();
                if field.quoted { format!("«{text}»") } else { text }
            };
            let mut record: Vec<String> = fields.iter().map(shown).collect();
            if found.quotes != Quotes::Fine {
                record.push(format!("{:?}", found.quotes));
            }
            records.push(record);
            at = found.next;
        }
        records
    }

    #[test]
    fn fields_end_at_delimiters_of_any_length() {
        assert_eq!(split("a,b\n,\n\nc", ",", "\n", false), [vec!["a", "b"], vec!["", ""], vec![""], vec!["c"]]);
        assert_eq!(split("a:b::c|;d|", "::", "|;", false), [vec!["a:b", "c"], vec!["d|"]]);
        assert_eq!(split("a\r\nb\nc\r\n", ",", "\r\n", false), [vec!["a"], vec!["b\nc"]]);
        assert_eq!(split("\"a,b\"\n", ",", "\n", false), [vec!["\"a", "b\""]]);
    }

    #[test]
    fn the_fields_of_a_record_take_bounded_memory() {
        let text = format!("{}\na", ",".repeat(3 * MOST_FIELDS));
        let delimiters = Delimiters { field: b",".to_vec(), record: b"\n".to_vec(), quoted: true, guessed: false };
        let mut fields = Vec::new();
        let found = delimiters.record(text.as_bytes(), 0, &mut fields);
        assert_eq!((found.next, found.ended, fields.len()), (text.len() - 1, true, MOST_FIELDS));
        assert!(fields.capacity() <= 2 * MOST_FIELDS);
    }

    #[test]
    fn quotes_hide_delimiters_and_are_doubled() {
        assert_eq!(split("\"a,\nb\",\"c\"\"d\"\n\"\"", ",", "\n", true), [vec!["«a,\nb»", "«c\"\"d»"], vec!["«»"]]);
        assert_eq!(split("a\"b,c\n", ",", "\n", true), [vec!["a\"b", "c"]]);
        assert_eq!(split("\"a\"x,b\nc\n", ",", "\n", true), [vec!["«a»", "b", "Behind"], vec!["c"]]);
        assert_eq!(split("a,\"b\nc", ",", "\n", true), [vec!["a", "«b\nc»", "Open"]]);
    }
}
