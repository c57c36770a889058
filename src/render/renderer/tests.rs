use super::*;
use crate::command::{Listing, PropertiesOf};
use crate::error::Code;
use crate::model::{Cell, DataType, OutputMode, Record, ResultColumn, Time};
use crate::render::Target;
use crate::text::Span;

fn column(name: &str, data_type: DataType) -> ResultColumn {
    ResultColumn { name: name.into(), data_type }
}

fn text(value: &str) -> Cell {
    Cell::Text(value.into())
}

fn rows(chunks: Vec<crate::error::Result<Chunk>>) -> Item {
    let columns =
        vec![column("id", DataType::Bigint), column("a_long_name", DataType::String), column("ok", DataType::Boolean)];
    Item::Rows(Rows { columns, listing: None, ordered: true, chunks: Box::new(chunks.into_iter()) })
}

fn sample() -> Vec<crate::error::Result<Chunk>> {
    vec![
        Ok(Chunk::Rows(vec![vec![Cell::Number("1".into()), text("a,\"b\"|\n\u{1b}"), Cell::Boolean(true)]])),
        Ok(Chunk::Rows(vec![vec![Cell::Null, text(""), Cell::Null]])),
    ]
}

fn render(items: Vec<Item>, style: Style) -> (String, String, Option<RenderError>) {
    let (mut data, mut status) = (Vec::new(), Vec::new());
    let result = Renderer::new(&mut data, &mut status, style).outcome(Outcome { items });
    (String::from_utf8(data).unwrap(), String::from_utf8(status).unwrap(), result.err())
}

fn in_mode(mode: OutputMode) -> Style {
    Style { mode, ..Style::default() }
}

#[test]
fn boxes_are_ten_wide_never_cut_and_end_rows_with_a_blank() {
    let chunk = Chunk::Rows(vec![vec![Cell::Null, text("longer than its column"), Cell::Boolean(false)]]);
    let (data, status, _) = render(vec![rows(vec![Ok(chunk)]), Item::Status("OK".into())], Style::default());
    assert_eq!(
        data,
        "+------------+-------------+------+\n\
         | id         | a_long_name | ok   | \n\
         +------------+-------------+------+\n\
         | NULL       | longer than its column | false | \n\
         +------------+-------------+------+\n"
    );
    assert_eq!(status, "OK\n");
}

#[test]
fn percent_columns_write_full_values_with_one_blank() {
    let class = "x".repeat(34);
    let row = || vec![text("f"), text("o"), Cell::Null, text(&class), vec!["a", "b"].into()];
    let list = || vec![Item::Rows(Rows::listed(Listing::Functions, vec![row()]))];
    let (data, ..) = render(list(), Style::default());
    let line = |cells: [&str; 5]| {
        let [name, owner, created, class, resources] = cells;
        format!("{name:18}{owner:30}{created:22}{class:34}{resources:45}")
    };
    let head = line(["Name", "Owner", "Create Time", "Class", "Resources"]);
    let row = line(["f", "o", "", &class, ""]).trim_end().to_owned();
    assert_eq!(data.lines().collect::<Vec<_>>(), [head, format!("{row} {:45}", "a,b")]);
    let (data, ..) = render(list(), in_mode(OutputMode::Ndjson));
    assert_eq!(
        data,
        format!(
            "{{\"name\": \"f\", \"owner\": \"o\", \"created\": null, \"class\": \"{class}\", \"resources\": [\"a\", \"b\"]}}\n"
        )
    );
}

#[test]
fn frames_of_lists_are_as_wide_as_their_first_page() {
    let page =
        |names: &[&str]| Ok(Chunk::Rows(names.iter().map(|name| vec![text(name), Cell::Time(Time(0))]).collect()));
    let chunks = vec![page(&["a_package_of_24_letters_"]), page(&["a_package_that_is_27_letters"])];
    let rows = Rows::streamed(Listing::Packages, Box::new(chunks.into_iter()));
    let (data, ..) = render(vec![Item::Rows(rows)], Style::default());
    assert_eq!(
        data,
        "+--------------------------+--------------------------+\n\
         | PackageName              | CreateTime               |\n\
         +--------------------------+--------------------------+\n\
         | a_package_of_24_letters_ | 1970-01-01T00:00:00+0000 |\n\
         +--------------------------+--------------------------+\n\
         | a_package_that_is_27_letters | 1970-01-01T00:00:00+0000 |\n\
         +--------------------------+--------------------------+\n"
    );
}

