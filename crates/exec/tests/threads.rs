//! Runs on several threads: the same bits on any number of them, on whatever pool, with whatever happens there.

use dagrad_exec::{
    Batch, Layout, Mode, Options, Parameters, Program, ProgramScalar, RunError, Workspace,
    on_threads,
};
use dagrad_graph::{Arity, Graph};
use dagrad_ops::{GraphScope, Op, User, UserOperation, check_same_bits};
use dagrad_tape::{Tape, Variables, differentiate_mean, lower_outputs, mean_output};
use dagrad_testsuite::number::Number;
use dagrad_testsuite::strategies::{Shape, population};
use dagrad_testsuite::workloads::{
    self, Workload, digits, irregular, latency, moons, pruned, tiny, wide,
};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

const THREADS: [usize; 4] = [1, 2, 3, 7];
const ROWS: [usize; 5] = [1, 63, 64, 65, 1000];

/// A graph and the numbers that it runs over.
struct Data {
    name: String,
    tape: Tape,
    parameters: Vec<f64>,
    features: Vec<f64>,
    targets: Vec<f64>,
    weights: Vec<f64>,
}

impl Data {
    /// Outputs, the mean of the first value of `of`, and the mean's gradient, over rows that are those of the lists,
    /// changed a little each time that they come again.
    fn new(
        name: String,
        graph: &Graph<Op>,
        of: &str,
        rows: usize,
        features: &[f64],
        targets: &[f64],
    ) -> Self {
        let tape = lower_outputs(graph).unwrap();
        let tape = mean_output(&tape, of, "mean").unwrap();
        let tape = differentiate_mean(&tape, of, Variables::Parameters, "gradient").unwrap();
        let repeated = |list: &[f64], width: usize| -> Vec<f64> {
            let numbers = list.iter().cycle().take(rows * width).enumerate();
            let change =
                |(at, number): (usize, &f64)| number * (1.0 - (at / list.len()) as f64 / 64.0);
            numbers.map(change).collect()
        };
        let values = graph
            .parameters()
            .map(|id| graph.parameter_value(id).unwrap());
        Self {
            name,
            tape,
            parameters: values.collect(),
            features: repeated(features, graph.features().count()),
            targets: repeated(targets, graph.targets().count()),
            weights: (0..rows).map(|row| 0.5 + (row % 7) as f64).collect(),
        }
    }

    fn of_workload(workload: &Workload, rows: usize) -> Self {
        Self::new(
            workload.name.clone(),
            &workload.graph,
            workload.output,
            rows,
            &workload.features,
            &workload.targets,
        )
    }

    /// Everything that comes of a batch of so many rows, on any number of threads and by any division into blocks, is
    /// what one thread gives.
    fn check<S: Number + ProgramScalar>(&self, rows: usize, options: Options) {
        let narrow = |list: &[f64]| -> Vec<S> {
            let numbers = list.iter();
            numbers
                .map(|&x| <S as dagrad_graph::Scalar>::from_f64(x))
                .collect()
        };
        let layout = Layout::new(self.parameters.len());
        let program = Program::<S>::compile(&self.tape, &layout, options).unwrap();
        let parameters = Parameters::new(&layout, &narrow(&self.parameters)).unwrap();
        let features = narrow(&self.features[..rows * program.features()]);
        let targets = narrow(&self.targets[..rows * program.targets()]);
        let weights = narrow(&self.weights[..rows]);
        let plain = Batch::of(rows, &features).with_targets(&targets);
        for batch in [plain, plain.with_weights(&weights)] {
            let mut first: Option<Vec<S>> = None;
            for threads in THREADS {
                let mut workspace = program.workspace();
                workspace.set_threads(threads);
                // The second run finds what the first one left.
                for _ in 0..2 {
                    program.run(&mut workspace, &parameters, &batch).unwrap();
                    let got = results(&program, &workspace);
                    let wanted = first.get_or_insert_with(|| got.clone());
                    if let Err(difference) = check_same_bits(&got, wanted) {
                        panic!(
                            "{}, {rows} rows, {threads} threads, {options:?}: {difference}",
                            self.name
                        );
                    }
                }
            }
        }
    }

