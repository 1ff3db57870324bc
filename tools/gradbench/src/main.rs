//! Reads messages from standard input and writes an answer to each to standard output.

use std::io::{self, BufRead as _, BufWriter, Write as _};

fn main() -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        serde_json::to_writer(&mut output, &dagrad_gradbench::answer(&line))?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