#[test]
fn records_are_one_object_or_one_row() {
    let values = Record::default().with("a", 1_u64).with("b", vec!["x"]).with("c", None::<bool>).with("d", Time(0));
    let item = || vec![Item::Properties(Properties { of: PropertiesOf::Session, values: values.clone() })];
    let show = |mode| render(item(), in_mode(mode)).0;
    assert_eq!(
        show(OutputMode::Json),
        "{\n  \"a\": 1,\n  \"b\": [\"x\"],\n  \"c\": null,\n  \"d\": \"1970-01-01T00:00:00Z\"\n}\n"
    );
    assert_eq!(show(OutputMode::Ndjson), "{\"a\": 1, \"b\": [\"x\"], \"c\": null, \"d\": \"1970-01-01T00:00:00Z\"}\n");
    assert_eq!(show(OutputMode::Csv), "a,b,c,d\n1,\"[\"\"x\"\"]\",,1970-01-01T00:00:00Z\n");
    assert_eq!(show(OutputMode::Markdown).lines().count(), 3);
}

#[test]
fn csv_quotes_what_needs_it_and_tells_empty_from_none() {
    let (data, ..) = render(vec![Item::Line(String::new()), rows(sample())], in_mode(OutputMode::Csv));
    assert_eq!(data, "id,a_long_name,ok\n1,\"a,\"\"b\"\"|\n\u{1b}\",true\n,\"\",\n");
}

#[test]
fn json_reads_back_and_streams_as_lines_too() {
    let (data, ..) = render(vec![rows(sample())], in_mode(OutputMode::Json));
    let value: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(value[0]["a_long_name"], "a,\"b\"|\n\u{1b}");
    assert!(value[1]["ok"].is_null());
    let (lines, ..) = render(vec![rows(sample())], in_mode(OutputMode::Ndjson));
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    let (none, ..) = render(vec![rows(vec![])], in_mode(OutputMode::Json));
    assert_eq!(none, "[]\n");
}

#[test]
fn json_keeps_digits_values_and_columns_of_one_name_apart() {
    let columns = vec![column("a", DataType::Json), column("a", DataType::Double)];
    let digits = "12345678901234567890.10";
    let chunk = Chunk::Rows(vec![vec![Cell::Json("{\"k\":\n1}".into()), Cell::Number(digits.into())]]);
    let item =
        Item::Rows(Rows { columns, listing: None, ordered: false, chunks: Box::new(std::iter::once(Ok(chunk))) });
    let (data, ..) = render(vec![item], in_mode(OutputMode::Ndjson));
    assert_eq!(data, format!("{{\"a\": {{\"k\": 1}}, \"a_2\": {digits}}}\n"));
}

#[test]
fn markdown_stays_one_table_over_many_blocks_and_long_cells() {
    let mut chunks = sample();
    chunks.push(Ok(Chunk::Rows(vec![vec![text("x"), text("y"), Cell::Null]; 1_200])));
    chunks.push(Ok(Chunk::Rows(vec![vec![text(&"z".repeat(100_000)), text("y"), Cell::Null]])));
    let (data, ..) = render(vec![rows(chunks)], in_mode(OutputMode::Markdown));
    assert_eq!(data.lines().count(), 2 + 2 + 1_200 + 1);
    assert_eq!(data.lines().filter(|line| line.contains("---")).count(), 1);
    assert!(data.lines().all(|line| line.starts_with('|') && line.ends_with('|')), "{data:.400}");
    assert!(data.contains("a,\"b\"\\|<br>"));
    let (empty, ..) = render(vec![rows(vec![])], in_mode(OutputMode::Markdown));
    assert_eq!(empty.lines().count(), 2);
}

