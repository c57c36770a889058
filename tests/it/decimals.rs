//! DECIMAL arithmetic against long arithmetic digit by digit: random types and values, as constants and as columns.

use std::cmp::Ordering;
use std::fmt::Write;

use crate::it::process::World;

/// Most digits, most decimal places.
const DIGITS: usize = 38;
const PLACES: usize = 18;

/// A whole number: its digits, the first of which is not 0.
#[derive(Debug, Clone, PartialEq)]
struct Whole {
    negative: bool,
    digits: Vec<u8>,
}

fn stripped(mut digits: Vec<u8>) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros);
    digits
}

fn compared(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// The digit of this place, from the right.
fn digit(digits: &[u8], place: usize) -> u8 {
    digits.len().checked_sub(place + 1).map_or(0, |at| digits[at])
}

fn sum(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut result: Vec<u8> = (0..=one.len().max(other.len()))
        .map(|place| {
            let all = digit(one, place) + digit(other, place) + carry;
            carry = all / 10;
            all % 10
        })
        .collect();
    result.reverse();
    stripped(result)
}

/// Of a number that is not smaller.
fn difference(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut borrowed = 0;
    let mut result: Vec<u8> = (0..one.len())
        .map(|place| {
            let taken = digit(other, place) + borrowed;
            let left = digit(one, place);
            borrowed = u8::from(left < taken);
            left + 10 * borrowed - taken
        })
        .collect();
    result.reverse();
    stripped(result)
}

fn product(one: &[u8], other: &[u8]) -> Vec<u8> {
    other.iter().fold(Vec::new(), |mut all, times| {
        if !all.is_empty() {
            all.push(0);
        }
        (0..*times).fold(all, |all, _| sum(&all, one))
    })
}

/// The quotient and what remains.
fn quotient(one: &[u8], other: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut result, mut rest) = (Vec::new(), Vec::new());
    for next in one {
        rest.push(*next);
        rest = stripped(rest);
        let mut times = 0;
        while compared(&rest, other) != Ordering::Less {
            rest = difference(&rest, other);
            times += 1;
        }
        result.push(times);
    }
    (stripped(result), rest)
}

impl Whole {
    /// With so many zeros behind it.
    fn shifted(&self, places: usize) -> Self {
        let mut digits = self.digits.clone();
        if !digits.is_empty() {
            digits.resize(digits.len() + places, 0);
        }
        Self { negative: self.negative, digits }
    }

    /// Without so many digits at its end.
    fn cut(mut self, places: usize) -> Self {
        self.digits.truncate(self.digits.len().saturating_sub(places));
        self
    }

    fn plus(&self, other: &Self) -> Self {
        if self.negative == other.negative {
            return Self { negative: self.negative, digits: sum(&self.digits, &other.digits) };
        }
        match compared(&self.digits, &other.digits) {
            Ordering::Less => Self { negative: other.negative, digits: difference(&other.digits, &self.digits) },
            _ => Self { negative: self.negative, digits: difference(&self.digits, &other.digits) },
        }
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&Self { negative: !other.negative, digits: other.digits.clone() })
    }
}

/// A DECIMAL: its digits with the decimal places, and its type.
#[derive(Debug, Clone)]
struct Decimal {
    value: Whole,
    precision: usize,
    scale: usize,
}

impl Decimal {
    /// As it is printed: no zeros at the end of its decimal places.
    fn printed(&self) -> String {
        let digits: String = self.value.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let digits = format!("{digits:0>width$}", width = self.scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale);
        let sign = if self.value.negative && !self.value.digits.is_empty() { "-" } else { "" };
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }

    fn literal(&self) -> String {
        format!("cast('{}' as decimal({},{}))", self.printed(), self.precision, self.scale)
    }

    fn random(random: &mut fastrand::Rng, precision: usize, scale: usize) -> Self {
        let length = random.usize(0..=precision);
        let nines = random.u8(0..4) == 0;
        let digits = (0..length).map(|_| if nines { 9 } else { random.u8(0..=9) }).collect();
        Self { value: Whole { negative: random.bool(), digits: stripped(digits) }, precision, scale }
    }
}

/// What `left operator right` is: `Err` of what does not fit, no value of a division by zero.
fn expected(left: &Decimal, operator: char, right: &Decimal) -> Result<Option<Decimal>, ()> {
    let (before, before_right) = (left.precision - left.scale, right.precision - right.scale);
    let common = left.scale.max(right.scale);
    let (whole, scale) = match operator {
        '*' => (before + before_right + 1, left.scale + right.scale),
        '/' => (before + right.scale, (left.scale + right.precision + 1).max(6)),
        '%' => (before.min(before_right), common),
        _ => (before.max(before_right) + 1, common),
    };
    let scale = scale.min(PLACES);
    let precision = (whole + scale).clamp(1, DIGITS);
    let (one, other) = (&left.value, &right.value);
    let negative = one.negative != other.negative;
    let (aligned, aligned_right) = (one.shifted(common - left.scale), other.shifted(common - right.scale));
    let value = match operator {
        '+' => aligned.plus(&aligned_right),
        '-' => aligned.minus(&aligned_right),
        '*' => Whole { negative, digits: product(&one.digits, &other.digits) }.cut(left.scale + right.scale - scale),
        _ if other.digits.is_empty() => return Ok(None),
        '/' => {
            let one = one.shifted(scale + right.scale - left.scale);
            Whole { negative, digits: quotient(&one.digits, &other.digits).0 }
        }
        _ => Whole { negative: one.negative, digits: quotient(&aligned.digits, &aligned_right.digits).1 },
    };
    if value.digits.len() > precision { Err(()) } else { Ok(Some(Decimal { value, precision, scale })) }
}

