use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ListArray, MapArray, StringArray, StructArray, new_null_array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};

use super::Conversion;
use crate::data::{cells, failure, types};
use crate::model::{DataType, Dialect, Misfit, Zone};

fn converted(array: &ArrayRef, to: &DataType, dialect: &Dialect, misfit: Misfit) -> Result<ArrayRef, String> {
    let to = Arc::new(types::to_field("x", to));
    let conversion = Conversion { to, dialect: Arc::new(dialect.clone()), misfit, exact: false, clamped: false };
    conversion.convert(array).map_err(|error| failure::failure(error).message)
}

fn shown(array: &ArrayRef) -> Vec<Option<String>> {
    cells::texts(array, cells::Style::default()).unwrap()
}

/// A column of this type with these values.
fn column(texts: &[Option<&str>], data_type: &DataType) -> ArrayRef {
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    converted(&texts, data_type, &Dialect::default(), Misfit::Fail).unwrap()
}

fn list(values: &ArrayRef) -> ArrayRef {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(vec![1; values.len()]);
    Arc::new(ListArray::new(item, offsets, Arc::clone(values), None))
}

fn map(values: &ArrayRef) -> ArrayRef {
    let key = Arc::new(Field::new("key", Arrow::Utf8, false));
    let fields = Fields::from(vec![key, Arc::new(Field::new("value", values.data_type().clone(), true))]);
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["k"; values.len()]));
    let entries = StructArray::new(fields.clone(), vec![keys, Arc::clone(values)], None);
    let field = Arc::new(Field::new("entries", Arrow::Struct(fields), false));
    Arc::new(MapArray::new(field, OffsetBuffer::from_lengths(vec![1; values.len()]), entries, None, false))
}

fn structure(values: &ArrayRef) -> ArrayRef {
    let fields = Fields::from(vec![Field::new("a", values.data_type().clone(), true)]);
    Arc::new(StructArray::new(fields, vec![Arc::clone(values)], None))
}

fn dialects() -> Vec<Dialect> {
    let zone = Zone::new("America/New_York").unwrap();
    let plain = Dialect::default();
    vec![
        Dialect { zone, ..plain.clone() },
        Dialect { zone, strict_mode: true, ..plain.clone() },
        Dialect { strict_functions: Some(false), ..plain.clone() },
        Dialect { trim_zero: false, ..plain.clone() },
        Dialect { zone, date_of_full_text: true, ..plain.clone() },
        plain,
    ]
}

#[test]
fn a_value_is_converted_alike_wherever_it_stands() {
    let moments = [Some("2024-01-01 22:00:00"), None, Some("2024-07-01 00:00:00")];
    let decimal = DataType::Decimal(10, 4);
    let given: Vec<(ArrayRef, Vec<DataType>)> = vec![
        (
            column(
                &[Some("2024-01-01 00:00:00"), Some("2024-01-01"), Some("x"), Some("12.5abc"), None],
                &DataType::String,
            ),
            vec![
                DataType::Date,
                DataType::Datetime,
                DataType::Timestamp,
                DataType::TimestampNtz,
                DataType::Bigint,
                DataType::Tinyint,
                DataType::Double,
                decimal.clone(),
                DataType::Boolean,
                DataType::Varchar(3),
            ],
        ),
        (
            column(&moments, &DataType::Datetime),
            vec![DataType::Date, DataType::Timestamp, DataType::TimestampNtz, DataType::String, DataType::Bigint],
        ),
        (column(&moments, &DataType::Timestamp), vec![DataType::Date, DataType::Datetime, DataType::String]),
        (
            column(&[Some("2024-01-01"), None], &DataType::Date),
            vec![DataType::Datetime, DataType::Timestamp, DataType::String],
        ),
        (
            column(&[Some("1e20"), Some("1"), Some("300"), None], &DataType::Double),
            vec![
                DataType::String,
                DataType::Bigint,
                DataType::Tinyint,
                decimal.clone(),
                DataType::Varchar(2),
                DataType::Date,
            ],
        ),
        (
            column(&[Some("1.5"), Some("700"), None], &decimal),
            vec![DataType::String, DataType::Double, DataType::Tinyint],
        ),
        (column(&[Some("300"), None], &DataType::Bigint), vec![DataType::String, DataType::Tinyint, DataType::Boolean]),
    ];
    for dialect in dialects() {
        for (values, targets) in &given {
            for to in targets {
                let name = format!("{} to {to}, {:?}", types::from_arrow(values.data_type()), dialect.flags());
                let single = converted(values, to, &dialect, dialect.misfit());
                let same = |nested: &ArrayRef, to: DataType, wrap: fn(&ArrayRef) -> ArrayRef| {
                    let nested = converted(nested, &to, &dialect, dialect.misfit());
                    match (&single, nested) {
                        (Ok(single), Ok(nested)) => assert_eq!(shown(&nested), shown(&wrap(single)), "{name}"),
                        (Err(_), Err(_)) => {}
                        (single, nested) => panic!("{name}: {single:?}, nested {nested:?}"),
                    }
                };
                let boxed = || Box::new(to.clone());
                same(&list(values), DataType::Array(boxed()), list);
                same(&map(values), DataType::Map(Box::new(DataType::String), boxed()), map);
                same(&structure(values), DataType::Struct(vec![("a".to_owned(), to.clone())]), structure);
                let deep = DataType::Array(Box::new(DataType::Struct(vec![("a".to_owned(), to.clone())])));
                same(&list(&structure(values)), deep, |single| list(&structure(single)));
            }
        }
    }
}

