//! Quoted DOT strings.

use crate::syntax::quote::{is_hidden, write_visibly};
use std::fmt::{self, Write as _};

pub(super) struct Label<'t>(pub(super) &'t str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                // DOT has no escape for these, so the picture shows their code.
                c if is_hidden(c) => {
                    f.write_char('\\')?;
                    write_visibly(f, c)?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
