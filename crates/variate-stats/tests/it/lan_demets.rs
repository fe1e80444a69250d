//! Boundaries against those of an independent solver.

use serde_json::Value;
use variate_stats::sequential::{
    Spending,
    lan_demets::{BoundaryError, boundaries},
};

#[test]
fn boundaries_are_those_of_the_reference() {
    let known: Value = serde_json::from_str(include_str!("../data/group-sequential.json")).unwrap();
    let mut compared = 0;
    for (looks, alpha) in [2, 3, 4, 5, 10, 14]
        .into_iter()
        .flat_map(|looks| [(looks, 0.05), (looks, 0.01)])
    {
        let times: Vec<f64> = (1..=looks)
            .map(|look| f64::from(look) / f64::from(looks))
            .collect();
        for (name, spending) in [
            (
                "LD-OBF two-sided f=2-2Phi(z/sqrt t)",
                Spending::OBrienFleming,
            ),
            (
                "LD-OBF two one-sided (gsDesign sfLDOF sym.)",
                Spending::OBrienFlemingPerSide,
            ),
            ("LD-Pocock", Spending::Pocock),
            ("power phi=2 (alpha t^2)", Spending::Power(2.0)),
        ] {
            let wanted = &known[format!("{name} K={looks} a={alpha}")];
            let got = boundaries(spending, alpha, &times).unwrap();
            assert_eq!(got.len(), wanted.as_array().unwrap().len());
            for (got, wanted) in got.iter().zip(wanted.as_array().unwrap()) {
                let wanted = wanted.as_f64().unwrap();
                // Beyond, 1 - cdf has no digits, and the reference looks no further than 8.5.
                if wanted < 8.0 {
                    // Its spending is 1 - cdf, which is off by some 1e-16; so is the boundary, by that over the density.
                    let density = (-wanted * wanted / 2.0).exp() / 2.5;
                    assert!(
                        (got - wanted).abs() < 2e-8 * wanted + 4e-16 / density,
                        "{name} {looks} {alpha}: {got} is not {wanted}"
                    );
                    compared += 1;
                } else {
                    assert!(*got > 8.0);
                }
            }
        }
    }
    assert!(compared > 290, "{compared}");
}

#[test]
fn very_early_looks_are_those_of_an_integration_with_sixty_digits() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/lan_demets.json")).unwrap();
    for case in &cases {
        let spending = match case["spending"].as_str().unwrap() {
            "obrien_fleming" => Spending::OBrienFleming,
            _ => Spending::OBrienFlemingPerSide,
        };
        let looks = u32::try_from(case["looks"].as_u64().unwrap()).unwrap();
        let times: Vec<f64> = (1..=looks)
            .map(|look| f64::from(look) / f64::from(looks))
            .collect();
        let alpha = case["alpha"].as_f64().unwrap();
        let found = boundaries(spending, alpha, &times).unwrap();
        for (look, (found, wanted)) in found
            .iter()
            .zip(case["bounds"].as_array().unwrap())
            .enumerate()
        {
            let wanted = wanted.as_f64().unwrap();
            // What is below the least double is not spent.
            let is_none = wanted > 38.0 && found.is_infinite();
            assert!(
                is_none || (found / wanted - 1.0).abs() < 1e-10,
                "{spending:?} {looks}, look {look}: {found} is not {wanted}"
            );
        }
    }
}

#[test]
fn many_looks_are_no_trouble() {
    let times: Vec<f64> = (1..=365).map(|look| f64::from(look) / 365.0).collect();
    let z = boundaries(Spending::OBrienFleming, 0.05, &times).unwrap();
    assert!(z.windows(2).all(|pair| pair[0] >= pair[1]));
    let last = *z.last().unwrap();
    let few = *boundaries(
        Spending::OBrienFleming,
        0.05,
        &times[25..].iter().step_by(26).copied().collect::<Vec<_>>(),
    )
    .unwrap()
    .last()
    .unwrap();
    // With more looks there is more to spend on, but no more than the double for a walk that is watched all the time.
    assert!(few < last && last < 2.3, "{few} {last}");
}

#[test]
fn looks_that_go_nowhere_are_refused() {
    assert_eq!(
        boundaries(Spending::Pocock, 0.0, &[1.0]),
        Err(BoundaryError::Alpha(0.0))
    );
    assert_eq!(
        boundaries(Spending::Pocock, 0.05, &[0.5, 0.5]),
        Err(BoundaryError::Look { look: 1, time: 0.5 })
    );
    assert!(boundaries(Spending::Pocock, 0.05, &[f64::NAN]).is_err());
    assert!(boundaries(Spending::Pocock, 0.05, &[1.5]).is_err());
    assert!(matches!(
        boundaries(Spending::Power(-1.0), 0.05, &[0.5, 1.0]),
        Err(BoundaryError::Spending(_))
    ));
    assert_eq!(boundaries(Spending::Pocock, 0.05, &[]), Ok(vec![]));
}
