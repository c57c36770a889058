//! Labels: what installed packages hold of them.

use odpsh::model::LabelGrant;

/// A label grant on a table inside an installed package; gone with the item.
#[derive(Debug, Clone)]
pub struct LabelInside {
    /// Place among the package's items.
    pub item: usize,
    pub grant: LabelGrant,
}