    /// The same in both modes and both precisions.
    fn check_all(&self, rows: usize, lanes: Option<usize>, block: Option<usize>) {
        for mode in [Mode::Strict, Mode::Fast] {
            let options = Options {
                mode,
                lanes,
                block,
                ..Options::default()
            };
            self.check::<f64>(rows, options);
            self.check::<f32>(rows, options);
        }
    }
}

/// All results for the run, and all for each sample.
fn results<S: ProgramScalar>(program: &Program<S>, workspace: &Workspace<S>) -> Vec<S> {
    let mut all = Vec::new();
    for output in program.tape().outputs() {
        match workspace.mean(program, &output.name) {
            Some(mean) => all.extend(mean),
            None => all.extend(workspace.rows(program, &output.name).unwrap().flatten()),
        }
    }
    all
}

#[test]
fn random_graphs_give_the_same_bits_on_any_number_of_threads() {
    for problem in population(Shape::SMALL, 31, 40)
        .into_iter()
        .chain(population(Shape::LARGE, 32, 4))
    {
        let features: Vec<f64> = problem
            .samples
            .iter()
            .flat_map(|s| s.features.clone())
            .collect();
        let targets: Vec<f64> = problem
            .samples
            .iter()
            .flat_map(|s| s.targets.clone())
            .collect();
        let data = Data::new(
            problem.name,
            &problem.graph,
            "y0",
            1000,
            &features,
            &targets,
        );
        for rows in ROWS {
            data.check_all(rows, None, None);
            // Blocks as short as can be.
            data.check_all(rows, Some(16), Some(1));
        }
    }
}

/// The rows and the lanes that every workload is run with; of the large ones the long form has them all.
#[track_caller]
fn check_workload(workload: &Workload, rows: &[usize]) {
    let most = rows.iter().copied().max().unwrap();
    let data = Data::of_workload(workload, most);
    for &rows in rows {
        data.check_all(rows, None, None);
        data.check_all(rows, Some(16), Some(32));
    }
}

#[test]
fn small_workloads_give_the_same_bits_on_any_number_of_threads() {
    check_workload(&moons::step().unwrap(), &ROWS);
    check_workload(&tiny::points(1000).unwrap(), &ROWS);
    check_workload(&pruned::pruned().unwrap(), &[1, 63, 65, 200]);
    check_workload(&latency::forward([16, 16, 4]).unwrap(), &ROWS);
}

#[test]
fn large_workloads_give_the_same_bits_on_any_number_of_threads() {
    for workload in [irregular::gradient(70).unwrap(), digits::step().unwrap()] {
        Data::of_workload(&workload, 70).check_all(70, Some(16), Some(32));
    }
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn all_workloads_give_the_same_bits_at_all_sizes() {
    for workload in [
        moons::step(),
        tiny::points(1000),
        pruned::pruned(),
        pruned::full(),
        latency::forward([8, 8, 2]),
        latency::forward([64, 64, 16]),
        irregular::gradient(1000),
        digits::step(),
        wide(),
    ] {
        check_workload(&workload.unwrap(), &ROWS);
    }
}

/// A user operation that is called with a number and gives it back, or does something else meanwhile.
struct Calls(Box<dyn Fn(f64) + Send + Sync>);

impl UserOperation for Calls {
    fn name(&self) -> &'static str {
        "calls"
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        (self.0)(operands[0]);
        operands[0]
    }

    fn partials(&self, _: &[f64], _: f64, partials: &mut [f64]) {
        partials[0] = 1.0;
    }
}

/// A program of the square of a weight and a feature, which calls something with the feature; the feature of each
/// sample is its number.
struct Calling {
    program: Program<f64>,
    parameters: Parameters<f64>,
    features: Vec<f64>,
}

impl Calling {
    fn new(options: Options, calls: impl Fn(f64) + Send + Sync + 'static) -> Self {
        let mut g = Graph::new();
        let calls = User::new(Calls(Box::new(calls))).unwrap();
        let loss = g.scope(|s| {
            let x = s.feature("x");
            let x = s.operation(Op::User(calls), [x]);
            (s.parameter("w", 0.5) * x).square().id()
        });
        g.add_output("loss", &[loss.unwrap()]).unwrap();
        let parameters = Parameters::of(&[0.5]);
        let program = Program::of_loss(
            &g,
            g.output("loss").unwrap()[0],
            parameters.layout(),
            options,
        );
        Self {
            program: program.unwrap(),
            parameters,
            features: (0..ROWS[4]).map(|row| row as f64).collect(),
        }
    }

