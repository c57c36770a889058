use std::fmt::Write as _;

use crate::command::{Progress, Unit};

/// Cells of the bar.
const WIDTH: u64 = 40;

/// Back to the start of the line, and everything on it gone.
pub const WIPED: &str = "\r\u{1b}[K";

/// The line that shows how far work is, over what stood there before.
pub fn drawn(progress: &Progress) -> String {
    let mut text = WIPED.to_owned();
    let done = amount(progress.done, progress.unit);
    // A formatter into a string does not fail.
    let _ = match progress.total.filter(|total| *total > 0) {
        None => write!(text, "{done}"),
        Some(total) => {
            let share = |of: u64| {
                let share = u128::from(progress.done.min(total)) * u128::from(of) / u128::from(total);
                usize::try_from(share).unwrap_or_default()
            };
            let total = amount(total, progress.unit);
            write!(text, "[{:<40}] {:>3}%  {done} / {total}", "#".repeat(share(WIDTH)), share(100))
        }
    };
    text
}

fn amount(count: u64, unit: Unit) -> String {
    match unit {
        Unit::Rows => format!("{count} records"),
        Unit::Bytes => format!("{}.{} MB", count >> 20, ((count & 0xf_ffff) * 10) >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_the_share_that_is_done() {
        let half = Progress { done: 3 << 19, total: Some(3 << 20), unit: Unit::Bytes };
        let bar = drawn(&half);
        assert!(bar.starts_with("\r\u{1b}[K[####################      "), "{bar:?}");
        assert!(bar.ends_with("]  50%  1.5 MB / 3.0 MB"), "{bar:?}");
        assert_eq!(drawn(&Progress { done: 7, total: None, unit: Unit::Rows }), "\r\u{1b}[K7 records");
        assert!(drawn(&Progress { done: 9, total: Some(7), unit: Unit::Rows }).contains("100%"));
    }
}
