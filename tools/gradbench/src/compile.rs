//! How the programs of this tool are compiled and run.

use crate::Failure;
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::OutputKind;

/// A fast program: GradBench asks for results within rounding, not for the bits of the sweeps.
pub(crate) const BATCH: Options = Options {
    mode: Mode::Fast,
    lanes: None,
    level: None,
    block: None,
};

/// The same for one sample at a time, so that nothing is compiled for tiles of many.
pub(crate) const SINGLE: Options = Options {
    mode: Mode::Fast,
    lanes: Some(1),
    level: None,
    block: None,
};

/// Runs `program` as often as is asked for, and gives its output of this name: row-major, a row for each sample, or
/// one where it is given once for each run.
///
/// Each run takes its parameters anew, as in an optimisation that changes them, so nothing is left from the run before.
pub(crate) fn run(
    program: &Program<f64>,
    output: &str,
    parameters: &[f64],
    batch: &Batch<'_, f64>,
    stopwatch: &mut Stopwatch,
) -> Result<Vec<f64>, Failure> {
    let mut workspace = program.workspace();
    let found = program.tape().named_output(output);
    let found = found.ok_or("the program has no such output")?;
    let rows = match found.kind {
        OutputKind::PerSample => batch.rows,
        OutputKind::PerRun => 1,
    };
    let mut result = vec![0.0; rows * found.slots.len()];
    stopwatch.evaluate(|| -> Result<(), Failure> {
        let parameters = parameters_in(program.layout(), parameters)?;
        program.run(&mut workspace, &parameters, batch)?;
        Ok(workspace.copy(program, output, &mut result)?)
    })?;
    Ok(result)
}

/// These values as parameters of a layout.
pub(crate) fn parameters_in(layout: &Layout, values: &[f64]) -> Result<Parameters<f64>, Failure> {
    let parameters = Parameters::new(layout, values);
    Ok(parameters.ok_or("there are more or fewer parameters than the graph has")?)
}

/// The only value of an output.
pub(crate) fn only(values: &[f64]) -> Result<f64, Failure> {
    match *values {
        [only] => Ok(only),
        _ => Err(format!("one value was to come out, not {}", values.len()).into()),
    }
}

/// Cuts a list into rows of `width`.
pub(crate) fn rows_of(values: &[f64], width: usize) -> Vec<&[f64]> {
    values.chunks(width.max(1)).collect()
}

/// All numbers of a table, row after row. Every row has to have `width` of them.
pub(crate) fn flatten(table: &[Vec<f64>], width: usize, name: &str) -> Result<Vec<f64>, Failure> {
    match table.iter().find(|row| row.len() != width) {
        None => Ok(table.concat()),
        Some(row) => Err(format!("a row of {name} has {} numbers, not {width}", row.len()).into()),
    }
}

/// A number of things as a number.
pub(crate) fn real(count: usize) -> Result<f64, Failure> {
    Ok(f64::from(u32::try_from(count)?))
}
