//! The one table of flags: every key that `set` and `setproject` know, and what it does.

use super::dialect::{Setting, flag};
use super::naming::{CURRENT_SCHEMA, NAMESPACE_SCHEMA, check_schema};
use super::project::Property;
use super::tenant_resource::{TenantResource, TenantResourceKind};
use crate::error::{Code, Error, Result, shortened};

/// A flag, or a family of flags that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The key, or the beginning of the keys and a `*`.
    pub key: &'static str,
    /// The values that it takes.
    pub values: Values,
    /// What happens when it is set.
    pub effect: Effect,
    /// What it does, or why it does nothing.
    pub about: &'static str,
}

/// The values that a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Any text.
    Any,
    /// `true` or `false`.
    Flag,
    /// `false` only.
    Off,
    /// A time zone.
    Zone,
    /// A whole number.
    Number,
    /// From one second to an hour.
    Seconds,
    /// The name of a schema.
    Schema,
    /// The name of a tenant resource.
    Resource,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// How long a user function may take for some rows.
pub const FUNCTION_TIMEOUT: &str = "odps.function.timeout";

/// What happens when a flag is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes how SQL is read or calculated; `setproject` sets it for a project.
    Dialect(Setting),
    /// It changes how the session reads names (SCH-1).
    Naming,
    /// It changes how this session writes results.
    Output,
    /// It names a tenant resource, which jobs of the session use from then on (TRS-4).
    TenantResource(TenantResourceKind),
    /// It limits calls of users' functions.
    Functions,
    /// Nothing: a warning says so.
    Nothing,
}

const fn dialect(setting: Setting, about: &'static str) -> Flag {
    let values = match setting {
        Setting::Timezone => Values::Zone,
        Setting::Iterations => Values::Number,
        Setting::Types2
        | Setting::Decimal2
        | Setting::Hive
        | Setting::StrictMode
        | Setting::StrictFunctions
        | Setting::FullScan
        | Setting::OrderByLimit
        | Setting::GroupByPosition
        | Setting::OrderByPosition
        | Setting::TrimZero
        | Setting::DateOfFullText
        | Setting::TimestampNtz => Values::Flag,
    };
    Flag { key: setting.key(), values, effect: Effect::Dialect(setting), about }
}

const fn nothing(key: &'static str, about: &'static str) -> Flag {
    Flag { key, values: Values::Any, effect: Effect::Nothing, about }
}

const fn resource(kind: TenantResourceKind, about: &'static str) -> Flag {
    // What no session names has no flag.
    let key = match kind.flag() {
        Some(key) => key,
        None => "",
    };
    Flag { key, values: Values::Resource, effect: Effect::TenantResource(kind), about }
}

const RESOURCES: &str = "queries run in one process; there are no workers to configure";
const OUTSIDE: &str = "files outside are read and written in one way; options are those of their table";
const ONE_ENGINE: &str = "one engine runs every query";
const PLANS: &str = "the planner does not use it";
const CLIENT: &str = "it configures the connection of the service's client";
const FUNCTIONS: &str = "user functions run in the machine's own Python 3, in one process each";
const ALWAYS: &str = "it is always on";
const DECIMALS: &str = "a DECIMAL has at most 38 digits, and 18 decimal places";
const SCHEMAS: &str = "`odps.namespace.schema` alone says whether names have schemas";

