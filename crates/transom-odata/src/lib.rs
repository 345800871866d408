//! System query options of OData 4 (`$filter`, `$orderby`, `$select`, …) as Microsoft Graph uses them.
//!
//! [`Options::parse`] reads a query against a [`Schema`] and gives typed values, or a [`QueryError`] that says where the
//! fault is and what was expected. [`Filter::accepts`] decides whether a [`Row`] is chosen, [`order::compare`] which of
//! two comes first. The crate knows no device, no database and no HTTP: it is given names and kinds, and gives back trees.
//!
//! Nothing is ever ignored: a script that filters and then wipes is one typo away from wiping everything, so what cannot
//! be understood is refused (contract C.5).

pub mod error;
pub mod filter;
pub mod limits;
pub mod options;
pub mod order;
pub mod schema;
pub mod search;
pub mod value;

mod lexer;
mod names;

pub use error::{ErrorCode, QueryError};
pub use filter::Filter;
pub use options::{Accepts, Options};
pub use order::OrderKey;
pub use schema::{Collection, Element, Kind, Property, Schema};
pub use search::Search;
pub use value::{Row, Value};