#[test]
fn nobodys_values_are_not_converted() {
    // The texts that are no numbers lie outside of the slice, and under a NULL.
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x", "1", "y", "2"]));
    let item = Arc::new(Field::new("item", Arrow::Utf8, true));
    let nulls = NullBuffer::from(vec![true, true, false, true]);
    let lists = ListArray::new(item, OffsetBuffer::from_lengths(vec![1; 4]), values, Some(nulls)).slice(1, 3);
    let numbers = DataType::Array(Box::new(DataType::Bigint));
    let lists: ArrayRef = Arc::new(lists);
    let converted = converted(&lists, &numbers, &Dialect::default(), Misfit::Fail).unwrap();
    assert_eq!(shown(&converted), [Some("[1]".to_owned()), None, Some("[2]".to_owned())]);
}

#[test]
fn keys_stay_keys() {
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["1", "2", "01"]));
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x", "y", "z"]));
    let fields = Fields::from(vec![Field::new("key", Arrow::Utf8, false), Field::new("value", Arrow::Utf8, true)]);
    let entries = StructArray::new(fields.clone(), vec![keys, values], None);
    let field = Arc::new(Field::new("entries", Arrow::Struct(fields), false));
    let maps: ArrayRef = Arc::new(MapArray::new(field, OffsetBuffer::from_lengths([3]), entries, None, false));
    let to = |key| DataType::Map(Box::new(key), Box::new(DataType::String));
    let numbers = converted(&maps, &to(DataType::Bigint), &Dialect::default(), Misfit::Null).unwrap();
    assert_eq!(shown(&numbers), [Some("{\"1\":\"z\",\"2\":\"y\"}".to_owned())]);
    let error = converted(&maps, &to(DataType::Date), &Dialect::default(), Misfit::Null).unwrap_err();
    assert_eq!(error, "a key of a map cannot be converted to date");
}

#[test]
fn fields_of_structs_are_found_by_name_or_else_by_place() {
    let structs = |names: [&str; 2]| -> ArrayRef {
        let fields: Fields = names.iter().map(|name| Field::new(*name, Arrow::Utf8, true)).collect();
        let columns = ["x", "y"].map(|text| Arc::new(StringArray::from(vec![text])) as ArrayRef);
        Arc::new(StructArray::new(fields, columns.to_vec(), None))
    };
    let to = DataType::Struct(vec![("a".to_owned(), DataType::String), ("b".to_owned(), DataType::String)]);
    let given = |names| {
        let converted = converted(&structs(names), &to, &Dialect::default(), Misfit::Null)?;
        Ok::<_, String>(shown(&converted).remove(0).unwrap())
    };
    assert_eq!(given(["b", "a"]).unwrap(), r#"{"a":"y","b":"x"}"#);
    assert_eq!(given(["c", "d"]).unwrap(), r#"{"a":"x","b":"y"}"#);
    assert_eq!(given(["a", "d"]).unwrap(), r#"{"a":"x","b":"y"}"#);
    assert!(given(["b", "c"]).is_err());
    assert_eq!(shown(&new_null_array(&types::to_arrow(&to), 1)), [None]);
}
