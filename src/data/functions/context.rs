//! Functions whose result depends on when and how often they are asked: the time, random numbers.
//!
//! Never asks the machine: time and seed are given when a query is planned.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use datafusion::arrow::array::{ArrayRef, Float64Array, StringArray};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use md5::{Digest, Md5};

use super::arguments::{Argument, Kind, shared};
use super::encryption;
use super::value::{self, element};
use crate::data::failure::carry;
use crate::data::moments::{At, column};
use crate::data::types;
use crate::model::{DataType, Dialect, Time};

/// The names of the functions of this file.
pub const NAMES: [&str; 14] = [
    "getdate",
    "now",
    "current_timestamp",
    "current_timestamp_ntz",
    "current_micros",
    "current_date",
    "current_timezone",
    "unix_timestamp",
    "rand",
    "uuid",
    "unique_id",
    "get_idcard_age",
    "sample",
    "shuffle",
];

/// One of them, at a moment.
#[derive(Debug)]
pub struct ContextFunction {
    name: &'static str,
    now: Time,
    seed: u64,
    dialect: Arc<Dialect>,
    /// How many random values were given.
    given: AtomicU64,
    /// Whether it begins anew with each row.
    is_once: bool,
    signature: Signature,
}

/// Whether the function of this name, folded, draws random values.
pub fn is_random(name: &str) -> bool {
    matches!(name, "rand" | "uuid" | "unique_id" | "sample" | "shuffle") || encryption::RANDOM.contains(&name)
}

/// What names of functions begin with that give the same random value each time. No query can write one.
const DRAWN_ONCE: &str = "?drawn:";

/// The name of a function, folded, that draws the value of this number of the definition at a place of a script; none where no seed decides what it draws.
pub fn drawn_once(name: &str, place: usize, count: usize) -> Option<String> {
    (is_random(name) && NAMES.contains(&name)).then(|| format!("{DRAWN_ONCE}{place}:{count}:{name}"))
}

/// Whether this is such a name.
pub fn is_drawn_once(name: &str) -> bool {
    name.starts_with(DRAWN_ONCE)
}

impl ContextFunction {
    /// The function of a name of [`drawn_once`], with the seed of what a script draws once.
    pub fn once(name: &str, now: Time, seed: u64, dialect: &Arc<Dialect>) -> Option<Self> {
        let (number, name) = name.strip_prefix(DRAWN_ONCE)?.rsplit_once(':')?;
        let seed = number.bytes().fold(seed, |seed, byte| mix(seed ^ u64::from(byte)));
        let function = Self::new(name, now, seed, dialect)?;
        Some(Self { is_once: true, signature: Signature::user_defined(Volatility::Stable), ..function })
    }

    /// The function of this name.
    pub fn new(name: &str, now: Time, seed: u64, dialect: &Arc<Dialect>) -> Option<Self> {
        let name = NAMES.into_iter().find(|known| *known == name)?;
        let random = is_random(name);
        let volatility = if random { Volatility::Volatile } else { Volatility::Stable };
        Some(Self {
            name,
            now,
            seed,
            dialect: Arc::clone(dialect),
            given: AtomicU64::new(0),
            is_once: false,
            signature: Signature::user_defined(volatility),
        })
    }

    /// Whether it draws random values.
    pub fn is_random(&self) -> bool {
        self.signature.volatility == Volatility::Volatile
    }

    /// The same function with another seed.
    pub fn with_seed(&self, seed: impl FnOnce(u64) -> u64) -> Self {
        Self {
            name: self.name,
            now: self.now,
            seed: seed(self.seed),
            dialect: Arc::clone(&self.dialect),
            given: AtomicU64::new(0),
            is_once: self.is_once,
            signature: self.signature.clone(),
        }
    }

    fn data_type(&self) -> DataType {
        match self.name {
            "current_timestamp" if self.dialect.timestamp_ntz => DataType::TimestampNtz,
            "current_timestamp" => DataType::Timestamp,
            "current_timestamp_ntz" => DataType::TimestampNtz,
            "current_micros" => DataType::Bigint,
            "current_date" => DataType::Date,
            "unix_timestamp" | "get_idcard_age" => DataType::Bigint,
            "sample" => DataType::Boolean,
            "rand" => DataType::Double,
            "uuid" | "unique_id" | "current_timezone" => DataType::String,
            _ => DataType::Datetime,
        }
    }

    /// The next random number, which tells nothing of the others (VIW-5).
    fn draw(&self) -> u64 {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let drawn = Md5::new().chain_update(self.seed.to_le_bytes()).chain_update(self.name);
        let digest = drawn.chain_update(number.to_le_bytes()).finalize();
        digest.iter().take(8).fold(0, |drawn, byte| drawn << 8 | u64::from(*byte))
    }

