//! That the model learns and predicts.

use dagrad::Graph;
use parcels::{KINDS, kind_of, model, parcels, sort, train};

#[test]
fn it_learns_every_parcel() {
    let mut g = model().unwrap();
    let losses = train(&mut g, 7, 300).unwrap();
    assert!(losses.last().unwrap() < &0.1, "{:?}", losses.last());
    for sample in parcels() {
        let (width, height) = (sample.features[0], sample.features[1]);
        let (kind, _) = sort(&g, width, height).unwrap();
        assert_eq!(kind, KINDS[kind_of(width, height)], "{width} by {height}");
    }
}

#[test]
fn it_sorts_parcels_that_it_has_not_seen() {
    let mut g = model().unwrap();
    train(&mut g, 7, 300).unwrap();
    for (width, height, wanted) in [(0.5, 0.5, "small"), (1.8, 1.1, "flat"), (1.1, 1.8, "tall")] {
        let (kind, probability) = sort(&g, width, height).unwrap();
        assert_eq!(kind, wanted, "{width} by {height}");
        assert!(probability > 0.8, "{kind}: {probability}");
    }
}

#[test]
fn the_same_seed_trains_to_the_same_text() {
    let [first, second] = [(); 2].map(|()| {
        let mut g = model().unwrap();
        train(&mut g, 7, 20).unwrap();
        g.to_string()
    });
    assert_eq!(first, second);
}

#[test]
fn what_was_learnt_is_in_the_listing() {
    let mut g = model().unwrap();
    train(&mut g, 7, 20).unwrap();
    let read: Graph = g.to_string().parse().unwrap();
    assert_eq!(sort(&read, 1.8, 1.1).unwrap(), sort(&g, 1.8, 1.1).unwrap());
}

#[test]
fn a_model_that_was_not_expanded_is_refused() {
    let error = sort(&model().unwrap(), 1.0, 1.0).unwrap_err();
    assert!(error.to_string().contains("macro mlp"), "{error}");
}