fn type_of(random: &mut fastrand::Rng) -> (usize, usize) {
    match random.u8(0..4) {
        0 => (DIGITS, PLACES),
        1 => (DIGITS, 0),
        _ => {
            let precision = random.usize(1..=DIGITS);
            (precision, random.usize(0..=precision.min(PLACES)))
        }
    }
}

fn text(value: Option<&Decimal>) -> String {
    value.map(Decimal::printed).unwrap_or_default()
}

const OPERATORS: [char; 5] = ['+', '-', '*', '/', '%'];
const ROWS: usize = 6;
const TYPES: usize = 12;

/// Statements, the lines that they must print, and statements that must fail.
#[derive(Default)]
struct Questions {
    script: String,
    lines: Vec<String>,
    failing: Vec<String>,
}

impl Questions {
    fn operators(&mut self, table: usize, rows: &[[Decimal; 2]]) {
        for (at, operator) in OPERATORS.into_iter().enumerate() {
            let mut fitting = Vec::new();
            for (row, [a, b]) in rows.iter().enumerate() {
                let constant = format!("{} {operator} {}", a.literal(), b.literal());
                match expected(a, operator, b) {
                    Ok(value) => {
                        let value = text(value.as_ref());
                        writeln!(self.script, "select 'xk{table}_{at}_{row}', {constant};").unwrap();
                        self.lines.push(format!("xk{table}_{at}_{row},{value}"));
                        self.lines.push(format!("xc{table}_{at}_{row},{value}"));
                        fitting.push(row.to_string());
                    }
                    Err(()) => {
                        self.failing.push(format!("select {constant};"));
                        self.failing.push(format!("select a {operator} b from t{table} where id = {row};"));
                    }
                }
            }
            if !fitting.is_empty() {
                let fitting = fitting.join(", ");
                writeln!(
                    self.script,
                    "select concat('xc{table}_{at}_', id), a {operator} b from t{table} where id in ({fitting});"
                )
                .unwrap();
            }
        }
    }

    /// Sums over all rows, in one group, over a window, and of distinct values.
    fn sums(&mut self, table: usize, rows: &[[Decimal; 2]]) {
        for (side, column) in ["a", "b"].into_iter().enumerate() {
            let values: Vec<&Decimal> = rows.iter().map(|row| &row[side]).collect();
            let mut distinct: Vec<&Decimal> = Vec::new();
            for value in &values {
                if distinct.iter().all(|known| known.printed() != value.printed()) {
                    distinct.push(value);
                }
            }
            for (kind, values) in [("", &values), ("distinct ", &distinct)] {
                let first = Whole { negative: false, digits: Vec::new() };
                let value = values.iter().fold(first, |all, value| all.plus(&value.value));
                let queries = [
                    format!("select 'xs', sum({kind}{column}) from t{table}"),
                    format!("select 'xs', sum({kind}{column}) from t{table} group by id >= 0"),
                    format!("select 'xs', sum({kind}{column}), sum({kind}id) from t{table}"),
                    format!("select distinct 'xs', sum({kind}{column}) over (partition by id >= 0) from t{table}"),
                ];
                let precision = (values[0].precision + 10).min(DIGITS);
                for (number, query) in queries.iter().enumerate() {
                    if value.digits.len() > precision {
                        self.failing.push(format!("{query};"));
                        continue;
                    }
                    writeln!(self.script, "{query};").unwrap();
                    let value = Decimal { value: value.clone(), precision, scale: values[0].scale };
                    let ids = if number == 2 { format!(",{}", ROWS * (ROWS - 1) / 2) } else { String::new() };
                    self.lines.push(format!("xs,{}{ids}", value.printed()));
                }
            }
        }
    }
}

#[test]
fn constants_and_columns_are_calculated_like_digits_on_paper() {
    let mut random = fastrand::Rng::with_seed(20_261_126);
    let mut asked = Questions::default();
    asked.script.push_str("set odps.sql.select.output.format=csv;\n");
    for table in 0..TYPES {
        let [(precision, scale), (right_precision, right_scale)] = [type_of(&mut random), type_of(&mut random)];
        let rows: Vec<[Decimal; 2]> = (0..ROWS)
            .map(|_| {
                [
                    Decimal::random(&mut random, precision, scale),
                    Decimal::random(&mut random, right_precision, right_scale),
                ]
            })
            .collect();
        let values = rows.iter().enumerate().map(|(id, [a, b])| format!("({id}, {}, {})", a.literal(), b.literal()));
        let values = values.collect::<Vec<_>>().join(", ");
        writeln!(
            asked.script,
            "create table t{table} (id bigint, a decimal({precision},{scale}), b decimal({right_precision},{right_scale}));
            insert into t{table} values {values};"
        )
        .unwrap();
        asked.operators(table, &rows);
        asked.sums(table, &rows);
    }
    let world = World::fresh();
    let output = world.succeed(&asked.script);
    let mut found: Vec<&str> = output.lines().filter(|line| line.starts_with('x')).collect();
    found.sort_unstable();
    asked.lines.sort_unstable();
    for (found, expected) in found.iter().zip(&asked.lines) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), asked.lines.len());
    assert!(asked.failing.len() > 20, "{}", asked.failing.len());
    random.shuffle(&mut asked.failing);
    for statement in asked.failing.iter().take(40) {
        let ended = world.pipe(statement);
        let error = ended.error();
        assert!(ended.code != Some(0) && error.contains("does not fit decimal("), "{statement}\n{error}");
    }
}