/// Every flag. The first entry that fits a key counts.
pub const FLAGS: &[Flag] = &[
    dialect(
        Setting::Timezone,
        "the time zone in which text is read as DATETIME and TIMESTAMP, days begin, and times are shown: UTC, or a region such as Asia/Shanghai",
    ),
    dialect(
        Setting::Types2,
        "`false`: only data types of the 1.0 edition are accepted, and its date functions accept text in the form `yyyy-mm-dd hh:mi:ss`",
    ),
    dialect(Setting::Decimal2, "`false`: DECIMAL accepts neither precision nor scale"),
    dialect(
        Setting::Hive,
        "`true`: `date_format` uses Java's pattern letters, `from_unixtime` returns text, `months_between` is rounded to 8 digits, the default window frame ends with the peers of the current row, inserts convert text to numbers and floating point to whole numbers",
    ),
    dialect(Setting::StrictMode, "`true`: a value that cannot be converted is an error; `false`: it is NULL"),
    dialect(
        Setting::StrictFunctions,
        "`true`: a value that cannot be converted is an error; `false`: text that begins with a number converts to that number",
    ),
    dialect(Setting::FullScan, "`false`: a query on a partitioned table must have a condition on a partition column"),
    dialect(Setting::OrderByLimit, "`false`: `order by` needs no `limit`"),
    dialect(Setting::GroupByPosition, "`true`: `group by 1` means the first column of the `select` list"),
    dialect(
        Setting::OrderByPosition,
        "`false`: `order by 1` does not mean the first column of the `select` list, and is refused",
    ),
    dialect(Setting::TrimZero, "`false`: a DECIMAL converted to text keeps its trailing zeros"),
    dialect(Setting::DateOfFullText, "`true`: text with a date and a time can be cast to DATE"),
    dialect(Setting::TimestampNtz, "`true`: `current_timestamp()` is a TIMESTAMP_NTZ"),
    dialect(Setting::Iterations, "how often a subquery of `with recursive` is repeated at most, up to 100"),
    Flag {
        key: "odps.sql.select.output.format",
        values: Values::Words(&["csv", "HumanReadable"]),
        effect: Effect::Output,
        about: "output format of results; `.mode` offers more",
    },
    Flag {
        key: NAMESPACE_SCHEMA,
        values: Values::Flag,
        effect: Effect::Naming,
        about: "`true`: `a.b` is the object `b` of the schema `a`, and names can have three parts; `false`: `a.b` is the object `b` of the project `a`; where it is not set, as the caller's tenant has it",
    },
    Flag { key: "odps.sql.allow.namespace.schema", values: Values::Off, effect: Effect::Nothing, about: SCHEMAS },
    Flag {
        key: CURRENT_SCHEMA,
        values: Values::Schema,
        effect: Effect::Naming,
        about: "the schema of names that name none, where names have schemas; `use schema` sets it",
    },
    resource(
        TenantResourceKind::Quota,
        "the quota that jobs use, which they must be allowed to; `use quota` sets it. It does not change how they run",
    ),
    resource(
        TenantResourceKind::NetworkLink,
        "the network connection of jobs that call user functions: they must be allowed to use it, and their data may leave its project. No network is opened: such jobs are refused then",
    ),
    resource(
        TenantResourceKind::Image,
        "the image of jobs that call user functions: they must be allowed to use it. No image is run: such jobs are refused then",
    ),
    Flag {
        key: FUNCTION_TIMEOUT,
        values: Values::Seconds,
        effect: Effect::Functions,
        about: "how long a user function may take for some rows, in seconds",
    },
    Flag {
        key: "odps.sql.submit.mode",
        values: Values::Words(&["script"]),
        effect: Effect::Nothing,
        about: "statements run one after the other, each on its own, also those that use variables",
    },
    Flag {
        key: "odps.instance.priority",
        values: Values::Number,
        effect: Effect::Nothing,
        about: "jobs do not wait for each other",
    },
    nothing("odps.sql.udf.getjsonobj.new", "`get_json_object` always behaves as with `true`"),
    nothing("odps.sql.type.json.enable", ALWAYS),
    nothing("odps.sql.allow.cartesian", "cartesian products are always allowed"),
    nothing("odps.sql.decimal2.extended.scale.enable", DECIMALS),
    nothing("odps.sql.decimal256.enable", DECIMALS),
    nothing("odps.sql.decimal256.auto.promotion", DECIMALS),
    nothing("odps.sql.bigquery.compatible", "BigQuery's functions and names are not supported"),
    nothing("odps.sql.planner.mode", ONE_ENGINE),
    nothing("odps.sql.preparse.odps2", ONE_ENGINE),
    nothing("odps.sql.select.output.limit", "`READ_TABLE_MAX_ROW` of the project limits what is shown"),
    nothing("odps.sql.job.max.time.hours", "Ctrl-C and `kill` end a query"),
    nothing("odps.sql.skewjoin", PLANS),
    nothing("odps.sql.skewinfo", PLANS),
    nothing("odps.sql.groupby.skewindata", PLANS),
    nothing("odps.sql.groupby.*", PLANS),
    nothing("odps.sql.mapjoin.*", PLANS),
    nothing("odps.sql.optimizer.*", PLANS),
    nothing("odps.sql.cbo.*", PLANS),
    nothing("odps.sql.window.*", PLANS),
    nothing("odps.sql.reshuffle.*", PLANS),
    nothing("odps.sql.runtime.*", ONE_ENGINE),
    nothing("odps.sql.executionengine.*", ONE_ENGINE),
    nothing("odps.sql.mapper.*", RESOURCES),
    nothing("odps.sql.reducer.*", RESOURCES),
    nothing("odps.sql.joiner.*", RESOURCES),
    nothing("odps.sql.split.*", RESOURCES),
    nothing("odps.sql.unstructured.*", OUTSIDE),
    nothing("odps.sql.external.*", OUTSIDE),
    nothing("odps.sql.udf.*", FUNCTIONS),
    nothing("odps.sql.python.*", FUNCTIONS),
    nothing("odps.sql.session.*", ONE_ENGINE),
    nothing("odps.sql.cfile2.*", "tables are stored in one format"),
    nothing("odps.sql.acid.*", "a change of rows is written into whole files"),
    nothing("odps.stage.*", RESOURCES),
    nothing("odps.graph.*", "graph jobs are not supported"),
    nothing("odps.mapred.*", "MapReduce jobs are not supported"),
    nothing("odps.merge.*", "small files are merged automatically"),
    nothing("odps.optimizer.*", PLANS),
    nothing("odps.compiler.*", PLANS),
    nothing("odps.mcqa.*", ONE_ENGINE),
    nothing("odps.service.*", ONE_ENGINE),
    nothing("odps.task.*", RESOURCES),
    nothing("odps.instance.*", CLIENT),
    nothing("odps.running.*", CLIENT),
    nothing("odps.console.*", CLIENT),
    nothing("odps.read.legacy", CLIENT),
    nothing("odps.idata.*", CLIENT),
    nothing("console.sql.result.instancetunnel", CLIENT),
    nothing("enable_interactive_mode", ONE_ENGINE),
    nothing("interactive_auto_fallback", ONE_ENGINE),
    nothing("fallback*", ONE_ENGINE),
];

