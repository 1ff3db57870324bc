//! Images of handwritten digits.

use super::wide::classifier;
use super::{Precision, Wanted, Workload, WorkloadError};

/// 1,797 images of 8 × 8 pixels of 0 to 16, each followed by its digit, under a line of names; their source is
/// told beside the file.
const IMAGES: &str = include_str!("../../../../examples/data/digits.csv");

const PIXELS: usize = 64;

/// The outputs of each layer.
pub const SIZES: [usize; 3] = [128, 64, 10];

/// A step of a 64-128-64-10 network of relus over the first 64 images, pixels brought into 0 to 1: the
/// cross-entropy of the softmax of its outputs.
///
/// # Errors
/// None that should ever happen.
pub fn step() -> Result<Workload, WorkloadError> {
    let (features, digits) = images(64)?;
    let rows = digits.len();
    let mut targets = vec![0.0; rows * 10];
    for (row, digit) in digits.into_iter().enumerate() {
        targets[row * 10 + digit] = 1.0;
    }
    Ok(Workload {
        name: "digits".to_owned(),
        graph: classifier(PIXELS, &SIZES)?,
        output: "loss",
        wanted: Wanted::Step(0.01),
        precision: Precision::Single,
        rows,
        features,
        targets,
    })
}

/// The pixels of the first images, row-major, and their digits.
fn images(rows: usize) -> Result<(Vec<f64>, Vec<usize>), WorkloadError> {
    let (mut features, mut digits) = (Vec::new(), Vec::new());
    for (at, line) in IMAGES.lines().enumerate().skip(1).take(rows) {
        let wrong = WorkloadError::Data {
            line: at + 1,
            columns: PIXELS + 1,
        };
        let numbers: Result<Vec<u8>, _> = line.split(',').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([pixels @ .., digit @ 0..=9]) if pixels.len() == PIXELS => {
                features.extend(pixels.iter().map(|&pixel| f64::from(pixel) / 16.0));
                digits.push(usize::from(*digit));
            }
            Ok(_) | Err(_) => return Err(wrong),
        }
    }
    Ok((features, digits))
}
