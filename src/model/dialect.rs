use std::collections::BTreeMap;

use super::DataType;
use super::zone::Zone;
use crate::error::{Code, Error, Result};

/// A flag that changes how SQL is read or calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// `odps.sql.timezone`
    Timezone,
    /// `odps.sql.type.system.odps2`
    Types2,
    /// `odps.sql.decimal.odps2`
    Decimal2,
    /// `odps.sql.hive.compatible`
    Hive,
    /// `odps.sql.udf.strict.mode`
    StrictMode,
    /// `odps.function.strictmode`
    StrictFunctions,
    /// `odps.sql.allow.fullscan`
    FullScan,
    /// `odps.sql.validate.orderby.limit`
    OrderByLimit,
    /// `odps.sql.groupby.position.alias`
    GroupByPosition,
    /// `odps.sql.orderby.position.alias`
    OrderByPosition,
    /// `odps.sql.decimal.tostring.trimzero`
    TrimZero,
    /// `odps.sql.executionengine.enable.string.to.date.full.format`
    DateOfFullText,
    /// `odps.sql.timestamp.function.ntz`
    TimestampNtz,
    /// `odps.sql.rcte.max.iterate.num`
    Iterations,
}

impl Setting {
    /// Every one of them.
    pub const ALL: [Setting; 14] = [
        Self::Timezone,
        Self::Types2,
        Self::Decimal2,
        Self::Hive,
        Self::StrictMode,
        Self::StrictFunctions,
        Self::FullScan,
        Self::OrderByLimit,
        Self::GroupByPosition,
        Self::OrderByPosition,
        Self::TrimZero,
        Self::DateOfFullText,
        Self::TimestampNtz,
        Self::Iterations,
    ];

    /// The key in `set` and `setproject`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Timezone => "odps.sql.timezone",
            Self::Types2 => "odps.sql.type.system.odps2",
            Self::Decimal2 => "odps.sql.decimal.odps2",
            Self::Hive => "odps.sql.hive.compatible",
            Self::StrictMode => "odps.sql.udf.strict.mode",
            Self::StrictFunctions => "odps.function.strictmode",
            Self::FullScan => "odps.sql.allow.fullscan",
            Self::OrderByLimit => "odps.sql.validate.orderby.limit",
            Self::GroupByPosition => "odps.sql.groupby.position.alias",
            Self::OrderByPosition => "odps.sql.orderby.position.alias",
            Self::TrimZero => "odps.sql.decimal.tostring.trimzero",
            Self::DateOfFullText => "odps.sql.executionengine.enable.string.to.date.full.format",
            Self::TimestampNtz => "odps.sql.timestamp.function.ntz",
            Self::Iterations => "odps.sql.rcte.max.iterate.num",
        }
    }

    /// The value where nobody set one; empty if that is a third way.
    pub fn default(self) -> &'static str {
        match self {
            Self::Timezone => "UTC",
            Self::Types2
            | Self::Decimal2
            | Self::FullScan
            | Self::OrderByLimit
            | Self::OrderByPosition
            | Self::TrimZero => "true",
            Self::StrictFunctions => "",
            Self::Iterations => "10",
            Self::Hive | Self::StrictMode | Self::GroupByPosition | Self::DateOfFullText | Self::TimestampNtz => {
                "false"
            }
        }
    }

    /// The setting of this key, in any case.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.key().eq_ignore_ascii_case(key))
    }

    /// The value as it is kept, checked.
    ///
    /// # Errors
    /// A value that the setting does not take.
    pub fn check(self, value: &str) -> Result<String> {
        match self {
            Self::Timezone => Zone::of_session(value).map(|_| value.to_owned()),
            Self::Iterations => iterations(value).map(|most| most.to_string()),
            Self::Types2
            | Self::Decimal2
            | Self::Hive
            | Self::StrictMode
            | Self::StrictFunctions
            | Self::FullScan
            | Self::OrderByLimit
            | Self::GroupByPosition
            | Self::OrderByPosition
            | Self::TrimZero
            | Self::DateOfFullText
            | Self::TimestampNtz => flag(self.key(), value).map(|on| on.to_string()),
        }
    }

    /// A warning, if less is kept than this value asks for.
    pub fn warning(self, value: &str) -> Option<String> {
        let is_cut = self == Self::Iterations && value.parse().is_ok_and(|most: u32| most > MOST_ITERATIONS);
        is_cut.then(|| format!("Warning: `{}` is limited to {MOST_ITERATIONS}", self.key()))
    }
}

/// What is done with a value that cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Misfit {
    /// It becomes NULL.
    Null,
    /// Of a number, the digits at the beginning count; everything else becomes NULL.
    Prefix,
    /// The query fails.
    Fail,
}

