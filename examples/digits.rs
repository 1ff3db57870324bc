//! Reads handwritten digits: 64 pixels, two layers of scalars compiled to a program, ten classes.
//!
//! Of the 1,797 images in `examples/data/digits.csv` every fourth is kept for testing; the others are learnt in batches,
//! in single precision. The accuracy on the test images has to reach 95 %.

use dagrad::prelude::*;
use dagrad::tape::lower_outputs;
use std::error::Error;
use std::time::Instant;

const PIXELS: usize = 64;
const CLASSES: usize = 10;
const EPOCHS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let (training, testing) = read()?;
    println!(
        "{} images to learn from, {} to be tested on",
        training.len(),
        testing.len()
    );

    let mut graph = Graph::new();
    let pixels: Result<Vec<_>, _> = (0..PIXELS)
        .map(|at| graph.feature(format!("p{at}").as_str()))
        .collect();
    let hidden = graph.linear("hidden", &pixels?, 32)?;
    let hidden = graph.activate("relu", &hidden, Activation::Relu)?;
    let logits = graph.linear("out", &hidden, CLASSES)?;
    let digit: Result<Vec<_>, _> = (0..CLASSES)
        .map(|at| graph.target(format!("is {at}").as_str()))
        .collect();
    let loss = graph.softmax_cross_entropy("loss", &logits, &digit?)?;
    graph.add_output("logits", &logits)?;
    graph.expand(3)?;
    println!(
        "{} nodes, {} parameters",
        graph.len(),
        graph.parameters().count()
    );

    let start = Instant::now();
    let mut training_loop = MiniBatch::<f32>::new()
        .epochs(EPOCHS)
        .batch(64)
        .learning_rate(0.2)
        .report(|epoch, loss| {
            if epoch % 10 == 0 {
                println!("Epoch {epoch}: loss={loss:.4}");
            }
        });
    training_loop.minimize(&mut graph, loss, &training)?;
    println!("learnt in {:.2} s", start.elapsed().as_secs_f64());

    let accuracy = test(&graph, &testing)?;
    println!("Accuracy: {:.1} %", 100.0 * accuracy);
    if accuracy < 0.95 {
        return Err("the accuracy is below 95 %".into());
    }
    Ok(())
}

/// The share of the test images whose greatest logit is that of their digit.
fn test(graph: &Graph, testing: &[Sample]) -> Result<f64, Box<dyn Error>> {
    let values: Result<Vec<f32>, _> = graph
        .parameters()
        .map(|id| graph.parameter_value(id).map(|value| value as f32))
        .collect();
    let values = values?;
    let layout = Layout::new(values.len());
    let options = Options {
        mode: Mode::Fast,
        ..Options::default()
    };
    let program = Program::<f32>::compile(&lower_outputs(graph)?, &layout, options)?;
    let parameters = Parameters::new(&layout, &values).ok_or("one value for each parameter")?;
    let features: Vec<f32> = testing
        .iter()
        .flat_map(|sample| &sample.features)
        .map(|&x| x as f32)
        .collect();
    let mut workspace = program.workspace();
    program.run(
        &mut workspace,
        &parameters,
        &Batch::of(testing.len(), &features),
    )?;
    let rows = workspace
        .rows(&program, "logits")
        .ok_or("the program has logits")?;
    let greatest = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let right = rows
        .zip(testing)
        .filter(|(row, sample)| greatest(row).is_some_and(|digit| sample.targets[digit] > 0.5));
    Ok(right.count() as f64 / testing.len() as f64)
}

/// The images to learn from and those to be tested on, pixels between 0 and 1.
fn read() -> Result<(Vec<Sample>, Vec<Sample>), Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let (mut training, mut testing) = (Vec::new(), Vec::new());
    for (row, record) in csv::Reader::from_path(path)?.records().enumerate() {
        let numbers: Result<Vec<f64>, _> = record?.iter().map(str::parse).collect();
        let mut pixels = numbers?;
        let digit = pixels.pop().ok_or("a row without numbers")?;
        pixels.iter_mut().for_each(|pixel| *pixel /= 16.0);
        let target = |class: usize| f64::from(u8::from((digit - class as f64).abs() < 0.5));
        let sample = Sample::new(pixels, (0..CLASSES).map(target).collect::<Vec<_>>());
        if row % 4 == 3 {
            testing.push(sample);
        } else {
            training.push(sample);
        }
    }
    Ok((training, testing))
}
