//! What a project, table, principal, grant or policy *is*: plain values. No I/O, no decisions.

mod action;
mod cell;
mod data_type;
mod function;
mod grant;
mod instance;
mod job;
mod object;
mod output;
mod principal;
mod project;
mod resource;
mod share;
mod table;
mod view;
mod world;

pub use action::Action;
pub use cell::{Cell, ResultColumn, Row};
pub use data_type::DataType;
pub use function::Function;
pub use grant::{Grant, Grantee, RoleKind, RoleName};
pub use instance::{Instance, InstanceStatus, KeptRows, Lost};
pub use job::JobType;
pub use object::{DEFAULT_SCHEMA, Object, ObjectKind, ProjectRef};
pub use output::OutputMode;
pub use principal::Principal;
pub use project::{Project, Property, SecurityConfiguration, Status, Switch};
pub use resource::{Resource, ResourceKind, TableSource, is_resource_name};
pub use share::Share;
pub use table::{Column, ColumnId, DataFile, PartitionSpec, Table, TableKind};
pub use view::{Bindings, BoundFunction, BoundRelation};
pub use world::{Source, Time};