/// How SQL is read and calculated: what the flags of a session make of it. Nothing else reads those flags.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The clock on which text is read as a moment, and moments are shown.
    pub zone: Zone,
    /// The types of the 2.0 edition are there, and text is no moment by itself.
    pub types2: bool,
    /// DECIMAL has a precision and a scale.
    pub decimal2: bool,
    /// Functions do what Hive's do.
    pub hive: bool,
    /// What cannot be converted is an error.
    pub strict_mode: bool,
    /// The same for functions; without a word, what cannot be converted is NULL.
    pub strict_functions: Option<bool>,
    /// A query may read every partition of a table.
    pub full_scan: bool,
    /// `order by` needs `limit`.
    pub order_needs_limit: bool,
    /// `group by 1` means the first column.
    pub group_by_position: bool,
    /// `order by 1` means the first column.
    pub order_by_position: bool,
    /// A DECIMAL as text has no zeros at its end.
    pub trim_zero: bool,
    /// A day may be cast from text that has a time.
    pub date_of_full_text: bool,
    /// `current_timestamp` is a TIMESTAMP_NTZ.
    pub timestamp_ntz: bool,
    /// How often a recursive subquery is repeated at most.
    pub iterations: u32,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            zone: Zone::Utc,
            types2: true,
            decimal2: true,
            hive: false,
            strict_mode: false,
            strict_functions: None,
            full_scan: true,
            order_needs_limit: true,
            group_by_position: false,
            order_by_position: true,
            trim_zero: true,
            date_of_full_text: false,
            timestamp_ntz: false,
            iterations: 10,
        }
    }
}

impl Dialect {
    /// The dialect of these flags; later ones win, those that mean nothing for SQL are passed over.
    ///
    /// # Errors
    /// A value that a flag does not take.
    pub fn of<'f>(flags: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self> {
        let mut dialect = Self::default();
        for (key, value) in flags {
            if let Some(setting) = Setting::parse(key) {
                dialect.set(setting, value)?;
            }
        }
        Ok(dialect)
    }

    /// The same for making a view: how much is read is a matter of the query that reads the view.
    #[must_use]
    pub fn of_new_body(self) -> Self {
        Self { full_scan: true, ..self }
    }

    /// The same for the body of a view that was made, and so was checked.
    #[must_use]
    pub fn of_body(self) -> Self {
        Self { order_needs_limit: false, ..self.of_new_body() }
    }

    /// Accepts what some flags accept: a script is read before it has set its flags.
    #[must_use]
    pub fn of_any_flags() -> Self {
        Self { order_needs_limit: false, ..Self::default() }
    }

    /// The flags that make this dialect: [`Dialect::of`] reads them back.
    pub fn flags(&self) -> BTreeMap<String, String> {
        let all = Setting::ALL.into_iter().map(|setting| (setting, self.value(setting)));
        all.filter(|(setting, value)| value != setting.default())
            .map(|(setting, value)| (setting.key().to_owned(), value))
            .collect()
    }

    /// Checks that a type may be named.
    ///
    /// # Errors
    /// A type of the 2.0 edition where that is off.
    pub fn check_type(&self, data_type: &DataType) -> Result<()> {
        let off = |setting: Setting| {
            let message = format!("type {} is not enabled in the current mode", data_type.to_string().to_uppercase());
            Err(Error::new(Code::Semantic, message).help(format!("run `set {}=true;` first", setting.key())))
        };
        match data_type {
            DataType::Tinyint
            | DataType::Smallint
            | DataType::Int
            | DataType::Float
            | DataType::Varchar(_)
            | DataType::Char(_)
            | DataType::Binary
            | DataType::Date
            | DataType::Timestamp
            | DataType::TimestampNtz
            | DataType::Json
                if !self.types2 =>
            {
                off(Setting::Types2)
            }
            // Source: "MaxCompute V1.0 data type edition": precision and scale cannot be chosen.
            DataType::Decimal(precision, scale) if !self.decimal2 && (*precision, *scale) != (38, 18) => {
                off(Setting::Decimal2)
            }
            DataType::Array(item) => self.check_type(item),
            DataType::Map(key, value) => self.check_type(key).and_then(|()| self.check_type(value)),
            DataType::Struct(fields) => fields.iter().try_for_each(|(_, data_type)| self.check_type(data_type)),
            DataType::Tinyint
            | DataType::Smallint
            | DataType::Int
            | DataType::Bigint
            | DataType::Float
            | DataType::Double
            | DataType::Decimal(..)
            | DataType::String
            | DataType::Varchar(_)
            | DataType::Char(_)
            | DataType::Binary
            | DataType::Boolean
            | DataType::Date
            | DataType::Datetime
            | DataType::Timestamp
            | DataType::TimestampNtz
            | DataType::Json => Ok(()),
        }
    }

    /// What happens to a value that cannot be converted.
    pub fn misfit(&self) -> Misfit {
        match (self.strict_mode, self.strict_functions) {
            (true, _) | (_, Some(true)) => Misfit::Fail,
            (false, Some(false)) => Misfit::Prefix,
            (false, None) => Misfit::Null,
        }
    }

    fn set(&mut self, setting: Setting, value: &str) -> Result<()> {
        let on = || flag(setting.key(), value);
        match setting {
            Setting::Timezone => self.zone = Zone::of_session(value)?,
            Setting::Types2 => self.types2 = on()?,
            Setting::Decimal2 => self.decimal2 = on()?,
            Setting::Hive => self.hive = on()?,
            Setting::StrictMode => self.strict_mode = on()?,
            Setting::StrictFunctions => self.strict_functions = Some(on()?),
            Setting::FullScan => self.full_scan = on()?,
            Setting::OrderByLimit => self.order_needs_limit = on()?,
            Setting::GroupByPosition => self.group_by_position = on()?,
            Setting::OrderByPosition => self.order_by_position = on()?,
            Setting::TrimZero => self.trim_zero = on()?,
            Setting::DateOfFullText => self.date_of_full_text = on()?,
            Setting::TimestampNtz => self.timestamp_ntz = on()?,
            Setting::Iterations => self.iterations = iterations(value)?,
        }
        Ok(())
    }

    fn value(&self, setting: Setting) -> String {
        let on = match setting {
            Setting::Timezone => return self.zone.to_string(),
            Setting::Iterations => return self.iterations.to_string(),
            Setting::StrictFunctions => return self.strict_functions.map(|on| on.to_string()).unwrap_or_default(),
            Setting::Types2 => self.types2,
            Setting::Decimal2 => self.decimal2,
            Setting::Hive => self.hive,
            Setting::StrictMode => self.strict_mode,
            Setting::FullScan => self.full_scan,
            Setting::OrderByLimit => self.order_needs_limit,
            Setting::GroupByPosition => self.group_by_position,
            Setting::OrderByPosition => self.order_by_position,
            Setting::TrimZero => self.trim_zero,
            Setting::DateOfFullText => self.date_of_full_text,
            Setting::TimestampNtz => self.timestamp_ntz,
        };
        on.to_string()
    }
}

