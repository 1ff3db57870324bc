//! What initialisers draw.

use dagrad_graph::stream;
use dagrad_nn::{Fans, Initializer};
use dagrad_ops::check_same_bits;

const FANS: Fans = Fans {
    inputs: 4,
    outputs: 8,
};

/// The first draws with seed 42, in the scope `hidden.0`, of the parameters `w0`, `w1` and `b`. The numbers
/// come from a transcription of the definitions into another language.
fn check(initializer: &str, wanted: [f64; 3]) {
    let initializer: Initializer = initializer.parse().unwrap();
    let draw = |name| initializer.draw(FANS, &mut stream(42, "hidden.0", name));
    let got = ["w0", "w1", "b"].map(draw);
    check_same_bits(&got, &wanted).unwrap_or_else(|error| panic!("{initializer}: {error}"));
}

#[test]
#[rustfmt::skip]
fn golden_numbers() {
check("uniform", [0.734_130_159_889_085, 0.438_833_708_287_262_65, -0.941_548_978_519_757_7]);
    check("uniform(-0.5,0.25)", [0.150_298_809_958_406_83, 0.039_562_640_607_723_52, -0.478_080_866_944_909_14]);
    check("xavier_uniform", [0.519_108_414_331_136_5, 0.310_302_290_943_162_64, -0.665_775_667_530_587_7]);
    check("xavier_normal", [0.205_838_411_655_720_84, 0.153_978_824_496_756_82, -0.137_883_848_178_627_34]);
    check("kaiming_uniform", [0.899_122_148_258_044_3, 0.537_459_333_618_577_6, -1.153_157_282_606_062_5]);
    check("kaiming_normal", [0.356_522_587_136_986_3, 0.266_699_147_318_114_06, -0.238_821_830_588_496]);
    check("zeros", [0.0; 3]);
    check("constant(0.1)", [0.1; 3]);
}

/// Over many streams, the mean is `mean`, the variance `variance`, and nothing lies beyond `bound`.
fn check_moments(initializer: Initializer, mean: f64, variance: f64, bound: f64) {
    const DRAWS: u32 = 20_000;
    let draw = |i| initializer.draw(FANS, &mut stream(1, "moments", &format!("w{i}")));
    let draws: Vec<f64> = (0..DRAWS).map(draw).collect();
    let n = f64::from(DRAWS);
    let got = draws.iter().sum::<f64>() / n;
    let spread = draws.iter().map(|x| (x - got).powi(2)).sum::<f64>() / n;
    // Four standard deviations of the mean; some of the variance.
    assert!(
        (got - mean).abs() < 4.0 * (variance / n).sqrt(),
        "{initializer}: mean {got}"
    );
    assert!(
        (spread / variance - 1.0).abs() < 0.05,
        "{initializer}: variance {spread}"
    );
    assert!(draws.iter().all(|x| x.abs() <= bound), "{initializer}");
}

#[test]
fn moments_are_those_of_the_papers() {
    use Initializer::*;
    check_moments(Initializer::default(), 0.0, 1.0 / 3.0, 1.0);
    let shifted = Uniform {
        low: 1.0,
        high: 4.0,
    };
    check_moments(shifted, 2.5, 0.75, 4.0);
    check_moments(XavierUniform, 0.0, 2.0 / 12.0, f64::sqrt(6.0 / 12.0));
    check_moments(XavierNormal, 0.0, 2.0 / 12.0, f64::INFINITY);
    check_moments(KaimingUniform, 0.0, 2.0 / 4.0, f64::sqrt(6.0 / 4.0));
    check_moments(KaimingNormal, 0.0, 2.0 / 4.0, f64::INFINITY);
}

#[test]
fn normal_draws_have_tails() {
    let draw = |i| {
        let stream = &mut stream(5, "tails", &format!("w{i}"));
        Initializer::KaimingNormal.draw(FANS, stream) / f64::sqrt(0.5)
    };
    let draws: Vec<f64> = (0..20_000).map(draw).collect();
    let beyond = |size: f64| draws.iter().filter(|x| x.abs() > size).count();
    // 4.55 % lie beyond two standard deviations, 0.27 % beyond three.
    assert!((800..1020).contains(&beyond(2.0)), "{}", beyond(2.0));
    assert!((30..80).contains(&beyond(3.0)), "{}", beyond(3.0));
}
