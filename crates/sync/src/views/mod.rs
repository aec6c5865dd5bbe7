//! The indicators of a period in three views, side by side: by what the local system has, by what the portal accepted, and as it
//! published them; with the points of the groups and the standing of targets. Commands, pages and the API show the same.

mod groups;
mod listed;
mod numbers;
mod rows;
mod targets;
mod whole;
pub mod words;

pub use groups::GroupView;
pub use listed::{About, BehindView, ListPart, Listed, Wanted, exact_list};
pub use numbers::{Numbers, Publishing};
pub use rows::{EnteredView, RowView};
pub use targets::{TargetView, Work, demand, missing};
pub use whole::Whole;