    fn random(&self, seed: Option<u64>, rows: usize) -> ArrayRef {
        if let ("rand", Some(seed)) = (self.name, seed) {
            let first = self.given.fetch_add(rows as u64, Ordering::Relaxed);
            return shared(Float64Array::from_iter_values(seeded(seed, first).take(rows)));
        }
        if self.name == "rand" {
            // 53 bits are what a double holds.
            let numbers = (0..rows).map(|_| (self.draw() >> 11) as f64 / (1_u64 << 53) as f64);
            return shared(Float64Array::from_iter_values(numbers));
        }
        let numbered = self.name == "unique_id";
        let identifiers = (0..rows).map(|_| {
            let identifier = identifier(self.draw(), self.draw());
            // Source: "UNIQUE_ID": a UUID with an underscore and a number.
            if numbered { format!("{identifier}_{}", self.given.load(Ordering::Relaxed) / 2) } else { identifier }
        });
        shared(StringArray::from_iter_values(identifiers))
    }
}

impl ContextFunction {
    /// The elements of each array in another order. Source: "SHUFFLE".
    fn shuffle(&self, lists: &ArrayRef) -> Outcome<ArrayRef> {
        let shuffled = (0..lists.len()).map(|row| {
            let list = ScalarValue::try_from_array(lists, row)?;
            if list.is_null() {
                return Ok(list);
            }
            let mut elements = value::elements(&list)?;
            elements.sort_by_cached_key(|_| self.draw());
            value::make_list(elements, lists.data_type())
        });
        value::column(shuffled.collect::<Outcome<_>>()?, lists.data_type())
    }

    /// Whether a row belongs to the `y`-th of `x` parts: by the hash of columns, or by chance. Source: "SAMPLE".
    fn sample(&self, given: &[ColumnarValue], rows: usize) -> Outcome<ArrayRef> {
        let texts = |value: &ColumnarValue| {
            Argument::new(&value.to_array(rows)?, Kind::Text, false, &self.dialect).map_err(carry)
        };
        let arguments = given.iter().map(texts).collect::<Outcome<Vec<_>>>()?;
        let number = |at: usize, row: usize| arguments.get(at)?.text(row)?.parse::<u64>().ok();
        let chosen = (0..rows).map(|row| {
            let parts = number(0, row).filter(|parts| *parts > 0)?;
            let part = if arguments.len() > 1 { number(1, row)? } else { 1 };
            let columns = arguments.iter().skip(2).map(|column| column.text(row).unwrap_or_default());
            let spread = match arguments.len() {
                0..=2 => self.draw(),
                _ => columns.flat_map(str::bytes).fold(0, |hash, byte| mix(hash ^ u64::from(byte))),
            };
            Some(spread % parts + 1 == part)
        });
        Ok(shared(chosen.collect::<datafusion::arrow::array::BooleanArray>()))
    }
}

/// The numbers that a seed gives, from the one with this place on: those of Java's `Random`, as the example of "RAND" shows.
fn seeded(seed: u64, first: u64) -> impl Iterator<Item = f64> {
    const MULTIPLIER: u64 = 0x5_deec_e66d;
    const INCREMENT: u64 = 0xb;
    const BITS: u64 = (1 << 48) - 1;
    let mut state = (seed ^ MULTIPLIER) & BITS;
    // Each number takes two steps. Steps are doubled, so that a far place is found at once.
    let (mut steps, mut factor, mut summand) = (first.wrapping_mul(2), MULTIPLIER, INCREMENT);
    while steps > 0 {
        if steps & 1 == 1 {
            state = state.wrapping_mul(factor).wrapping_add(summand) & BITS;
        }
        summand = summand.wrapping_mul(factor.wrapping_add(1)) & BITS;
        factor = factor.wrapping_mul(factor) & BITS;
        steps >>= 1;
    }
    let mut next = move |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & BITS;
        state >> (48 - bits)
    };
    std::iter::repeat_with(move || ((next(26) << 27) + next(27)) as f64 / (1_u64 << 53) as f64)
}

/// A random UUID, version 4.
fn identifier(high: u64, low: u64) -> String {
    let high = (high & !0xf000) | 0x4000;
    let low = (low & (u64::MAX >> 2)) | (1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// Spreads the bits of a number (splitmix64).
fn mix(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl ContextFunction {
    /// The first value of what is drawn, for each row.
    fn draw_once(&self, given: &ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let first = |row: usize| {
            let argument = |argument: &ColumnarValue| match argument {
                ColumnarValue::Scalar(value) => Ok(ColumnarValue::Scalar(value.clone())),
                ColumnarValue::Array(values) => ScalarValue::try_from_array(values, row).map(ColumnarValue::Scalar),
            };
            let args = given.args.iter().map(argument).collect::<Outcome<_>>()?;
            let drawn = Self { is_once: false, ..self.with_seed(|seed| seed) };
            match drawn.invoke_with_args(ScalarFunctionArgs { args, number_rows: 1, ..given.clone() })? {
                ColumnarValue::Scalar(value) => Ok(value),
                ColumnarValue::Array(values) => ScalarValue::try_from_array(&values, 0),
            }
        };
        if given.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_))) {
            return first(0).map(ColumnarValue::Scalar);
        }
        let values = (0..given.number_rows).map(first).collect::<Outcome<_>>()?;
        value::column(values, given.return_field.data_type()).map(ColumnarValue::Array)
    }
}