    fn run(&self, workspace: &mut Workspace<f64>) -> Result<Vec<f64>, RunError> {
        let batch = Batch::of(self.features.len(), &self.features);
        self.program.run(workspace, &self.parameters, &batch)?;
        Ok(results(&self.program, workspace))
    }

    fn workspace(&self, threads: usize) -> Workspace<f64> {
        let mut workspace = self.program.workspace();
        workspace.set_threads(threads);
        workspace
    }
}

/// Both modes, with blocks of 64 samples.
fn modes() -> [Options; 2] {
    [Mode::Strict, Mode::Fast].map(|mode| Options {
        mode,
        lanes: Some(64),
        block: Some(64),
        ..Options::default()
    })
}

fn pool(threads: usize) -> rayon_core::ThreadPool {
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(threads);
    pool.thread_name(|at| format!("own {at}")).build().unwrap()
}

/// Notes the threads that it is called in.
fn threads_seen() -> (Arc<Mutex<BTreeSet<String>>>, impl Fn(f64) + Send + Sync) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = Arc::clone(&seen);
    let note = move |_| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("none").to_owned();
        noted.lock().unwrap().insert(name);
    };
    (seen, note)
}

#[test]
fn one_thread_is_the_callers() {
    for options in modes() {
        let seen = Arc::new(Mutex::new(Vec::<ThreadId>::new()));
        let noted = Arc::clone(&seen);
        let calling = Calling::new(options, move |_| {
            noted.lock().unwrap().push(std::thread::current().id());
        });
        calling.run(&mut calling.program.workspace()).unwrap();
        let own = std::thread::current().id();
        let seen = seen.lock().unwrap();
        assert!(seen.len() >= ROWS[4] && seen.iter().all(|id| *id == own));
    }
}

#[test]
fn small_work_stays_in_the_callers_thread() {
    for options in modes() {
        let (seen, note) = threads_seen();
        let options = Options {
            block: None,
            ..options
        };
        let mut calling = Calling::new(options, note);
        calling.features.truncate(65);
        calling.run(&mut calling.workspace(7)).unwrap();
        let own = std::thread::current();
        let own = BTreeSet::from([own.name().unwrap_or("none").to_owned()]);
        assert_eq!(*seen.lock().unwrap(), own);
    }
}

#[test]
fn blocks_run_at_the_same_time() {
    for options in modes() {
        // The first call of a block waits until there was a call of another block.
        let calls = [AtomicBool::new(false), AtomicBool::new(false)];
        let met = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&met);
        let calling = Calling::new(options, move |x| {
            let is_first_block = x < 64.0;
            calls[usize::from(is_first_block)].store(true, Ordering::SeqCst);
            let start = Instant::now();
            while is_first_block && !noted.load(Ordering::SeqCst) {
                let other = calls[0].load(Ordering::SeqCst);
                noted.fetch_or(other, Ordering::SeqCst);
                if start.elapsed() > Duration::from_secs(60) {
                    break;
                }
            }
        });
        let mut workspace = calling.workspace(2);
        pool(2).install(|| calling.run(&mut workspace)).unwrap();
        assert!(met.load(Ordering::SeqCst), "{options:?}");
    }
}

#[test]
fn the_callers_pool_is_used_and_no_more_of_it_than_asked_for() {
    for options in modes() {
        for (threads, most) in [(2, 2), (3, 2), (7, 4)] {
            let (seen, note) = threads_seen();
            let calling = Calling::new(options, note);
            let mut workspace = calling.workspace(most);
            pool(threads)
                .install(|| calling.run(&mut workspace))
                .unwrap();
            let seen = seen.lock().unwrap();
            assert!((1..=most).contains(&seen.len()), "{seen:?}");
            assert!(seen.iter().all(|name| name.starts_with("own")), "{seen:?}");
        }
    }
}

