//! Files outside, of which a build without SQL reads and writes none.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{Cancel, Engine, Never, Plan, WriteTarget, without_sql};
use crate::error::Result;
use crate::model::{Catalogue, Column, Dialect, Location, PartitionSpec, Principal, Table};

/// What of the machine is not outside.
pub trait Outside: std::fmt::Debug + Send + Sync {
    fn holds(&self, path: &Path) -> bool;
    fn is_home(&self, folder: &Path) -> bool;
    fn holds_open(&self, file: &File) -> bool;
    fn credentials(&self, tenant: &Principal, server: &str) -> Result<(String, String)>;
}

/// By what a store is reached.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    pub by_connection: bool,
    pub server: Option<(Principal, String)>,
}

/// The folders of an external table.
#[derive(Debug, Clone)]
pub struct Folders {
    pub parts: Vec<(PartitionSpec, Location)>,
    pub table: Location,
    pub allowed: Option<Vec<Location>>,
    pub reach: Reach,
    pub outside: Arc<dyn Outside>,
}

/// A plan that gives every row of files outside.
pub fn plan_of(_: &Table, _: &Folders, _: &Arc<Dialect>) -> Result<Plan> {
    Err(without_sql())
}

/// Where rows go outside.
#[derive(Debug, Clone)]
pub struct OutsideTarget {
    pub target: WriteTarget,
    pub scan: Folders,
}

/// Files outside without their names.
pub struct Drafts {
    pub ambiguous: u64,
    never: Never,
}

impl Drafts {
    pub fn partitions(&self) -> std::slice::Iter<'_, PartitionSpec> {
        match self.never {}
    }

    pub fn send(&mut self, _: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        match self.never {}
    }

    pub fn publish(self, _: bool) -> Result<()> {
        match self.never {}
    }
}

impl Engine {
    pub fn tables_below(&self, _: &Location, _: &Folders, _: &Cancel) -> Result<Catalogue> {
        Err(without_sql())
    }

    pub fn partitions_below(&self, _: &Location, _: &[Column], _: &Folders, _: &Cancel) -> Result<Vec<PartitionSpec>> {
        Err(without_sql())
    }
}