impl Flag {
    /// The flag or family of a key, in any case.
    pub fn find(key: &str) -> Option<&'static Self> {
        FLAGS.iter().find(|flag| match flag.key.strip_suffix('*') {
            Some(start) => key.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
            None => flag.key.eq_ignore_ascii_case(key),
        })
    }

    /// The value as it is kept, checked.
    ///
    /// # Errors
    /// A value that the flag does not take; a flag that is refused.
    pub fn check(&self, key: &str, value: &str) -> Result<String> {
        let unsupported =
            || Error::new(Code::Unsupported, format!("not supported yet: `set {key}={}`", shortened(value)));
        if let Effect::Dialect(setting) = self.effect {
            return setting.check(value);
        }
        match self.values {
            Values::Any | Values::Zone => Ok(value.to_owned()),
            Values::Flag => flag(key, value).map(|_| value.to_owned()),
            Values::Off if flag(key, value)? => Err(unsupported().help(self.about)),
            Values::Off => Ok(value.to_owned()),
            Values::Resource if TenantResource::is_name(value) => Ok(value.to_ascii_lowercase()),
            Values::Resource => {
                Err(Error::new(Code::Setting, format!("`{key}` must be the name of a tenant resource"))
                    .help("a name has letters, digits, `_` and `-`"))
            }
            Values::Schema => check_schema(value).map(|schema| schema.to_string()),
            Values::Seconds => match value.parse::<u16>() {
                Ok(1..=3_600) => Ok(value.to_owned()),
                _ => Err(Error::new(Code::Setting, format!("`{key}` must be a number of seconds from 1 to 3600"))),
            },
            Values::Number => match value.parse::<i64>() {
                Ok(_) => Ok(value.to_owned()),
                Err(_) => Err(Error::new(Code::Setting, format!("`{key}` must be a whole number"))),
            },
            Values::Words(words) if words.iter().any(|word| word.eq_ignore_ascii_case(value)) => Ok(value.to_owned()),
            Values::Words(words) => {
                Err(unsupported().help(format!("{}; allowed values: {}", self.about, words.join(" or "))))
            }
        }
    }
}

/// The property that a key names: as a flag of a session it would change nothing.
pub fn property(key: &str) -> Option<&'static str> {
    let known = Property::ALL.into_iter().filter(|property| !matches!(property, Property::Flag(_)));
    let mut keys = known.map(Property::key).chain(NOT_ENFORCED);
    keys.find(|known| known.eq_ignore_ascii_case(key))
}

/// Properties of the service that this shell could store but not enforce: they are refused.
pub const NOT_ENFORCED: [&str; 5] = [
    "odps.security.ip.whitelist.services",
    "odps.forbid.fetch.result.by.bearertoken",
    "odps.output.field.formatter",
    "odps.isolation.session.enable",
    "odps.data.masking.policy.enable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_dialect_is_in_the_table_and_nothing_hides_behind_a_family() {
        for setting in Setting::ALL {
            let flag = Flag::find(setting.key()).unwrap();
            assert_eq!(flag.effect, Effect::Dialect(setting));
        }
        for flag in FLAGS {
            assert_eq!(Flag::find(&flag.key.replace('*', "x")), Some(flag));
            assert_eq!(Flag::find(&flag.key.to_uppercase()), Some(flag));
            assert!(property(flag.key).is_none(), "{}", flag.key);
        }
    }

    #[test]
    fn values_are_checked() {
        let check = |key: &str, value: &str| Flag::find(key).unwrap().check(key, value).map_err(|error| error.code);
        assert_eq!(check("odps.instance.priority", "9"), Ok("9".to_owned()));
        assert_eq!(check("odps.instance.priority", "high"), Err(Code::Setting));
        assert_eq!(check("odps.sql.allow.namespace.schema", "true"), Err(Code::Unsupported));
        assert_eq!(check("odps.default.schema", "a.b"), Err(Code::Setting));
        assert_eq!(check("odps.namespace.schema", "perhaps"), Err(Code::Setting));
        assert_eq!(check("odps.sql.timezone", "Mars/Base"), Err(Code::Setting));
        assert_eq!(check("odps.sql.submit.mode", "online"), Err(Code::Unsupported));
        assert_eq!(check("odps.session.networklink", "VPC-1"), Ok("vpc-1".to_owned()));
        assert_eq!(check("odps.task.wlm.quota", "a/b"), Err(Code::Setting));
        assert_eq!(check("odps.sql.mapper.split.size", "256"), Ok("256".to_owned()));
    }
}