/// Source: "Common table expressions": what is more means 100.
const MOST_ITERATIONS: u32 = 100;

fn iterations(value: &str) -> Result<u32> {
    match value.parse::<u32>() {
        Ok(most) if most > 0 => Ok(most.min(MOST_ITERATIONS)),
        _ => {
            let key = Setting::Iterations.key();
            Err(Error::new(Code::Setting, format!("`{key}` must be a whole number from 1 to {MOST_ITERATIONS}")))
        }
    }
}

/// `true` or `false`, in any case.
pub fn flag(key: &str, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(Code::Setting, format!("`{key}` must be true or false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &BTreeMap<String, String>) -> Result<Dialect> {
        Dialect::of(flags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    #[test]
    fn every_setting_changes_the_dialect_and_comes_back_from_its_flags() {
        for setting in Setting::ALL {
            let other = match setting.default() {
                "true" => "false",
                "UTC" => "Asia/Tokyo",
                "10" => "20",
                _ => "true",
            };
            let dialect = Dialect::of([(setting.key(), other)]).unwrap();
            assert_ne!(dialect, Dialect::default(), "{}", setting.key());
            assert_eq!(dialect.flags(), BTreeMap::from([(setting.key().to_owned(), other.to_owned())]));
            assert_eq!(read(&dialect.flags()), Ok(dialect));
            if !setting.default().is_empty() {
                assert_eq!(Dialect::of([(setting.key(), setting.default())]), Ok(Dialect::default()));
            }
        }
        assert_eq!(Dialect::default().flags(), BTreeMap::new());
    }

    #[test]
    fn an_edition_has_its_types() {
        let old = Dialect { types2: false, decimal2: false, ..Dialect::default() };
        for data_type in [DataType::Bigint, DataType::Datetime, DataType::Decimal(38, 18)] {
            assert_eq!(old.check_type(&DataType::Array(Box::new(data_type))), Ok(()));
        }
        for data_type in [DataType::Int, DataType::Date, DataType::Decimal(10, 2), DataType::Varchar(3)] {
            let nested = DataType::Struct(vec![("a".to_owned(), DataType::Array(Box::new(data_type)))]);
            assert!(old.check_type(&nested).is_err());
            assert_eq!(Dialect::default().check_type(&nested), Ok(()));
        }
    }

    #[test]
    fn values_are_checked() {
        for setting in Setting::ALL {
            assert_eq!(setting.check("perhaps").unwrap_err().code, Code::Setting, "{}", setting.key());
            assert_eq!(Dialect::of([(setting.key(), "perhaps")]).unwrap_err().code, Code::Setting);
        }
        assert_eq!(Setting::Hive.check("TRUE"), Ok("true".to_owned()));
    }
}