#[test]
fn lines_become_texts_for_programs() {
    let lines = || ["", "OK", "it's \"x\""].map(|line| Item::Line(line.into())).into();
    assert_eq!(render(lines(), Style::default()).0, "\nOK\nit's \"x\"\n");
    assert_eq!(render(lines(), in_mode(OutputMode::Csv)).0, "OK\nit's \"x\"\n");
    assert_eq!(render(lines(), in_mode(OutputMode::Json)).0, "[\n  \"OK\",\n  \"it's \\\"x\\\"\"\n]\n");
    assert_eq!(render(lines(), in_mode(OutputMode::Ndjson)).0, "\"OK\"\n\"it's \\\"x\\\"\"\n");
    assert_eq!(render(lines(), in_mode(OutputMode::Markdown)).0, "```\nOK\nit's \"x\"\n```\n");
    assert_eq!(render(vec![Item::Line(String::new())], in_mode(OutputMode::Json)).0, "");
}

#[test]
fn nothing_steers_a_terminal_in_any_mode() {
    for mode in OutputMode::ALL {
        let style = Style { mode, data: Target::Terminal, status: Target::Terminal, ..Style::default() };
        let items = vec![Item::Line("a\u{1b}[2J\nb".into()), Item::Status("\u{1b}]0;x\u{7}".into()), rows(sample())];
        let (data, status, _) = render(items, style);
        assert!(!data.contains('\u{1b}') && !status.contains(['\u{1b}', '\u{7}']), "{mode:?}: {data}{status}");
    }
    let (raw, ..) = render(vec![rows(sample())], Style::default());
    assert!(raw.contains('\u{1b}'));
}

#[test]
fn an_error_in_the_rows_cuts_the_result_and_comes_back() {
    let broken = || vec![sample().remove(0), Err(Error::new(Code::Execution, "bad cast"))];
    for mode in OutputMode::ALL {
        let (data, _, error) = render(vec![rows(broken()), Item::Line("never".into())], in_mode(mode));
        assert!(matches!(error, Some(RenderError::Statement(error)) if error.code == Code::Execution));
        assert!(data.ends_with('\n') && data.contains("b") && !data.contains("never"), "{mode:?}: {data}");
    }
}

#[test]
fn errors_show_headline_place_help_and_the_trail_only_where_asked_for() {
    let source = "use a;\nselect nope;";
    let mut error = Error::new(Code::Semantic, "no column `nope\u{1b}`").at(Span::new(14, 18)).help("look at `desc t`");
    error.notes = vec!["FLW-1 because".into()];
    let show = |style: Style| {
        let (mut data, mut status) = (Vec::new(), Vec::new());
        Renderer::new(&mut data, &mut status, style).failure(&error, source).unwrap();
        assert!(data.is_empty());
        String::from_utf8(status).unwrap()
    };
    let plain = "FAILED: ODPS-0130071:[2,8] Semantic analysis exception - no column `nope\\u{1b}`\n  |\n2 | select nope;\n  |        ^^^^\n  = help: look at `desc t`\n";
    assert_eq!(show(Style::default()), plain);
    assert_eq!(show(Style { trails: Some(true), ..Style::default() }), format!("{plain}FLW-1 because\n"));
    assert_eq!(show(Style { colour: true, ..Style::default() }), plain);
    let coloured = show(Style { colour: true, status: Target::Terminal, ..Style::default() });
    assert!(coloured.starts_with("\u{1b}[1;31mFAILED:\u{1b}[0m ODPS-0130071"));
}

/// A pipe whose reader is gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_stops_data_and_is_ignored_for_status_words() {
    let mut kept = Vec::new();
    let endless = std::iter::repeat_with(|| Ok(Chunk::Rows(vec![vec![text("x")]; 1_000])));
    let columns = vec![column("a", DataType::String)];
    let item = Item::Rows(Rows { columns, listing: None, ordered: true, chunks: Box::new(endless) });
    let result = Renderer::new(&mut Closed, &mut kept, Style::default()).outcome(Outcome { items: vec![item] });
    assert!(matches!(result, Err(RenderError::Writer(error)) if error.kind() == io::ErrorKind::BrokenPipe));
    let mut kept = Vec::new();
    Renderer::new(&mut kept, &mut Closed, Style::default()).outcome(Outcome::ok()).unwrap();
}
