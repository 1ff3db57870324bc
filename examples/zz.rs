use dagrad_exec::*;
use dagrad_tape::*;
use dagrad_testsuite::workloads::*;
fn main() {
    let rows = std::env::args().nth(1).unwrap().parse().unwrap();
    let w = irregular::gradient(rows).unwrap();
    let tape = lower_outputs(&w.graph).unwrap();
    let tape = mean_output(&tape, w.output, "mean").unwrap();
    let tape = differentiate_mean(&tape, w.output, Variables::Parameters, "gradient").unwrap();
    let layout = Layout::new(tape.parameters().len());
    let lanes = if rows == 1 { Some(1) } else { None };
    let p = Program::<f64>::compile(
        &tape,
        &layout,
        Options {
            mode: Mode::Fast,
            lanes,
            ..Default::default()
        },
    )
    .unwrap();
    let mut ws = p.workspace();
    p.run(
        &mut ws,
        &Parameters::new(&layout, &vec![0.0; layout.len()]).unwrap(),
        &Batch::of(rows, &w.features.iter().map(|x| *x).collect::<Vec<_>>())
            .with_targets(&w.targets),
    )
    .unwrap();
    println!("{p:#?}");
}
