//! What listings are made of: quoted texts, exact floats, and a cursor that reads them.
//!
//! A graph's [text form](crate::Graph::listing) is written and read with these, and so is the text of
//! whatever else continues its style, such as a tape. All of it is line by line, and whatever is wrong with a
//! line is told by its column and by what was [expected](Unexpected) there.
//!
//! ```
//! use dagrad_graph::syntax::{Cursor, ExactFloat, Quoted};
//!
//! let line = format!("%3 = constant {} {}", ExactFloat(-0.0), Quoted("tab\t"));
//! assert_eq!(line, r#"%3 = constant -0.0 "tab\t""#);
//!
//! let mut cursor = Cursor::new(&line);
//! assert_eq!(cursor.position()?, 3);
//! cursor.expect("=")?;
//! assert_eq!(cursor.word("an operation")?, "constant");
//! assert!(cursor.float()?.is_sign_negative());
//! assert_eq!(cursor.quoted()?, "tab\t");
//! assert!(cursor.at_end());
//!
//! let error = cursor.position().unwrap_err();
//! assert_eq!(error.to_string(), "expected `%` and a number, found the end of the line");
//! assert_eq!(cursor.column(), 27);
//! # Ok::<(), dagrad_graph::syntax::Unexpected>(())
//! ```

mod cursor;
mod float;
pub(crate) mod quote;

pub use cursor::{Cursor, Found, Unexpected};
pub use float::{ExactFloat, parse_float};
pub use quote::Quoted;