impl PartialEq for ContextFunction {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.now, self.seed, &self.dialect) == (other.name, other.now, other.seed, &other.dialect)
    }
}

impl Eq for ContextFunction {}

impl Hash for ContextFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, self.now, self.seed, &self.dialect).hash(state);
    }
}

impl ScalarUDFImpl for ContextFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        match (self.name, given) {
            ("get_idcard_age", [_]) => Ok(vec![Arrow::Utf8]),
            ("sample", [_, ..]) => {
                let numbers = given.iter().take(2).map(|_| Arrow::Int64);
                Ok(numbers.chain(given.iter().skip(2).cloned()).collect())
            }
            ("shuffle", [list]) => match element(list) {
                Some(element) => Ok(vec![value::list(&element)]),
                None => Err(DataFusionError::Plan("`shuffle` takes an array".to_owned())),
            },
            (_, []) if !matches!(self.name, "get_idcard_age" | "sample" | "shuffle") => Ok(Vec::new()),
            ("rand", [_]) => Ok(vec![Arrow::Int64]),
            ("unix_timestamp", [given]) => Ok(vec![Kind::Moment.coerced(given)]),
            _ => Err(DataFusionError::Plan(format!("`{}` has another number of arguments", self.name))),
        }
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        if let ("shuffle", [list]) = (self.name, given) {
            return Ok(list.clone());
        }
        Ok(types::to_arrow(&self.data_type()))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let rows = given.number_rows;
        if self.is_once {
            return self.draw_once(&given);
        }
        match (self.name, given.args.first()) {
            ("rand" | "uuid" | "unique_id", None) => Ok(ColumnarValue::Array(self.random(None, rows))),
            ("rand", Some(seed)) => {
                let seed = Argument::new(&seed.to_array(1)?, Kind::Integer, true, &self.dialect).map_err(carry)?;
                let seed = seed.integer(0).unwrap_or_default().cast_unsigned();
                Ok(ColumnarValue::Array(self.random(Some(seed), rows)))
            }
            ("unix_timestamp", Some(moment)) => {
                let moment = Argument::new(&moment.to_array(rows)?, Kind::Moment, false, &self.dialect);
                let moment = moment.map_err(carry)?;
                let zone = self.dialect.zone;
                let seconds = (0..rows).map(|row| Some(moment.value(row)?.instant(zone)?.and_utc().timestamp()));
                Ok(ColumnarValue::Array(shared(seconds.collect::<datafusion::arrow::array::Int64Array>())))
            }
            ("get_idcard_age", Some(text)) => {
                let texts = Argument::new(&text.to_array(rows)?, Kind::Text, false, &self.dialect).map_err(carry)?;
                let today = chrono::DateTime::from_timestamp_millis(self.now.0).unwrap_or_default().date_naive();
                let ages = (0..rows).map(|row| super::identity::age(texts.text(row)?, today));
                Ok(ColumnarValue::Array(shared(ages.collect::<datafusion::arrow::array::Int64Array>())))
            }
            ("shuffle", Some(lists)) => self.shuffle(&lists.to_array(rows)?).map(ColumnarValue::Array),
            ("sample", _) => self.sample(&given.args, rows).map(ColumnarValue::Array),
            ("current_timezone", None) => Ok(ScalarValue::from(self.dialect.zone.to_string()).into()),
            ("current_micros", None) => Ok(ScalarValue::from(self.now.0.saturating_mul(1_000)).into()),
            ("unix_timestamp", None) => Ok(ScalarValue::from(self.now.0.div_euclid(1_000)).into()),
            _ => {
                let zone = self.dialect.zone;
                let now = DateTime::from_timestamp_millis(self.now.0).map(|now| At::moment(now.naive_utc(), zone));
                let column = column([now].into_iter(), &types::to_arrow(&self.data_type()), zone);
                let column = column.ok_or_else(|| DataFusionError::Internal("no type of moments".to_owned()))?;
                Ok(ScalarValue::try_from_array(&column, 0)?.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::seeded;

    #[test]
    fn a_seed_gives_the_documented_numbers_from_any_place_on() {
        let numbers: Vec<f64> = seeded(1, 0).take(40).collect();
        assert_eq!(numbers.first(), Some(&0.730_878_190_703_290_9));
        assert_eq!(seeded(1, 17).take(23).collect::<Vec<_>>(), numbers[17..]);
    }
}
