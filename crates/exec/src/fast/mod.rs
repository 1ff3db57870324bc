//! Fast programs: tapes regrouped into kernels over rows of lanes.

mod forms;
mod place;
mod plan;
mod planner;
mod rows;
mod run;
mod schedule;

#[cfg(test)]
mod tests {
    use super::planner::plan;
    use super::run::Memory;
    use crate::batch::Batch;
    use dagrad_graph::Graph;
    use dagrad_ops::{GraphScope, Op};
    use dagrad_tape::{
        Variables, differentiate_mean, interpret, lower_outputs, mean_output, output_values, passes,
    };

    #[test]
    fn a_network() {
        let mut g = Graph::<Op>::new();
        let (y, loss) = g
            .scope(|s| {
                let xs = [s.feature("x0"), s.feature("x1"), s.feature("x2")];
                let t = s.target("t");
                let mut layer = xs.to_vec();
                for (l, n) in [4, 5, 1].into_iter().enumerate() {
                    let mut next = Vec::new();
                    for i in 0..n {
                        let mut terms = Vec::new();
                        for (j, &x) in layer.iter().enumerate() {
                            let w = s.parameter(
                                format!("w{l}_{i}_{j}").as_str(),
                                ((l * 7 + i * 3 + j) as f64).sin(),
                            );
                            terms.push(w * x);
                        }
                        terms.push(s.parameter(format!("b{l}_{i}").as_str(), 0.1));
                        let z = s.add(terms);
                        next.push(if l == 0 {
                            z.relu()
                        } else if l == 1 {
                            z.tanh()
                        } else {
                            z
                        });
                    }
                    layer = next;
                }
                let y = layer[0];
                (y.id(), (y - t).square().id())
            })
            .unwrap();
        g.add_output("y", &[y]).unwrap();
        g.add_output("loss", &[loss]).unwrap();
        let tape = lower_outputs(&g).unwrap();
        let tape = mean_output(&tape, "loss", "mean loss").unwrap();
        let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
        let (tape, _) = passes::optimise::<f64>(tape, &passes::Options::FAST);
        println!("{tape}");
        let values: Vec<f64> = g
            .parameters()
            .map(|id| match g.kind(id) {
                Ok(dagrad_graph::Kind::Parameter(v)) => *v,
                _ => 0.0,
            })
            .collect();
        let rows = 5;
        let features: Vec<f64> = (0..rows * 3).map(|i| (i as f64 * 0.7).cos()).collect();
        let targets: Vec<f64> = (0..rows).map(|i| (i as f64).sin()).collect();
        let batch = Batch::of(rows, &features).with_targets(&targets);
        let mut wanted = vec![0.0; 1 + values.len()];
        let mut ys = Vec::new();
        for row in 0..rows {
            let mut inputs = features[3 * row..3 * row + 3].to_vec();
            inputs.push(targets[row]);
            let v = interpret(&tape, &inputs, &values).unwrap();
            ys.extend(output_values(&tape, "y", &v).unwrap());
            wanted[0] += output_values(&tape, "mean loss", &v).unwrap()[0] / rows as f64;
            for (a, b) in wanted[1..]
                .iter_mut()
                .zip(output_values(&tape, "gradient", &v).unwrap())
            {
                *a += b / rows as f64;
            }
        }
        for (narrow, stride) in [(false, 8), (false, 2), (true, 1)] {
            let plan = plan::<f64>(&tape, narrow);
            if stride == 8 || narrow {
                println!("{:#?}", plan.tile.steps);
            }
            let mut memory = Memory::of(&plan, stride);
            memory.begin(&plan, &values, &batch);
            let mut out = vec![0.0; rows * plan.columns.len()];
            let mut start = 0;
            while start < rows {
                let end = (start + stride).min(rows);
                memory.tile(
                    &plan,
                    &values,
                    &batch,
                    start..end,
                    1.0 / rows as f64,
                    &mut out,
                );
                start = end;
            }
            memory.end(&plan, &values, &batch);
            println!("{:?}\n{:?}", memory.means, wanted);
            for (a, b) in memory.means.iter().zip(&wanted) {
                assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
            for (row, y) in ys.iter().enumerate() {
                assert!((out[row * plan.columns.len()] - y).abs() < 1e-12);
            }
        }
    }
}
