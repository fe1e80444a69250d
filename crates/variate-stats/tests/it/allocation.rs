//! Advice on where units should go.

use crate::values::{close, data, numbers};
use variate_stats::{
    allocation::Allocation,
    bayesian::{BetaPosterior, Better, NormalPosterior},
};

const DATA: &str = include_str!("../data/bayesian.json");

fn arms() -> Vec<NormalPosterior> {
    let arms = data(DATA)["normal_arms"]["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect::<Vec<_>>();
    arms.iter()
        .map(|arm| NormalPosterior::new(arm[0], arm[1]).unwrap())
        .collect()
}

#[test]
fn thompson_and_top_two_are_what_their_definitions_say() {
    let data = data(DATA);
    let thompson = Allocation::thompson()
        .shares(&arms(), Better::Greater)
        .unwrap();
    for (found, expected) in thompson.iter().zip(numbers(&data["normal_arms"]["best"])) {
        close(*found, expected, 1e-10, "Thompson");
    }
    let two = Allocation::top_two(0.5)
        .unwrap()
        .shares(&arms(), Better::Greater)
        .unwrap();
    for (found, expected) in two.iter().zip(numbers(&data["top_two"])) {
        close(*found, expected, 1e-10, "top two");
    }
    close(two.iter().sum(), 1.0, 1e-14, "sum");
}

#[test]
fn the_floor_holds_and_the_rest_is_in_proportion() {
    let plain = Allocation::thompson()
        .shares(&arms(), Better::Greater)
        .unwrap();
    let floored = Allocation::thompson()
        .with_floor(0.1)
        .unwrap()
        .shares(&arms(), Better::Greater)
        .unwrap();
    for (plain, floored) in plain.iter().zip(&floored) {
        close(*floored, 0.1 + 0.5 * plain, 1e-14, "floor");
    }
    assert!(
        Allocation::thompson()
            .with_floor(0.3)
            .unwrap()
            .shares(&arms(), Better::Greater)
            .is_err()
    );
    assert!(
        Allocation::thompson().with_floor(f64::NAN).is_err() && Allocation::top_two(1.0).is_err()
    );
}

#[test]
fn an_arm_far_ahead_leaves_half_of_top_two_to_the_second() {
    let far = [(0.0, 1.0), (100.0, 1.0), (3.0, 1.0)]
        .map(|(mean, sd)| NormalPosterior::new(mean, sd).unwrap());
    let two = Allocation::top_two(0.5)
        .unwrap()
        .shares(&far, Better::Greater)
        .unwrap();
    assert!((two[1] - 0.5).abs() < 1e-9, "{two:?}");
    assert!(two[2] > 0.45 && two[0] > 0.0, "{two:?}");
    // The least is wanted: the same from the other end.
    let mirrored = far.map(|arm| NormalPosterior::new(-arm.mean(), 1.0).unwrap());
    let less = Allocation::top_two(0.5)
        .unwrap()
        .shares(&mirrored, Better::Less)
        .unwrap();
    for (a, b) in two.iter().zip(&less) {
        close(*a, *b, 1e-9, "mirrored");
    }
}

#[test]
fn equal_arms_get_equal_shares() {
    let equal = [BetaPosterior::new(3.5, 20.0).unwrap(); 6];
    for allocation in [Allocation::thompson(), Allocation::top_two(0.5).unwrap()] {
        for share in allocation.shares(&equal, Better::Less).unwrap() {
            close(share, 1.0 / 6.0, 1e-11, "share");
        }
    }
}