/// A user operation runs another program, on the same threads.
#[test]
fn nested_runs_do_not_wait_for_each_other() {
    for options in modes() {
        let plain = Calling::new(options, |_| {});
        let wanted = plain.run(&mut plain.workspace(1)).unwrap();
        let inner = Calling::new(options, |_| {});
        let expected = wanted.clone();
        let calling = Calling::new(options, move |x| {
            if x % 50.0 == 0.0 {
                let got = inner.run(&mut inner.workspace(3)).unwrap();
                check_same_bits(&got, &expected).unwrap();
            }
        });
        for threads in [1, 2, 3] {
            let mut workspace = calling.workspace(3);
            let got = pool(threads).install(|| calling.run(&mut workspace));
            check_same_bits(&got.unwrap(), &wanted).unwrap();
        }
        let got = calling.run(&mut calling.workspace(2)).unwrap();
        check_same_bits(&got, &wanted).unwrap();
    }
}

#[test]
fn a_panic_of_a_user_operation_reaches_the_caller() {
    for options in modes() {
        let bad = Arc::new(AtomicUsize::new(usize::MAX));
        let at = Arc::clone(&bad);
        let calling = Calling::new(options, move |x| {
            assert!(
                x as usize != at.load(Ordering::Relaxed),
                "sample {x} is bad"
            );
        });
        let wanted = calling.run(&mut calling.workspace(1)).unwrap();
        for threads in THREADS {
            let mut workspace = calling.workspace(threads);
            for row in [0, 63, 64, 500, 999] {
                bad.store(row, Ordering::Relaxed);
                let run = AssertUnwindSafe(|| calling.run(&mut workspace));
                let panic = catch_unwind(run).unwrap_err();
                let message = panic.downcast_ref::<String>().unwrap();
                assert_eq!(message, &format!("sample {row} is bad"));
                // The workspace is as good as before.
                bad.store(usize::MAX, Ordering::Relaxed);
                let got = calling.run(&mut workspace).unwrap();
                check_same_bits(&got, &wanted).unwrap();
            }
        }
    }
}

#[test]
fn weights_that_cannot_be_are_refused_on_any_number_of_threads() {
    for options in modes() {
        let calling = Calling::new(options, |_| {});
        let mut workspace = calling.workspace(3);
        let weights = vec![0.0; ROWS[4]];
        let batch = Batch::of(ROWS[4], &calling.features).with_weights(&weights);
        let refused = calling
            .program
            .run(&mut workspace, &calling.parameters, &batch);
        assert!(matches!(refused, Err(RunError::Weights { .. })));
    }
}

/// Each form compiled and run by itself, in whatever thread, as when there is one.
#[test]
fn a_population_on_threads_is_what_its_members_are_one_by_one() {
    let (features, targets) = workloads::population::rows(100);
    let batch = Batch::of(100, &features).with_targets(&targets);
    let graphs = workloads::population::graphs(120).unwrap();
    for mode in [Mode::Strict, Mode::Fast] {
        let options = Options {
            mode,
            ..Options::default()
        };
        let run = |graph: &Graph<Op>| {
            let values = graph
                .parameters()
                .map(|id| graph.parameter_value(id).unwrap());
            let parameters = Parameters::of(&values.collect::<Vec<f64>>());
            let loss = graph.output("loss").unwrap()[0];
            let program = Program::of_loss(graph, loss, parameters.layout(), options).unwrap();
            let mut workspace = program.workspace();
            program.run(&mut workspace, &parameters, &batch).unwrap();
            results(&program, &workspace)
        };
        let one_by_one: Vec<Vec<f64>> = graphs.iter().map(run).collect();
        for threads in THREADS {
            let mut jobs: Vec<(&Graph<Op>, Vec<f64>)> =
                graphs.iter().map(|graph| (graph, Vec::new())).collect();
            pool(2).install(|| on_threads(&mut jobs, threads, |(graph, got)| *got = run(graph)));
            for ((_, got), wanted) in jobs.iter().zip(&one_by_one) {
                check_same_bits(got, wanted).unwrap();
            }
        }
    }
}
